// Lowering of the sugar, of columns and matrix products, and the table of operators.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { prepareCol2im, prepareIm2col } from '../../lib/ops/columns.ts';
import { prepareConv1d, prepareConv2d, prepareConv3d } from '../../lib/ops/conv.ts';
import { prepareDepthwiseConv2d } from '../../lib/ops/depthwise.ts';
import { prepareMatmul } from '../../lib/ops/matmul.ts';
import { preparePointwiseConv2d } from '../../lib/ops/pointwise.ts';
import { prepareSeparableConv2d, prepareSpatialSeparableConv2d } from '../../lib/ops/separable.ts';
import { OPERATORS, type OperatorName, planOperator } from '../../lib/ops/table.ts';
import { prepareConvTranspose2d, prepareConvTranspose3d } from '../../lib/ops/transpose.ts';
import { Tensor } from '../../lib/tensor.ts';
import { NAMED_SHAPES } from '../shapes.ts';
import { expectError } from '../support/errors.ts';
import { geometryOf, shapeError, zeros } from './calls.ts';

describe('the sugar', () => {
  it('pointwiseConv2d takes [O,C] and [O,C,1,1], in any weight layout', () => {
    const x = zeros(1, 6, 4, 4);
    const geometry = geometryOf(preparePointwiseConv2d('native', x, zeros(8, 6, 1, 1)));
    expect(geometryOf(preparePointwiseConv2d('native', x, zeros(8, 6)))).to.deep.equal(geometry);
    expect(geometry.outChannels).to.equal(8);
    expect(
      geometryOf(preparePointwiseConv2d('native', x, zeros(6, 8), { weightLayout: 'HWIO' })).outChannels,
    ).to.equal(8);
    expect(
      geometryOf(preparePointwiseConv2d('native', x, zeros(8, 6), { weightLayout: 'OHWI' })).outChannels,
    ).to.equal(8);
    expect(geometryOf(preparePointwiseConv2d('native', x, zeros(9, 2), { groups: 3 })).groups).to.equal(3);
    shapeError(
      () => preparePointwiseConv2d('native', x, zeros(8, 6, 1, 3)),
      'pointwiseConv2d: weight must have a kernel of 1×1, got [8,6,1,3]',
    );
    shapeError(() => preparePointwiseConv2d('native', x, zeros(8)), /4 axes/);
  });

  it('depthwiseConvNd has as many groups as channels', () => {
    const call = prepareDepthwiseConv2d('native', zeros(1, 3, 8, 8), zeros(6, 1, 3, 3), { stride: 2 });
    expect(geometryOf(call)).to.deep.include({ kind: 'conv', groups: 3, inChannels: 3, outChannels: 6 });
    expect(call.result.dims).to.deep.equal([1, 6, 3, 3]);
    const depthwise =
      (...dims: number[]) =>
      () =>
        prepareDepthwiseConv2d('native', zeros(1, 3, 8, 8), zeros(...dims));
    shapeError(
      depthwise(6, 3, 3, 3),
      'depthwiseConv2d: weight must have 1 input channel per group, got 3 in [6,3,3,3]',
    );
    shapeError(
      depthwise(4, 1, 3, 3),
      'depthwiseConv2d: weight [4,1,3,3] has 4 output channels, not a multiple of the 3 of input [1,3,8,8]',
    );
  });

  it('separableConv2d is depthwise, then pointwise; the last stage has the epilogue', () => {
    const [x, depthwise, pointwise, bias] = [zeros(1, 3, 8, 8), zeros(6, 1, 3, 3), zeros(5, 6), zeros(5)];
    const call = prepareSeparableConv2d('native', x, depthwise, pointwise, {
      stride: 2,
      padding: 1,
      dilation: 2,
      paddingMode: 'reflect',
      bias,
      activation: 'relu',
    });
    const [first, second] = call.stages;
    expect(first.geometry).to.deep.include({
      groups: 3,
      outChannels: 6,
      stride: [1, 2, 2],
      paddingMode: 'reflect',
      activation: { kind: 'none', alpha: 0, min: 0, max: 0 },
    });
    expect(second.geometry).to.deep.include({
      groups: 1,
      inChannels: 6,
      outChannels: 5,
      stride: [1, 1, 1],
      dilation: [1, 1, 1],
      padBegin: [0, 0, 0],
      input: first.geometry.output,
    });
    expect(second.geometry.activation.kind).to.equal('clamp');
    expect([first.source, first.target, first.bias]).to.deep.equal([x.data, null, null]);
    expect([second.source, second.target, second.bias]).to.deep.equal([null, call.result.data, bias.data]);
    shapeError(
      () => prepareSeparableConv2d('native', x, depthwise, zeros(5, 4)),
      'separableConv2d: pointwise [5,4] expects 4 input channels per group, the intermediate [1,6,6,6] with groups 1 has 6',
    );
  });

  it('spatialSeparableConv2d is k×1, then 1×k; each takes its own axis of the options', () => {
    const call = prepareSpatialSeparableConv2d(
      'native',
      zeros(1, 2, 9, 11),
      zeros(4, 2, 3, 1),
      zeros(6, 4, 1, 5),
      {
        stride: [2, 3],
        padding: [
          [1, 0],
          [2, 3],
        ],
        dilation: [2, 1],
      },
    );
    const [first, second] = call.stages.map((stage) => stage.geometry);
    expect(first).to.deep.include({
      kernel: [1, 3, 1],
      stride: [1, 2, 1],
      dilation: [1, 2, 1],
      padBegin: [0, 1, 0],
      padEnd: [0, 0, 0],
    });
    expect(second).to.deep.include({
      kernel: [1, 1, 5],
      stride: [1, 1, 3],
      dilation: [1, 1, 1],
      padBegin: [0, 0, 2],
      padEnd: [0, 0, 3],
    });
    expect(call.result.dims).to.deep.equal([1, 6, 3, 4]);
    const same = prepareSpatialSeparableConv2d(
      'native',
      zeros(1, 1, 9, 11),
      zeros(1, 1, 3, 1),
      zeros(1, 1, 1, 3),
      { padding: 'same', stride: 2 },
    );
    expect(same.result.dims).to.deep.equal([1, 1, 5, 6]);
    const wrong = () =>
      prepareSpatialSeparableConv2d('native', zeros(1, 1, 9, 9), zeros(1, 1, 1, 3), zeros(1, 1, 1, 3));
    shapeError(wrong, 'spatialSeparableConv2d: column must have a kernel of k×1, got [1,1,1,3]');
  });
});

