// winograd-f2 and winograd-f4: their error against float64, as `explain()` states it, that it is not local, and that a
// call which promises bits never gets them. Prints what it measures.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { Conv2d, conv1d, conv2d, conv3d, explain, Tensor } from '../lib/index.ts';
import { errorsOf, expectErrors, expectOutsideTheContract, summarise } from './support/measured-error.ts';

const LAYERS = {
  'conv1d 80×1500 → 48': { conv: conv1d, input: [1, 80, 1500], weight: [48, 80, 3], options: { padding: 1 } },
  'conv2d 16×56² → 16': {
    conv: conv2d,
    input: [1, 16, 56, 56],
    weight: [16, 16, 3, 3],
    options: { padding: 1 },
  },
  'conv2d 64×28² → 64': {
    conv: conv2d,
    input: [1, 64, 28, 28],
    weight: [64, 64, 3, 3],
    options: { padding: 1 },
  },
  'conv2d 256×14² → 64': {
    conv: conv2d,
    input: [1, 256, 14, 14],
    weight: [64, 256, 3, 3],
    options: { padding: 1 },
  },
  'conv2d 64×32² → 32, dilation 2': {
    conv: conv2d,
    input: [1, 64, 32, 32],
    weight: [32, 64, 3, 3],
    options: { padding: 2, dilation: 2 },
  },
  'conv3d 16×8×14² → 32': {
    conv: conv3d,
    input: [1, 16, 8, 14, 14],
    weight: [32, 16, 3, 3, 3],
    options: { padding: 1 },
  },
} as const;

describe('winograd', () => {
  for (const [algorithm, mean] of [
    ['winograd-f2', 0.3],
    ['winograd-f4', 0.7],
  ] as const) {
    it(`measured error of ${algorithm}`, () => {
      const { units } = explain('conv2d', [1, 64, 28, 28], [64, 64, 3, 3], { algorithm }).expectedError;
      expectErrors(algorithm, LAYERS, { units, mean });
    });
  }

  it('carries the error of large pixels to small ones beside them, and explain() says so', () => {
    const [x, w] = [Tensor.random([1, 16, 28, 28], { seed: 3 }), Tensor.random([16, 16, 3, 3], { seed: 4 })];
    x.data.forEach((value, i) => {
      // Columns 0 to 13 are a hundred times as large.
      if (i % 28 < 14) x.data[i] = 100 * value;
    });
    const options = { padding: 1 };
    const errors = errorsOf(conv2d, x, w, options, conv2d(x, w, { ...options, algorithm: 'winograd-f4' }));
    const { expectedError } = explain('conv2d', x.dims, w.dims, { ...options, algorithm: 'winograd-f4' });
    // Column 15 sees no large pixel, but shares its tile with them.
    const beside = summarise(errors.filter((_, i) => i % 28 === 15));
    const apart = summarise(errors.filter((_, i) => i % 28 >= 20));
    expect(beside.most).to.be.above(4 * expectedError.units);
    expect(apart.most).to.be.below(expectedError.units);
    expect(expectedError.local).to.equal(false);
  });

  it('is what explain() promises of it: measured, and by what', () => {
    const { expectedError, reproducible } = explain('conv2d', [1, 64, 28, 28], [64, 64, 3, 3], {
      padding: 1,
      algorithm: 'winograd-f2',
    });
    expect(expectedError.basis).to.equal('measured');
    expect(expectedError.measuredBy).to.match(/^npx mocha .*winograd\.test\.ts$/);
    expect(reproducible).to.equal(false);
  });

  it('is chosen by auto, but never where the same bits are asked for', () => {
    const plan = (options: object) =>
      explain('conv2d', [1, 64, 56, 56], [64, 64, 3, 3], { padding: 1, ...options });
    expectOutsideTheContract('conv2d', 'winograd-f4', plan);
  });

  it('says why it cannot run', () => {
    const [x, w] = [Tensor.zeros([1, 4, 8, 8]), Tensor.zeros([4, 4, 5, 5])];
    expect(() => conv2d(x, w, { algorithm: 'winograd-f4' }))
      .to.throw(RangeError, 'the kernel is 5×5, not 3×3 or 1×3')
      .with.property('code', 'ERR_CONV_ALGORITHM');
  });

  it('gives a layer the result of the plain call, the weights being transformed once', () => {
    const [x, w] = [Tensor.random([2, 16, 15, 17], { seed: 5 }), Tensor.random([24, 16, 3, 3], { seed: 6 })];
    const options = { padding: 1, algorithm: 'winograd-f4', activation: 'relu' } as const;
    const layer = new Conv2d(w, options);
    expect(layer.run(x).data).to.deep.equal(conv2d(x, w, options).data);
    expect(layer.run(x).data).to.deep.equal(conv2d(x, w, options).data);
  });
});
