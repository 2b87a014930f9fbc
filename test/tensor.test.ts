// Tensors, and the objects that are taken for one.
// SPDX-License-Identifier: MIT

import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { conv1d, matmul, Tensor, type TensorLike } from '../lib/reference.ts';
import { readTarget, readView } from '../lib/view.ts';
import { seed } from './reference/seed.ts';
import { expectError } from './support/errors.ts';

const like = (value: unknown) => value as TensorLike;

describe('Tensor', () => {
  it('keeps the data, copies the dims and knows its dtype', () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const dims = [2, 3];
    const tensor = new Tensor(data, dims);
    dims[0] = 7;
    expect(tensor.data).to.equal(data);
    expect(tensor.dims).to.deep.equal([2, 3]);
    expect(tensor.shape).to.equal(tensor.dims);
    expect(tensor.type).to.equal('float32');
    expect(new Tensor(new Float64Array(1), []).type).to.equal('float64');
  });

  it('refuses lengths, dims and data that do not fit', () => {
    const data = new Float32Array(6);
    expectError(
      () => new Tensor(data, [2, 2]),
      RangeError,
      'ERR_CONV_SHAPE',
      'Tensor: dims [2,2] hold 4 elements, data has 6',
    );
    expectError(
      () => new Tensor(data, [2.5]),
      RangeError,
      'ERR_CONV_SHAPE',
      /dims\[0\] must be a non-negative integer, got 2\.5/,
    );
    expectError(() => new Tensor(data, [-1, 6]), RangeError, 'ERR_CONV_SHAPE', /dims\[0\]/);
    expectError(() => new Tensor(data, ['6' as never]), TypeError, 'ERR_CONV_SHAPE', /got '6'/);
    expectError(() => new Tensor(data, 6 as never), TypeError, 'ERR_CONV_SHAPE', /must be an array/);
    expectError(() => new Tensor(data, [2 ** 31]), RangeError, 'ERR_CONV_TOO_LARGE', /2147483647/);
    expectError(() => new Tensor(data, [2 ** 30, 2 ** 30]), RangeError, 'ERR_CONV_TOO_LARGE', /elements/);
    expectError(
      () => new Tensor(new Int32Array(6) as never, [6]),
      TypeError,
      'ERR_CONV_DTYPE',
      'Tensor: data must be a Float32Array, Float64Array, Uint8Array, Uint16Array or Int16Array, got an Int32Array',
    );
  });

  it('is made of nested arrays and turns into them', () => {
    const nested = [
      [[1], [2]],
      [[3], [4]],
      [[5], [6]],
    ];
    const tensor = Tensor.from(nested);
    expect(tensor.dims).to.deep.equal([3, 2, 1]);
    expect([...tensor.data]).to.deep.equal([1, 2, 3, 4, 5, 6]);
    expect(tensor.toNested()).to.deep.equal(nested);
    expect(Tensor.from(7, { type: 'float64' }).toNested()).to.equal(7);
    expect(Tensor.from([[], []]).dims).to.deep.equal([2, 0]);
    expect(Tensor.from([0.1], { type: 'float64' }).data[0]).to.equal(0.1);
    expectError(
      () => Tensor.from([[1, 2], [3]]),
      RangeError,
      'ERR_CONV_SHAPE',
      /an array of 2 at depth 1, got \[3\]/,
    );
    expectError(() => Tensor.from([1, [2]]), RangeError, 'ERR_CONV_SHAPE', /a number at depth 1/);
    expectError(() => Tensor.from(['1'] as never), TypeError, 'ERR_CONV_DTYPE', /got '1'/);
  });

  it('makes zeros of a dtype', () => {
    expect([...Tensor.zeros([2, 2]).data]).to.deep.equal([0, 0, 0, 0]);
    expect(Tensor.zeros([2], { type: 'float64' }).data).to.be.instanceOf(Float64Array);
    expectError(
      () => Tensor.zeros([1], { type: 'int8' as never }),
      RangeError,
      'ERR_CONV_OPTION',
      /'float32' or 'float64'/,
    );
    expectError(
      () => Tensor.zeros([1], { typ: 'float32' } as never),
      RangeError,
      'ERR_CONV_OPTION',
      /did you mean 'type'/,
    );
    expectError(
      () => Tensor.zeros([2 ** 26, 2 ** 26]),
      RangeError,
      'ERR_CONV_TOO_LARGE',
      /4503599627370496 elements/,
    );
  });

  it('makes the same random values from the same seed', () => {
    expect([...Tensor.random([4], { seed: 5 }).data]).to.deep.equal([
      ...Tensor.random([4], { seed: 5 }).data,
    ]);
    expect([...Tensor.random([4], { seed: 5 }).data]).not.to.deep.equal([
      ...Tensor.random([4], { seed: 6 }).data,
    ]);
    expect([...Tensor.random([4]).data]).to.deep.equal([...Tensor.random([4], { seed: 0 }).data]);
    expect([...Tensor.random([4], { seed: 2 ** 32 }).data]).not.to.deep.equal([...Tensor.random([4]).data]);
    for (const type of ['float32', 'float64'] as const) {
      const data = [...Tensor.random([10000], { seed: 1, type }).data];
      expect(data.every((value) => value >= -1 && value < 1)).to.equal(true);
      const mean = data.reduce((total, value) => total + value, 0) / data.length;
      const variance = data.reduce((total, value) => total + value * value, 0) / data.length;
      expect(Math.abs(mean)).to.be.below(0.03);
      expect(variance).to.be.within(0.31, 0.36);
    }
    expectError(() => Tensor.random([1], { seed: -1 }), RangeError, 'ERR_CONV_OPTION', /seed/);
    expectError(() => Tensor.random([1], { seed: '1' as never }), TypeError, 'ERR_CONV_OPTION', /seed/);
  });

  it('draws from sfc32 as PractRand seeds it', () => {
    // The first words of sfc32 after the state (0, seed, 0, 1) and 12 discarded words, worked with BigInt.
    const words = sfc32Words(42n, 3);
    const expected = words.map((word) => Math.fround(Number(word >> 8n) * 2 ** -23 - 1));
    expect([...Tensor.random([3], { seed: 42 }).data]).to.deep.equal(expected);
  });
});

