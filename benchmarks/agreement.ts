// Whether the outputs of all contestants agree. Ours of the `reproducible` contestant is held to the definition, to the
// bit, at sampled elements; every element of the others is held to it: to the bit where they promise that, otherwise
// within TOLERANCE · eps · Σ|x||w|.
// SPDX-License-Identifier: MIT

import type { NamedShape } from '../test/shapes.ts';
import type { Operands } from './contestant.ts';
import { expectedElement, lower, outputLength } from './geometry.ts';

/** Rounding of float32. */
const EPSILON = 2 ** -24;
/** In units of eps·Σ|x||w|. Winograd's F(4×4) is good for 7 and a long chain for 4; a wrong result is off by orders. */
export const TOLERANCE = 32;
const SAMPLED_ELEMENTS = 64;

/** What is wrong with an output that must equal the definition in every bit; nothing if it does where sampled. */
export function checkDefinition(
  shape: NamedShape,
  { input, weight }: Operands,
  output: Float32Array,
): string | undefined {
  const lowered = lower(shape);
  return checkSamples(
    output,
    outputLength(lowered),
    (index) => expectedElement(lowered, input, weight, index).chain,
  );
}

/** What is wrong with a result of `length` elements, held to the bit to what is expected at samples of them. */
export function checkSamples(
  output: Float32Array,
  length: number,
  expected: (index: number) => number,
): string | undefined {
  if (output.length !== length) return `has ${output.length} elements instead of ${length}`;
  for (let sample = 0; sample < SAMPLED_ELEMENTS; sample++) {
    // The corners, the rest spread by the golden ratio.
    const index = sample === 0 ? length - 1 : Math.floor((((sample - 1) * 0.6180339887) % 1) * length);
    const chain = expected(index);
    if (!Object.is(output[index], chain)) return `element ${index} is ${output[index]}, must be ${chain}`;
  }
  return undefined;
}

export interface Agreement {
  /** In units of eps·Σ|x||w|. */
  readonly worstError: number;
  /** What is wrong, if something is. */
  readonly complaint?: string;
}

/** Compares every element; `magnitudes` are the Σ|x||w|. */
export function compare(
  output: Float32Array,
  truth: Float32Array,
  magnitudes: Float32Array,
  exact: boolean,
): Agreement {
  if (output.length !== truth.length) {
    return { worstError: 0, complaint: `has ${output.length} elements instead of ${truth.length}` };
  }
  let worstError = 0;
  let worst = 0;
  let different = -1;
  for (let i = 0; i < output.length; i++) {
    if (output[i] === truth[i]) continue;
    different = different === -1 ? i : different;
    const error = Math.abs(output[i] - truth[i]) / (EPSILON * magnitudes[i]);
    // Also true of NaN, which is no result of these operands.
    if (!(error <= worstError)) [worstError, worst] = [error, i];
  }
  if (exact && different !== -1) {
    return {
      worstError,
      complaint: `element ${different} is ${output[different]}, must be ${truth[different]} to the bit`,
    };
  }
  if (worstError <= TOLERANCE) return { worstError };
  const size = `${worstError.toPrecision(3)} eps·Σ|x||w|, more than ${TOLERANCE}`;
  return { worstError, complaint: `element ${worst} is ${output[worst]}, not ${truth[worst]}: ${size}` };
}
