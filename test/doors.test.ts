// The doors: the same names behind each of them, the same results, and errors where a promise should reject.
// SPDX-License-Identifier: MIT

import { getEventListeners } from 'node:events';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import * as native from '../lib/index.ts';
import { IMAGE_OPERATOR_NAMES, OPERATOR_NAMES } from '../lib/ops/table.ts';
import * as promises from '../lib/promises.ts';
import * as reference from '../lib/reference.ts';

const { Tensor } = native;

/** Exported functions that are no classes, by name. */
function functionsOf(door: object): string[] {
  return Object.entries(door)
    .filter(([name, value]) => typeof value === 'function' && /^[a-z]/.test(name))
    .map(([name]) => name)
    .sort();
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('the promise was fulfilled');
}

describe('the doors', () => {
  // deconvolve2d is a loop over operators, and has no plan of its own.
  const operators = [...OPERATOR_NAMES, ...IMAGE_OPERATOR_NAMES, 'deconvolve2d'].sort();

  it('export the operators of the table, under the same names', () => {
    expect(functionsOf(promises)).to.deep.equal(operators);
    expect(functionsOf(reference)).to.deep.equal(operators);
    expect(functionsOf(native)).to.deep.equal(
      [...operators, 'explain', 'info', 'setMaxQueued', 'setThreads', 'setWorkspaceLimit'].sort(),
    );
  });

  it('share one Tensor', () => {
    expect(promises.Tensor).to.equal(Tensor);
    expect(reference.Tensor).to.equal(Tensor);
  });

  it('give the same results, synchronous or not', async () => {
    const [x, w] = [Tensor.random([2, 3, 9, 9], { seed: 1 }), Tensor.random([4, 3, 3, 3], { seed: 2 })];
    const options = {
      padding: 1,
      bias: Tensor.random([4], { seed: 3 }),
      activation: 'relu',
      reproducible: true,
    } as const;
    const expected = reference.conv2d(x, w, options);
    expect(expected.data.some((value) => value > 0)).to.equal(true);
    expect(native.conv2d(x, w, options).data).to.deep.equal(expected.data);
    expect((await promises.conv2d(x, w, options)).data).to.deep.equal(expected.data);
  });

  it('return what they were given as out', async () => {
    const [x, w] = [Tensor.random([1, 1, 3, 3]), Tensor.random([1, 1, 3, 3])];
    const out = Tensor.zeros([1, 1, 1, 1]);
    const foreign = { data: new Float32Array(1), shape: [1, 1, 1, 1] };
    for (const conv2d of [native.conv2d, reference.conv2d, promises.conv2d]) {
      out.data.fill(0);
      expect(await conv2d(x, w, { out })).to.equal(out);
      expect(out.data[0]).to.equal(reference.conv2d(x, w).data[0]);
      const wrapped = await conv2d(x, w, { out: foreign });
      expect(wrapped).to.be.instanceOf(Tensor);
      expect(wrapped.data).to.equal(foreign.data);
    }
  });

  it('notice two views of the same shared memory', () => {
    const memory = new SharedArrayBuffer(4 * 16);
    const again = structuredClone(memory);
    expect(again).to.not.equal(memory);
    const x = { data: new Float32Array(memory), dims: [1, 1, 4, 4] };
    const out = { data: new Float32Array(again), dims: [1, 1, 4, 4] };
    const w = { data: Float32Array.of(1), dims: [1, 1, 1, 1] };
    expect(() => native.conv2d(x, w, { out }))
      .to.throw(RangeError, 'conv2d: options.out must not overlap the input')
      .with.property('code', 'ERR_CONV_OVERLAP');
  });

  it('know the dtype of a result statically', () => {
    const single: native.Tensor<'float32'> = native.conv1d(Tensor.zeros([1, 1, 3]), Tensor.zeros([1, 1, 2]));
    const double: native.Tensor<'float64'> = native.matmul(
      { data: new Float64Array(1), shape: [1, 1] },
      { data: new Float64Array(1), shape: [1, 1] },
    );
    expect([single.type, double.type]).to.deep.equal(['float32', 'float64']);
  });
});