function sfc32Words(seed: bigint, count: number): bigint[] {
  const mask = 0xffffffffn;
  let [a, b, c, counter] = [0n, seed & mask, seed >> 32n, 1n];
  const words: bigint[] = [];
  for (let i = 0; i < 12 + count; i++) {
    const sum = (a + b + counter) & mask;
    counter = (counter + 1n) & mask;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & mask;
    c = (((c << 21n) | (c >> 11n)) + sum) & mask;
    if (i >= 12) words.push(sum);
  }
  return words;
}

describe('what is taken for a tensor', () => {
  const weight = { data: Float32Array.of(1), dims: [1, 1, 1] };
  const identity = (input: unknown) => [...conv1d(like(input), weight).data];

  it('is {data, dims} and {data, shape}', () => {
    expect(identity({ data: Float32Array.of(1, 2), dims: [1, 1, 2] })).to.deep.equal([1, 2]);
    expect(identity({ data: Float32Array.of(1, 2), shape: [1, 1, 2] })).to.deep.equal([1, 2]);
    expect(
      identity({ data: Float32Array.of(1, 2), dims: [1, 1, 2], type: 'float32', location: 'cpu' }),
    ).to.deep.equal([1, 2]);
  });

  it('may be a view with a byteOffset, or lie in shared memory', () => {
    const buffer = Float32Array.of(9, 1, 2, 9).buffer;
    expect(identity({ data: new Float32Array(buffer, 4, 2), dims: [1, 1, 2] })).to.deep.equal([1, 2]);
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared.set([3, 4]);
    expect(identity({ data: shared, dims: [1, 1, 2] })).to.deep.equal([3, 4]);
  });

  it('may come from another realm', () => {
    const foreign: unknown = runInNewContext('({ data: new Float32Array([5, 6]), dims: [1, 1, 2] })');
    expect(foreign).not.to.be.instanceOf(Object);
    expect(identity(foreign)).to.deep.equal([5, 6]);
    const options = runInNewContext('({ stride: [1], padding: [[1, 0]] })') as { stride: number[] };
    expect(conv1d(like(foreign), weight, options).dims).to.deep.equal([1, 1, 3]);
  });

  it('is not an impostor', () => {
    const input = (data: unknown) => () => readView('op', 'input', { data, dims: [1] });
    expectError(
      input({ [Symbol.toStringTag]: 'Float32Array', length: 1 }),
      TypeError,
      'ERR_CONV_DTYPE',
      /a Float32Array or a Float64Array/,
    );
    class Fake extends Uint8Array {
      override get [Symbol.toStringTag](): 'Uint8Array' {
        return 'Float32Array' as never;
      }
    }
    expectError(input(new Fake(1)), TypeError, 'ERR_CONV_DTYPE', /input\.data must be/);
    expectError(input(new DataView(new ArrayBuffer(4))), TypeError, 'ERR_CONV_DTYPE', /got a DataView/);
    expectError(input([1]), TypeError, 'ERR_CONV_DTYPE', /Tensor\.from/);
    expectError(
      input(() => 1),
      TypeError,
      'ERR_CONV_DTYPE',
      /t\.dataSync\(\)/,
    );
    for (const value of [null, undefined, 1, 'x', {}, [[1]], { data: new Float32Array(1) }, { dims: [1] }]) {
      expectError(
        () => readView('op', 'input', value),
        TypeError,
        'ERR_CONV_SHAPE',
        /^op: input must be a tensor/,
      );
    }
  });

  it('is not detached, nor of another length', () => {
    const data = new Float32Array(2);
    const worker = new Worker('0', { eval: true, transferList: [data.buffer], workerData: data.buffer });
    expectError(
      () => identity({ data, dims: [1, 1, 2] }),
      RangeError,
      'ERR_CONV_SHAPE',
      'conv1d: the buffer of input.data is detached: it was transferred, perhaps to a worker',
    );
    expectError(
      () => identity({ data: new Float32Array(0), dims: [1, 1, 2] }),
      RangeError,
      'ERR_CONV_SHAPE',
      'conv1d: input.dims [1,1,2] hold 2 elements, input.data has 0',
    );
    expectError(
      () => identity({ data: new Float32Array(3), dims: [1, 1, 2] }),
      RangeError,
      'ERR_CONV_SHAPE',
      /hold 2 elements, input\.data has 3/,
    );
    return worker.terminate();
  });

  it('may be an ndarray with strides and an offset', () => {
    const data = Float64Array.from({ length: 12 }, (_, index) => index);
    const read = (stride: number[], offset: number, shape = [2, 2]) => [
      ...readView('op', 'a', { data, shape, stride, offset }).data,
    ];
    expect(read([4, 1], 0)).to.deep.equal([0, 1, 4, 5]);
    expect(read([1, 4], 0)).to.deep.equal([0, 4, 1, 5]);
    expect(read([-4, -1], 11)).to.deep.equal([11, 10, 7, 6]);
    expect(read([0, 2], 1)).to.deep.equal([1, 3, 1, 3]);
    expect(read([2, 1], 3)).to.deep.equal([3, 4, 5, 6]);
    expect(read([100, 100], 100, [0, 5])).to.deep.equal([]);
    const contiguous = readView('op', 'a', { data, shape: [2, 3], stride: [3, 1], offset: 2 });
    expect(contiguous.data.buffer, 'a contiguous part needs no copy').to.equal(data.buffer);
    expectError(
      () => read([4, 1], 8),
      RangeError,
      'ERR_CONV_SHAPE',
      /reaches elements 8 to 13, its data has 12/,
    );
    expectError(() => read([-4, 1], 0), RangeError, 'ERR_CONV_SHAPE', /reaches elements -4 to 1/);
    expectError(() => read([4], 0), TypeError, 'ERR_CONV_SHAPE', /a\.stride must be 2 integers, got \[4\]/);
    expectError(() => read([4, 0.5], 0), TypeError, 'ERR_CONV_SHAPE', /stride/);
    expectError(() => read([4, 1], -1), RangeError, 'ERR_CONV_SHAPE', /offset/);
  });

  it(`gives the same product however it is strided (seed ${seed})`, () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(3),
      (rows, depth, offset) => {
        const b = Tensor.random([depth, 2], { seed: 2 });
        const data = Tensor.random([offset + rows * depth], { seed: 1 }).data;
        const strided = { data, shape: [rows, depth], stride: [1, rows], offset };
        const transposed = { data: data.subarray(offset), dims: [depth, rows] };
        expect([...matmul(strided, b).data]).to.deep.equal([
          ...matmul(transposed, b, { transposeA: true }).data,
        ]);
      },
    );
    return fc.assert(property, { seed });
  });

  it('must be in C order to be written to', () => {
    const data = new Float32Array(4);
    expectError(
      () => readTarget('op', 'options.out', { data, shape: [2, 2], stride: [1, 2] }),
      RangeError,
      'ERR_CONV_SHAPE',
      /^op: options\.out is written to/,
    );
    expect(
      readTarget('op', 'options.out', { data, shape: [2], stride: [1], offset: 2 }).data.byteOffset,
    ).to.equal(8);
  });
});
