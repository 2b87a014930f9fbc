// Plans are remembered: calls that differ in one option or one size, over and over, must never meet each other's.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import * as native from '../lib/index.ts';
import type { ConvOptions } from '../lib/options.ts';
import * as reference from '../lib/reference.ts';

const { Tensor } = native;

describe('remembered plans', () => {
  const x = Tensor.random([2, 4, 6, 6], { seed: 1 });
  const w = Tensor.random([4, 4, 3, 3], { seed: 2 });
  const options: readonly ConvOptions<2>[] = [
    {},
    { stride: 2 },
    { stride: [1, 2] },
    { dilation: 2 },
    { padding: 1 },
    { padding: [0, 1] },
    { padding: 'same' },
    { padding: 'same-lower', stride: 2 },
    {
      padding: [
        [1, 0],
        [0, 1],
      ],
    },
    { padding: 1, paddingMode: 'reflect' },
    { padding: 1, paddingMode: 'circular' },
    { activation: 'relu' },
    { activation: 'relu6' },
    { activation: { type: 'leakyRelu', alpha: 0 } },
    { activation: { type: 'leakyRelu', alpha: -0 } },
    { activation: { type: 'clamp', min: -0, max: 1 } },
    { activation: { type: 'clamp', min: 0, max: 1 } },
    { algorithm: 'direct' },
    { layout: 'NHWC', weightLayout: 'HWIO' },
    { weightLayout: 'OHWI' },
  ];
  const calls = options.flatMap((each) => {
    // Every weight here has as many axes of four as it needs.
    const square = each.weightLayout === undefined ? w : Tensor.random([4, 4, 4, 4], { seed: 3 });
    const inputs = [x, Tensor.random(each.layout === 'NHWC' ? [1, 7, 5, 4] : [1, 4, 7, 5], { seed: 4 })];
    return (each.layout === 'NHWC' ? inputs.slice(1) : inputs).map(
      (input) => [input, square, { ...each, reproducible: true }] as const,
    );
  });

  it('belong to one set of dims and options', () => {
    const expected = calls.map((call) => reference.conv2d(...call));
    for (let round = 0; round < 3; round++) {
      for (const [i, call] of calls.entries()) {
        // Twice in a row, so that one of them is remembered.
        for (const result of [native.conv2d(...call), native.conv2d(...call)]) {
          expect(result.dims, JSON.stringify(call[2])).to.deep.equal(expected[i].dims);
          expect(
            Buffer.compare(Buffer.from(result.data.buffer), Buffer.from(expected[i].data.buffer)),
          ).to.equal(0);
        }
      }
    }
  });

  it('do not hide an error that follows a good call, nor a good call that follows an error', () => {
    const good = () => native.conv2d(x, w, { groups: 1 }).dims;
    expect(good()).to.deep.equal([2, 4, 4, 4]);
    expect(() => native.conv2d(x, w, { groups: 2 })).to.throw(/expects 4 input channels per group/);
    expect(() => native.conv2d(x, w, { algorithm: 'depthwise' })).to.throw(/cannot run/);
    expect(() => native.conv2d(x, w, { algorithm: 'depthwise' })).to.throw(/cannot run/);
    expect(good()).to.deep.equal([2, 4, 4, 4]);
  });

  it('hold for the dims that a layer saw, whatever becomes of the array', () => {
    const layer = new native.Conv2d(w, { padding: 1 });
    const dims = [2, 4, 6, 6];
    expect(layer.run({ data: x.data, dims }).dims).to.deep.equal([2, 4, 6, 6]);
    dims[2] = 4;
    dims[3] = 9;
    expect(layer.run({ data: x.data, dims }).dims).to.deep.equal([2, 4, 4, 9]);
    dims[1] = 2;
    dims[3] = 18;
    expect(() => layer.run({ data: x.data, dims })).to.throw('the layer expects 4 input channels');
    layer.dispose();
  });
});
