// `algorithm: 'fft'`: its error against float64, as `explain()` states it, that it is not local, and that a call which
// promises bits never gets it. Prints what it measures.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import {
  convTranspose2d,
  DepthwiseConv2d,
  depthwiseConv1d,
  depthwiseConv2d,
  explain,
  Tensor,
} from '../lib/index.ts';
import { errorsOf, expectErrors, expectOutsideTheContract, summarise } from './support/measured-error.ts';

const LAYERS = {
  '31×31 on 16×64²': {
    conv: depthwiseConv2d,
    input: [1, 16, 64, 64],
    weight: [16, 1, 31, 31],
    options: { padding: 15 },
  },
  '13×13 on 20×100×75': {
    conv: depthwiseConv2d,
    input: [1, 20, 100, 75],
    weight: [20, 1, 13, 13],
    options: { padding: 6, paddingMode: 'reflect' },
  },
  '3×3 on 16×30²': {
    conv: depthwiseConv2d,
    input: [1, 16, 30, 30],
    weight: [16, 1, 3, 3],
    options: { padding: 1 },
  },
  '301 on 4×4000': {
    conv: depthwiseConv1d,
    input: [1, 4, 4000],
    weight: [4, 1, 301],
    options: { padding: 150 },
  },
  '20001 on 2×50000': {
    conv: depthwiseConv1d,
    input: [1, 2, 50000],
    weight: [2, 1, 20001],
    options: {},
  },
  '32768 on 100000': {
    conv: depthwiseConv1d,
    input: [1, 1, 100000],
    weight: [1, 1, 32768],
    options: {},
  },
  'transposed 9×9 on 8×40²': {
    conv: convTranspose2d,
    input: [1, 8, 40, 40],
    weight: [8, 1, 9, 9],
    options: { padding: 4, groups: 8 },
  },
} as const;

const LARGE = [1, 64, 64, 64] as const;
const KERNEL = [64, 1, 31, 31] as const;

describe('fft', () => {
  it('measured error', () => {
    const told = explain('depthwiseConv2d', LARGE, KERNEL, { padding: 15, algorithm: 'fft' }).expectedError;
    expectErrors('fft', LAYERS, { units: told.units, mean: told.units / 4 });
  });

  it('carries the error of large pixels to small ones in the same image, and explain() says so', () => {
    const [x, w] = [Tensor.random([2, 16, 40, 40], { seed: 3 }), Tensor.random([16, 1, 5, 5], { seed: 4 })];
    x.data.forEach((value, i) => {
      // The left half of the first image is a thousand times as large.
      if (i < 16 * 1600 && i % 40 < 20) x.data[i] = 1000 * value;
    });
    const options = { padding: 2 };
    const errors = errorsOf(
      depthwiseConv2d as never,
      x,
      w,
      options,
      depthwiseConv2d(x, w, { ...options, algorithm: 'fft' }),
    );
    const { expectedError } = explain('depthwiseConv2d', x.dims, w.dims, { ...options, algorithm: 'fft' });
    expect(expectedError.local).to.equal(false);
    // The right half sees none of them.
    const beside = summarise(errors.filter((_, i) => i < 16 * 1600 && i % 40 >= 24));
    const apart = summarise(errors.filter((_, i) => i >= 16 * 1600));
    expect(beside.most).to.be.above(4 * expectedError.units);
    // Images never share a transform.
    expect(apart.most).to.be.below(expectedError.units);
  });

  it('is chosen by auto for large kernels, but never where the same bits are asked for', () => {
    const plan = (options: object) => explain('depthwiseConv2d', LARGE, KERNEL, { padding: 15, ...options });
    expectOutsideTheContract('depthwiseConv2d', 'fft', plan);
    expect(plan({}).expectedError.basis).to.equal('measured');
    expect(plan({}).expectedError.measuredBy).to.match(/^npx mocha .*fft\.test\.ts$/);
    expect(plan({ reproducible: true }).algorithm).to.equal('depthwise');
  });

  it('is chosen for few channels and long rows, whose tiles fill the lanes', () => {
    const chosen = (dims: readonly number[], kernel: readonly number[]) =>
      explain(dims.length === 3 ? 'depthwiseConv1d' : 'depthwiseConv2d', dims, kernel).algorithm;
    expect(chosen([1, 1, 1 << 20], [1, 1, 131072])).to.equal('fft');
    expect(chosen([1, 2, 480000], [2, 1, 4801])).to.equal('fft');
    expect(chosen([1, 1, 1080, 1920], [1, 1, 31, 31])).to.equal('fft');
    expect(chosen([1, 1, 1 << 20], [1, 1, 31])).to.equal('depthwise');
    expect(chosen([1, 1, 1 << 20], [1, 1, 131073])).to.equal('depthwise');
  });

  it('keeps channels and images that lie beside each other in the lanes apart', () => {
    const [x, w] = [Tensor.random([3, 3, 60, 70], { seed: 7 }), Tensor.random([3, 1, 15, 15], { seed: 8 })];
    const plane = 60 * 70;
    x.data[4 * plane + 30] = Number.NaN;
    const { data } = depthwiseConv2d(x, w, { padding: 7, algorithm: 'fft' });
    for (let map = 0; map < 9; ++map) {
      const finite = data.subarray(map * plane, (map + 1) * plane).every(Number.isFinite);
      expect(finite, `map ${map}`).to.equal(map !== 4);
    }
  });

  it('says why it cannot run', () => {
    const [x, w] = [Tensor.zeros([1, 4, 8, 8]), Tensor.zeros([4, 1, 5, 5])];
    expect(() => depthwiseConv2d(x, w, { algorithm: 'fft', stride: 2 }))
      .to.throw(RangeError, 'the stride is not 1')
      .with.property('code', 'ERR_CONV_ALGORITHM');
  });

  it('gives a layer the result of the plain call, the weights being transformed once', () => {
    const [x, w] = [Tensor.random([2, 20, 31, 33], { seed: 5 }), Tensor.random([20, 1, 9, 9], { seed: 6 })];
    const options = { padding: 4, algorithm: 'fft', activation: 'relu' } as const;
    const layer = new DepthwiseConv2d(w, options);
    for (const threads of [1, 2]) {
      expect(layer.run(x).data).to.deep.equal(depthwiseConv2d(x, w, { ...options, threads }).data);
    }
  });
});
