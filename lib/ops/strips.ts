// resizeStrips and filter2dStrips: resize and filter2d of a picture that arrives in strips of rows and leaves in such,
// for pictures larger than memory. Each strip is a call of the whole operator on a window of rows; the reasoning why
// the bytes are those of the whole picture is beside each window. Layer: operators.
// SPDX-License-Identifier: MIT

import { checkInteger } from '../check.ts';
import { rangeError } from '../errors.ts';
import type { ImageCall } from '../image/call.ts';
import { Pixels, type PixelsLike, type PixelType } from '../image/pixels.ts';
import { axisBounds, packAxis } from '../image/resample.ts';
import type { Door } from '../options.ts';
import { openSource } from '../stream.ts';
import { type FilterOptions, KERNEL_OPTIONS } from './filter.ts';
import {
  checkNumber,
  filterCall,
  type KernelLike,
  readAnchor,
  readBorder,
  readKernel,
  readType,
} from './filtering.ts';
import { type ImageFamily, type ImageSettings, parseImageOptions } from './image.ts';
import { type ResizeOptions, readSize, resampleCall } from './resize.ts';
import { RowWindow } from './row-window.ts';
import { readSampling, SAMPLING_NAMES } from './sampling.ts';

/** Strips of one picture, from top to bottom: of one width, type and number of channels, of any heights. */
export type StripSource = Iterable<PixelsLike> | AsyncIterable<PixelsLike>;

export type Strips = AsyncGenerator<Pixels, void, undefined>;

export interface ResizeStripsOptions extends Omit<ResizeOptions, 'layout' | 'out' | 'box'> {
  /** Of the whole source, in pixels. */
  readonly sourceWidth: number;
  readonly sourceHeight: number;
}

/** `border` may not be `'circular'`: the first row would need the last. */
export type FilterStripsOptions = Omit<FilterOptions, 'layout' | 'out'>;

/** Runs a prepared call; each door has its own way. */
export type RunImage = (call: ImageCall) => void | Promise<void>;

/** A strip operator before it has a door. */
export type PrepareStrips<Args extends unknown[]> = (door: Door, run: RunImage, ...args: Args) => Strips;

const RESIZE: ImageFamily = {
  name: 'resizeStrips',
  options: new Set(['sourceWidth', 'sourceHeight', 'width', 'height', ...SAMPLING_NAMES, 'threads']),
};
const FILTER: ImageFamily = {
  name: 'filter2dStrips',
  options: new Set([...KERNEL_OPTIONS, 'threads']),
};

/** A call on the window's rows; of its result, `rows` from `skip` on go out. */
interface Step {
  readonly call: ImageCall;
  readonly skip: number;
  readonly rows: number;
}

/** What can be computed of the rows that have arrived, or null; `ended` once no more will. */
type NextStep = (window: RowWindow, ended: boolean) => Step | null;

function throughWindow(
  operator: string,
  source: StripSource,
  signal: AbortSignal | undefined,
  run: RunImage,
  next: NextStep,
): Strips {
  const strips = openSource(operator, source, 'pixels') as AsyncIterator<PixelsLike>;
  const window = new RowWindow(operator);
  const compute = async ({ call, skip, rows }: Step): Promise<Pixels> => {
    signal?.throwIfAborted();
    await run(call);
    const { data, width, channels } = call.result as Pixels;
    const part = data.subarray(skip * width * channels, (skip + rows) * width * channels);
    return new Pixels(part, { width, height: rows, channels });
  };
  async function* results(): Strips {
    // Leaving this loop early, by whatever way, closes the source.
    for await (const strip of { [Symbol.asyncIterator]: () => strips }) {
      signal?.throwIfAborted();
      window.append(strip);
      const step = next(window, false);
      if (step !== null) yield await compute(step);
    }
    const step = next(window, true);
    if (step !== null) yield await compute(step);
  }
  return results();
}

/** Fewer rows are not worth a call. */
const LEAST_ROWS = 16;

/**
 * The window has kernelHeight − 1 rows more than go out. In its middle the border is never read; at the picture's top
 * and bottom the border repeats or mirrors rows at most kernelHeight − 1 away, which the window holds as well.
 */