describe('im2col and col2im', () => {
  it('have C·∏K rows and L columns', () => {
    const call = prepareIm2col('native', zeros(2, 3, 6, 7), {
      kernelSize: [2, 3],
      stride: [1, 2],
      padding: 1,
    });
    expect(call.result.dims).to.deep.equal([2, 18, 28]);
    expect(geometryOf(call)).to.deep.include({ kind: 'im2col', inChannels: 3, output: [1, 7, 4] });
    expect(
      prepareIm2col('native', zeros(2, 9, 3), { kernelSize: [2], layout: 'NWC' }).result.dims,
    ).to.deep.equal([2, 6, 8]);
    expect(prepareIm2col('native', zeros(1, 1, 3, 3, 3), { kernelSize: 2 }).result.dims).to.deep.equal([
      1, 8, 8,
    ]);
    const back = prepareCol2im('native', zeros(2, 18, 28), {
      outputSize: [6, 7],
      kernelSize: [2, 3],
      stride: [1, 2],
      padding: 1,
    });
    expect(back.result.dims).to.deep.equal([2, 3, 6, 7]);
    expect(geometryOf(back).kind).to.equal('col2im');
    expect(
      prepareCol2im('native', zeros(2, 6, 8), { outputSize: [9], kernelSize: 2, layout: 'NWC' }).result.dims,
    ).to.deep.equal([2, 9, 3]);
  });

  it('name what does not fit', () => {
    shapeError(
      () => prepareIm2col('native', zeros(3, 3), { kernelSize: 2 }),
      'im2col: input must have 3, 4 or 5 axes, got [3,3]',
    );
    shapeError(() => prepareIm2col('native', zeros(1, 1, 3), { kernelSize: [2, 2] }), /4 axes/);
    const back = (dims: number[], options: object) => () =>
      prepareCol2im('native', zeros(...dims), options as never);
    shapeError(
      back([1, 5, 4], { outputSize: [3, 3], kernelSize: 2 }),
      "col2im: columns [1,5,4] have 5 rows, not a positive multiple of the kernel's 4",
    );
    shapeError(
      back([1, 4, 5], { outputSize: [3, 3], kernelSize: 2 }),
      'col2im: columns [1,4,5] hold 5 positions, outputSize and the other options give 4',
    );
    shapeError(back([4, 4], { outputSize: [3, 3], kernelSize: 2 }), /3 axes \[N,C·∏K,L\]/);
    expectError(
      back([1, 4, 4], { outputSize: 3, kernelSize: 2 }),
      TypeError,
      'ERR_CONV_OPTION',
      /options\.outputSize must be an array/,
    );
  });
});

