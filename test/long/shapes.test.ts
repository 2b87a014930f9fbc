// The named shapes and their twins with tails, strides and padding, at full size: every instruction set, thread count
// and layout gives the bits of the direct algorithm. What the small random cases cannot reach: several tiles, bands,
// blocks and threads at once.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import * as native from '../../lib/index.ts';
import { loadBinding } from '../../lib/native/binding.ts';
import { Tensor } from '../../lib/tensor.ts';
import { NAMED_SHAPES, type NamedShape, TWIN_SHAPES } from '../shapes.ts';

const isas = loadBinding().info().availableIsas;
const LAST = { conv1d: 'NWC', conv2d: 'NHWC', conv3d: 'NDHWC' } as const;

function run(shape: NamedShape, input: Tensor, weight: Tensor, options: object): Tensor {
  const call = native[shape.operator] as (x: Tensor, w: Tensor, o: object) => Tensor;
  return call(input, weight, { ...shape.options, reproducible: true, ...options });
}

/** `[N, C, *S]` as `[N, *S, C]`. */
function channelsLast(x: Tensor): Tensor {
  const [batch, channels, ...spatial] = x.dims;
  const positions = spatial.reduce((a, b) => a * b, 1);
  const y = Tensor.zeros([batch, ...spatial, channels], { type: 'float32' });
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      const from = (n * channels + c) * positions;
      for (let p = 0; p < positions; p++) y.data[(n * positions + p) * channels + c] = x.data[from + p];
    }
  }
  return y;
}

/** As bytes: the comparison of whole buffers is quick, and tells −0 from +0. */
function expectSame(actual: Tensor, expected: Tensor, where: string): void {
  expect(actual.dims, where).to.deep.equal(expected.dims);
  const bytes = (t: Tensor) => Buffer.from(t.data.buffer, t.data.byteOffset, t.data.byteLength);
  expect(Buffer.compare(bytes(actual), bytes(expected)), where).to.equal(0);
}

describe('named shapes', () => {
  before(() => process.stdout.write(`    instruction sets ${isas.join(' ')}\n`));
  afterEach(() => loadBinding().setIsa(isas[0]));

  for (const shape of [...NAMED_SHAPES, ...TWIN_SHAPES]) {
    it(shape.name, () => {
      const input = Tensor.random(shape.input, { seed: 1 });
      const weight = Tensor.random(shape.weight, { seed: 2 });
      const expected = run(shape, input, weight, { algorithm: 'direct', threads: 2 });
      for (const isa of isas) {
        loadBinding().setIsa(isa);
        for (const threads of isa === isas[0] ? [1, 2, 3] : [2]) {
          expectSame(run(shape, input, weight, { threads }), expected, `${isa}, ${threads} threads`);
        }
      }
      loadBinding().setIsa(isas[0]);
      const rank = shape.input.length - 2;
      const layout = LAST[`conv${rank}d` as keyof typeof LAST];
      const last = run(shape, channelsLast(input), weight, { layout, threads: 2 });
      expectSame(last, channelsLast(expected), layout);
    });
  }
});

describe('separableConv2d', () => {
  afterEach(() => loadBinding().setIsa(isas[0]));

  for (const [channels, height, width, outputs] of [
    [32, 112, 112, 64],
    [33, 57, 61, 17],
    [3, 300, 200, 5],
  ]) {
    it(`fused in bands is depthwise, then pointwise: ${channels}×${height}×${width} → ${outputs}`, () => {
      const input = Tensor.random([2, channels, height, width], { seed: 1 });
      const depthwise = Tensor.random([channels, 1, 3, 5], { seed: 2 });
      const pointwise = Tensor.random([outputs, channels], { seed: 3 });
      const window = { stride: [1, 2], padding: [1, 2], paddingMode: 'reflect' } as const;
      for (const isa of isas) {
        loadBinding().setIsa(isa);
        const middle = native.depthwiseConv2d(input, depthwise, { ...window, reproducible: true });
        const expected = native.pointwiseConv2d(middle, pointwise, {
          activation: 'relu',
          reproducible: true,
        });
        for (const threads of [1, 2]) {
          const options = { ...window, activation: 'relu', threads } as const;
          expectSame(
            native.separableConv2d(input, depthwise, pointwise, options),
            expected,
            `${isa}, ${threads}`,
          );
        }
      }
    });
  }
});
