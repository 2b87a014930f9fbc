// What a benchmark computes on: uniform random numbers that depend on the shape's name alone, so that every
// contestant and every trial gets the same.
// SPDX-License-Identifier: MIT

import type { NamedShape } from '../test/shapes.ts';
import type { Operands } from './contestant.ts';

export function operandsOf(shape: NamedShape): Operands {
  const [input, weight] = uniform(shape.name, [shape.input, shape.weight]);
  return { input, weight };
}

/** Tensors of these dims, one after the other from the numbers that belong to a name. */
export function uniform(name: string, dims: readonly (readonly number[])[]): Float32Array[] {
  const next = randomNumbers(name);
  return dims.map((of) => fill(of, next));
}

function fill(dims: readonly number[], next: () => number): Float32Array {
  const values = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
  for (let i = 0; i < values.length; i++) values[i] = next();
  return values;
}

/** Uniform in [−1, 1), the same for the same name (mulberry32, seeded by FNV-1a). */
function randomNumbers(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}
