// resize without antialias against the real onnxruntime-node (Resize, operator set 19) and TensorFlow.js: up and down,
// odd sizes, each kind of coordinates. Both work out positions in float32, we in float64; so values may differ by that
// error of the position, times the largest step between two pixels, and no more.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import type { PixelArray } from '../../lib/image/pixels.ts';
import { type Coordinates, type ResizeFilter, type ResizeOptions, resize } from '../../lib/index.ts';
import { randomImage } from '../images/images.ts';
import { type OnnxAttribute, onnxModel } from '../support/onnx.ts';
import { loadTf, ort, sessionOf, type Tf } from './packages.ts';

/** Width and height of the image, then of the result. */
const SIZES = [
  [7, 5, 13, 11],
  [64, 48, 31, 23],
  [33, 57, 100, 20],
  [5, 5, 10, 10],
  [100, 80, 50, 40],
  [3, 9, 1, 1],
  [1, 1, 4, 3],
  [97, 61, 89, 73],
] as const;
type Sizes = (typeof SIZES)[number];

/** float32 rounds a position thrice: the scale, its product, the shift. Weights of bicubic sum to 1.5 in size. */
const POSITION_ROUNDINGS = 8;
const LARGEST_STEP = 256;
const boundOf = ([width, height]: Sizes) =>
  POSITION_ROUNDINGS * Math.max(width, height) * 2 ** -24 * LARGEST_STEP;

type Type = 'float32' | 'uint8';

const imageOf = ([width, height]: Sizes, type: Type) =>
  randomImage({ seed: 1, width, height, channels: 1, type });

function resized(sizes: Sizes, type: Type, options: ResizeOptions): PixelArray {
  const [, , width, height] = sizes;
  return resize(imageOf(sizes, type), { ...options, width, height }).data as PixelArray;
}

function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));
}

/** Whether the corners' positions put an output in the middle between two pixels. */
function isTie(at: number, size: number, outputs: number): boolean {
  return outputs > 1 && (2 * at * (size - 1)) % (2 * (outputs - 1)) === outputs - 1;
}

async function onnxResize(sizes: Sizes, type: Type, attributes: Readonly<Record<string, OnnxAttribute>>) {
  const [width, height, outWidth, outHeight] = sizes;
  const dims = [1, 1, height, width];
  const outDims = [1, 1, outHeight, outWidth];
  const session = await sessionOf(
    onnxModel({
      opset: 19,
      nodes: [{ operator: 'Resize', inputs: ['x', '', '', 'sizes'], output: 'y', attributes }],
      weights: [{ name: 'sizes', type: 'int64', dims: [4], data: BigInt64Array.from(outDims, BigInt) }],
      inputs: [{ name: 'x', type, dims }],
      outputs: [{ name: 'y', type, dims: outDims }],
    }),
  );
  const { y } = await session.run({ x: new ort.Tensor(type, imageOf(sizes, type).data, dims) });
  return y.data as PixelArray;
}

const COORDINATES: readonly (readonly [onnx: string, ours: Coordinates, nearestMode: string])[] = [
  ['half_pixel', 'half-pixel', 'round_prefer_ceil'],
  ['align_corners', 'align-corners', 'round_prefer_ceil'],
  ['asymmetric', 'asymmetric', 'floor'],
];
const INTERPOLATIONS: readonly (readonly [onnx: string, ours: ResizeFilter])[] = [
  ['linear', 'bilinear'],
  ['cubic', 'bicubic'],
];

