// What the benchmark does with images, and on what: operators of one picture, and how much work each nominally is.
// An operation that is not here yet is one more member of ImageTask, and one entry for each contestant beside this file.
// SPDX-License-Identifier: MIT

export interface Size {
  readonly width: number;
  readonly height: number;
}

interface TaskOf<Operation extends string, Options> {
  readonly name: string;
  readonly operation: Operation;
  readonly source: Size & { readonly channels: number };
  readonly options: Options;
}

export type FilterTask = TaskOf<'filter2d', { readonly kernel: readonly (readonly number[])[] }>;
export type BlurTask = TaskOf<
  'gaussianBlur',
  { readonly kernelSize: number } | { readonly sigma: number; readonly kernelSize?: undefined }
>;
export type BoxTask = TaskOf<'boxBlur', { readonly kernelSize: number }>;
export type ResizeTask = TaskOf<'resize', Size & { readonly filter: 'bilinear' | 'bicubic' | 'lanczos' }>;
/** Resized, then (x/255 − mean)/std of each channel, channels first. */
export type TensorTask = TaskOf<
  'toTensor',
  Size & {
    readonly filter: 'bilinear';
    readonly mean: readonly number[];
    readonly std: readonly number[];
  }
>;
export type ImageTask = FilterTask | BlurTask | BoxTask | ResizeTask | TensorTask;
/** Bytes of pixels, or a tensor's elements. */
export type ImageValues = Uint8Array | Float32Array;

/** Bytes of interleaved pixels. */
export interface PixelBytes extends Size {
  readonly data: Uint8Array;
  readonly channels: number;
}

export function targetSize({ source, ...task }: ImageTask): Size {
  return task.operation === 'resize' || task.operation === 'toTensor' ? task.options : source;
}

/** Taps of one output, along columns and along rows, of the two passes that a separable operator needs. */
function tapsOf(task: ImageTask): number {
  switch (task.operation) {
    case 'filter2d':
      return task.options.kernel.length * task.options.kernel[0].length;
    case 'gaussianBlur':
      return 2 * (task.options.kernelSize ?? 6 * task.options.sigma + 1);
    case 'boxBlur':
      return 2 * task.options.kernelSize;
    case 'resize':
      return 2 * supportOf(task);
    case 'toTensor':
      return 2 * supportOf(task) + 1;
  }
}

const SUPPORTS = { bilinear: 2, bicubic: 4, lanczos: 6 } as const;

function supportOf({ source, options }: ResizeTask | TensorTask): number {
  return Math.round(SUPPORTS[options.filter] * Math.max(1, source.width / options.width));
}

/** Nominal: of the outputs alone, with the taps of either pass. */
export function imageMultiplyAdds(task: ImageTask): number {
  const { width, height } = targetSize(task);
  return width * height * task.source.channels * tapsOf(task);
}

/** Bytes of the source and the result. */
export function imageBytes(task: ImageTask): number {
  const { width, height } = targetSize(task);
  const { source, operation } = task;
  const written = width * height * (operation === 'toTensor' ? Float32Array.BYTES_PER_ELEMENT : 1);
  return (written + source.width * source.height) * source.channels;
}

export function describeTask(task: ImageTask): string {
  const { source, operation, options } = task;
  const how =
    operation === 'filter2d'
      ? `${options.kernel.length}×${options.kernel[0].length}`
      : Object.entries(options)
          .map(([name, value]) => `${name} ${value}`)
          .join(' ');
  return `${source.width}×${source.height}×${source.channels} ${operation} ${how}`;
}

/** A picture that photographs resemble more than noise does: slopes, edges, and a little noise. */
export function pictureFor({ source: { width, height, channels } }: ImageTask): PixelBytes {
  const data = new Uint8Array(width * height * channels);
  let state = 1;
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const edge = ((x >> 6) + (y >> 6)) % 2 === 0 ? 60 : 0;
      for (let c = 0; c < channels; c++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        data[at++] = 40 + edge + (((x + 2 * y) >> (3 + c)) & 127) + (state >>> 28);
      }
    }
  }
  return { data, width, height, channels };
}
