// The reference loops on cases worked by hand: the textbook's 3×3 kernel over a 4×4 image, each kind of geometry, the
// order of summation, the epilogue, and calls of several stages.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import type { Stage } from '../../lib/call.ts';
import { type Geometry, NO_MATMUL } from '../../lib/geometry.ts';
import { runReference } from '../../lib/reference/executor.ts';
import { Tensor } from '../../lib/tensor.ts';
import { type Extras, floats, geometry, run } from './calls.ts';

/** 1, 2, 3, … */
const counting = (length: number) => Array.from({ length }, (_, index) => index + 1);

const values = (g: Geometry, source: number[], weight: number[] | null = null, extras: Extras = {}) =>
  Array.from(run(g, source, weight, extras));

describe('reference loops, by hand', () => {
  const textbook: Partial<Geometry> = { input: [1, 4, 4], kernel: [1, 3, 3] };

  it('slides a 3×3 kernel over a 4×4 image', () => {
    // Rows 1 2 3 4 / 5 6 7 8 / …; the kernel 1…9 on the first patch: 1·1 + 2·2 + 3·3 + 5·4 + 6·5 + 7·6 + 9·7 + 10·8 + 11·9.
    expect(values(geometry(textbook), counting(16), counting(9))).to.deep.equal([348, 393, 528, 573]);
  });

  it('does so by the matrix of four zero-filled kernels', () => {
    const kernels = [0, 1, 4, 5].flatMap((corner) => {
      const row = new Array<number>(16).fill(0);
      for (const tap of [0, 1, 2, 3, 4, 5, 6, 7, 8])
        row[corner + Math.floor(tap / 3) * 4 + (tap % 3)] = tap + 1;
      return row;
    });
    const matmul = { ...NO_MATMUL, rows: 4, columns: 1, depth: 16 };
    expect(values(geometry({ kind: 'matmul', matmul }), kernels, counting(16))).to.deep.equal([
      348, 393, 528, 573,
    ]);
  });

  it('takes it back to 4×4, the shape but not the values', () => {
    const g = geometry({ ...textbook, kind: 'convTranspose' });
    expect(values(g, [1, 10, 100, 1000], counting(9))).to.deep.equal([
      1, 12, 23, 30, 104, 1245, 2356, 3060, 407, 4578, 5689, 6090, 700, 7800, 8900, 9000,
    ]);
  });

  it('sums the channels, each with its own kernel', () => {
    const g = geometry({ inChannels: 3, outChannels: 2, input: [1, 1, 2] });
    expect(values(g, [1, 2, 10, 20, 100, 200], [1, 1, 1, 3, 2, 1])).to.deep.equal([111, 222, 123, 246]);
  });

  it('keeps groups apart', () => {
    const g = geometry({ inChannels: 4, outChannels: 4, groups: 2 });
    expect(values(g, [1, 10, 100, 1000], [1, 1, 1, 2, 1, 1, 1, 2])).to.deep.equal([11, 21, 1100, 2100]);
  });

  it('strides, dilates and pads each side for itself', () => {
    const g = geometry({
      input: [1, 1, 5],
      kernel: [1, 1, 2],
      stride: [1, 1, 2],
      dilation: [1, 1, 3],
      padBegin: [0, 0, 1],
      padEnd: [0, 0, 2],
    });
    // 0 | 1 2 3 4 5 | 0 0, taps three apart: (0, 3), (2, 5), (4, 0).
    expect(values(g, counting(5), [1, 10])).to.deep.equal([30, 52, 4]);
  });

  it('crops with negative padding', () => {
    const g = geometry({ input: [1, 1, 6], kernel: [1, 1, 2], padBegin: [0, 0, -2], padEnd: [0, 0, -1] });
    expect(values(g, counting(6), [1, 10])).to.deep.equal([43, 54]);
    expect(values({ ...g, kind: 'convTranspose' }, [1, 2], [1, 10])).to.deep.equal([0, 0, 1, 12, 20, 0]);
  });

  it('sees frames, rows and columns in a volume', () => {
    const g = geometry({ input: [2, 2, 2], kernel: [2, 2, 1] });
    expect(values(g, counting(8), [1, 10, 100, 1000])).to.deep.equal([7531, 8642]);
  });

  it('gives the gradient of a weight', () => {
    const g = geometry({ kind: 'convWeightGrad', batch: 2, input: [1, 1, 3], kernel: [1, 1, 2] });
    // k = 0: 1·1 + 2·10 + 4·100 + 5·1000.
    expect(values(g, counting(6), [1, 10, 100, 1000])).to.deep.equal([5421, 6532]);
  });

  it('adds the gradient of the padding to the elements that it copies', () => {
    const pads: Partial<Geometry> = { input: [1, 1, 3], padBegin: [0, 0, 2], padEnd: [0, 0, 1] };
    const gradient = (paddingMode: Geometry['paddingMode']) =>
      values(
        geometry({ ...pads, kind: 'convTranspose', paddingMode }),
        [1, 10, 100, 1000, 10000, 100000],
        [1],
      );
    expect(gradient('zeros')).to.deep.equal([100, 1000, 10000]);
    expect(gradient('reflect')).to.deep.equal([100, 101010, 10001]);
    expect(gradient('symmetric')).to.deep.equal([110, 1001, 110000]);
    expect(gradient('replicate')).to.deep.equal([111, 1000, 110000]);
    expect(gradient('circular')).to.deep.equal([100100, 1001, 10010]);
  });

  it('lays patches out as columns, and adds them back', () => {
    const g = geometry({ input: [1, 2, 3], kernel: [1, 2, 2], padEnd: [0, 0, 1] });
    const columns = [1, 2, 3, 2, 3, 0, 4, 5, 6, 5, 6, 0];
    expect(values({ ...g, kind: 'im2col' }, counting(6))).to.deep.equal(columns);
    expect(values({ ...g, kind: 'col2im' }, columns)).to.deep.equal([1, 4, 6, 4, 10, 12]);
  });

  it('multiplies matrices, transposed and broadcast', () => {
    const matmul = { ...NO_MATMUL, rows: 2, columns: 2, depth: 3, transposeA: true, transposeB: true };
    const plain = geometry({ kind: 'matmul', matmul });
    // A = [1 3 5; 2 4 6], B = [1 4; 2 5; 3 6].
    expect(values(plain, counting(6), counting(6))).to.deep.equal([22, 49, 28, 64]);
    const broadcast = geometry({
      kind: 'matmul',
      matmul: {
        ...NO_MATMUL,
        rows: 1,
        columns: 1,
        depth: 1,
        batch: [1, 2, 3],
        strideA: [0, 1, 0],
        strideB: [0, 0, 1],
      },
    });
    expect(values(broadcast, [1, 10], [1, 2, 3])).to.deep.equal([1, 2, 3, 10, 20, 30]);
  });

  it('gives nothing for an empty batch, and the bias for an empty sum', () => {
    expect(values(geometry({ ...textbook, batch: 0 }), [], counting(9))).to.deep.equal([]);
    const empty = geometry({ kind: 'matmul', matmul: { ...NO_MATMUL, rows: 1, columns: 2, depth: 0 } });
    expect(values(empty, [], [], { bias: [3, 4] })).to.deep.equal([3, 4]);
  });
});

