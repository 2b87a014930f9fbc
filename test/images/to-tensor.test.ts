// toTensor: published preprocessing made by Pillow and NumPy (golden/tensors.py), every door and instruction set against
// the reference, coordinates, batches and options.
// SPDX-License-Identifier: MIT

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { expect } from 'chai';
import fc from 'fast-check';
import { fromHalf, toHalf } from '../../lib/half.ts';
import { PIXEL_TYPES } from '../../lib/image/pixels.ts';
import { RESIZE_FILTERS } from '../../lib/image/resample.ts';
import * as native from '../../lib/index.ts';
import { loadBinding } from '../../lib/native/binding.ts';
import * as promises from '../../lib/promises.ts';
import * as reference from '../../lib/reference.ts';
import { expectError } from '../support/errors.ts';
import { bytesOf, containing, expectSameBytes, randomImage, type Source } from './images.ts';

const { presets, toTensor } = native;
const seed = Number(process.env.NATIVE_CONV_SEED ?? 20261124);
const numRuns = Number(process.env.NATIVE_CONV_RUNS ?? 60);
const isas = loadBinding().info().availableIsas;

interface Golden {
  readonly name: string;
  readonly image: Source;
  readonly options: native.ToTensorOptions & { readonly preset?: native.PresetName };
  readonly dims: readonly number[];
  readonly first: readonly number[];
  readonly sha256: string;
}

const goldens = JSON.parse(
  readFileSync(new URL('../golden/tensors.json', import.meta.url), 'utf8'),
) as readonly Golden[];

function expectGolden(door: typeof native | typeof reference, { image, options, ...golden }: Golden): void {
  const { preset, ...rest } = options;
  const x = door.toTensor(randomImage(image), preset === undefined ? rest : presets[preset]);
  expect(x.dims).to.deep.equal(golden.dims);
  const values = x.type === 'float16' ? Array.from(x.data.slice(0, 4), fromHalf) : [...x.data.slice(0, 4)];
  expect(values).to.deep.equal(golden.first);
  expect(createHash('sha256').update(bytesOf(x.data)).digest('hex')).to.equal(golden.sha256);
}

describe('presets, where nothing has to be resized', () => {
  const square = randomImage({ seed: 9, width: 224, height: 224, channels: 3, type: 'uint8' });

  it("mobilenet is Keras' mode 'tf'", () => {
    const x = toTensor(square, presets.mobilenet);
    expect(x.dims).to.deep.equal([1, 224, 224, 3]);
    const off = Array.from(square.data, (value, i) => Math.abs(x.data[i] - (value / 127.5 - 1)));
    expect(off.reduce((a, b) => Math.max(a, b))).to.be.below(1e-7);
  });

  it("caffe is Keras' mode 'caffe'", () => {
    const x = toTensor(square, presets.caffe);
    expect(x.dims).to.deep.equal([1, 224, 224, 3]);
    const blueGreenRed = [103.939, 116.779, 123.68];
    const off = Array.from(x.data as Float32Array, (value, i) => {
      const [p, c] = [Math.floor(i / 3), i % 3];
      return Math.abs(value - (square.data[3 * p + 2 - c] - blueGreenRed[c]));
    });
    expect(off.reduce((a, b) => Math.max(a, b))).to.be.below(1e-5);
  });

  it("yolo is Ultralytics' LetterBox: the odd row of border lies below", () => {
    const image = randomImage({ seed: 9, width: 640, height: 331, channels: 3, type: 'uint8' });
    const x = toTensor(image, presets.yolo);
    expect(x.dims).to.deep.equal([1, 3, 640, 640]);
    const [top, border] = [154, Math.fround(114 / 255)];
    for (const y of [0, top - 1, top, top + 330, top + 331, 639]) {
      for (let column = 0; column < 640; column++) {
        const inside = y >= top && y < top + 331;
        const from = ((y - top) * 640 + column) * 3;
        for (let c = 0; c < 3; c++) {
          const expected = inside ? Math.fround(image.data[from + c] / 255) : border;
          if (x.data[(c * 640 + y) * 640 + column] !== expected) expect.fail(`row ${y}, column ${column}`);
        }
      }
    }
  });
});

