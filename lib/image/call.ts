// The prepared call of an image operator: one geometry that crosses into C++ as one array of numbers
// (native/image/geometry.h reads it), tables of weights, and two images. Layer: beside lib/call.ts.
// SPDX-License-Identifier: MIT

import { PADDING_MODES, type PaddingMode } from '../geometry.ts';
import { type ImageResult, PIXEL_TYPES, type PixelArray, type PixelType } from './pixels.ts';

/**
 * What is computed; `tables` holds the rest. In all of them a picture's planes and channels keep apart.
 * - `resample`: the vertical axis, the horizontal one, of which weights are made (lib/image/resample.ts)
 * - `filter`: a kernel of kernelHeight·kernelWidth float32 weights, row by row
 * - `separable`: a column of kernelHeight and a row of kernelWidth float32 weights
 * - `box`: the mean of kernelHeight·kernelWidth pixels, uint8 only; no tables
 * - `tensor`, of one picture, with its channels side by side or a plane for each: the two of `resample`; places [left, top, gray, blend, source channel of each output]; for each output
 *   [a, b, padding's pixel] of x·a + b, then three values of the background (lib/ops/to-tensor.ts)
 */
export const IMAGE_OPERATIONS = ['resample', 'filter', 'separable', 'box', 'tensor'] as const;
export type ImageOperation = (typeof IMAGE_OPERATIONS)[number];

/** As C++ lists them: float16 is for tensors only. */
const PICTURE_TYPES: readonly string[] = [...PIXEL_TYPES, 'float16'];

export interface Picture {
  /** Also `'float16'`, of the target of `tensor` alone. */
  readonly type: PixelType;
  readonly height: number;
  readonly width: number;
  /** Elements from row to row, and from plane to plane. */
  readonly rowStride: number;
  readonly planeStride: number;
}

export interface ImageGeometry {
  readonly operation: ImageOperation;
  readonly planes: number;
  readonly channels: number;
  readonly source: Picture;
  readonly target: Picture;
  readonly border: PaddingMode;
  /** Taps of one output, vertically and horizontally; of `resample` and `tensor` it may have fewer. */
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  /** The weight that stands over the output; filters only. */
  readonly anchorY: number;
  readonly anchorX: number;
  /** Added to each sum; filters only. */
  readonly delta: number;
  readonly rounding: Rounding;
  /** Of a tensor; elsewhere the source's. */
  readonly targetPlanes: number;
  readonly targetChannels: number;
}

/** How a filter's sum becomes a whole number: ties to even, or upward. */
export const ROUNDINGS = ['even', 'up'] as const;
export type Rounding = (typeof ROUNDINGS)[number];

export type ImageTable = Int32Array | Float32Array | Float64Array;

export interface ImageCall<Result extends ImageResult = ImageResult> {
  readonly operator: string;
  readonly geometry: ImageGeometry;
  readonly source: PixelArray;
  readonly target: PixelArray;
  readonly tables: readonly ImageTable[];
  /** 0 is the process-wide setting. */
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
  readonly result: Result;
}

/** Calls that one operator makes, one after the other. */
export interface ImageBatch<Result extends ImageResult = ImageResult> {
  readonly calls: readonly ImageCall[];
  readonly result: Result;
}

/** Slots of the packed array, in order. C++ exports the same list, and a test compares the two. */
export const IMAGE_FIELDS = [
  'operation',
  'planes',
  'channels',
  ...picture('source'),
  ...picture('target'),
  'border',
  'kernelHeight',
  'kernelWidth',
  'anchorY',
  'anchorX',
  'delta',
  'rounding',
  'targetPlanes',
  'targetChannels',
] as const;

function picture<Name extends string>(name: Name) {
  return [`${name}Type`, `${name}Height`, `${name}Width`, `${name}Row`, `${name}Plane`] as const;
}

/** Packs a geometry for C++; enumerations become their index in the lists. */
export function packImageGeometry(g: ImageGeometry): Float64Array {
  const { source, target } = g;
  return Float64Array.of(
    IMAGE_OPERATIONS.indexOf(g.operation),
    g.planes,
    g.channels,
    PICTURE_TYPES.indexOf(source.type),
    source.height,
    source.width,
    source.rowStride,
    source.planeStride,
    PICTURE_TYPES.indexOf(target.type),
    target.height,
    target.width,
    target.rowStride,
    target.planeStride,
    PADDING_MODES.indexOf(g.border),
    g.kernelHeight,
    g.kernelWidth,
    g.anchorY,
    g.anchorX,
    g.delta,
    ROUNDINGS.indexOf(g.rounding),
    g.targetPlanes,
    g.targetChannels,
  );
}
