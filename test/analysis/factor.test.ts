// factorSpatial: exact splits through the operator, best approximations, messages.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { factorSpatial } from '../../lib/analysis.ts';
import * as reference from '../../lib/reference.ts';
import { Tensor } from '../../lib/tensor.ts';
import { rejected } from '../support/errors.ts';

/** The largest difference between a convolution and its split. */
async function lossOf(weight: Tensor, groups: number, channels: number, rank?: number): Promise<number> {
  const { column, row, rank: used } = await factorSpatial(weight, { groups, rank });
  const x = Tensor.random([2, channels, 9, 8], { seed: 11, type: weight.type });
  const options = { groups, padding: 1, stride: 2 };
  expect(column.dims).to.deep.equal([groups * used, channels / groups, weight.dims[2], 1]);
  expect(row.dims).to.deep.equal([weight.dims[0], used, 1, weight.dims[3]]);
  const split = reference.spatialSeparableConv2d(x, column, row, options);
  const whole = reference.conv2d(x, weight, options);
  expect(split.dims).to.deep.equal(whole.dims);
  return Math.max(...whole.data.map((value, i) => Math.abs(value - split.data[i])));
}

describe('factorSpatial', () => {
  it('splits any weight exactly if it may use enough channels between', async () => {
    for (const [dims, groups] of [
      [[1, 1, 3, 3], 1],
      [[4, 3, 3, 5], 1],
      [[6, 2, 5, 3], 2],
      [[4, 1, 3, 3], 4],
      [[2, 3, 1, 4], 1],
      [[2, 3, 4, 1], 1],
    ] as const) {
      const weight = Tensor.random(dims, { seed: 3, type: 'float64' });
      expect(await lossOf(weight, groups, dims[1] * groups), `${dims}`).to.be.below(1e-12);
    }
  });

  it('takes one channel between for a kernel that is a product', async () => {
    const column = [1, 4, 6, 4, 1];
    const binomial = Tensor.from([[column.map((a) => column.map((b) => a * b))]]);
    const { separable, rank, kernels, error } = await factorSpatial(binomial);
    expect({ separable, rank }).to.deep.equal({ separable: true, rank: 1 });
    expect(kernels[0].splitError).to.be.below(1e-12);
    expect(error).to.be.below(1e-6);
    expect(await lossOf(binomial, 1, 1)).to.be.below(1e-3);
  });

  it('says how much the best split loses: the Laplacian has singular values √18 − 2 ± …', async () => {
    const laplacian = Tensor.from([[[[0, 1, 0], [1, -4, 1], [0, 1, 0]]]], { type: 'float64' }); // biome-ignore format: a kernel
    const { kernels, error, channelErrors, rank } = await factorSpatial(laplacian, { rank: 1 });
    // Rows (0,1,0) and (1,−4,1): with the unit vectors of (1,0,1)/√2 and e₂ it is [[0,√2],[√2,−4]].
    const [large, small] = [2 + Math.sqrt(6), Math.sqrt(6) - 2];
    expect(kernels[0].rank).to.equal(2);
    expect(kernels[0].singularValues[0]).to.be.closeTo(large, 1e-12);
    expect(kernels[0].singularValues[1]).to.be.closeTo(small, 1e-12);
    expect(rank).to.equal(1);
    const lost = small / Math.hypot(large, small);
    expect(kernels[0].splitError).to.be.closeTo(lost, 1e-12);
    expect(error).to.be.closeTo(lost, 1e-12);
    expect(channelErrors).to.have.length(1);
    expect(channelErrors[0]).to.be.closeTo(lost, 1e-12);
  });

  it('reports every kernel and every output channel', async () => {
    const weight = Tensor.random([4, 3, 3, 3], { seed: 5 });
    weight.data.fill(0, 0, 9);
    const { kernels, channelErrors, error, separable } = await factorSpatial(weight, { rank: 2 });
    expect(kernels.map(({ outChannel, inChannel }) => [outChannel, inChannel]).at(5)).to.deep.equal([1, 2]);
    expect(kernels).to.have.length(12);
    expect(kernels[0]).to.deep.include({ rank: 0, splitError: 0 });
    expect(separable).to.equal(false);
    expect(channelErrors).to.have.length(4);
    const worse = await factorSpatial(weight, { rank: 1 });
    expect(worse.error).to.be.above(error);
    expect(error).to.be.above(0).and.below(1);
  });

  it('splits zeros', async () => {
    const { separable, error, rank, kernels } = await factorSpatial(Tensor.zeros([2, 1, 3, 3]));
    expect({ separable, error, rank }).to.deep.equal({ separable: true, error: 0, rank: 1 });
    expect(kernels[0].rank).to.equal(0);
  });

  it('keeps the dtype', async () => {
    expect((await factorSpatial(Tensor.random([1, 1, 3, 3]))).row.type).to.equal('float32');
    expect((await factorSpatial(Tensor.random([1, 1, 3, 3], { type: 'float64' }))).row.type).to.equal(
      'float64',
    );
  });

  it('refuses what cannot be split', async () => {
    const weight = Tensor.random([4, 2, 3, 3]);
    for (const [given, options, message] of [
      [Tensor.zeros([1, 3, 3]), undefined, /must be \[O,C\/g,kH,kW\]/],
      [Tensor.zeros([1, 0, 3, 3]), undefined, /without an empty axis/],
      [Tensor.from([[[[Number.NaN]]]]), undefined, /must be finite/],
      [weight, { groups: 3 }, /groups 3 do not divide/],
      [weight, { rank: 7 }, /may be at most 6/],
      [weight, { tolerance: -1 }, /from 0 to below 1/],
      [weight, { tolerance: '1' }, /got '1'/],
      [weight, { ranks: 1 }, /did you mean 'rank'/],
    ] as const) {
      expect((await rejected(factorSpatial(given, options as object))).message).to.match(message);
    }
  });
});