const cases = fc.record({
  source: fc.record({
    type: fc.constantFrom(...PIXEL_TYPES),
    seed: fc.nat(1000),
    width: fc.integer({ min: 1, max: 70 }),
    height: fc.integer({ min: 1, max: 50 }),
    channels: fc.integer({ min: 1, max: 4 }),
  }),
  resize: fc.record({
    width: fc.integer({ min: 1, max: 70 }),
    height: fc.integer({ min: 1, max: 50 }),
    fit: fc.constantFrom('fill', 'cover', 'contain'),
    filter: fc.constantFrom(...RESIZE_FILTERS),
    antialias: fc.boolean(),
  }),
  options: fc.record({
    channels: fc.constantFrom('rgb', 'bgr', 'gray'),
    alpha: fc.constantFrom('drop', 'blend'),
    layout: fc.constantFrom('NCHW', 'NHWC'),
    type: fc.constantFrom('float32', 'float16', 'uint8'),
    mean: fc.constantFrom(0, 0.25, 7),
    std: fc.constantFrom(1, 0.3),
  }),
  resized: fc.boolean(),
  threads: fc.integer({ min: 1, max: 3 }),
});

describe('toTensor', () => {
  before(() => console.log(`    seed ${seed}, ${numRuns} runs`));
  afterEach(() => loadBinding().setIsa(isas[0]));

  for (const golden of goldens) {
    const { name, image } = golden;
    it(`reference: ${name} of ${image.width}×${image.height}`, () => expectGolden(reference, golden));
    for (const isa of isas) {
      it(`${isa}: ${name} of ${image.width}×${image.height}`, () => {
        loadBinding().setIsa(isa);
        expectGolden(native, golden);
      });
    }
  }

  it("gives the reference's bytes on every instruction set and through every door", async () => {
    const property = fc.asyncProperty(cases, async ({ source, resize, resized, options, threads }) => {
      const image = randomImage(source);
      const all: native.ToTensorOptions = resized ? { ...options, resize } : options;
      const where = JSON.stringify([source, all]);
      const expected = reference.toTensor(image, all).data;
      for (const isa of isas) {
        loadBinding().setIsa(isa);
        expectSameBytes(toTensor(image, { ...all, threads }).data, expected, `${isa}: ${where}`);
      }
      loadBinding().setIsa(isas[0]);
      expectSameBytes((await promises.toTensor(image, all)).data, expected, `promises: ${where}`);
    });
    await fc.assert(property, { seed, numRuns });
  });

  const colour = fc.constantFrom(0, 30, 255, [9, 120, 255]);
  const further = fc.record(
    {
      resize: fc.oneof(
        fc.record({ shortest: fc.integer({ min: 8, max: 40 }) }),
        fc.record({ longest: fc.integer({ min: 8, max: 40 }) }),
        fc.record({ width: fc.integer({ min: 8, max: 40 }) }),
        fc.record({ width: fc.constant(40), height: fc.constant(24), fit: fc.constant('contain' as const) }),
        fc.record({
          width: fc.integer({ min: 8, max: 40 }),
          box: fc.constant({ left: 1.25, top: 2, width: 6.5, height: 7 }),
        }),
      ),
      pad: colour,
      crop: fc.constantFrom({ width: 3, height: 1 }, { width: 5, height: 1, left: 2, top: 0 }),
      background: colour,
      scale: fc.constantFrom(1, 1 / 127.5, 3.7, -0.02, 1e30),
      mean: fc.constant([0.485, 0.456, 0.406]),
      std: fc.constant([0.229, -0.224, 1e-20]),
      layout: fc.constantFrom('NCHW', 'NHWC'),
      type: fc.constantFrom('float32', 'float16', 'uint8'),
    },
    { requiredKeys: ['resize'] },
  );

  it('takes rows with gaps, crops, borders and numbers of any size as the reference does', () => {
    const source = fc.record({
      type: fc.constantFrom(...PIXEL_TYPES),
      seed: fc.nat(1000),
      width: fc.integer({ min: 8, max: 70 }),
      height: fc.integer({ min: 9, max: 50 }),
      channels: fc.integer({ min: 1, max: 4 }),
    });
    const property = fc.property(source, fc.nat(3), further, (from, gap, given) => {
      const { pad, crop, background, ...rest } = given;
      const contained = 'fit' in given.resize;
      const options: native.ToTensorOptions = {
        ...rest,
        ...(contained ? { pad } : { crop }),
        ...(background !== undefined && { background, alpha: 'blend' }),
      };
      const wide = randomImage({ ...from, width: from.width + gap });
      const image = { ...wide, width: from.width, rowStride: wide.width * from.channels };
      const where = JSON.stringify([from, gap, options]);
      const expected = reference.toTensor(image, options).data;
      for (const isa of isas) {
        loadBinding().setIsa(isa);
        expectSameBytes(toTensor(image, { ...options, threads: 2 }).data, expected, `${isa}: ${where}`);
      }
    });
    fc.assert(property, { seed, numRuns });
  });

  it('maps what lies in the image to where it lies in the tensor, whatever the fit', () => {
    const [width, height] = [96, 64];
    const data = new Uint8Array(width * height);
    // A square whose middle is at (30, 22).
    for (let y = 18; y < 26; y++) data.fill(255, y * width + 26, y * width + 34);
    const image = { data, width, height, channels: 1 };
    const box = { left: 10, top: 6, width: 70, height: 50 };
    for (const options of [
      { resize: { width: 48, height: 48, fit: 'contain' } },
      { resize: { width: 48, height: 48, fit: 'cover' } },
      { resize: { width: 33, height: 57 } },
      { resize: { shortest: 48 }, crop: { width: 40, height: 40, left: 2, top: 3 } },
      { resize: { longest: 60, box } },
      { resize: { width: 80, height: 50, fit: 'contain', box } },
      { crop: { width: 50, height: 40 } },
    ] as const satisfies readonly native.ToTensorOptions[]) {
      const { data: values, dims, transform } = toTensor(image, { ...options, channels: 'gray' });
      let [sum, sumX, sumY] = [0, 0, 0];
      for (const [i, value] of values.entries()) {
        sum += value;
        sumX += value * ((i % dims[3]) + 0.5);
        sumY += value * (Math.floor(i / dims[3]) + 0.5);
      }
      const [x, y] = transform.toImage(sumX / sum, sumY / sum);
      expect(x, JSON.stringify(options)).to.be.closeTo(30, 0.1);
      expect(y, JSON.stringify(options)).to.be.closeTo(22, 0.1);
      const there = transform.toTensor(30, 22);
      expect(there[0]).to.be.closeTo(sumX / sum, 0.1);
      expect(there[1]).to.be.closeTo(sumY / sum, 0.1);
    }
  });

  const photo = randomImage({ seed: 1, width: 60, height: 40, channels: 3, type: 'uint8' });
  const letterbox = { resize: { width: 30, height: 30, fit: 'contain' } } as const;

  it('joins strips of large images, also of rows with gaps', () => {
    const image = randomImage({ seed: 3, width: 1211, height: 1307, channels: 3, type: 'uint8' });
    const gaps = { ...image, width: 1200, rowStride: 1211 * 3 };
    for (const threads of [1, 3]) {
      for (const source of [image, gaps]) {
        const options = { ...presets.imagenet, resize: { shortest: 640 }, crop: undefined } as const;
        expectSameBytes(
          toTensor(source, { ...options, threads }).data,
          reference.toTensor(source, options).data,
          `${threads} threads`,
        );
      }
    }
  });

  it('joins images of different sizes in a batch', () => {
    const other = randomImage({ seed: 2, width: 33, height: 90, channels: 4, type: 'uint8' });
    const batch = toTensor([photo, other], letterbox);
    expect(batch.dims).to.deep.equal([2, 3, 30, 30]);
    const singles = [photo, other].map((image) => toTensor(image, letterbox));
    expect([...batch.data]).to.deep.equal(singles.flatMap(({ data }) => [...data]));
    expect(batch.transforms.map(({ scaleX }) => scaleX)).to.deep.equal([0.5, 11 / 33]);
  });

  it('maps coordinates there and back', () => {
    const { transform } = toTensor(photo, letterbox);
    expect(transform.toTensor(0, 0)).to.deep.equal([0, 5]);
    expect(transform.toImage(30, 25)).to.deep.equal([60, 40]);
    expect(transform.boxToImage([-3, 5, 15, 60])).to.deep.equal([0, 0, 30, 40]);
    const cropped = toTensor(photo, { resize: { shortest: 20 }, crop: { width: 10, height: 10 } });
    expect(cropped.transform.toImage(0, 0)).to.deep.equal([20, 10]);
    const box = { left: 12, top: 4, width: 24, height: 24 };
    const part = toTensor(photo, { resize: { width: 12, height: 12, box } });
    expect(part.transform.toImage(0, 0)).to.deep.equal([12, 4]);
  });

  it('writes to an out of any realm, and to the bits of a float16 one', () => {
    for (const [type, array] of [
      ['float32', 'Float32Array'],
      ['float16', 'Uint16Array'],
      ['uint8', 'Uint8Array'],
    ] as const) {
      const data = vm.runInNewContext(`new ${array}(2700)`);
      const result = toTensor(photo, { ...letterbox, type, out: { data, dims: [1, 3, 30, 30] } });
      expect(result.data).to.equal(data);
      expect(result.type).to.equal(type);
      expect([...result.data]).to.deep.equal([...toTensor(photo, { ...letterbox, type }).data]);
    }
  });

  it('writes to out', () => {
    const out = native.Tensor.zeros([1, 3, 30, 30]);
    const result = toTensor(photo, { ...letterbox, out });
    expect(result.data).to.equal(out.data);
    expect([...out.data]).to.deep.equal([...toTensor(photo, letterbox).data]);
  });

  it('float16 is bits that toNested reads', () => {
    const bits = toTensor(
      { data: Uint8Array.of(51), width: 1, height: 1, channels: 1 },
      { type: 'float16', channels: 'gray' },
    );
    expect([bits.type, bits.data.constructor.name]).to.deep.equal(['float16', 'Uint16Array']);
    expect(bits.toNested()).to.deep.equal([[[[0.199951171875]]]]);
  });

  it('every half survives the way to a number and back', () => {
    for (let half = 0; half < 65536; half++) {
      const nan = (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;
      expect(toHalf(fromHalf(half))).to.equal(nan ? 0x7e00 : half);
    }
    expect([65519, 65520, 2 ** -25, 2 ** -24 * 1.5].map(toHalf)).to.deep.equal([0x7bff, 0x7c00, 0, 2]);
  });

  it('is cancelled by its signal', async () => {
    const reason = new Error('no longer wanted');
    const call = promises.toTensor([photo, photo], { signal: AbortSignal.abort(reason) });
    expect(await call.catch((cause: unknown) => cause)).to.equal(reason);
  });

  const loosely = toTensor as unknown as (images: unknown, options?: unknown) => unknown;
  const errors: readonly (readonly [
    unknown,
    unknown,
    typeof TypeError | typeof RangeError,
    string,
    string,
  ])[] = [
    [[], {}, RangeError, 'SHAPE', 'images is empty'],
    [new Array(65537), {}, RangeError, 'SHAPE', 'images may have at most 65536 values, got 65537'],
    [[photo, 1], {}, TypeError, 'SHAPE', 'images[1] must be pixels'],
    [
      native.Tensor.zeros([1, 20, 30, 3]),
      {},
      RangeError,
      'SHAPE',
      'image has 20 channels in layout NCHW, an image at most 4; sourceLayout says where they are',
    ],
    [native.Tensor.zeros([0, 3, 4, 4]), {}, RangeError, 'SHAPE', 'images is empty'],
    [
      native.Tensor.zeros([3, 4, 4]),
      {},
      RangeError,
      'SHAPE',
      'image must have 4 axes [N,C,H,W], got [3,4,4]',
    ],
    [
      photo,
      { sourceLayout: 'NHWC' },
      RangeError,
      'OPTION',
      'options.sourceLayout does nothing without a tensor',
    ],
    [photo, { sourceLayout: 'CHW' }, RangeError, 'OPTION', "options.sourceLayout must be 'NCHW' or 'NHWC'"],
    [photo, { resize: 3 }, TypeError, 'OPTION', 'options.resize must be an object, got 3'],
    [
      photo,
      { resize: { size: 3 } },
      RangeError,
      'OPTION',
      'unknown option options.resize.size; there are width',
    ],
    [photo, { resize: { width: 3, shortest: 3 } }, RangeError, 'OPTION', 'one of the three'],
    [
      photo,
      { resize: { width: 3, fit: 'cover' } },
      RangeError,
      'OPTION',
      'options.resize.fit does nothing without both',
    ],
    [
      photo,
      { resize: { shortest: 0 } },
      RangeError,
      'OPTION',
      'options.resize.shortest must be a positive integer, got 0',
    ],
    [photo, { crop: { width: 3 } }, TypeError, 'OPTION', 'options.crop must be {width, height} or'],
    [
      photo,
      { crop: { width: 61, height: 3 } },
      RangeError,
      'OPTION',
      'options.crop of 61×3 does not fit into the 60×40 image',
    ],
    [
      photo,
      { ...letterbox, crop: { width: 3, height: 3 } },
      RangeError,
      'OPTION',
      "options.crop and fit: 'contain' exclude each other",
    ],
    [photo, { pad: 3 }, RangeError, 'OPTION', "options.pad does nothing without resize.fit: 'contain'"],
    [
      photo,
      { ...letterbox, pad: 256 },
      RangeError,
      'OPTION',
      'options.pad must be whole numbers from 0 to 255 for uint8 pixels, got 256',
    ],
    [
      photo,
      { background: 3 },
      RangeError,
      'OPTION',
      "options.background does nothing without alpha: 'blend'",
    ],
    [photo, { mean: [1, 2] }, RangeError, 'OPTION', 'options.mean must be a number or 3 of them, got [1,2]'],
    [photo, { std: 0 }, RangeError, 'OPTION', 'options.std divides, and may not be 0'],
    [photo, { scale: '1' }, TypeError, 'OPTION', "options.scale must be a finite number, got '1'"],
    [photo, { type: 'int8' }, RangeError, 'OPTION', "options.type must be 'float32', 'float16' or 'uint8'"],
    [
      photo,
      { out: native.Tensor.zeros([1, 3, 4, 4]) },
      RangeError,
      'SHAPE',
      'options.out is [1,3,4,4], the result is [1,3,40,60]',
    ],
    [
      photo,
      { out: { data: new Uint8Array(7200), dims: [1, 3, 40, 60] } },
      TypeError,
      'DTYPE',
      'options.out is uint8, the result is float32',
    ],
    [
      photo,
      { type: 'uint8', out: { data: photo.data, dims: [1, 3, 40, 60] } },
      RangeError,
      'OVERLAP',
      'options.out shares memory with an image',
    ],
    [
      [photo, { ...photo, width: 40, height: 60 }],
      {},
      RangeError,
      'SHAPE',
      'images[1] becomes 40×60, images[0] 60×40',
    ],
  ];
  for (const [images, options, kind, code, text] of errors) {
    it(`errors: ${text}`, () => {
      expectError(
        () => loosely(images, options),
        kind,
        `ERR_CONV_${code}` as native.ErrorCode,
        containing(text),
      );
    });
  }
});
