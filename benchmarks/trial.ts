// One trial in a process of its own: prepares a named shape, checks sampled elements of its output against the
// definition, times it, and prints what it found as one line of JSON. Started by run.ts.
// SPDX-License-Identifier: MIT

import { NAMED_SHAPES, type NamedShape } from '../test/shapes.ts';
import { CONTESTANTS, type Prepared, type Settings } from './contestant.ts';
import { expectedElement, lower, outputLength } from './geometry.ts';
import { measure, type Timing } from './measure.ts';

export interface TrialRequest extends Settings {
  readonly contestant: string;
  readonly shape: string;
  readonly budgetMs: number;
}

export interface TrialReport extends Timing {
  readonly algorithm: string;
  readonly kernel: string;
  readonly isa: string;
  /** Sampled elements of the output that were checked, and the worst error in units of eps·Σ|x||w|. */
  readonly checked: number;
  readonly worstError: number;
}

const SAMPLED_ELEMENTS = 64;
const EPSILON = 2 ** -24;
/** For algorithms outside the bit contract, in units of eps·Σ|x||w|: a wrong result is off by orders more. */
const TOLERANCE = 32;

async function main(): Promise<void> {
  const request = JSON.parse(process.argv[2]) as TrialRequest;
  const contestant = CONTESTANTS.find(({ name }) => name === request.contestant);
  const shape = NAMED_SHAPES.find(({ name }) => name === request.shape);
  if (contestant === undefined || shape === undefined) throw new Error(`no such trial: ${process.argv[2]}`);

  const random = randomNumbers(shape.name);
  const operands = { input: random(shape.input), weight: random(shape.weight) };
  const prepared = await contestant.prepare(shape, operands, request);
  const worstError = checkSamples(shape, operands, prepared, await prepared.run());
  const timing = await measure(() => prepared.run(), request.budgetMs);
  const { algorithm, kernel, isa } = prepared;
  const report: TrialReport = { ...timing, algorithm, kernel, isa, checked: SAMPLED_ELEMENTS, worstError };
  console.log(JSON.stringify(report));
}

/** Throws unless the sampled elements are what they must be; returns the worst error. */
function checkSamples(
  shape: NamedShape,
  operands: { readonly input: Float32Array; readonly weight: Float32Array },
  prepared: Prepared,
  output: Float32Array,
): number {
  const lowered = lower(shape);
  const length = outputLength(lowered);
  if (output.length !== length) {
    throw new Error(`${shape.name}: ${output.length} elements instead of ${length}`);
  }
  let worst = 0;
  for (let sample = 0; sample < SAMPLED_ELEMENTS; sample++) {
    // Corners first and last, the rest spread by the golden ratio.
    const index = sample === 0 ? length - 1 : Math.floor(((sample * 0.6180339887) % 1) * length);
    const { chain, exact, magnitude } = expectedElement(lowered, operands.input, operands.weight, index);
    const error = Math.abs(output[index] - exact) / (EPSILON * magnitude || 1);
    worst = Math.max(worst, error);
    const good = prepared.exact ? Object.is(output[index], chain) : error <= TOLERANCE;
    if (!good) {
      throw new Error(
        `${shape.name}: element ${index} is ${output[index]}, must be ${prepared.exact ? chain : exact}`,
      );
    }
  }
  return worst;
}

/** Uniform in [−1, 1), the same for the same name (mulberry32, seeded by FNV-1a). */
function randomNumbers(seed: string): (dims: readonly number[]) => Float32Array {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
  return (dims) => Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, next);
}

await main();
