// Layers: the same results as their operators, from weights of their own.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import * as native from '../lib/index.ts';
import type { Layer } from '../lib/layer.ts';
import * as reference from '../lib/reference.ts';
import { expectError } from './support/errors.ts';

const { Tensor } = native;
const random = (...dims: number[]) => Tensor.random(dims, { seed: dims.length });
const same = { reproducible: true, padding: 1 } as const;

describe('layers', () => {
  const cases: readonly (readonly [
    name: string,
    layer: () => Layer,
    input: native.Tensor<'float32'>,
    expected: () => native.Tensor,
  ])[] = [
    [
      'Conv1d',
      () => new native.Conv1d(random(4, 2, 3), same),
      random(2, 2, 9),
      () => reference.conv1d(random(2, 2, 9), random(4, 2, 3), same),
    ],
    [
      'Conv2d',
      () => new native.Conv2d(random(4, 1, 3, 3), { ...same, groups: 2 }),
      random(1, 2, 7, 9),
      () => reference.conv2d(random(1, 2, 7, 9), random(4, 1, 3, 3), { ...same, groups: 2 }),
    ],
    [
      'Conv2d, channels last',
      () => new native.Conv2d(random(3, 3, 2, 17), { ...same, layout: 'NHWC', weightLayout: 'HWIO' }),
      random(1, 7, 9, 2),
      () =>
        reference.conv2d(random(1, 7, 9, 2), random(3, 3, 2, 17), {
          ...same,
          layout: 'NHWC',
          weightLayout: 'HWIO',
        }),
    ],
    [
      'Conv3d',
      () => new native.Conv3d(random(4, 2, 3, 3, 3), { ...same, paddingMode: 'reflect' }),
      random(1, 2, 4, 5, 6),
      () =>
        reference.conv3d(random(1, 2, 4, 5, 6), random(4, 2, 3, 3, 3), { ...same, paddingMode: 'reflect' }),
    ],
    [
      'ConvTranspose1d',
      () => new native.ConvTranspose1d(random(2, 4, 4), { ...same, stride: 2 }),
      random(1, 2, 9),
      () => reference.convTranspose1d(random(1, 2, 9), random(2, 4, 4), { ...same, stride: 2 }),
    ],
    [
      'ConvTranspose2d',
      () => new native.ConvTranspose2d(random(2, 4, 4, 4), { ...same, stride: 2, outputSize: 12 }),
      random(1, 2, 6, 6),
      () => reference.convTranspose2d(random(1, 2, 6, 6), random(2, 4, 4, 4), { ...same, stride: 2 }),
    ],
    [
      'ConvTranspose3d',
      () => new native.ConvTranspose3d(random(2, 1, 2, 2, 2), { ...same, stride: 2 }),
      random(1, 2, 3, 3, 3),
      () => reference.convTranspose3d(random(1, 2, 3, 3, 3), random(2, 1, 2, 2, 2), { ...same, stride: 2 }),
    ],
    [
      'DepthwiseConv1d',
      () => new native.DepthwiseConv1d(random(3, 1, 3), same),
      random(1, 3, 9),
      () => reference.depthwiseConv1d(random(1, 3, 9), random(3, 1, 3), same),
    ],
    [
      'DepthwiseConv2d',
      () => new native.DepthwiseConv2d(random(6, 1, 3, 3), { ...same, multiplier: 2 }),
      random(1, 3, 9, 9),
      () => reference.depthwiseConv2d(random(1, 3, 9, 9), random(6, 1, 3, 3), same),
    ],
    [
      'DepthwiseConv3d',
      () => new native.DepthwiseConv3d(random(3, 1, 3, 3, 3), same),
      random(1, 3, 4, 5, 6),
      () => reference.depthwiseConv3d(random(1, 3, 4, 5, 6), random(3, 1, 3, 3, 3), same),
    ],
    [
      'SeparableConv2d',
      () => new native.SeparableConv2d(random(3, 1, 3, 3), random(5, 3), same),
      random(1, 3, 9, 9),
      () => reference.separableConv2d(random(1, 3, 9, 9), random(3, 1, 3, 3), random(5, 3), same),
    ],
  ];

  for (const [name, make, input, expected] of cases) {
    it(`${name} gives its operator's bits, at once and off the event loop`, async () => {
      const layer = make();
      const { data, dims } = expected();
      const result = layer.run(input);
      expect(result.dims).to.deep.equal(dims);
      expect(result.data).to.deep.equal(data);
      expect((await layer.runAsync(input)).data).to.deep.equal(data);
      const { operator, dims: explained } = layer.explain(input.dims);
      expect([explained, operator.toLowerCase()]).to.deep.equal([dims, name.split(',')[0].toLowerCase()]);
      layer.dispose();
    });
  }

  it('copy their weights, biases and slopes', () => {
    const [w, bias, slope] = [random(4, 2, 3, 3), random(4), random(4)];
    const options = { bias, activation: { type: 'prelu', slope }, reproducible: true } as const;
    const x = random(1, 2, 6, 6);
    const expected = reference.conv2d(x, w, options).data;
    const layer = new native.Conv2d(w, options);
    for (const { data } of [w, bias, slope]) data.fill(7);
    expect(layer.run(x).data).to.deep.equal(expected);
  });

  it('run on inputs of any size, into out, with a residual, on so many threads', async () => {
    const [w, x] = [random(4, 2, 3, 3), random(3, 2, 8, 5)];
    const layer = new native.Conv2d(w, { padding: 1, activation: 'relu', reproducible: true, threads: 1 });
    expect(layer.run(random(1, 2, 6, 6)).dims).to.deep.equal([1, 4, 6, 6]);
    const [out, residual] = [Tensor.zeros([3, 4, 8, 5]), random(3, 4, 8, 5)];
    expect(layer.run(x, { out, residual, threads: 2 })).to.equal(out);
    expect(out.data).to.deep.equal(reference.conv2d(x, w, { padding: 1, activation: 'relu', residual }).data);
    const reason = new Error('no');
    const aborted = layer.runAsync(x, { signal: AbortSignal.abort(reason) });
    expect(await aborted.catch((error: unknown) => error)).to.equal(reason);
  });

  it('say what does not fit', () => {
    const layer = new native.DepthwiseConv2d(random(6, 1, 3, 3), { multiplier: 2 });
    const shape = (call: () => unknown, message: string) =>
      expectError(call, RangeError, 'ERR_CONV_SHAPE', message);
    const option = (call: () => unknown, message: RegExp) =>
      expectError(call, RangeError, 'ERR_CONV_OPTION', message);
    shape(
      () => layer.run(random(1, 6, 4, 4)),
      'depthwiseConv2d: the layer expects 3 input channels, input [1,6,4,4] has 6',
    );
    shape(
      () => new native.DepthwiseConv2d(random(5, 1, 3, 3), { multiplier: 2 }),
      'depthwiseConv2d: weight [5,1,3,3] has 5 output channels, which multiplier 2 does not divide',
    );
    shape(
      () => layer.explain([1, 6, 4, 4]),
      'depthwiseConv2d: the layer expects 3 input channels, inputDims [1,6,4,4] has 6',
    );
    expectError(
      () => layer.run(Tensor.zeros([1, 3, 4, 4], { type: 'float64' })),
      TypeError,
      'ERR_CONV_DTYPE',
      /weight is float32, input is float64/,
    );
    option(
      () => new native.Conv2d(random(4, 2, 3, 3), { residual: random(1) } as never),
      /^conv2d: options\.residual does not apply here/,
    );
    option(
      () => new native.Conv2d(random(4, 2, 3, 3), { multiplier: 1 } as never),
      /unknown option 'multiplier'/,
    );
    option(
      () => new native.Conv2d(random(4, 2, 3, 3), { out: random(1) } as never),
      /options\.out does not apply here/,
    );
    option(
      () => layer.run(random(1, 3, 4, 4), { bias: random(6) } as never),
      /options\.bias does not apply here/,
    );
    option(
      () => layer.run(random(1, 3, 4, 4), { signal: AbortSignal.abort() } as never),
      /options\.signal does not apply here/,
    );
  });

  it('cannot run after dispose, which may be called twice', async () => {
    const layer = new native.Conv2d(random(4, 2, 3, 3));
    layer.dispose();
    layer[Symbol.dispose]();
    const message = 'conv2d: the layer has been disposed of';
    expectError(() => layer.run(random(1, 2, 4, 4)), TypeError, 'ERR_CONV_OPTION', message);
    const rejected = await layer.runAsync(random(1, 2, 4, 4)).catch((error: unknown) => error);
    expect(rejected).to.have.property('message', message);
  });

  it('may be disposed of while they run', async () => {
    const [w, x] = [random(32, 32, 3, 3), random(4, 32, 56, 56)];
    const layer = new native.Conv2d(w, { reproducible: true });
    const running = layer.runAsync(x, { threads: 1 });
    layer.dispose();
    expect((await running).data).to.deep.equal(native.conv2d(x, w, { reproducible: true }).data);
  });
});
