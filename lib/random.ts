// Pseudo-random numbers that are the same everywhere: C. Doty-Humphrey's sfc32 (PractRand). Layer: beneath tensor.ts.
// SPDX-License-Identifier: MIT

/**
 * 32 random bits at each call. Seeded as PractRand seeds it: the seed's two words, a counter of 1, and 12 values
 * thrown away.
 */
export function sfc32(seed: number): () => number {
  let a = 0;
  let b = seed | 0;
  let c = Math.floor(seed / 2 ** 32) | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}
