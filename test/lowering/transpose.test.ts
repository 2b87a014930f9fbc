// Lowering of convTransposeNd and of all gradients: the forward geometry, run in another direction.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import * as fc from 'fast-check';
import { prepareConv2d } from '../../lib/ops/conv.ts';
import {
  prepareConv2dInputGrad,
  prepareConv2dWeightGrad,
  prepareConvTranspose2dInputGrad,
  prepareConvTranspose2dWeightGrad,
} from '../../lib/ops/gradients.ts';
import { prepareConvTranspose1d, prepareConvTranspose2d } from '../../lib/ops/transpose.ts';
import { seed } from '../reference/seed.ts';
import { expectError } from '../support/errors.ts';
import { geometryOf, shapeError, zeros } from './calls.ts';

describe('convTransposeNd', () => {
  const size = (input: number, kernel: number, options: object) =>
    prepareConvTranspose1d('native', zeros(1, 1, input), zeros(1, 1, kernel), options).result.dims[2];
  const optionError = (call: () => unknown, message: RegExp | string) =>
    expectError(call, RangeError, 'ERR_CONV_OPTION', message);

  it('has the sizes of the formula', () => {
    // (in − 1)·stride + (k − 1)·dilation + 1 − padding + outputPadding, worked by hand.
    expect(size(16, 4, { stride: 2, padding: 1 })).to.equal(32);
    expect(size(3, 3, { stride: 2, padding: 1, outputPadding: 1 })).to.equal(6);
    expect(size(3, 3, { stride: 2, padding: [[0, 2]] })).to.equal(5);
    expect(size(3, 2, { dilation: 3 })).to.equal(6);
    expect(size(3, 3, { stride: 2, outputSize: 8 })).to.equal(8);
    expect(size(3, 3, { stride: 2, padding: [[-1, 0]] })).to.equal(8);
    expect(size(5, 3, { stride: 2, padding: 'same' })).to.equal(10);
    expect(size(5, 1, { stride: 3, padding: 'same' })).to.equal(15);
    expect(size(5, 3, { stride: 2, padding: 'same-lower', outputSize: 9 })).to.equal(9);
    expect(size(5, 3, { padding: 'valid' })).to.equal(7);
  });

  it('is the geometry of a forward convolution that fits exactly', () => {
    const call = prepareConvTranspose2d('native', zeros(2, 6, 4, 5), zeros(6, 4, 3, 3), {
      stride: 2,
      padding: [
        [1, 0],
        [1, 1],
      ],
      outputPadding: [1, 0],
      groups: 2,
    });
    expect(call.result.dims).to.deep.equal([2, 8, 9, 9]);
    expect(geometryOf(call)).to.deep.include({
      ...{ kind: 'convTranspose', weightLayout: 'OIHW', batch: 2, inChannels: 8, outChannels: 6, groups: 2 },
      ...{ input: [1, 9, 9], output: [1, 4, 5], padBegin: [0, 1, 1], padEnd: [0, -1, 1] },
    });
    const call2 = prepareConvTranspose2d('native', zeros(1, 4, 5, 6), zeros(2, 3, 3, 6), {
      layout: 'NHWC',
      weightLayout: 'OHWI',
      groups: 2,
    });
    expect(call2.result.dims).to.deep.equal([1, 6, 7, 4]);
    expect(geometryOf(call2)).to.deep.include({ weightLayout: 'IHWO', inChannels: 4, outChannels: 6 });
  });

  it(`is consistent for any options (seed ${seed})`, () => {
    const small = fc.integer({ min: 1, max: 5 });
    const property = fc.property(
      small,
      small,
      small,
      small,
      fc.nat(3),
      fc.nat(4),
      (input, kernel, stride, dilation, pad, extra) => {
        const outputPadding = Math.min(extra, Math.max(stride, dilation) - 1);
        const full = (input - 1) * stride + (kernel - 1) * dilation + 1 - 2 * pad + outputPadding;
        fc.pre(full > 0);
        const options = { stride, dilation, padding: pad, outputPadding };
        const g = geometryOf(
          prepareConvTranspose1d('native', zeros(1, 1, input), zeros(1, 1, kernel), options),
        );
        expect(g.input[2]).to.equal(full);
        const room = g.input[2] + g.padBegin[2] + g.padEnd[2] - (kernel - 1) * dilation - 1;
        expect(room).to.equal((input - 1) * stride);
      },
    );
    return fc.assert(property, { seed });
  });

  it('names what does not fit', () => {
    optionError(
      () => size(3, 3, { outputPadding: 1, outputSize: 9 }),
      'convTranspose1d: options.outputPadding and options.outputSize exclude each other',
    );
    optionError(
      () => size(3, 3, { stride: 2, outputPadding: 2 }),
      /options\.outputPadding must be less than the stride or the dilation along W, 2, got 2/,
    );
    optionError(
      () => size(3, 3, { stride: 2, outputSize: 9 }),
      'convTranspose1d: options.outputSize along W must be from 7 to 8, got 9',
    );
    optionError(() => size(3, 3, { stride: 2, outputSize: 6 }), /from 7 to 8, got 6/);
    optionError(() => size(3, 3, { stride: 2, padding: 'same', outputSize: 7 }), /from 5 to 6, got 7/);
    optionError(
      () => size(3, 3, { stride: 2, padding: 'same', outputPadding: 1 }),
      /does not go with padding 'same'/,
    );
    optionError(
      () => size(3, 3, { paddingMode: 'reflect', padding: 1 }),
      /options\.paddingMode must be 'zeros', since padding crops the result here/,
    );
    shapeError(
      () => size(1, 3, { padding: 2 }),
      'convTranspose1d: padding crops 4 along W from an output of 3, which leaves -1',
    );
    shapeError(() => size(0, 3, {}), /the input is empty along W/);
    const transposed =
      (...dims: number[]) =>
      () =>
        prepareConvTranspose2d('native', zeros(1, 6, 4, 4), zeros(...dims), { groups: 4 });
    shapeError(
      transposed(5, 2, 3, 3),
      'convTranspose2d: weight [5,2,3,3] expects 5 input channels, input [1,6,4,4] has 6',
    );
    shapeError(transposed(6, 2, 3, 3), /input \[1,6,4,4\] has 6 channels, which groups 4 do not divide/);
  });
});

