// Rates for a stack of dilated layers that sees every element of a wanted receptive field, as hybrid dilated
// convolution asks for (Wang et al., arXiv 1702.08502). Layer: analysis.
// SPDX-License-Identifier: MIT

import { checkInteger, readOptions } from '../check.ts';
import { rangeError } from '../errors.ts';

export interface SuggestedDilations {
  /** One per layer, ascending, the first is 1. */
  readonly dilations: readonly number[];
  /** What they come to: the wanted one, or the next that the kernel allows. */
  readonly receptiveField: number;
}

const NAMES = new Set(['kernelSize', 'receptiveField', 'layers']);
const CALLER = 'suggestDilations';

/**
 * Dilation rates for layers of stride 1 whose receptive field has at least the wanted size and no holes. A layer of
 * rate d on top of layers that see L elements without a hole leaves none either if d ≤ L; the rates grow as evenly
 * as that allows.
 *
 * @param options - `kernelSize` of every layer, along one axis; `receptiveField` wanted; `layers`: how many, by default
 * as few as can do it.
 * @throws RangeError `ERR_CONV_OPTION` where so many layers see more or less than is wanted, whatever their rates.
 *
 * @example
 * ```ts
 * import { suggestDilations } from 'native-conv/analysis';
 * console.log(suggestDilations({ kernelSize: 3, receptiveField: 17, layers: 3 }).dilations); // [1, 2, 5]
 * ```
 */
export function suggestDilations(options: {
  readonly kernelSize: number;
  readonly receptiveField: number;
  readonly layers?: number;
}): SuggestedDilations {
  const given = readOptions(CALLER, options ?? null, NAMES);
  const kernel = checkInteger(CALLER, 'options.kernelSize', given.kernelSize, 1);
  const wanted = checkInteger(CALLER, 'options.receptiveField', given.receptiveField, 1);
  const needed = fewestLayers(kernel, wanted);
  const layers =
    given.layers === undefined ? needed : checkInteger(CALLER, 'options.layers', given.layers, 1);
  // The field is 1 + (kernel − 1)·Σ dilations.
  const sum = kernel === 1 ? layers : Math.max(Math.ceil((wanted - 1) / (kernel - 1)), layers);
  if (layers < needed) {
    const most = kernel ** layers;
    const message = `${layers} layers of kernel ${kernel} see at most ${most} elements without holes, not ${wanted}`;
    throw rangeError('ERR_CONV_OPTION', CALLER, message);
  }
  const dilations = evenRates(kernel, layers, sum);
  return { dilations, receptiveField: 1 + (kernel - 1) * sum };
}

/** A layer multiplies what is seen without holes by the kernel's size at most. */
function fewestLayers(kernel: number, wanted: number): number {
  if (kernel === 1 && wanted > 1) {
    const message = `layers of kernel 1 see one element, not ${wanted}`;
    throw rangeError('ERR_CONV_OPTION', CALLER, message);
  }
  let layers = 1;
  for (let seen = kernel; seen < wanted; seen *= kernel) layers += 1;
  return layers;
}

/** Ascending rates with this sum, growing by the smallest factor (at most the kernel's size) that allows the last. */
function evenRates(kernel: number, layers: number, sum: number): number[] {
  let [low, high] = [1, kernel];
  if (isPossible(kernel, growing(kernel, layers, sum, low))) return growing(kernel, layers, sum, low);
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (isPossible(kernel, growing(kernel, layers, sum, middle))) high = middle;
    else low = middle;
  }
  return growing(kernel, layers, sum, high);
}

/** Rates that grow by a factor, rounded down; the last one is what is missing to the sum. */
function growing(kernel: number, layers: number, sum: number, factor: number): number[] {
  const rates: number[] = [];
  let left = sum;
  for (let layer = 0; layer < layers - 1; layer++) {
    // The layers after this one have rates of at least 1.
    const rate = Math.min(Math.floor(factor ** layer + 1e-9), kernel ** layer, left - (layers - 1 - layer));
    rates.push(rate);
    left -= rate;
  }
  return [...rates, left].sort((a, b) => a - b);
}

/** Whether ascending rates leave no holes. */
function isPossible(kernel: number, rates: readonly number[]): boolean {
  let seen = 1;
  for (const rate of rates) {
    if (rate > seen) return false;
    seen += (kernel - 1) * rate;
  }
  return true;
}