describe('reference order of summation', () => {
  // In float32, 1 + 2²⁴ = 2²⁴: what is left of the ones tells the order.
  const big = 2 ** 24;
  const float32: Partial<Geometry> = { dtype: 'float32' };

  it('conv: (ic, kw)', () => {
    const g = geometry({ ...float32, inChannels: 2, input: [1, 1, 2], kernel: [1, 1, 2] });
    expect(values(g, [1, big, -big, 1], [1, 1, 1, 1])).to.deep.equal([1]);
    const hwio: Geometry = { ...g, weightLayout: 'HWIO' };
    expect(values(hwio, [1, big, -big, 1], [1, 1, 1, 1]), 'whatever the order of the weight').to.deep.equal([
      1,
    ]);
  });

  it('convTranspose: (oc, kw)', () => {
    const g = geometry({
      ...float32,
      kind: 'convTranspose',
      outChannels: 2,
      kernel: [1, 1, 2],
      padBegin: [0, 0, 1],
      padEnd: [0, 0, 1],
    });
    // Small side [2, 2]; the one large-side element meets tap 0 at position 1 and tap 1 at position 0.
    expect(values(g, [big, 1, 1, -big], [1, 1, 1, 1])).to.deep.equal([1]);
  });

  it('convWeightGrad: (n, ow)', () => {
    const g = geometry({ ...float32, kind: 'convWeightGrad', batch: 2, input: [1, 1, 2] });
    expect(values(g, [1, big, -big, 1], [1, 1, 1, 1])).to.deep.equal([1]);
  });

  it('matmul: k', () => {
    const matmul = { ...NO_MATMUL, rows: 1, columns: 1, depth: 4 };
    expect(
      values(geometry({ ...float32, kind: 'matmul', matmul }), [1, big, -big, 1], [1, 1, 1, 1]),
    ).to.deep.equal([1]);
  });

  it('col2im: (kh, kw)', () => {
    const g = geometry({
      ...float32,
      kind: 'col2im',
      kernel: [1, 2, 2],
      padBegin: [0, 1, 1],
      padEnd: [0, 1, 1],
    });
    // Tap (kh, kw) meets the one element at position (1 − kh, 1 − kw).
    const columns = [0, 0, 0, 1, 0, 0, big, 0, 0, -big, 0, 0, 1, 0, 0, 0];
    expect(values(g, columns)).to.deep.equal([1]);
  });

  it('rounds the gradient of the padded input before it adds copies', () => {
    const g = geometry({
      ...float32,
      kind: 'convTranspose',
      outChannels: 2,
      kernel: [1, 1, 2],
      padBegin: [0, 0, 1],
      paddingMode: 'replicate',
    });
    // Tap 0 meets the copy, 1 + 1 = 2, tap 1 the element itself, 2²⁴ − 2²⁴ = 0. One chain would leave nothing.
    expect(values(g, [1, 1], [1, big, 1, -big])).to.deep.equal([2]);
  });

  it('adds copies from first to last, rounding each time', () => {
    const pads: Partial<Geometry> = { padBegin: [0, 0, 2], paddingMode: 'replicate' };
    for (const kind of ['convTranspose', 'col2im'] as const) {
      expect(values(geometry({ ...float32, ...pads, kind }), [1, big, -big], [1]), kind).to.deep.equal([0]);
    }
  });

  it('uses one rounding for each multiplication and addition', () => {
    const g = geometry({ ...float32, input: [1, 1, 2], kernel: [1, 1, 2] });
    const third = Math.fround(1 / 3);
    expect(values(g, [-1, third], [1, 3])).to.deep.equal([2 ** -25]);
  });
});

