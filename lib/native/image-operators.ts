// The image operators of the door `native-conv`: prepared by lib/ops, run at once by the binary.
// Layer: native, over image-executor.ts.
// SPDX-License-Identifier: MIT

import { prepareBoxBlur } from '../ops/box.ts';
import { prepareLaplacian, prepareScharr, prepareSobel } from '../ops/derivative.ts';
import { prepareFilter2d, prepareSepFilter2d } from '../ops/filter.ts';
import { prepareGaussianBlur, prepareSharpen } from '../ops/gaussian.ts';
import { prepareResize } from '../ops/resize.ts';
import { prepareFilter2dStrips, prepareResizeStrips } from '../ops/strips.ts';
import { prepareToTensor } from '../ops/to-tensor.ts';
import { syncBatch, syncImage, syncStrips } from './image-executor.ts';

/**
 * Turns pixels into what a model takes, in one pass: alpha, resize, crop, padding, order of colours,
 * (x·scale − mean) ÷ std, layout and type; several images into one batch. Of uint8 pixels, whatever precedes the
 * normalisation is Pillow's to the bit; that is computed in float64 and rounded once to the tensor's type.
 *
 * @param images - pixels as {@link resize} takes them, no tensors; or an array of such, which may differ in all but type.
 * @param options - {@link presets} has those of well-known models.
 * @returns a tensor `[N, C, H, W]` or `[N, H, W, C]` with a `transform` of each image, to map coordinates back.
 * @throws TypeError or RangeError with a `code`, as {@link conv2d}.
 *
 * @example
 * ```ts
 * import { toTensor } from 'native-conv';
 * const photo = { data: new Uint8Array(40 * 20 * 3).fill(255), width: 40, height: 20, channels: 3 };
 * const x = toTensor(photo, { resize: { width: 8, height: 8, fit: 'contain' } });
 * console.log(x.dims, x.data[0], x.data[3 * 8]); // [ 1, 3, 8, 8 ] 0 1
 * console.log(x.transform.toImage(4, 4)); // [ 20, 10 ]
 * ```
 */
export const toTensor = syncBatch(prepareToTensor);

/**
 * Resizes pixels, or a batch `[N, C, H, W]` or `[N, H, W, C]`, by a separable filter. uint8 results are Pillow's to the
 * bit (each channel as an image of its own: alpha does not weigh colours), float32 ones too. With
 * `antialias: false` it interpolates as ONNX Resize, PyTorch's interpolate and TensorFlow.js do.
 *
 * @param image - `{data, width, height, channels}`, sharp's `{data, info}`, ImageData, or a tensor: uint8, uint16, int16, float32.
 * @param options - `width` and `height` of the result, or one of them to keep the aspect ratio.
 * @returns `Pixels` for pixels, a `Tensor` for a tensor, of the source's type.
 * @throws TypeError or RangeError with a `code`, as {@link conv2d}.
 *
 * @example
 * ```ts
 * import { Pixels, resize } from 'native-conv';
 * const photo = new Pixels(new Uint8Array(6 * 4 * 3).fill(200), { width: 6, height: 4, channels: 3 });
 * const small = resize(photo, { width: 3, filter: 'lanczos' });
 * console.log(small.width, small.height, small.data[0]); // 3 2 200
 * ```
 */
export const resize = syncImage(prepareResize);

/**
 * Correlates every channel with one kernel, as OpenCV's filter2D: the kernel is not flipped, and its anchor lies in the
 * middle unless `anchor` says otherwise. uint8 results are OpenCV's; sums are chains of float32 fused multiply-adds.
 *
 * @param image - pixels or a tensor, as {@link resize} takes them.
 * @param kernel - rows of weights, or a tensor `[kH, kW]`.
 * @returns an image of the source's size; of `options.type`, by default the source's.
 * @throws TypeError or RangeError with a `code`, as {@link conv2d}.
 *
 * @example
 * ```ts
 * import { filter2d, Pixels } from 'native-conv';
 * const step = new Pixels(Uint8Array.of(0, 0, 8, 8), { width: 4, height: 1, channels: 1 });
 * console.log([...filter2d(step, [[-1, 0, 1]], { type: 'int16' }).data]); // [ 0, 8, 8, 0 ]
 * ```
 */
export const filter2d = syncImage(prepareFilter2d);

/**
 * Correlates rows with `kernelX`, then columns with `kernelY`, as OpenCV's sepFilter2D. Otherwise as {@link filter2d}.
 *
 * @example
 * ```ts
 * import { Pixels, sepFilter2d } from 'native-conv';
 * const dot = new Pixels(Uint8Array.of(0, 0, 0, 0, 16, 0, 0, 0, 0), { width: 3, height: 3, channels: 1 });
 * console.log([...sepFilter2d(dot, [0.25, 0.5, 0.25], [0, 1, 0], { border: 'zeros' }).data]); // [ 0, 0, 0, 4, 8, 4, 0, 0, 0 ]
 * ```
 */
export const sepFilter2d = syncImage(prepareSepFilter2d);

/**
 * Blurs with a gaussian of standard deviation `sigma`, as OpenCV's GaussianBlur: uint8 in fixed point with weights in
 * multiples of 1/256, to the bit; other types in float32.
 *
 * @example
 * ```ts
 * import { gaussianBlur, Pixels } from 'native-conv';
 * const dot = new Pixels(Uint8Array.of(0, 0, 0, 0, 160, 0, 0, 0, 0), { width: 3, height: 3, channels: 1 });
 * console.log(gaussianBlur(dot, { kernelSize: 3, border: 'zeros' }).data[4]); // 40
 * ```
 */
