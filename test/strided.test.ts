// Strided operands: copied into C order by the executors, off the event loop where the call is; the same elements as
// the reference's walk, whatever the strides.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import fc from 'fast-check';
import type { ErrorCode } from '../lib/errors.ts';
import * as native from '../lib/index.ts';
import { loadBinding } from '../lib/native/binding.ts';
import * as promises from '../lib/promises.ts';
import * as reference from '../lib/reference.ts';
import { gather } from '../lib/view.ts';
import { expectError, rejected } from './support/errors.ts';

const { Tensor } = native;
const seed = 20261124;

/** A tensor [N, C, H, W] with its last two axes exchanged in memory, and the same in C order. */
function turned(...[n, c, h, w]: readonly [number, number, number, number]) {
  const memory = Tensor.random([n, c, w, h], { seed: n * h + w });
  const stride = [c * h * w, h * w, 1, h];
  const plain = new Tensor(new Float32Array(n * c * h * w), [n, c, h, w]);
  gather(memory.data, plain.data, plain.dims, stride, 0);
  return { strided: { data: memory.data, shape: [n, c, h, w], stride }, plain };
}

describe('strided operands', () => {
  const layouts = fc
    .array(fc.record({ size: fc.integer({ min: 1, max: 40 }), step: fc.integer({ min: -90, max: 90 }) }), {
      minLength: 1,
      maxLength: 4,
    })
    .filter((axes) => axes.reduce((count, { size }) => count * size, 1) <= 200_000);

  it(`are the elements that the reference's walk gives (seed ${seed})`, () => {
    const property = fc.property(layouts, fc.boolean(), (axes, single) => {
      const dims = axes.map(({ size }) => size);
      const strides = axes.map(({ step }) => step);
      const reach = axes.map(({ size, step }) => (size - 1) * step);
      const offset = -reach.filter((way) => way < 0).reduce((sum, way) => sum + way, 0);
      const length = offset + reach.filter((way) => way > 0).reduce((sum, way) => sum + way, 0) + 1;
      const array = single ? Float32Array : Float64Array;
      const from = new array(length).map((_, i) => i + 0.5);
      const count = dims.reduce((product, size) => product * size, 1);
      const into = new array(count).fill(Number.NaN);
      const layout = Float64Array.of(...dims, ...strides, offset);
      loadBinding().gather('conv2d', 2, [[from, into, layout]]);
      expect(into).to.deep.equal(gather(from, new array(count), dims, strides, offset));
    });
    fc.assert(property, { seed, numRuns: 300 });
  });

  it('may be any operand, through every door and layer', async () => {
    const [x, w, r] = [turned(2, 3, 60, 75), turned(4, 3, 3, 3), turned(2, 4, 58, 73)];
    const expected = reference.conv2d(x.plain, w.plain, { residual: r.plain });
    const options = { residual: r.strided, reproducible: true };
    const layer = new native.Conv2d(w.strided, { reproducible: true });
    const b = { data: x.plain.data, shape: [75, 60], stride: [1, 75] };
    const a = new Tensor(x.plain.data.slice(0, 150), [2, 75]);
    const product = reference.matmul(a, b);
    for (const y of [
      native.conv2d(x.strided, w.strided, options),
      await promises.conv2d(x.strided, w.strided, options),
      reference.conv2d(x.strided, w.strided, { residual: r.strided }),
      layer.run(x.strided, { residual: r.strided }),
      await layer.runAsync(x.strided, { residual: r.strided }),
    ]) {
      expect(y.data).to.deep.equal(expected.data);
    }
    for (const y of [native.matmul(a, b), await promises.matmul(a, b)])
      expect(y.data).to.deep.equal(product.data);
  });

  it('are copied off the event loop', async () => {
    const { strided } = turned(1, 3, 1080, 1920);
    const w = Tensor.zeros([1, 3, 3, 3]);
    let least = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 10 && least > 1; attempt++) {
      const before = performance.now();
      const promise = promises.conv2d(strided, w);
      least = Math.min(least, performance.now() - before);
      await promise;
    }
    // Copying takes some 60 ms.
    expect(least).to.be.below(10);
  });

  it('refuse resizable memory and abort like others', async () => {
    const { strided } = turned(1, 3, 108, 192);
    const w = Tensor.zeros([1, 3, 3, 3]);
    const buffer = new (ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer)(
      strided.data.byteLength,
      { maxByteLength: strided.data.byteLength },
    );
    const error = await rejected(promises.conv2d({ ...strided, data: new Float32Array(buffer) }, w));
    expect(error).to.be.instanceOf(TypeError).and.have.property('code', 'ERR_CONV_DTYPE');
    const reason = new Error('enough');
    const controller = new AbortController();
    const aborted = rejected(
      promises.conv2d(turned(1, 3, 2160, 3840).strided, w, { signal: controller.signal }),
    );
    controller.abort(reason);
    expect(await aborted).to.equal(reason);
  });

  it('are checked again by the binary', () => {
    const from = new Float32Array(10);
    const into = new Float32Array(6);
    const bad = (layout: readonly number[], type: typeof Error, code: ErrorCode, message: RegExp) =>
      expectError(
        () => loadBinding().gather('conv2d', 1, [[from, into, Float64Array.from(layout)]]),
        type,
        code,
        message,
      );
    bad([2, 3, 4, 2, 3], RangeError, 'ERR_CONV_SHAPE', /reaches beyond its buffer/);
    bad([2, 3, -4, 2, 3], RangeError, 'ERR_CONV_SHAPE', /reaches beyond its buffer/);
    bad([2, 4, 1, 1, 0], Error, 'ERR_CONV_INTERNAL', /differ in length/);
    bad([2, 3, 0.5, 1, 0], Error, 'ERR_CONV_INTERNAL', /integers only/);
    bad([2, 3, 2 ** 53, 1, 0], Error, 'ERR_CONV_INTERNAL', /integers only/);
    bad([2 ** 52, 2 ** 52, 1, 1, 0], Error, 'ERR_CONV_INTERNAL', /overflows/);
    bad([0, 3, 1, 1, 0], Error, 'ERR_CONV_INTERNAL', /empty/);
    bad([2, 3, 1, 1], Error, 'ERR_CONV_INTERNAL', /dims, strides and an offset/);
  });
});
