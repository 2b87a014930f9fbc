// What image operators have in common: options, the result that they write, the call that they become.
// Layer: operators.
// SPDX-License-Identifier: MIT

import { checkChoice, checkInteger, readOptions } from '../check.ts';
import { formatDims, rangeError, typeError } from '../errors.ts';
import type { ImageBatch, ImageCall, ImageGeometry, ImageTable, Picture } from '../image/call.ts';
import {
  IMAGE_LAYOUTS,
  type ImageLayout,
  type ImageLike,
  type ImageResult,
  type ImageView,
  PIXEL_ARRAYS,
  type PixelArray,
  type PixelData,
  Pixels,
  type PixelType,
  readImage,
} from '../image/pixels.ts';
import { resultMemory } from '../memory.ts';
import { checkSignal, type Door } from '../options.ts';
import { type ElementType, Tensor } from '../tensor.ts';
import type { Stepwise } from '../turns.ts';

/** Options of every image operator. */
export interface ImageOptions<Out extends ImageLike = ImageLike> {
  /** Order of a tensor's axes: `'NCHW'` (default) or `'NHWC'`; pixels need none. */
  readonly layout?: ImageLayout;
  /** Threads for this call; by default the process-wide setting. */
  readonly threads?: number;
  /** Written to and returned: of the result's size, channels and type, sharing no memory with the source. */
  readonly out?: Out;
}

/** Names and values of an operator's options, and those that all of them share, read. */
export interface ImageSettings {
  readonly given: Readonly<Record<string, unknown>>;
  readonly layout: ImageLayout;
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
}

/** An image operator before it has a door. */
export type PrepareImage<Args extends unknown[], Result extends ImageResult> = (
  door: Door,
  ...args: Args
) => ImageCall<Result>;

export interface ImageFamily {
  readonly name: string;
  readonly options: ReadonlySet<string>;
}

const COMMON = ['layout', 'threads', 'out'];

export function imageFamily(name: string, options: readonly string[]): ImageFamily {
  return { name, options: new Set([...options, ...COMMON]) };
}

export function parseImageOptions(family: ImageFamily, door: Door, options: unknown): ImageSettings {
  const { name } = family;
  const cancellable = new Set([...family.options, 'signal']);
  const given = readOptions(name, options, door === 'async' ? cancellable : family.options, cancellable);
  const { layout, threads, signal } = given;
  return {
    given,
    layout: layout === undefined ? 'NCHW' : checkChoice(name, 'options.layout', layout, IMAGE_LAYOUTS),
    threads: threads === undefined ? 0 : checkInteger(name, 'options.threads', threads, 1),
    signal: signal === undefined ? undefined : checkSignal(name, signal),
  };
}

/** An operator that makes several calls, before it has a door: in steps, since there may be any number of images. */
export type PrepareBatch<Args extends unknown[], Result extends ImageResult> = (
  door: Door,
  ...args: Args
) => Stepwise<ImageBatch<Result>>;

/** What an operator computes, once its options are known. */
export interface ImagePlan
  extends Omit<
    ImageGeometry,
    'planes' | 'channels' | 'source' | 'target' | 'targetPlanes' | 'targetChannels'
  > {
  readonly height: number;
  readonly width: number;
  readonly type: PixelType;
  readonly tables: readonly ImageTable[];
}

/** Makes or checks the result, and the call. */
export function assembleImage(
  operator: string,
  source: ImageView,
  settings: ImageSettings,
  plan: ImagePlan,
): ImageCall {
  const dims = targetDims(source, plan);
  const { out } = settings.given;
  const target =
    out === undefined
      ? allocateImage(operator, source, plan, dims)
      : readOut(operator, source, settings, plan, dims);
  return {
    operator,
    // Field by field: a spread of so many would take longer than small pictures do.
    geometry: {
      operation: plan.operation,
      planes: source.planes,
      channels: source.channels,
      source: pictureOf(source),
      target: pictureOf(target.view),
      border: plan.border,
      kernelHeight: plan.kernelHeight,
      kernelWidth: plan.kernelWidth,
      anchorY: plan.anchorY,
      anchorX: plan.anchorX,
      delta: plan.delta,
      rounding: plan.rounding,
      targetPlanes: source.planes,
      targetChannels: source.channels,
    },
    source: source.data,
    target: target.view.data,
    tables: plan.tables,
    threads: settings.threads,
    signal: settings.signal,
    result: target.result,
  };
}

export function pictureOf({ type, height, width, rowStride, planeStride }: ImageView): Picture {
  return { type, height, width, rowStride, planeStride };
}

function targetDims({ dims, layout }: ImageView, { height, width }: ImagePlan): readonly number[] | null {
  if (dims === null) return null;
  return layout === 'NHWC' ? [dims[0], height, width, dims[3]] : [dims[0], dims[1], height, width];
}

interface Target {
  readonly view: ImageView;
  readonly result: ImageResult;
}

function allocateImage(
  operator: string,
  source: ImageView,
  { height, width, type }: ImagePlan,
  dims: readonly number[] | null,
): Target {
  const { channels, planes, layout } = source;
  const data = allocatePixels(operator, planes * height * width * channels, type);
  const result =
    dims === null ? new Pixels(data, { width, height, channels }) : new Tensor<ElementType>(data, dims);
  return { view: readImage(operator, 'result', result, layout), result };
}

export function allocatePixels(operator: string, count: number, type: PixelType) {
  return resultMemory<PixelData<PixelType>>(operator, type, PIXEL_ARRAYS[type], count);
}

function readOut(
  operator: string,
  source: ImageView,
  settings: ImageSettings,
  plan: ImagePlan,
  dims: readonly number[] | null,
): Target {
  const out: unknown = settings.given.out;
  const view = readImage(operator, 'options.out', out, settings.layout);
  if (view.type !== plan.type) {
    const message = `options.out is ${view.type}, the result is ${plan.type}`;
    throw typeError('ERR_CONV_DTYPE', operator, message);
  }
  const { width, height } = plan;
  const has = describeShape(view);
  const wants = describeShape({ dims, width, height, channels: source.channels });
  if (has !== wants)
    throw rangeError('ERR_CONV_SHAPE', operator, `options.out is ${has}, the result is ${wants}`);
  if (overlaps(view.data, source.data)) {
    throw rangeError('ERR_CONV_OVERLAP', operator, 'options.out shares memory with the source');
  }
  return { view, result: asResult(out, view) };
}

function describeShape({
  dims,
  width,
  height,
  channels,
}: Pick<ImageView, 'dims' | 'width' | 'height' | 'channels'>): string {
  return dims === null ? `${width}×${height} pixels of ${channels} channels` : `a tensor ${formatDims(dims)}`;
}

/** Our own objects come back as themselves; whatever else was passed comes back as ours over its data, if that has no gaps. */
function asResult(out: unknown, view: ImageView): ImageResult {
  if (out instanceof Pixels || out instanceof Tensor) return out;
  const { width, height, channels, rowStride, dims } = view;
  const data = view.data as Uint8Array;
  if (dims !== null) return new Tensor<ElementType>(data, dims);
  if (rowStride === width * channels) return new Pixels(data, { width, height, channels });
  return out as Pixels;
}

export function overlaps(a: PixelArray, b: PixelArray): boolean {
  return (
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.byteLength &&
    b.byteOffset < a.byteOffset + a.byteLength
  );
}
