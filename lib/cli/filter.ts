// `native-conv filter`: one picture through one kernel, to another picture of 8 bits. Layer: command line.
// SPDX-License-Identifier: MIT

import type { PaddingMode } from '../geometry.ts';
import { Pixels } from '../image/pixels.ts';
import { boxBlur, filter2d, gaussianBlur, laplacian, scharr, sharpen, sobel } from '../index.ts';
import { decode } from './decode.ts';
import { Failure, messageOf } from './failure.ts';
import type { FilterKernel, KernelName } from './filter-kernel.ts';
import { loadSharp } from './packages.ts';

export interface FilterCommandOptions {
  readonly kernel: FilterKernel;
  readonly border?: PaddingMode;
  readonly delta?: number;
  readonly gray?: boolean;
}

type Picture = Pixels<'uint8'>;
type Border = Pick<FilterCommandOptions, 'border'>;

/** What each name does; of gradients, how strong they are, since a picture has no signs. */
const KERNELS = {
  sobel: (image: Picture, value: number | undefined, options: Border) => {
    const all = { ...options, ...(value !== undefined && { kernelSize: value }) };
    return strength(sobel(image, { ...all, dx: 1, dy: 0 }), sobel(image, { ...all, dx: 0, dy: 1 }));
  },
  scharr: (image: Picture, value: number | undefined, options: Border) => {
    if (value !== undefined) throw new Failure('the kernel scharr takes no parameter');
    return strength(scharr(image, { ...options, dx: 1, dy: 0 }), scharr(image, { ...options, dx: 0, dy: 1 }));
  },
  laplacian: (image: Picture, value: number | undefined, options: Border) =>
    strength(laplacian(image, { ...options, ...(value !== undefined && { kernelSize: value }) })),
  gaussian: (image: Picture, value = 1, options: Border) => gaussianBlur(image, { ...options, sigma: value }),
  box: (image: Picture, value = 3, options: Border) => boxBlur(image, { ...options, kernelSize: value }),
  sharpen: (image: Picture, value = 1, options: Border) => sharpen(image, { ...options, amount: value }),
} satisfies Readonly<Record<KernelName, unknown>>;

export async function filterCommand(from: string, to: string, options: FilterCommandOptions): Promise<void> {
  const { kernel, gray = false } = options;
  if (options.delta !== undefined && 'name' in kernel) {
    throw new Failure('--delta is for a kernel of numbers');
  }
  const sharp = await loadSharp();
  const image = await naming(from, () => decode(sharp, from, { gray, opaque: true }));
  const result = apply(image, options);
  await naming(to, () => sharp(...result.toSharpRaw()).toFile(to));
  console.log(`${to}: ${result.width}×${result.height}`);
}

function apply(image: Picture, { kernel, border, delta }: FilterCommandOptions): Pixels {
  const options = border === undefined ? {} : { border };
  if ('name' in kernel) return KERNELS[kernel.name](image, kernel.value, options);
  return filter2d(image, kernel.rows, { ...options, ...(delta !== undefined && { delta }) });
}

/** The length of the vector that these are the components of, rounded and clamped to 8 bits. */
function strength(...components: readonly Pixels[]): Picture {
  const [first] = components;
  const squares = new Float64Array(first.data.length);
  for (const { data } of components) for (let i = 0; i < data.length; i++) squares[i] += data[i] * data[i];
  const data = new Uint8ClampedArray(squares.length);
  for (let i = 0; i < data.length; i++) data[i] = Math.sqrt(squares[i]);
  return new Pixels(new Uint8Array(data.buffer), first);
}

async function naming<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new Failure(`${file}: ${messageOf(cause).trim().replaceAll('\n', ' ')}`, { cause });
  }
}
