// fma32 and fma64 against exact rational arithmetic, bit for bit.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import fc from 'fast-check';
import { fma32, fma64 } from '../../lib/reference/fma.ts';
import { exactFma, FLOAT32, FLOAT64, type Format } from './rational.ts';
import { seed } from './seed.ts';

type Triplet = [a: number, b: number, c: number];

/** Values of one format with few or many significant bits, at any exponent, zeros and subnormals included. */
function anyFloat(round: (x: number) => number, lowest: number, highest: number): fc.Arbitrary<number> {
  const scaled = fc
    .tuple(
      fc.integer({ min: -(2 ** 30), max: 2 ** 30 }),
      fc.integer({ min: 0, max: 30 }),
      fc.integer({ min: lowest, max: highest }),
    )
    .map(([integer, drop, exponent]) => round(Math.trunc(integer / 2 ** drop) * 2 ** exponent));
  return scaled.filter(Number.isFinite);
}

const float32 = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  anyFloat(Math.fround, -152, 127),
);
const float64 = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  anyFloat((x) => x, -1076, 1023),
);

/** Operands whose sum nearly cancels, or that sit a hair beside the middle of two results. */
function near(
  any: fc.Arbitrary<number>,
  round: (x: number) => number,
  bits: number,
  exponents: number[],
): fc.Arbitrary<Triplet> {
  const offset = fc.integer({ min: -3, max: 3 });
  const cancelling = fc
    .tuple(any, any, offset)
    .map(([a, b, ulps]): Triplet => [a, b, round(-a * b * (1 + ulps * 2 ** -bits))]);
  // (1 + i·u)(1 + j·u) times half an ulp of c: with i = -j, off the middle by as little as u² of half an ulp.
  const exponent = fc.constantFrom(0, 2, 8, ...exponents);
  const halfway = fc
    .tuple(offset, offset, fc.integer({ min: 0, max: 9 }), exponent, fc.boolean(), fc.boolean())
    .map(([i, j, k, e, below, negative]): Triplet => {
      const u = 2 ** (1 - bits);
      const a = round((1 + i * u) * 2 ** (e / 2));
      const b = round((1 + j * u) * 2 ** (e / 2 - bits));
      const c = round((1 + k * u) * 2 ** e);
      return [a, below ? -b : b, negative ? -c : c];
    });
  return fc.oneof(cancelling, halfway).filter((triplet) => triplet.every(Number.isFinite));
}

function agrees(format: Format, fma: (a: number, b: number, c: number) => number): (t: Triplet) => void {
  return ([a, b, c]) => {
    const want = exactFma(format, a, b, c);
    const got = fma(a, b, c);
    expect(Object.is(got, want), `fma(${a}, ${b}, ${c}) = ${got}, exactly ${want}`).to.equal(true);
  };
}

describe(`reference fma (seed ${seed})`, function () {
  this.timeout(60_000);
  const check = (triplets: fc.Arbitrary<Triplet>, test: (t: Triplet) => void, numRuns: number) =>
    fc.assert(fc.property(triplets, test), { seed, numRuns });

  it('fma32 is exact for any operands', () => {
    check(fc.tuple(float32, float32, float32), agrees(FLOAT32, fma32), 10_000);
  });
  it('fma32 is exact beside ties and under cancellation', () => {
    check(near(float32, Math.fround, 24, [126, -124, -130, -136]), agrees(FLOAT32, fma32), 10_000);
  });
  it('fma64 is exact for any operands', () => {
    check(fc.tuple(float64, float64, float64), agrees(FLOAT64, fma64), 4_000);
  });
  it('fma64 is exact beside ties and under cancellation', () => {
    check(
      near(float64, (x) => x, 53, [1022, -1016, -1028, -1040]),
      agrees(FLOAT64, fma64),
      4_000,
    );
  });

  const MAX32 = 2 ** 128 - 2 ** 104;
  const MIN32 = 2 ** -149;
  const ulp32 = 2 ** -23;
  const edges32: Record<string, Triplet> = {
    'a tie, to even below': [1, ulp32 / 2, 1],
    'a tie, to even above': [1, ulp32 / 2, 1 + ulp32],
    'just above a tie': [-1 + ulp32, (1 + ulp32) * (ulp32 / 2), 1 + ulp32],
    'just below a tie': [1 - ulp32, (1 + ulp32) * (ulp32 / 2), 1 + ulp32],
    'half the smallest subnormal': [2 ** -75, 2 ** -75, 0],
    'just above half the smallest subnormal': [2 ** -75, 2 ** -75 * (1 + ulp32), 0],
    'a tie between subnormals, broken far below': [
      2 ** -75 * (1 - ulp32),
      2 ** -75 * (1 + ulp32),
      MIN32 * (2 ** 20 + 1),
    ],
    'half-way to overflow': [2 ** 52, 2 ** 51, MAX32],
    'just below half-way to overflow': [2 ** 52 * (1 - ulp32), 2 ** 51 * (1 + ulp32), MAX32],
    'far above overflow': [MAX32, MAX32, -MAX32],
    'negative zeros': [-0, 5, -0],
    'zeros of two signs': [0, 5, -0],
    'exact cancellation': [3, 5, -15],
    'underflow to negative zero': [-(2 ** -100), 2 ** -100, 0],
  };
  for (const [name, triplet] of Object.entries(edges32)) {
    it(`fma32: ${name}`, () => agrees(FLOAT32, fma32)(triplet));
  }

  const MAX64 = Number.MAX_VALUE;
  const MIN64 = Number.MIN_VALUE;
  const edges64: Record<string, Triplet> = {
    'the splitting would overflow': [MAX64, 0.5, 1],
    'the product overflows, the sum does not': [MAX64, 2, -MAX64],
    'half-way to overflow': [2 ** 500, 2 ** 470, MAX64],
    'just below half-way to overflow': [2 ** 500, 2 ** 470 * (1 - 2 ** -53), MAX64],
    'half the smallest subnormal': [2 ** -500, 2 ** -575, 0],
    'just above half the smallest subnormal': [2 ** -500, 2 ** -575 * (1 + 2 ** -52), 0],
    'a subnormal tie, broken far below': [2 ** -500, 2 ** -575 * (1 + 2 ** -52), 2 * MIN64],
    'a subnormal factor': [MIN64 * 12345, 2 ** 600, -1e-140],
    'underflow to negative zero': [-MIN64, MIN64, 0],
    'negative zeros': [-0, 5, -0],
    'exact cancellation': [3, 5, -15],
    'a tie broken beyond the low part': [1 - 2 ** -52, 2 ** -53 * (1 + 2 ** -52), 1 + 2 ** -52],
  };
  for (const [name, triplet] of Object.entries(edges64)) {
    it(`fma64: ${name}`, () => agrees(FLOAT64, fma64)(triplet));
  }

  it('passes on what is not finite', () => {
    const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, -2];
    for (const a of special)
      for (const b of special)
        for (const c of special) {
          if ([a, b, c].every(Number.isFinite)) continue;
          expect(fma32(a, b, c), `fma32(${a}, ${b}, ${c})`).to.be.deep.equal(a * b + c);
          expect(fma64(a, b, c), `fma64(${a}, ${b}, ${c})`).to.be.deep.equal(a * b + c);
        }
    expect(fma64(MAX64, MAX64, Number.NEGATIVE_INFINITY)).to.equal(Number.NEGATIVE_INFINITY);
  });
});
