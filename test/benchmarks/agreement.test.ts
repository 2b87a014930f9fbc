// The benchmark's comparison of outputs: it finds a wrong element, and grants roundings only where they are due.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { checkDefinition, compare, TOLERANCE } from '../../benchmarks/agreement.ts';
import { operandsOf } from '../../benchmarks/operands.ts';
import { conv2d } from '../../lib/reference.ts';
import type { NamedShape } from '../shapes.ts';

const EPSILON = 2 ** -24;
const shape: NamedShape = {
  name: 'small',
  operator: 'conv2d',
  input: [1, 3, 5, 4],
  weight: [2, 3, 3, 3],
  options: { padding: 1 },
};

describe("benchmark's comparison of outputs", () => {
  const truth = Float32Array.of(1, 2, 3);
  const magnitudes = Float32Array.of(4, 4, 4);
  const off = (units: number) => Float32Array.of(1, 2 + units * EPSILON * 4, 3);

  it('measures in units of eps·Σ|x||w| and takes what is within the bound', () => {
    expect(compare(truth, truth, magnitudes, true)).to.deep.equal({ worstError: 0 });
    expect(compare(off(TOLERANCE), truth, magnitudes, false)).to.deep.equal({ worstError: TOLERANCE });
  });

  it('complains of more, of NaN, of any difference where bits are promised, and of a wrong length', () => {
    expect(compare(off(TOLERANCE + 1), truth, magnitudes, false).complaint).to.match(
      /^element 1 .* 33\.0 eps/,
    );
    expect(compare(Float32Array.of(1, Number.NaN, 3), truth, magnitudes, false).complaint).to.match(/NaN/);
    expect(compare(off(1), truth, magnitudes, true).complaint).to.match(/^element 1 .* to the bit/);
    expect(compare(Float32Array.of(1), truth, magnitudes, false).complaint).to.match(
      /1 elements instead of 3/,
    );
  });

  it('complains of a difference where there is nothing to round', () => {
    const nothing = Float32Array.of(0);
    expect(compare(Float32Array.of(1e-30), nothing, nothing, false).complaint).to.match(/Infinity/);
  });

  it('holds our output to the definition', () => {
    const operands = operandsOf(shape);
    const { data } = conv2d(
      { data: operands.input, dims: shape.input },
      { data: operands.weight, dims: shape.weight },
      shape.options,
    );
    const output = Float32Array.from(data);
    expect(checkDefinition(shape, operands, output)).to.equal(undefined);
    output[output.length - 1] += 2 ** -10;
    expect(checkDefinition(shape, operands, output)).to.match(/^element 39 is/);
    expect(checkDefinition(shape, operands, output.subarray(1))).to.match(/39 elements instead of 40/);
  });

  it('gives every contestant the same operands', () => {
    expect(operandsOf(shape)).to.deep.equal(operandsOf(shape));
    expect(operandsOf({ ...shape, name: 'other' }).input).not.to.deep.equal(operandsOf(shape).input);
  });
});
