// Lowering of convNd: its geometry, the size formula against hand-worked values, and what does not fit.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import type { PreparedCall } from '../../lib/call.ts';
import { GEOMETRY_FIELDS, packGeometry } from '../../lib/geometry.ts';
import { prepareConv1d, prepareConv2d, prepareConv3d } from '../../lib/ops/conv.ts';
import { prepareConvTranspose1d } from '../../lib/ops/transpose.ts';
import { Tensor } from '../../lib/tensor.ts';
import { expectError } from '../support/errors.ts';
import { geometryOf, shapeError, zeros } from './calls.ts';

/** A packed geometry by slot name. */
function packed(call: PreparedCall): Record<string, number> {
  const values = packGeometry(geometryOf(call));
  expect(values).to.have.lengthOf(GEOMETRY_FIELDS.length);
  return Object.fromEntries(GEOMETRY_FIELDS.map((field, slot) => [field, values[slot]]));
}

describe('convNd', () => {
  it('becomes one 3-D geometry', () => {
    const call = prepareConv2d('native', zeros(2, 6, 9, 11), zeros(8, 3, 3, 5), {
      stride: [2, 1],
      padding: [
        [1, 0],
        [2, 3],
      ],
      dilation: [1, 2],
      groups: 2,
      paddingMode: 'circular',
      activation: { type: 'clamp', min: -1, max: 2 },
      algorithm: 'direct',
      reproducible: true,
      threads: 3,
    });
    expect(call.result.dims).to.deep.equal([2, 8, 4, 8]);
    expect(call.threads).to.equal(3);
    expect(packed(call)).to.deep.include({
      ...{
        kind: 0,
        dtype: 0,
        layout: 0,
        weightLayout: 0,
        batch: 2,
        inChannels: 6,
        outChannels: 8,
        groups: 2,
      },
      ...{
        inputD: 1,
        inputH: 9,
        inputW: 11,
        kernelD: 1,
        kernelH: 3,
        kernelW: 5,
        outputD: 1,
        outputH: 4,
        outputW: 8,
      },
      ...{ strideD: 1, strideH: 2, strideW: 1, dilationD: 1, dilationH: 1, dilationW: 2 },
      ...{ padBeginD: 0, padBeginH: 1, padBeginW: 2, padEndD: 0, padEndH: 0, padEndW: 3 },
      ...{ paddingMode: 4, activation: 1, alpha: 0, min: -1, max: 2, algorithm: 1, reproducible: 1 },
    });
  });

  it('has the sizes of the formula', () => {
    // ⌊(in + padding − (k − 1)·dilation − 1) ÷ stride⌋ + 1, worked by hand.
    const size = (input: number, kernel: number, options: object) =>
      prepareConv1d('native', zeros(1, 1, input), zeros(1, 1, kernel), options).result.dims[2];
    expect(size(5, 3, {})).to.equal(3);
    expect(size(224, 7, { stride: 2, padding: 3 })).to.equal(112);
    expect(size(7, 3, { stride: 3 })).to.equal(2);
    expect(size(8, 3, { stride: 3 })).to.equal(2);
    expect(size(9, 3, { stride: 3 })).to.equal(3);
    expect(size(9, 3, { dilation: 4 })).to.equal(1);
    expect(size(2, 5, { padding: 2 })).to.equal(2);
    expect(size(0, 3, { padding: 2 })).to.equal(2);
    expect(size(5, 3, { padding: [[-1, -1]] })).to.equal(1);
    expect(prepareConv3d('native', zeros(1, 3, 10, 6, 7), zeros(2, 3, 3, 2, 1)).result.dims).to.deep.equal([
      1, 2, 8, 5, 7,
    ]);
  });

  it('reads channels-last tensors and every weight layout', () => {
    const x = zeros(1, 9, 11, 6);
    const call = prepareConv2d('native', x, zeros(3, 5, 6, 8), { layout: 'NHWC', weightLayout: 'HWIO' });
    expect(call.result.dims).to.deep.equal([1, 7, 7, 8]);
    expect(packed(call)).to.deep.include({
      layout: 1,
      weightLayout: 1,
      inChannels: 6,
      outChannels: 8,
      kernelH: 3,
      kernelW: 5,
    });
    const ohwi = prepareConv2d('native', zeros(1, 6, 9, 11), zeros(8, 3, 5, 6), { weightLayout: 'OHWI' });
    expect(ohwi.result.dims).to.deep.equal([1, 8, 7, 7]);
    const wio = prepareConv1d('native', zeros(1, 9, 6), zeros(3, 6, 8), {
      layout: 'NWC',
      weightLayout: 'WIO',
    });
    expect(wio.result.dims).to.deep.equal([1, 7, 8]);
    const ndhwc = prepareConv3d('native', zeros(1, 4, 5, 6, 2), zeros(3, 1, 2, 3, 2), {
      layout: 'NDHWC',
      weightLayout: 'ODHWI',
    });
    expect(ndhwc.result.dims).to.deep.equal([1, 4, 4, 4, 3]);
  });

  it('passes buffers through without copying', () => {
    const [x, w, bias, residual, out] = [
      zeros(1, 1, 3, 3),
      zeros(2, 1, 2, 2),
      zeros(2),
      zeros(1, 2, 2, 2),
      zeros(1, 2, 2, 2),
    ];
    const call = prepareConv2d('native', x, w, { bias, residual, out });
    const [stage] = call.stages;
    expect([stage.source, stage.weight, stage.bias, stage.residual, stage.slope, stage.target]).to.deep.equal(
      [x.data, w.data, bias.data, residual.data, null, out.data],
    );
    expect(stage.source).to.equal(x.data);
    expect(call.result).to.equal(out);
  });

  it('names what does not fit', () => {
    const x = zeros(1, 3, 32, 32);
    const conv =
      (weight: number[], options?: object, input = x) =>
      () =>
        prepareConv2d('native', input, zeros(...weight), options);
    shapeError(
      conv([8, 4, 3, 3]),
      'conv2d: weight [8,4,3,3] expects 4 input channels per group, input [1,3,32,32] with groups 1 has 3',
    );
    shapeError(
      conv([8, 1, 3, 3], { groups: 2 }),
      'conv2d: input [1,3,32,32] has 3 channels, which groups 2 do not divide',
    );
    shapeError(
      conv([8, 1, 3, 3], { groups: 3 }),
      'conv2d: weight [8,1,3,3] has 8 output channels, which groups 3 do not divide',
    );
    shapeError(conv([8, 3, 3]), 'conv2d: weight must have 4 axes, got [8,3,3]');
    shapeError(conv([0, 3, 3, 3]), 'conv2d: weight [0,3,3,3] has an empty axis');
    shapeError(conv([8, 3, 0, 3]), /empty axis/);
    shapeError(
      conv([8, 3, 3, 3], {}, zeros(3, 32, 32)),
      'conv2d: input must have 4 axes [N,C,H,W], got [3,32,32]; a batch of one has dims [1,3,32,32]',
    );
    shapeError(
      conv([8, 3, 3, 3], { layout: 'NHWC' }, zeros(32, 32)),
      'conv2d: input must have 4 axes [N,H,W,C], got [32,32]',
    );
    shapeError(conv([8, 3, 3, 3], {}, zeros(1, 0, 32, 32)), 'conv2d: input [1,0,32,32] has no channels');
    shapeError(
      conv([8, 3, 33, 3]),
      "conv2d: the kernel's 33 along H does not fit the padded input's 32 (32 and 0 of padding)",
    );
    shapeError(
      conv([8, 3, 3, 5], { dilation: 9, padding: 2 }),
      "conv2d: the kernel's 5 along W with dilation 9 covers 37 and does not fit the padded input's 36 (32 and 4 of padding)",
    );
    shapeError(conv([8, 3, 3, 3], { bias: zeros(7) }), 'conv2d: options.bias must have dims [8], got [7]');
    shapeError(conv([8, 3, 3, 3], { bias: zeros(1, 8) }), /options\.bias must have dims \[8\], got \[1,8\]/);
    shapeError(
      conv([8, 3, 3, 3], { residual: zeros(1, 8, 30, 1) }),
      /options\.residual must have dims \[1,8,30,30\]/,
    );
    shapeError(
      conv([8, 3, 3, 3], { out: zeros(1, 8, 32, 32) }),
      'conv2d: options.out must have dims [1,8,30,30], got [1,8,32,32]',
    );
  });

  it('gives an empty batch an empty result, and an empty axis nothing to repeat', () => {
    expect(prepareConv2d('native', zeros(0, 3, 5, 5), zeros(2, 3, 3, 3)).result.dims).to.deep.equal([
      0, 2, 3, 3,
    ]);
    const empty = (paddingMode: 'zeros' | 'reflect' | 'circular' | 'replicate' | 'symmetric') => () =>
      prepareConv1d('native', zeros(1, 1, 0), zeros(1, 1, 2), { padding: 1, paddingMode });
    expect(empty('zeros')().result.dims).to.deep.equal([1, 1, 1]);
    for (const mode of ['reflect', 'circular', 'replicate', 'symmetric'] as const) {
      shapeError(
        empty(mode),
        `conv1d: paddingMode '${mode}' has nothing to repeat: the input is empty along W`,
      );
    }
    shapeError(() => prepareConv1d('native', zeros(1, 1, 0), zeros(1, 1, 2)), /does not fit/);
    shapeError(
      () => prepareConv1d('native', zeros(1, 1, 0), zeros(1, 1, 2), { padding: 'same' }),
      /does not fit/,
    );
  });

  it('keeps to one dtype', () => {
    const double = (...dims: number[]) => Tensor.zeros(dims, { type: 'float64' });
    const conv = (x: Tensor, w: Tensor, options?: object) => () => prepareConv2d('native', x, w, options);
    const mixed = (call: () => unknown, message: string) =>
      expectError(call, TypeError, 'ERR_CONV_DTYPE', message);
    mixed(
      conv(zeros(1, 1, 3, 3), double(1, 1, 3, 3)),
      'conv2d: weight is float64, input is float32; convert one of them',
    );
    mixed(
      conv(zeros(1, 1, 3, 3), zeros(1, 1, 3, 3), { bias: double(1) }),
      'conv2d: options.bias is float64, the first operand is float32; convert one of them',
    );
    mixed(
      conv(double(1, 1, 3, 3), double(1, 1, 3, 3), { out: zeros(1, 1, 1, 1) }),
      'conv2d: options.out is float32, the result is float64; convert one of them',
    );
  });

  it('refuses an out that shares memory with any operand', () => {
    const buffer = new ArrayBuffer(400);
    const at = (index: number, ...dims: number[]) =>
      new Tensor(
        new Float32Array(
          buffer,
          index * 4,
          dims.reduce((a, b) => a * b),
        ),
        dims,
      );
    const overlap = (call: () => unknown, name: RegExp) =>
      expectError(call, RangeError, 'ERR_CONV_OVERLAP', name);
    const conv = (x: Tensor, w: Tensor, options: object) => () => prepareConv1d('native', x, w, options);
    const [x, w] = [zeros(1, 1, 4), zeros(1, 1, 1)];
    overlap(
      conv(at(0, 1, 1, 4), w, { out: at(3, 1, 1, 4) }),
      /^conv1d: options\.out shares memory with an operand/,
    );
    overlap(conv(at(0, 1, 1, 4), w, { out: at(0, 1, 1, 4) }), /an operand/);
    overlap(conv(x, at(4, 1, 1, 1), { out: at(1, 1, 1, 4) }), /an operand/);
    overlap(conv(x, w, { out: at(0, 1, 1, 4), bias: at(3, 1) }), /options\.bias/);
    overlap(conv(x, w, { out: at(0, 1, 1, 4), residual: at(2, 1, 1, 4) }), /options\.residual/);
    overlap(
      conv(zeros(1, 2, 2), zeros(2, 2, 1), {
        out: at(0, 1, 2, 2),
        activation: { type: 'prelu', slope: at(3, 2) },
      }),
      /slope/,
    );
    const strided = { data: new Float32Array(buffer), shape: [1, 1, 4], stride: [1, 1, 2], offset: 0 };
    overlap(() => prepareConv1d('native', strided, w, { out: at(6, 1, 1, 4) }), /an operand/);
    expect(conv(at(0, 1, 1, 4), w, { out: at(4, 1, 1, 4) })().result.dims).to.deep.equal([1, 1, 4]);
    expect(prepareConv1d('native', strided, w, { out: at(7, 1, 1, 4) }).result.dims).to.deep.equal([1, 1, 4]);
  });

  it('says when a result is too large', () => {
    const large = (call: () => unknown, message: RegExp) =>
      expectError(call, RangeError, 'ERR_CONV_TOO_LARGE', message);
    const [x, w] = [zeros(1, 1, 1), zeros(1, 1, 1)];
    large(
      () => prepareConv1d('native', x, w, { padding: 2 ** 30 }),
      /^conv1d: the padded input along W would be 2147483649 long/,
    );
    const volume = zeros(1, 1, 1, 1, 1);
    large(
      () => prepareConv3d('native', volume, volume, { padding: 2 ** 20 }),
      /would hold \d+ elements, more than can be addressed/,
    );
    large(
      () => prepareConvTranspose1d('native', zeros(1, 1, 2), w, { stride: 2 ** 31 - 1 }),
      /the output along W would be 2147483648 long/,
    );
  });
});