export const gaussianBlur = syncImage(prepareGaussianBlur);

/**
 * The mean of a rectangle, as OpenCV's blur: its time does not depend on `kernelSize` for uint8 images, whose results
 * are OpenCV's to the bit. Other types are those of {@link sepFilter2d} with weights of 1 ÷ size.
 *
 * @param options - `kernelSize` in pixels, or [y, x].
 *
 * @example
 * ```ts
 * import { boxBlur, Pixels } from 'native-conv';
 * const row = new Pixels(Uint8Array.of(0, 0, 90, 0, 0), { width: 5, height: 1, channels: 1 });
 * console.log([...boxBlur(row, { kernelSize: [1, 3] }).data]); // [ 0, 30, 30, 30, 0 ]
 * ```
 */
export const boxBlur = syncImage(prepareBoxBlur);

/**
 * The derivative of order `dx`, `dy`, smoothed across, as OpenCV's Sobel; signed: int16 of uint8 images.
 *
 * @example
 * ```ts
 * import { Pixels, sobel } from 'native-conv';
 * const step = new Pixels(Uint8Array.of(0, 0, 8, 8), { width: 4, height: 1, channels: 1 });
 * console.log([...sobel(step).data]); // [ 0, 32, 32, 0 ]
 * ```
 */
export const sobel = syncImage(prepareSobel);

/**
 * As {@link sobel} of first order, with Scharr's weights 3, 10, 3 across.
 *
 * @example
 * ```ts
 * import { Pixels, scharr } from 'native-conv';
 * const step = new Pixels(Uint8Array.of(0, 0, 8, 8), { width: 4, height: 1, channels: 1 });
 * console.log([...scharr(step, { dx: 1 }).data]); // [ 0, 128, 128, 0 ]
 * ```
 */
export const scharr = syncImage(prepareScharr);

/**
 * The sum of the second derivatives along x and y, as OpenCV's Laplacian; signed: int16 of uint8 images.
 *
 * @example
 * ```ts
 * import { laplacian, Pixels } from 'native-conv';
 * const dot = new Pixels(Uint8Array.of(0, 5, 0), { width: 3, height: 1, channels: 1 });
 * console.log([...laplacian(dot).data]); // [ 10, -10, 10 ]
 * ```
 */
export const laplacian = syncImage(prepareLaplacian);

/**
 * Adds `amount` times the difference to the four neighbours: the image minus amount · {@link laplacian}.
 *
 * @example
 * ```ts
 * import { Pixels, sharpen } from 'native-conv';
 * const edge = new Pixels(Uint8Array.of(100, 100, 110, 110), { width: 4, height: 1, channels: 1 });
 * console.log([...sharpen(edge, { amount: 0.5 }).data]); // [ 100, 95, 115, 110 ]
 * ```
 */
export const sharpen = syncImage(prepareSharpen);

/**
 * {@link resize} of a picture that arrives in strips of rows, such as a decoder gives one larger than memory. The bytes
 * are those of `resize` on the whole picture. Held are one strip, the rows that the filter still reads (its height,
 * times the scale where the picture shrinks) and the rows made of them; besides, the weights of every output row.
 *
 * @param source - an iterable or async iterable of pixels, from top to bottom: of one width, type and number of
 *   channels, of any heights. A strip's memory may be used again when the next is asked for.
 * @param options - `sourceWidth` and `sourceHeight` of the whole source; otherwise as `resize`, without `box`.
 * @returns strips of the result, as soon as their rows are there. Ending the loop early closes the source.
 * @throws TypeError or RangeError with a `code`: at once for bad options, while iterating for bad strips.
 *
 * @example
 * ```ts
 * import { resizeStrips } from 'native-conv';
 * function* rows() {
 *   for (let y = 0; y < 6; y++) yield { data: new Uint8Array(8).fill(y * 10), width: 8, height: 1, channels: 1 };
 * }
 * const heights: number[] = [];
 * const options = { sourceWidth: 8, sourceHeight: 6, width: 4, filter: 'box' } as const;
 * for await (const strip of resizeStrips(rows(), options)) heights.push(strip.data[0]);
 * console.log(heights); // [ 5, 25, 45 ]
 * ```
 */
export const resizeStrips = syncStrips(prepareResizeStrips);

/**
 * {@link filter2d} of a picture that arrives in strips of rows, of any number; the bytes are those of `filter2d` on the
 * whole picture. Held are two strips and the kernel's height of rows, or 16 rows where strips are lower.
 *
 * @param source - strips, as {@link resizeStrips} takes them; the picture's height need not be known.
 * @param options - as `filter2d`; `border: 'circular'` is refused, since the first row would need the last.
 * @returns strips of the result; their heights are not those of the source's strips.
 * @throws TypeError or RangeError with a `code`: at once for bad options, while iterating for bad strips.
 *
 * @example
 * ```ts
 * import { filter2dStrips } from 'native-conv';
 * const strips = [Uint8Array.of(1, 2), Uint8Array.of(3, 4, 5)].map((data) => {
 *   return { data, width: 1, height: data.length, channels: 1 };
 * });
 * const sums: number[] = [];
 * for await (const { data } of filter2dStrips(strips, [[1], [1], [1]], { border: 'zeros' })) sums.push(...data);
 * console.log(sums); // [ 3, 6, 9, 12, 9 ]
 * ```
 */
export const filter2dStrips = syncStrips(prepareFilter2dStrips);