describe('the asynchronous door', () => {
  const [x, w] = [Tensor.random([8, 64, 56, 56]), Tensor.random([64, 64, 3, 3], { seed: 1 })];

  it('rejects where the synchronous one throws', async () => {
    const error = await rejection(promises.conv2d(x, w, { stride: 0 }));
    expect(error).to.be.instanceOf(RangeError);
    expect(error).to.have.property('code', 'ERR_CONV_OPTION');
  });

  it('leaves the event loop free', async () => {
    let turns = 0;
    // Several calls, since a busy machine may run one whole before this thread's next turn.
    for (let call = 0; call < 20 && turns < 2; call++) {
      turns = 0;
      let turning = true;
      const turn = () => {
        turns++;
        if (turning) setImmediate(turn);
      };
      setImmediate(turn);
      await promises.conv2d(x, w, { padding: 1, threads: 1 });
      turning = false;
    }
    expect(turns).to.be.above(1);
  });

  it('does not start what is aborted already', async () => {
    const reason = new Error('changed my mind');
    const out = Tensor.zeros([8, 64, 54, 54]);
    expect(await rejection(promises.conv2d(x, w, { out, signal: AbortSignal.abort(reason) }))).to.equal(
      reason,
    );
    expect(out.data.every((value) => value === 0)).to.equal(true);
  });

  it('stops when it is aborted, and leaves no listener', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const promise = promises.conv2d(x, w, { signal, threads: 1 });
    expect(getEventListeners(signal, 'abort')).to.have.lengthOf(1);
    controller.abort('enough');
    expect(await rejection(promise)).to.equal('enough');
    expect(getEventListeners(signal, 'abort')).to.have.lengthOf(0);
    const other = new AbortController();
    await promises.conv1d(Tensor.zeros([1, 1, 3]), Tensor.zeros([1, 1, 3]), { signal: other.signal });
    expect(getEventListeners(other.signal, 'abort')).to.have.lengthOf(0);
  });

  it('refuses memory that can shrink under it', async () => {
    const Resizable = ArrayBuffer as unknown as new (
      bytes: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer;
    const data = new Float32Array(new Resizable(12, { maxByteLength: 24 }));
    const operands = [{ data, dims: [1, 1, 3] }, Tensor.zeros([1, 1, 3])] as const;
    expect(native.conv1d(...operands).dims).to.deep.equal([1, 1, 1]);
    const error = await rejection(promises.conv1d(...operands));
    expect(error).to.be.instanceOf(TypeError);
    expect(error).to.have.property('code', 'ERR_CONV_DTYPE');
  });

  it('runs many calls at once', async () => {
    const small = Tensor.random([1, 4, 12, 12]);
    const weights = Array.from({ length: 16 }, (_, seed) => Tensor.random([4, 4, 3, 3], { seed }));
    const results = await Promise.all(
      weights.map((weight) => promises.conv2d(small, weight, { reproducible: true })),
    );
    for (const [i, { data }] of results.entries()) {
      expect(data).to.deep.equal(reference.conv2d(small, weights[i]).data);
    }
  });
});

describe('introspection', () => {
  it('info() describes the binary and the machine', () => {
    const { version, isa, availableIsas, kernels, threads, processors, cacheBytes } = native.info();
    expect(version).to.equal(
      (createRequire(import.meta.url)('../package.json') as { version: string }).version,
    );
    expect(availableIsas).to.include(isa);
    expect(availableIsas).to.include('portable');
    expect(kernels.some((kernel) => kernel.chosen)).to.equal(true);
    expect(threads).to.be.within(1, processors);
    expect(cacheBytes.l1d).to.be.above(0);
  });

  it('setThreads() takes positive integers', () => {
    const { threads } = native.info();
    native.setThreads(1);
    expect(native.info().threads).to.equal(1);
    native.setThreads(threads);
    expect(() => native.setThreads(0)).to.throw(
      RangeError,
      'setThreads: threads must be a positive integer, got 0',
    );
  });
});