function filterSteps(settings: ImageSettings, kernel: ReturnType<typeof readKernel>): NextStep {
  const { name } = FILTER;
  const { given } = settings;
  const anchor = readAnchor(name, given, kernel.height, kernel.width);
  const delta = checkNumber(name, 'options.delta', given.delta, 0);
  const type = given.type === undefined ? null : readType(name, given, 'uint8');
  const below = kernel.height - 1 - anchor[0];
  const worthwhile = Math.max(kernel.height, LEAST_ROWS);
  let done = 0;
  return (window, ended) => {
    const rows = (ended ? window.end : window.end - below) - done;
    if (rows < (ended ? 1 : worthwhile)) return null;
    const view = window.view();
    const result: { type: PixelType; delta: number; anchor: readonly [number, number] } = {
      type: type ?? view.type,
      delta,
      anchor,
    };
    const step = { call: filterCall(name, view, settings, kernel, result), skip: done - window.top, rows };
    done += rows;
    window.dropBefore(done - (kernel.height - 1));
    return step;
  };
}

export function prepareFilter2dStrips(
  door: Door,
  run: RunImage,
  source: StripSource,
  kernel: KernelLike,
  options?: FilterStripsOptions,
): Strips {
  const settings = parseImageOptions(FILTER, door, options);
  const next = filterSteps(settings, readKernel(FILTER.name, kernel));
  if (readBorder(FILTER.name, settings.given) === 'circular') {
    const message = "options.border 'circular' needs the last row for the first; filter2d has it";
    throw rangeError('ERR_CONV_OPTION', FILTER.name, message);
  }
  return throughWindow(FILTER.name, source, settings.signal, run, next);
}

/** Outputs read ever later rows, each with the weights that it has in the whole picture. */
function resizeSteps(settings: ImageSettings): NextStep {
  const { name } = RESIZE;
  const { given } = settings;
  const side = (option: 'sourceWidth' | 'sourceHeight') =>
    checkInteger(name, `options.${option}`, given[option], 1);
  const [sourceWidth, sourceHeight] = [side('sourceWidth'), side('sourceHeight')];
  const sampling = readSampling(name, 'options', given, 'bicubic');
  const { width, height } = readSize(name, given, { width: sourceWidth, height: sourceHeight });
  const axis = (size: number, outputs: number) => ({ size, begin: 0, end: size, outputs });
  const rows = axis(sourceHeight, height);
  const horizontal = packAxis(name, axis(sourceWidth, width), sampling);
  // Refuses too many rows before the first of them comes.
  packAxis(name, rows, sampling);
  const bounds = axisBounds(rows, sampling);
  let done = 0;
  return (window, ended) => {
    if (window.end > sourceHeight || (ended && window.end < sourceHeight)) {
      const message = `options.sourceHeight is ${sourceHeight}, the source has ${ended ? '' : 'at least '}${window.end} rows`;
      throw rangeError('ERR_CONV_SHAPE', name, message);
    }
    if (ended) return null;
    const view = window.view();
    if (view.width !== sourceWidth) {
      const message = `options.sourceWidth is ${sourceWidth}, the strips are ${view.width} wide`;
      throw rangeError('ERR_CONV_SHAPE', name, message);
    }
    const [from, { top }] = [done, window];
    while (done < height && bounds[2 * done] + bounds[2 * done + 1] <= window.end) done += 1;
    window.dropBefore(done < height ? bounds[2 * done] : sourceHeight);
    if (done === from) return null;
    const count = done - from;
    const vertical = packAxis(name, rows, sampling, { first: from, count, top });
    const size = { width, height: count };
    return { call: resampleCall(name, view, settings, size, vertical, horizontal), skip: 0, rows: count };
  };
}

export function prepareResizeStrips(
  door: Door,
  run: RunImage,
  source: StripSource,
  options: ResizeStripsOptions,
): Strips {
  const settings = parseImageOptions(RESIZE, door, options);
  return throughWindow(RESIZE.name, source, settings.signal, run, resizeSteps(settings));
}