describe('reference epilogue', () => {
  it('is act((acc + bias) + residual), rounded at each step', () => {
    const big = 2 ** 24;
    const g = geometry({ dtype: 'float32', inChannels: 1, outChannels: 2 });
    expect(values(g, [1], [1, 1], { bias: [big, -big], residual: [-big, big] })).to.deep.equal([0, 1]);
  });

  it('turns a sum that underflowed to negative zero into zero, whatever is added', () => {
    const g = geometry({ dtype: 'float32' });
    const underflow = (extras: Extras) => values(g, [-(2 ** -100)], [2 ** -100], extras);
    for (const extras of [{}, { bias: [-0] }, { residual: [-0] }, { bias: [-0], residual: [-0] }]) {
      expect(underflow(extras)).to.deep.equal([0]);
    }
  });

  it('takes bias and slope by the channel of the target, in either layout', () => {
    const base: Partial<Geometry> = {
      outChannels: 2,
      input: [1, 1, 2],
      activation: { kind: 'prelu', alpha: 0, min: 0, max: 0 },
    };
    const extras: Extras = { bias: [-10, -20], slope: [0.5, 0.25] };
    expect(values(geometry(base), [2, 12], [1, 1], extras)).to.deep.equal([-4, 2, -4.5, -2]);
    const last = geometry({ ...base, layout: 'channelsLast' });
    expect(values(last, [2, 12], [1, 1], extras)).to.deep.equal([-4, -4.5, 2, -2]);
    const transposed = geometry({
      ...base,
      kind: 'convTranspose',
      inChannels: 2,
      outChannels: 1,
      input: [1, 1, 1],
    });
    expect(values(transposed, [2], [1, 2], extras)).to.deep.equal([-4, -4]);
  });
});

describe('reference executor', () => {
  const g = geometry({ input: [1, 1, 3] });
  const stage: Stage = {
    geometry: g,
    source: null,
    weight: floats(g, [2]),
    bias: null,
    residual: null,
    slope: null,
    target: null,
  };

  it('hands intermediates on from stage to stage, in float32 and float64', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const own = { ...g, dtype };
      const typed: Stage = { ...stage, geometry: own, weight: floats(own, [2]) };
      const target = floats(own, [0, 0, 0]);
      const result = new Tensor(target, [1, 1, 3]);
      const stages = [{ ...typed, source: floats(own, [1, 2, 3]) }, typed, { ...typed, target }];
      expect(runReference({ operator: 'test', stages, gatherings: [], threads: 0, result })).to.equal(result);
      expect(Array.from(target)).to.deep.equal([8, 16, 24]);
    }
  });

  it('refuses what it cannot read', () => {
    const target = floats(g, [0, 0, 0]);
    const result = new Tensor(target, [3]);
    const refusal = (changes: Partial<Stage>) => () =>
      runReference({
        operator: 'conv1d',
        stages: [{ ...stage, target, ...changes }],
        gatherings: [],
        threads: 0,
        result,
      });
    const source = floats(g, [1, 2, 3]);
    expect(refusal({})).to.throw(/^conv1d: a stage has no source/);
    expect(refusal({ source, weight: null })).to.throw(/^conv1d: a stage has no weight/);
    expect(refusal({ source, weight: { handle: {} } })).to.throw(
      /^conv1d: the reference cannot read a packed weight/,
    );
  });
});