describe('gradients', () => {
  const options = { stride: 2, padding: 1, groups: 2 } as const;

  it('run the forward geometry in another direction', () => {
    const [x, w, y] = [zeros(2, 4, 8, 8), zeros(6, 2, 3, 3), zeros(2, 6, 4, 4)];
    const forward = geometryOf(prepareConv2d('native', x, w, options));
    const byInput = prepareConv2dInputGrad('native', y, w, x.dims, options);
    expect(geometryOf(byInput)).to.deep.equal({ ...forward, kind: 'convTranspose' });
    expect(byInput.result.dims).to.deep.equal(x.dims);
    expect([byInput.stages[0].source, byInput.stages[0].weight]).to.deep.equal([y.data, w.data]);
    const byWeight = prepareConv2dWeightGrad('native', y, x, w.dims, options);
    expect(geometryOf(byWeight)).to.deep.equal({ ...forward, kind: 'convWeightGrad' });
    expect(byWeight.result.dims).to.deep.equal(w.dims);
    expect(byWeight.stages[0].source).to.equal(x.data);
    expect(byWeight.stages[0].weight).to.equal(y.data);
    const reflected = prepareConv2dInputGrad('native', y, w, x.dims, { ...options, paddingMode: 'reflect' });
    expect(geometryOf(reflected).paddingMode).to.equal('reflect');
  });

  it('of transposed convolutions swap the sides', () => {
    const [x, w, y] = [zeros(2, 6, 4, 4), zeros(6, 2, 3, 3), zeros(2, 4, 8, 8)];
    const more = { ...options, outputPadding: 1 };
    const forward = geometryOf(prepareConvTranspose2d('native', x, w, more));
    const byInput = prepareConvTranspose2dInputGrad('native', y, w, x.dims, more);
    expect(geometryOf(byInput)).to.deep.equal({ ...forward, kind: 'conv' });
    expect(byInput.result.dims).to.deep.equal(x.dims);
    const byWeight = prepareConvTranspose2dWeightGrad('native', y, x, w.dims, more);
    expect(geometryOf(byWeight)).to.deep.equal({ ...forward, kind: 'convWeightGrad' });
    expect(byWeight.stages[0].source).to.equal(y.data);
    expect(byWeight.stages[0].weight).to.equal(x.data);
    expect(byWeight.result.dims).to.deep.equal(w.dims);
  });

  it('check gradOutput against the forward call', () => {
    const wrong = () =>
      prepareConv2dInputGrad('native', zeros(2, 6, 5, 4), zeros(6, 2, 3, 3), [2, 4, 8, 8], options);
    shapeError(
      wrong,
      "conv2dInputGrad: gradOutput must have the forward output's dims [2,6,4,4], got [2,6,5,4]",
    );
    const batch = () =>
      prepareConv2dWeightGrad('native', zeros(1, 6, 4, 4), zeros(2, 4, 8, 8), [6, 2, 3, 3], options);
    shapeError(batch, /^conv2dWeightGrad: gradOutput must have the forward output's dims \[2,6,4,4\]/);
    const transposed = () =>
      prepareConvTranspose2dInputGrad('native', zeros(2, 4, 8, 8), zeros(6, 2, 3, 3), [2, 6, 4, 4], options);
    shapeError(transposed, /dims \[2,4,7,7\], got \[2,4,8,8\]/);
    const dims = () => prepareConv2dInputGrad('native', zeros(1, 1, 1, 1), zeros(1, 1, 1, 1), 4 as never);
    expectError(
      dims,
      TypeError,
      'ERR_CONV_SHAPE',
      'conv2dInputGrad: inputDims must be an array of integers, got 4',
    );
  });
});