describe('matmul', () => {
  const geometry = (a: number[], b: number[], options?: object) => {
    const call = prepareMatmul('native', zeros(...a), zeros(...b), options);
    return { dims: call.result.dims, ...geometryOf(call).matmul };
  };

  it('transposes and broadcasts', () => {
    expect(geometry([2, 3], [3, 4])).to.deep.include({
      dims: [2, 4],
      rows: 2,
      depth: 3,
      columns: 4,
      batch: [1, 1, 1],
      strideA: [0, 0, 0],
      strideB: [0, 0, 0],
    });
    expect(geometry([3, 2], [4, 3], { transposeA: true, transposeB: true })).to.deep.include({
      dims: [2, 4],
      rows: 2,
      depth: 3,
      columns: 4,
      transposeA: true,
      transposeB: true,
    });
    expect(geometry([5, 2, 3], [3, 4])).to.deep.include({
      dims: [5, 2, 4],
      batch: [1, 1, 5],
      strideA: [0, 0, 6],
      strideB: [0, 0, 0],
    });
    expect(geometry([7, 5, 2, 3], [7, 5, 3, 4])).to.deep.include({
      batch: [1, 1, 35],
      strideA: [0, 0, 6],
      strideB: [0, 0, 12],
    });
    expect(geometry([7, 1, 2, 3], [5, 3, 4])).to.deep.include({
      dims: [7, 5, 2, 4],
      batch: [1, 7, 5],
      strideA: [0, 6, 0],
      strideB: [0, 0, 12],
    });
    expect(geometry([9, 1, 5, 2, 3], [1, 7, 1, 3, 4])).to.deep.include({
      dims: [9, 7, 5, 2, 4],
      batch: [9, 7, 5],
      strideA: [30, 0, 6],
      strideB: [0, 12, 0],
    });
    expect(geometry([0, 2, 3], [1, 3, 4]).dims).to.deep.equal([0, 2, 4]);
  });

  it('names what does not fit', () => {
    const matmul = (a: number[], b: number[], options?: object) => () => geometry(a, b, options);
    shapeError(matmul([2, 3], [4, 5]), 'matmul: a [2,3] has 3 columns, b [4,5] has 4 rows');
    shapeError(
      matmul([2, 3], [4, 3], { transposeA: true, transposeB: true }),
      'matmul: a [2,3] has 2 columns when transposed, b [4,3] has 3 rows when transposed',
    );
    shapeError(matmul([3], [3, 4]), 'matmul: a must have at least 2 axes, got [3]');
    shapeError(
      matmul([2, 2, 3], [3, 3, 4]),
      'matmul: batch axes of a [2,2,3] and b [3,3,4] do not broadcast: 2 against 3',
    );
    shapeError(matmul([2, 1, 2, 1, 2, 3], [1, 2, 1, 2, 3, 4]), /broadcast in 4 steps; at most 3/);
    shapeError(
      matmul([2, 3], [3, 4], { bias: zeros(2) }),
      'matmul: options.bias must have dims [4], got [2]',
    );
  });
});

describe('the table of operators', () => {
  it('plans every named shape as its call is prepared', () => {
    const prepare = {
      conv1d: prepareConv1d,
      conv2d: prepareConv2d,
      conv3d: prepareConv3d,
      depthwiseConv2d: prepareDepthwiseConv2d,
      convTranspose2d: prepareConvTranspose2d,
      convTranspose3d: prepareConvTranspose3d,
    };
    for (const shape of NAMED_SHAPES) {
      const { plan } = planOperator(shape.operator, shape.input, shape.weight, shape.options as never);
      const { result, stages } = prepare[shape.operator](
        'native',
        Tensor.zeros(shape.input),
        Tensor.zeros(shape.weight),
        shape.options,
      );
      expect(result.dims, shape.name).to.deep.equal(plan.dims);
      expect(stages.map((stage) => stage.geometry)).to.deep.equal(plan.geometries);
    }
  });

  it('checks names and counts', () => {
    const plan =
      (...args: unknown[]) =>
      () =>
        (planOperator as (...args: unknown[]) => unknown)(...args);
    expectError(
      plan('conv4d', [1], [1]),
      RangeError,
      'ERR_CONV_OPTION',
      /^explain: op must be one of conv1d, .*, got 'conv4d'/,
    );
    expectError(plan('toString', [1], [1]), RangeError, 'ERR_CONV_OPTION', /got 'toString'/);
    expectError(plan(1, [1], [1]), TypeError, 'ERR_CONV_OPTION', /got 1/);
    shapeError(plan('conv2d', [1, 1, 3, 3]), 'conv2d: it takes the dims of 1 weights, got 0');
    shapeError(plan('separableConv2d', [1, 1, 3, 3], [1, 1, 3, 3]), /takes the dims of 2 weights, got 1/);
    expectError(plan('conv2d', 'abc', [1]), TypeError, 'ERR_CONV_SHAPE', /inputDims must be an array/);
    expectError(
      plan('conv2d', [1, 1, 3, 3], [1, 1, 3, 3], { precision: 'float64' }),
      RangeError,
      'ERR_CONV_OPTION',
      /does not apply/,
    );
    expect(
      planOperator('conv2d' satisfies OperatorName, [1, 1, 3, 3], [1, 1, 3, 3], { type: 'float64' }).plan
        .geometries[0].dtype,
    ).to.equal('float64');
    expect(Object.keys(OPERATORS)).to.have.lengthOf(27);
  });
});
