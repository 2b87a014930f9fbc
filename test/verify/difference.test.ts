// Distances in ULP, differences of tensors and their words, the assertion and the chai plugin.
// SPDX-License-Identifier: MIT

import { AssertionError } from 'node:assert';
import { expect, use } from 'chai';
import fc from 'fast-check';
import * as native from '../../lib/index.ts';
import { Tensor } from '../../lib/tensor.ts';
import { assertSame, chaiTensor, compareTensors, describeDifference, ulpDistance } from '../../lib/verify.ts';
import { caught } from '../support/errors.ts';

use(chaiTensor);

const seed = Number(process.env.NATIVE_CONV_SEED ?? 20261124);

describe('ulpDistance', () => {
  it('counts the steps from one number to the next', () => {
    const step = (value: number, steps: number): number => {
      const bits = new Int32Array(Float32Array.of(value).buffer);
      bits[0] += steps;
      return new Float32Array(bits.buffer)[0];
    };
    const positive = fc.float({ noNaN: true, noDefaultInfinity: true, min: 0 });
    const property = fc.property(positive, fc.nat(1000), (value, steps) => {
      const next = step(Math.abs(value), steps);
      if (!Number.isFinite(next)) return;
      expect(ulpDistance(value, next, 'float32')).to.equal(steps);
      expect(ulpDistance(-next, -value, 'float32')).to.equal(steps);
    });
    fc.assert(property, { seed });
  });

  it('goes through zero, and knows NaN and infinity', () => {
    expect(ulpDistance(-(2 ** -149), 2 ** -149, 'float32')).to.equal(2);
    expect(ulpDistance(-5e-324, 5e-324, 'float64')).to.equal(2);
    expect(ulpDistance(1, 1 + Number.EPSILON, 'float64')).to.equal(1);
    expect(ulpDistance(Number.NaN, Number.NaN, 'float32')).to.equal(0);
    expect(ulpDistance(Number.NaN, 1, 'float64')).to.equal(Number.POSITIVE_INFINITY);
    expect(ulpDistance(3.4028234663852886e38, Number.POSITIVE_INFINITY, 'float32')).to.equal(1);
  });
});

describe('compareTensors', () => {
  const a = Tensor.from([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const off = (position: number, value: number) => {
    const data = a.data.slice();
    data[position] = value;
    return new Tensor(data, a.dims);
  };

  it('says where, how far, and what was expected', () => {
    const difference = compareTensors(off(4, 7), a);
    const found = { close: false, count: 1, elements: 6, sameBits: false, maxAbsolute: 2 };
    expect(difference).to.deep.include(found);
    expect(describeDifference(difference)).to.equal(
      '1 of 6 elements of [2,3] are off:\n  at [1,1]: 7 instead of 5, off by 4194304 ULP, 2',
    );
  });

  it('tells equal bits from closeness', () => {
    const negative = compareTensors(Tensor.from([-0]), Tensor.from([0]));
    expect(negative).to.include({ close: false, sameBits: false });
    expect(describeDifference(negative)).to.match(/-0 instead of 0/);
    expect(compareTensors(Tensor.from([-0]), Tensor.from([0]), { ulp: 0 }).close).to.equal(true);
    expect(compareTensors(Tensor.from([Number.NaN]), Tensor.from([Number.NaN])).sameBits).to.equal(true);
    expect(compareTensors(Tensor.from([Number.NaN]), Tensor.from([1]), { absolute: 9 }).close).to.equal(
      false,
    );
    expect(describeDifference(compareTensors(a, a))).to.equal('same bits');
  });

  it('takes what any tolerance allows', () => {
    expect(compareTensors(off(0, 1.1), a, { absolute: 0.11 }).close).to.equal(true);
    expect(compareTensors(off(5, 6.5), a, { relative: 0.1 }).close).to.equal(true);
    expect(compareTensors(off(5, 6.5), a, { relative: 0.01, ulp: 1, absolute: 0.1 }).close).to.equal(false);
    expect(compareTensors(off(0, 1 + 2 ** -23), a, { ulp: 1 }).close).to.equal(true);
  });

  it('shows the first few and the worst', () => {
    const difference = compareTensors(Tensor.zeros([10]), Tensor.from([1, 1, 1, 1, 1, 1, 1, 1, 4, 1]));
    expect(difference.first).to.have.length(5);
    expect(describeDifference(difference)).to.match(
      /… and 5 more; furthest off is\n {2}at \[8\]: 0 instead of 4/,
    );
  });

  it('puts dims and dtype first', () => {
    const shape = compareTensors(Tensor.zeros([2]), Tensor.zeros([3]));
    expect(describeDifference(shape)).to.equal('dims are [2] instead of [3]');
    const type = compareTensors(Tensor.zeros([2]), Tensor.zeros([2], { type: 'float64' }));
    expect(describeDifference(type)).to.equal('values are float32 instead of float64');
  });

  it('refuses a bad tolerance', () => {
    expect(caught(() => compareTensors(a, a, { ulps: 1 } as object)).message).to.match(/did you mean 'ulp'/);
    expect(caught(() => compareTensors(a, a, { ulp: -1 })).message).to.match(/number from 0, got -1/);
    expect(caught(() => compareTensors(a, a, { ulp: Number.NaN })).message).to.match(/got NaN/);
    expect(caught(() => compareTensors({} as Tensor, a)).message).to.match(/actual must be a tensor/);
  });
});

describe('chaiTensor', () => {
  const one = Tensor.from([1, 2]);
  const near = Tensor.from([1, 2 + 2 ** -22]);

  it('passes what is close, and fails what is not with a readable difference', () => {
    expect(near).to.be.closeToTensor(one, { ulp: 1 });
    expect(one).to.be.closeToTensor(one);
    expect(near).not.to.be.closeToTensor(one);
    expect(caught(() => expect(near).to.be.closeToTensor(one, undefined, 'the layer')).message).to.match(
      /^the layer: expected the tensor to have the same bits, but 1 of 2 elements of \[2\] are off:\n {2}at \[1\]: 2\.00000023\d* instead of 2, off by 1 ULP/,
    );
    expect(caught(() => expect(one).not.to.be.closeToTensor(one, { ulp: 2 })).message).to.match(
      /expected the tensor not to be within \{"ulp":2\}/,
    );
  });
});

describe('assertSame', () => {
  const x = Tensor.random([1, 2, 5, 5], { seed: 1 });
  const w = Tensor.random([3, 2, 3, 3], { seed: 2 });
  const args = [x, w, { padding: 1 }];

  it('takes the right result and refuses another', () => {
    const y = native.conv2d(x, w, { padding: 1, reproducible: true });
    assertSame('conv2d', args, y);
    y.data[30] += 1;
    const error = caught(() => assertSame('conv2d', args, y, { ulp: 4 }));
    expect(error).to.be.instanceOf(AssertionError);
    expect(error.message).to.match(/^conv2d: 1 of 75 elements of \[1,3,5,5\] are off:\n {2}at \[0,1,1,0\]/);
  });

  it('refuses other arguments', () => {
    const y = Tensor.zeros([1]);
    expect(caught(() => assertSame('conv9d' as 'conv2d', args, y)).message).to.match(/op must be/);
    expect(caught(() => assertSame('conv2d', [], y)).message).to.match(/args must be an array/);
  });
});
