// Plans made lately by one operator or layer: a call with the same dims and settings again costs a comparison.
// Layer: operators.
// SPDX-License-Identifier: MIT

import type { Activation, DType, Triple } from '../geometry.ts';
import type { Settings } from '../options.ts';
import type { Padding } from '../padding.ts';
import { type Plan, sameDims } from './call.ts';

type Dims = readonly number[];

/** Settings that plans do not depend on; the activation's numbers are compared apart from its slopes. */
type Elsewhere = 'bias' | 'residual' | 'activation' | 'threads' | 'out' | 'outTensor' | 'signal' | 'type';

/** What a plan depends on, and nothing that would keep an operand alive. */
interface Entry {
  readonly settings: Omit<Settings, Elsewhere>;
  readonly activation: Activation;
  readonly type: DType;
  readonly input: Dims;
  readonly weights: readonly Dims[];
  readonly plan: Plan;
}

/** Enough for the shapes that one call site sees; looking through them must stay cheaper than planning. */
const MOST_ENTRIES = 8;

export class PlanCache {
  readonly #entries: Entry[] = [];
  #next = 0;

  /** The plan that was made of the same, if it is remembered. */
  find(settings: Settings, type: DType, input: Dims, weights: readonly Dims[]): Plan | undefined {
    for (const entry of this.#entries) {
      if (isOf(entry, settings, type, input, weights)) return entry.plan;
    }
    return undefined;
  }

  /** Remembers a plan, in place of the oldest one. */
  add(settings: Settings, type: DType, input: Dims, weights: readonly Dims[], plan: Plan): void {
    const { rank, stride, dilation, padding, paddingMode, groups, layout, weightLayout } = settings;
    const { outputPadding, outputSize, algorithm, reproducible } = settings;
    this.#entries[this.#next] = {
      settings: {
        rank,
        stride,
        dilation,
        padding,
        paddingMode,
        groups,
        layout,
        weightLayout,
        outputPadding,
        outputSize,
        algorithm,
        reproducible,
      },
      activation: settings.activation.activation,
      type,
      input: input.slice(),
      weights: weights.map((dims) => dims.slice()),
      plan,
    };
    this.#next = (this.#next + 1) % MOST_ENTRIES;
  }
}

function isOf(entry: Entry, b: Settings, type: DType, input: Dims, weights: readonly Dims[]): boolean {
  if (entry.type !== type || !sameDims(entry.input, input)) return false;
  for (let i = 0; i < weights.length; i++) if (!sameDims(entry.weights[i], weights[i])) return false;
  const a = entry.settings;
  return (
    sameTriple(a.stride, b.stride) &&
    sameTriple(a.dilation, b.dilation) &&
    samePadding(a.padding, b.padding) &&
    a.paddingMode === b.paddingMode &&
    a.groups === b.groups &&
    a.layout === b.layout &&
    a.weightLayout === b.weightLayout &&
    sameTriple(a.outputPadding, b.outputPadding) &&
    sameTriple(a.outputSize, b.outputSize) &&
    a.algorithm === b.algorithm &&
    a.reproducible === b.reproducible &&
    sameActivation(entry.activation, b.activation.activation)
  );
}

function sameTriple(a: Triple | null, b: Triple | null): boolean {
  if (a === b) return true;
  return a !== null && b !== null && a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
}

function samePadding(a: Padding, b: Padding): boolean {
  if (a === b) return true;
  if (typeof a === 'string' || typeof b === 'string') return false;
  return sameTriple(a.begin, b.begin) && sameTriple(a.end, b.end);
}

/** −0 and +0 differ here: a slope's sign reaches the result. */
function sameActivation(a: Activation, b: Activation): boolean {
  if (a === b) return true;
  return (
    a.kind === b.kind && Object.is(a.alpha, b.alpha) && Object.is(a.min, b.min) && Object.is(a.max, b.max)
  );
}
