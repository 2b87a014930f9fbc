// explain(): costs against hand-worked values, and a plan for every operator.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { Conv2d, conv2d, explain, info, separableConv2d, Tensor } from '../lib/index.ts';
import * as reference from '../lib/reference.ts';
import { NAMED_SHAPES } from './shapes.ts';

describe('explain', () => {
  it('counts multiply-adds and bytes', () => {
    // The seed's example: a 3×3 convolution of 3 to 10 channels has 3·3·3·10 weights.
    const plan = explain('conv2d', [1, 3, 32, 32], [10, 3, 3, 3], {
      padding: 1,
      bias: Tensor.zeros([10]),
      reproducible: true,
    });
    expect(plan.dims).to.deep.equal([1, 10, 32, 32]);
    expect(plan.multiplyAdds).to.equal(32 * 32 * 3 * 3 * 3 * 10);
    expect(plan.bytesMoved).to.equal(4 * (3 * 32 * 32 + 270 + 10 + 10 * 32 * 32));
    expect(plan.expectedError).to.deep.equal({ units: 27, basis: 'bound' });
    expect(plan.reproducible).to.equal(true);
    expect(plan.type).to.equal('float32');
    expect(plan.threads).to.be.at.least(1);
    expect(plan.stages).to.have.lengthOf(1);
    expect(explain('conv2d', [1, 3, 32, 32], [10, 3, 3, 3], { type: 'float64' }).bytesMoved).to.equal(
      8 * (3072 + 270 + 9000),
    );
  });

  it('adds up two stages', () => {
    const plan = explain(
      'separableConv2d',
      [1, 3, 8, 8],
      [
        [6, 1, 3, 3],
        [5, 6],
      ],
      { reproducible: true },
    );
    expect(plan.stages).to.have.lengthOf(2);
    expect(plan.multiplyAdds).to.equal(36 * 6 * 9 + 36 * 5 * 6);
    expect(plan.expectedError).to.deep.equal({ units: 9 + 6, basis: 'bound' });
    expect(plan.bytesMoved).to.equal(4 * (192 + 54 + 30 + 180));
    expect(plan.workspaceBytes).to.be.at.least(4 * 6 * 36);
  });

  it('bounds the roundings of every kind of call', () => {
    const units = (plan: { readonly expectedError: { readonly units: number } }) => plan.expectedError.units;
    const exact = { reproducible: true } as const;
    // Of a 4×4 kernel, at stride 2, 2×2 taps fall on one pixel; from 8 channels.
    expect(units(explain('convTranspose2d', [1, 8, 16, 16], [8, 3, 4, 4], { ...exact, stride: 2 }))).to.equal(
      8 * 4,
    );
    expect(
      units(explain('convTranspose1d', [1, 8, 16], [8, 3, 5], { ...exact, stride: 4, dilation: 2 })),
    ).to.equal(8 * 3);
    expect(units(explain('conv2dWeightGrad', [2, 3, 8, 8], [4, 3, 3, 3], exact))).to.equal(2 * 36);
    expect(units(explain('matmul', [5, 2, 7], [7, 3]))).to.equal(7);
    expect(units(explain('im2col', [1, 1, 4, 4], undefined, { kernelSize: 2 }))).to.equal(0);
    expect(units(explain('col2im', [1, 4, 9], undefined, { kernelSize: 2, outputSize: [4, 4] }))).to.equal(4);
    const product = explain('matmul', [5, 2, 7], [7, 3]);
    expect(product.bytesMoved).to.equal(4 * (5 * 14 + 21 + 5 * 6));
    expect(product.multiplyAdds).to.equal(5 * 2 * 3 * 7);
  });

  it('bounds the error that is made', () => {
    const [x, w] = [Tensor.random([1, 16, 9, 9], { seed: 1 }), Tensor.random([4, 16, 3, 3], { seed: 2 })];
    const { units } = explain('conv2d', x.dims, w.dims, { reproducible: true }).expectedError;
    const absolute = (tensor: Tensor) => ({ data: tensor.data.map(Math.abs), dims: tensor.dims });
    const truth = reference.conv2d(x, w, { precision: 'float64' }).data;
    const scale = reference.conv2d(absolute(x), absolute(w), { precision: 'float64' }).data;
    const errors = [...conv2d(x, w, { reproducible: true }).data].map(
      (y, i) => Math.abs(y - truth[i]) / scale[i] / 2 ** -24,
    );
    const worst = Math.max(...errors);
    expect(worst).to.be.above(0);
    expect(worst).to.be.at.most(units);
  });

  it('names an algorithm and a kernel for every named shape, inside the contract if asked', () => {
    for (const { name, operator, input, weight, options } of NAMED_SHAPES) {
      const plan = explain(operator, input, weight, { ...options, reproducible: true });
      expect(plan.algorithm, name).to.match(/^[\w-]+$/);
      expect(plan.kernel, name).to.not.equal('');
      expect(plan.reproducible, name).to.equal(true);
      for (const refusal of plan.refusals) expect(refusal.reason).to.not.equal('');
    }
  });

  it('names the kernel that runs: strips of pixels for few channels, the patch kernel for many on a narrow map', () => {
    const { kernels } = info();
    const chosen = (op: string) => kernels.find((kernel) => kernel.op === op && kernel.chosen)?.name;
    const transposed = (outputs: number, width: number) =>
      explain('convTranspose2d', [1, 64, 32, width], [64, outputs, 4, 4], { stride: 2, padding: 1 });
    expect(transposed(64, 5).kernel).to.equal(chosen('gemm_patch_f32'));
    expect(transposed(3, 32).kernel).to.equal(chosen('strip_f32'));
    const gradient = (options: object) =>
      explain('conv2dWeightGrad', [1, 64, 8, 8], [64, 64, 3, 3], { padding: 1, ...options });
    expect(gradient({ reproducible: true }).kernel).to.equal(chosen('gemm_patch_f32'));
    expect(gradient({}).kernel).to.equal(chosen('winograd_sums_f32'));
    const depthwise = explain('conv2dWeightGrad', [1, 64, 8, 8], [64, 1, 3, 3], { padding: 1, groups: 64 });
    expect(depthwise.kernel).to.equal(chosen('channel_sums_f32'));
  });

  it('counts the scratch of calls that have one algorithm only, and of a gradient before it is folded', () => {
    // At least the right operand, packed; one plane of a channel; the gradient of the padded input.
    expect(explain('matmul', [8, 512], [512, 512]).workspaceBytes).to.be.at.least(512 * 512 * 4);
    const options = { kernelSize: 3, outputSize: [8, 8], padding: 1 };
    expect(explain('col2im', [1, 27, 64], undefined, options).workspaceBytes).to.equal(8 * 8 * 4);
    const through = (paddingMode: 'zeros' | 'reflect') =>
      explain('conv2dInputGrad', [1, 64, 56, 56], [64, 64, 3, 3], {
        padding: 1,
        paddingMode,
        threads: 1,
        reproducible: true,
      });
    const more = through('reflect').workspaceBytes - through('zeros').workspaceBytes;
    expect(more).to.be.at.least(64 * 58 * 58 * 4);
  });

  it('counts the scratch of both stages where they are fused, and of the larger where they are not', () => {
    const separable = (options: object) =>
      explain(
        'separableConv2d',
        [1, 32, 56, 56],
        [
          [32, 1, 3, 3],
          [64, 32],
        ],
        { padding: 1, threads: 1, ...options },
      );
    const fused = separable({});
    const [depthwise, pointwise] = fused.stages;
    expect([depthwise.fused, pointwise.fused]).to.deep.equal([true, false]);
    expect(fused.workspaceBytes).to.equal(
      depthwise.workspaceBytes + pointwise.workspaceBytes + depthwise.intermediateBytes,
    );
    const apart = separable({ algorithm: 'im2col-gemm' });
    expect(apart.stages[0].fused).to.equal(false);
    // The intermediate is then the whole map.
    const larger = Math.max(...apart.stages.map((stage) => stage.workspaceBytes));
    expect(apart.workspaceBytes).to.equal(larger + 32 * 56 * 56 * 4);
  });

  it('fuses no stage that another algorithm runs faster', () => {
    const [dims, weights] = [
      [1, 8, 64, 64],
      [
        [8, 1, 31, 31],
        [4, 8],
      ],
    ] as const;
    const first = (options: object) =>
      explain('separableConv2d', dims, weights, { padding: 15, ...options }).stages[0];
    const large = first({});
    expect([large.algorithm, large.fused]).to.deep.equal(['fft', false]);
    const small = first({ reproducible: true });
    expect([small.algorithm, small.fused]).to.deep.equal(['depthwise', true]);
    // And so it runs.
    const [x, filters, mix] = [dims, weights[0], weights[1]].map((d) => Tensor.random(d));
    const apart = conv2d(conv2d(x, filters, { padding: 15, groups: 8 }), {
      data: mix.data,
      dims: [4, 8, 1, 1],
    });
    expect(separableConv2d(x, filters, mix, { padding: 15 })).to.deep.equal(apart);
  });

  it('is what a layer says of itself', () => {
    const layer = new Conv2d(Tensor.zeros([8, 3, 3, 3]), { padding: 1, reproducible: true });
    expect(layer.explain([1, 3, 16, 16])).to.deep.equal(
      explain('conv2d', [1, 3, 16, 16], [8, 3, 3, 3], { padding: 1, reproducible: true }),
    );
  });
});
