// winograd-f2 and winograd-f4, gradients of weights included: their error against float64, as `explain()` states it,
// that it is not local, and that a call which promises bits never gets them. Prints what it measures.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import {
  Conv2d,
  conv1d,
  conv1dWeightGrad,
  conv2d,
  conv2dWeightGrad,
  conv3d,
  conv3dWeightGrad,
  convTranspose2dWeightGrad,
  explain,
  Tensor,
} from '../lib/index.ts';
import * as promises from '../lib/promises.ts';
import {
  type AnyConv,
  errorsOf,
  expectErrors,
  expectOutsideTheContract,
  summarise,
} from './support/measured-error.ts';

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

/** The gradient of a layer's weight as a function of the output's gradient and the input, whose dims LAYERS names. */
function weightGradOf(run: unknown, weightDims: readonly number[]): AnyConv {
  const call = run as (gradOutput: Tensor, x: Tensor, dims: readonly number[], options: object) => Tensor;
  return (gradOutput, x, options) => call(gradOutput, x, weightDims, options);
}

const WEIGHT_GRADIENTS = {
  'conv1d 80×1500 → 48': {
    conv: weightGradOf(conv1dWeightGrad, [48, 80, 3]),
    input: [1, 48, 1500],
    weight: [1, 80, 1500],
    options: { padding: 1 },
  },
  'conv2d 64×56² → 64': {
    conv: weightGradOf(conv2dWeightGrad, [64, 64, 3, 3]),
    input: [1, 64, 56, 56],
    weight: [1, 64, 56, 56],
    options: { padding: 1 },
  },
  'conv2d 64×14² → 64, a batch of 3': {
    conv: weightGradOf(conv2dWeightGrad, [64, 64, 3, 3]),
    input: [3, 64, 14, 14],
    weight: [3, 64, 14, 14],
    options: { padding: 1 },
  },
  'conv2d 128×7² → 128': {
    conv: weightGradOf(conv2dWeightGrad, [128, 128, 3, 3]),
    input: [1, 128, 7, 7],
    weight: [1, 128, 7, 7],
    options: { padding: 1 },
  },
  'conv2d 64×32² → 32, dilation 2': {
    conv: weightGradOf(conv2dWeightGrad, [32, 64, 3, 3]),
    input: [1, 32, 32, 32],
    weight: [1, 64, 32, 32],
    options: { padding: 2, dilation: 2 },
  },
  'conv3d 16×8×14² → 32': {
    conv: weightGradOf(conv3dWeightGrad, [32, 16, 3, 3, 3]),
    input: [1, 32, 8, 14, 14],
    weight: [1, 16, 8, 14, 14],
    options: { padding: 1 },
  },
  'convTranspose2d 16×28² → 32': {
    conv: weightGradOf(convTranspose2dWeightGrad, [16, 32, 3, 3]),
    input: [1, 32, 28, 28],
    weight: [1, 16, 28, 28],
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

  it('measured error of the gradient of a weight by winograd-f4', () => {
    const { units } = explain('conv2dWeightGrad', [1, 64, 28, 28], [64, 64, 3, 3], {
      algorithm: 'winograd-f4',
    }).expectedError;
    expectErrors('winograd-f4', WEIGHT_GRADIENTS, { units, mean: 1.2 });
  });

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
    const planGradient = (options: object) =>
      explain('conv2dWeightGrad', [1, 64, 56, 56], [64, 64, 3, 3], { padding: 1, ...options });
    expectOutsideTheContract('conv2dWeightGrad', 'winograd-f4', planGradient);
  });

  it('gives the gradient of a weight behind both doors, in every layout, and the same on two threads', async () => {
    const [x, y] = [Tensor.random([2, 20, 15, 17], { seed: 7 }), Tensor.random([2, 18, 15, 17], { seed: 8 })];
    const options = { padding: 1, algorithm: 'winograd-f4', threads: 1 } as const;
    const gradient = conv2dWeightGrad(y, x, [18, 20, 3, 3], options);
    const elsewhere = await promises.conv2dWeightGrad(y, x, [18, 20, 3, 3], { ...options, threads: 2 });
    expect(elsewhere.data).to.deep.equal(gradient.data);
    const at = (o: number, i: number, tap: number) => gradient.data[(o * 20 + i) * 9 + tap];
    const channelsLast = conv2dWeightGrad(y, x, [3, 3, 20, 18], { ...options, weightLayout: 'HWIO' });
    expect(channelsLast.data).to.deep.equal(
      Float32Array.from({ length: gradient.data.length }, (_, n) =>
        at(n % 18, Math.floor(n / 18) % 20, Math.floor(n / 360)),
      ),
    );
    const inputsLast = conv2dWeightGrad(y, x, [18, 3, 3, 20], { ...options, weightLayout: 'OHWI' });
    expect(inputsLast.data).to.deep.equal(
      Float32Array.from({ length: gradient.data.length }, (_, n) =>
        at(Math.floor(n / 180), n % 20, Math.floor(n / 20) % 9),
      ),
    );
  });

  it('says why it cannot run', () => {
    const [x, w] = [Tensor.zeros([1, 4, 8, 8]), Tensor.zeros([4, 4, 5, 5])];
    expect(() => conv2d(x, w, { algorithm: 'winograd-f4' }))
      .to.throw(RangeError, 'the kernel is 5×5, not 3×3 or 1×3')
      .with.property('code', 'ERR_CONV_ALGORITHM');
    const gradient = (weightDims: readonly number[], options: object) => () =>
      explain('conv2dWeightGrad', [1, 16, 16, 16], weightDims, { algorithm: 'winograd-f4', ...options });
    for (const [weightDims, options, reason] of [
      [[16, 16, 5, 5], {}, 'the kernel is 5×5, not 3×3 or 1×3'],
      [[16, 16, 3, 3], { stride: 2 }, 'the stride is not 1'],
      [[16, 16, 3, 3], { dilation: 7 }, 'the map has so few outputs that its error is larger'],
      [[16, 16, 3, 3], { reproducible: true }, 'it sums in another order than the numbers contract'],
    ] as const) {
      expect(gradient(weightDims, options))
        .to.throw(RangeError, reason)
        .with.property('code', 'ERR_CONV_ALGORITHM');
    }
    expect(() =>
      explain('conv2dWeightGrad', [1, 16, 16, 16], [16, 3, 3, 16], {
        algorithm: 'winograd-f4',
        layout: 'NHWC',
        weightLayout: 'OHWI',
      }),
    ).to.throw(RangeError, 'it has no kernels for channels last');
  });

  it('gives a layer the result of the plain call, the weights being transformed once', () => {
    const [x, w] = [Tensor.random([2, 16, 15, 17], { seed: 5 }), Tensor.random([24, 16, 3, 3], { seed: 6 })];
    const options = { padding: 1, algorithm: 'winograd-f4', activation: 'relu' } as const;
    const layer = new Conv2d(w, options);
    expect(layer.run(x).data).to.deep.equal(conv2d(x, w, options).data);
    expect(layer.run(x).data).to.deep.equal(conv2d(x, w, options).data);
  });
});
