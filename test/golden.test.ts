// Every door against results that PyTorch computed (golden/generate.py): each case is one call of a public operator.
// SPDX-License-Identifier: MIT

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import * as native from '../lib/index.ts';
import * as reference from '../lib/reference.ts';
import type { Tensor } from '../lib/tensor.ts';

const FAMILIES = ['conv', 'transpose', 'gradients', 'columns', 'products'];

/** What JSON holds: a tensor as {dims, float32 or float64: base64}, anything else as it is. */
interface Packed {
  readonly dims: readonly number[];
  readonly float32?: string;
  readonly float64?: string;
}

interface GoldenCase {
  readonly name: string;
  readonly operator: string;
  readonly arguments: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly expected: Packed;
  readonly tolerance: number;
}

type Operator = (...operands: unknown[]) => Tensor;

function isPacked(value: unknown): value is Packed {
  return typeof value === 'object' && value !== null && 'dims' in value;
}

function unpackTensor({ dims, float32, float64 }: Packed) {
  // A copy: the pool that Buffer decodes into is not aligned.
  const { buffer } = Uint8Array.from(Buffer.from(float32 ?? float64 ?? '', 'base64'));
  return { data: float32 === undefined ? new Float64Array(buffer) : new Float32Array(buffer), dims };
}

function unpack(value: unknown): unknown {
  if (isPacked(value)) return unpackTensor(value);
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, unpack(inner)]));
}

function run(door: object, { operator, arguments: operands, options }: GoldenCase, extra = {}): Tensor {
  const call = Object.entries(door).find(([name]) => name === operator)?.[1] as Operator;
  return call(...operands.map(unpack), { ...(unpack(options) as object), ...extra });
}

/** The dims are equal, and every element is within its bound. */
function expectClose(actual: Tensor, packed: Packed, bound: (expected: number) => number): void {
  const expected = unpackTensor(packed);
  expect(actual.dims).to.deep.equal(expected.dims);
  // A NaN is an error too, and compares as none.
  const worst = expected.data.findIndex(
    (value, index) => !(Math.abs(actual.data[index] - value) <= bound(value)),
  );
  expect(worst, `element ${worst}: ${actual.data[worst]} instead of ${expected.data[worst]}`).to.equal(-1);
}

const cases = FAMILIES.flatMap((family) => {
  const text = readFileSync(new URL(`golden/${family}.json`, import.meta.url), 'utf8');
  return JSON.parse(text) as GoldenCase[];
});

const doors = { reference, native };

for (const [doorName, door] of Object.entries(doors)) {
  describe(`PyTorch's results, ${doorName}`, () => {
    for (const golden of cases) {
      it(`${golden.operator}: ${golden.name}`, () => {
        const actual = run(door, golden);
        expect(actual.type).to.equal(golden.expected.float32 === undefined ? 'float64' : 'float32');
        expectClose(actual, golden.expected, () => golden.tolerance);
      });
    }
  });
}

describe("PyTorch's results, reference in float64 for float32 operands", () => {
  // PyTorch's float64 result was rounded once, to float32; nothing else may be between it and ours.
  const bound = (expected: number) => 2 ** -24 * Math.abs(expected) + 1e-12;
  for (const golden of cases.filter(({ expected }) => expected.float32 !== undefined)) {
    it(`${golden.operator}: ${golden.name}`, () => {
      const actual = run(reference, golden, { precision: 'float64' });
      expect(actual.type).to.equal('float64');
      expectClose(actual, golden.expected, bound);
    });
  }
});