describe("resize and onnxruntime's Resize", () => {
  for (const sizes of SIZES) {
    const [width, height, outWidth, outHeight] = sizes;
    const what = `${width}×${height} to ${outWidth}×${outHeight}`;
    for (const [onnx, coordinates, nearestMode] of COORDINATES) {
      for (const [mode, filter] of INTERPOLATIONS) {
        it(`float32 ${filter}, ${coordinates}, ${what}`, async () => {
          const attributes = { mode, coordinate_transformation_mode: onnx };
          const expected = await onnxResize(sizes, 'float32', attributes);
          const actual = resized(sizes, 'float32', { filter, coordinates, antialias: false });
          expect(furthest(actual, expected)).to.be.at.most(boundOf(sizes));
        });
      }

      for (const type of ['float32', 'uint8'] as const) {
        it(`${type} nearest, ${coordinates}, ${what}: the same pixels`, async () => {
          const attributes = {
            mode: 'nearest',
            coordinate_transformation_mode: onnx,
            nearest_mode: nearestMode,
          };
          const expected = await onnxResize(sizes, type, attributes);
          const actual = resized(sizes, type, { filter: 'nearest', coordinates, antialias: false });
          expect([...actual]).to.deep.equal([...expected]);
        });
      }

      it(`uint8 bilinear, ${coordinates}, ${what}: rounded where onnxruntime cuts off`, async () => {
        const attributes = { mode: 'linear', coordinate_transformation_mode: onnx };
        const cut = await onnxResize(sizes, 'uint8', attributes);
        const options = {
          filter: 'bilinear',
          coordinates,
          antialias: false,
          width: outWidth,
          height: outHeight,
        } as const;
        const exact = resize(
          { ...imageOf(sizes, 'uint8'), data: Float32Array.from(imageOf(sizes, 'uint8').data) },
          options,
        ).data as Float32Array;
        const rounded = resized(sizes, 'uint8', options);
        const near = boundOf(sizes);
        for (const [i, value] of exact.entries()) {
          expect(cut[i]).to.be.within(Math.floor(value - near), Math.floor(value + near));
          // Rows and columns are each rounded to bytes, as in Pillow.
          expect(Math.abs(rounded[i] - value)).to.be.at.most(1 + near);
        }
      });
    }
  }
});

describe("resize and TensorFlow.js' resizeBilinear and resizeNearestNeighbor", () => {
  let tf: Tf;

  before(async () => {
    tf = await loadTf();
  });

  const FORMS: readonly (readonly [coordinates: Coordinates, alignCorners: boolean, halfPixel: boolean])[] = [
    ['asymmetric', false, false],
    ['align-corners', true, false],
    ['half-pixel', false, true],
  ];

  async function tfResize(name: keyof Tf['image'], sizes: Sizes, form: (typeof FORMS)[number], type: Type) {
    const [width, height, outWidth, outHeight] = sizes;
    const data = Float32Array.from(imageOf(sizes, type).data);
    const image = tf.tensor(data, [1, height, width, 1]);
    return await tf.image[name](image, [outHeight, outWidth], form[1], form[2]).data();
  }

  for (const sizes of SIZES) {
    const [width, height, outWidth, outHeight] = sizes;
    for (const form of FORMS) {
      const [coordinates] = form;
      const what = `${coordinates}, ${width}×${height} to ${outWidth}×${outHeight}`;

      it(`float32 bilinear, ${what}`, async () => {
        const expected = await tfResize('resizeBilinear', sizes, form, 'float32');
        const actual = resized(sizes, 'float32', { filter: 'bilinear', coordinates, antialias: false });
        expect(furthest(actual, expected)).to.be.at.most(boundOf(sizes));
      });

      for (const type of ['float32', 'uint8'] as const) {
        it(`${type} nearest, ${what}: the same pixels`, async () => {
          const expected = await tfResize('resizeNearestNeighbor', sizes, form, type);
          const actual = resized(sizes, type, { filter: 'nearest', coordinates, antialias: false });
          // In float32 the middle between two pixels may come out on either side.
          const tied = (at: number, size: number, outputs: number) =>
            coordinates === 'align-corners' && isTie(at, size, outputs);
          const differing = [...actual.keys()].filter(
            (i) =>
              actual[i] !== expected[i] &&
              !tied(i % outWidth, width, outWidth) &&
              !tied(Math.floor(i / outWidth), height, outHeight),
          );
          expect(differing).to.deep.equal([]);
        });
      }
    }
  }
});
