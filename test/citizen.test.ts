// A good citizen: the event loop stays free, calls stop when they are told to, the queue is bounded, streams keep order.
// SPDX-License-Identifier: MIT

import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Conv1d, Conv2d, conv2d, info, setMaxQueued, setThreads, Tensor } from '../lib/index.ts';
import * as promises from '../lib/promises.ts';
import { expectError, rejected } from './support/errors.ts';
import { run } from './support/process.ts';

const filled = (...dims: number[]) =>
  new Tensor(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.5), dims);
const wide = filled(1, 64, 96, 96);
const filters = filled(24, 64, 3, 3);
/** Some hundred milliseconds of work. */
const long = (signal?: AbortSignal) =>
  promises.conv2d(wide, filters, { padding: 1, algorithm: 'direct', threads: 1, ...(signal && { signal }) });

describe('the event loop', () => {
  const photo = filled(1, 3, 1080, 1920);
  const clip = filled(1, 2, 32, 96, 96);
  const layer = new Conv2d(filled(4, 3, 3, 3), { padding: 1 });
  const strip = { data: new Uint8Array(7680 * 8), width: 7680, height: 8, channels: 1 };
  const pictures = new Tensor<'uint8'>(new Uint8Array(4000 * 12), [4000, 3, 2, 2]);
  let next = 3000;
  const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['a large image', () => promises.conv2d(photo, filled(4, 3, 3, 3), { padding: 1 })],
    ['a volume', () => promises.conv3d(clip, filled(4, 2, 3, 3, 3), { padding: 1 })],
    ['a layer', () => layer.runAsync(photo)],
    ['a batch of thousands', () => promises.toTensor(pictures, { scale: 1 })],
    // A size of its own each time, whose weights no call before has left.
    ['a resize to a new size', () => promises.resize(strip, { width: next++, filter: 'lanczos' })],
  ];
  for (const [name, call] of calls) {
    it(`is given back at once by ${name}`, async () => {
      // The least of several, since other processes may take the processor away, and with room for the pages of the
      // result; RELIABILITY.md has measured figures.
      let least = Number.POSITIVE_INFINITY;
      for (let attempt = 0; attempt < 10 && least > 1; attempt++) {
        const before = performance.now();
        const promise = call();
        least = Math.min(least, performance.now() - before);
        await promise;
      }
      expect(least).to.be.below(10);
    });
  }
});

describe('cancellation', () => {
  it('stops a running call soon, with the reason of its signal', async () => {
    let least = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 5 && least > 10; attempt++) {
      const controller = new AbortController();
      const reason = new Error('enough');
      const promise = rejected(long(controller.signal));
      await sleep(15);
      const before = performance.now();
      controller.abort(reason);
      expect(await promise).to.equal(reason);
      least = Math.min(least, performance.now() - before);
    }
    expect(least).to.be.below(50);
    expect(info().queuedCalls).to.equal(0);
  });

  it('rejects a waiting call without waiting for its turn', async () => {
    const running = Array.from({ length: info().threads }, () => long());
    const controller = new AbortController();
    const waiting = rejected(long(controller.signal));
    const others = Promise.all(running).then(() => 'ran');
    controller.abort('changed my mind');
    expect(await Promise.race([waiting, others])).to.equal('changed my mind');
    expect(await others).to.equal('ran');
  });
});

describe('the queue', () => {
  afterEach(() => setMaxQueued(Number.POSITIVE_INFINITY));

  it('rejects what is over its limit, and takes calls again when there is room', async () => {
    setMaxQueued(2);
    expect(info().maxQueued).to.equal(2);
    const accepted = [long(), long()];
    const error = (await rejected(long())) as Error & { readonly code: string };
    expect(error.code).to.equal('ERR_CONV_QUEUE');
    expect(error.message).to.equal(
      'conv2d: 2 asynchronous calls have not settled, the most that setMaxQueued allows; wait for one of them',
    );
    expect(info().queuedCalls).to.equal(2);
    await Promise.all(accepted);
    expect(info().queuedCalls).to.equal(0);
    await long();
  });

  it('is empty when the door has been imported', async () => {
    const code = `
      import { setMaxQueued } from 'native-conv';
      setMaxQueued(1);
      console.log(info().queuedCalls, (await promises.conv2d(filled(1, 1, 3, 3), filled(1, 1, 3, 3))).data.length);
    `;
    expect((await run(code)).trim()).to.equal('0 1');
  });

  it('has no limit unless told, and takes positive integers only', () => {
    expect(info().maxQueued).to.equal(Number.POSITIVE_INFINITY);
    for (const bad of [0, -1, 1.5, Number.NaN, '3', null]) {
      expectError(
        () => setMaxQueued(bad as number),
        typeof bad === 'number' ? RangeError : TypeError,
        'ERR_CONV_OPTION',
        /^setMaxQueued: calls must be a positive integer/,
      );
    }
    expect(info().maxQueued).to.equal(Number.POSITIVE_INFINITY);
  });

  it('never has more threads than are configured', async () => {
    const { threads, poolThreads } = info();
    setThreads(1);
    await Promise.all(Array.from({ length: 8 }, () => promises.conv2d(wide, filled(8, 64, 3, 3))));
    setThreads(threads);
    expect(info().poolThreads).to.be.at.most(Math.max(1, poolThreads));
  });
});

describe('layer.stream', () => {
  const layer = new Conv1d(Tensor.from([[[1]]]));
  const input = (value: number) => Tensor.from([[[value]]]);
  const collect = async (results: AsyncIterable<Tensor>): Promise<number[]> => {
    const values: number[] = [];
    for await (const { data } of results) values.push(data[0]);
    return values;
  };

  /** A source that counts what is taken from it, and notices its end. */
  function counted(most: number) {
    const state = { taken: 0, closed: false };
    async function* source() {
      try {
        while (state.taken < most) {
          await sleep(0);
          yield input(++state.taken);
        }
      } finally {
        state.closed = true;
      }
    }
    return { state, source: source() };
  }

  it('gives the results of iterables and async iterables in order', async () => {
    const inputs = Array.from({ length: 20 }, (_, i) => input(i));
    const expected = inputs.map(({ data }) => data[0]);
    expect(await collect(layer.stream(inputs, { concurrency: 3 }))).to.deep.equal(expected);
    expect(await collect(layer.stream(counted(20).source))).to.deep.equal(expected.map((value) => value + 1));
    expect(await collect(layer.stream([]))).to.deep.equal([]);
  });

  it('takes no more inputs than `concurrency` ahead of the consumer', async () => {
    const { state, source } = counted(50);
    let given = 0;
    for await (const _ of layer.stream(source, { concurrency: 2 })) {
      given++;
      await sleep(1);
      expect(state.taken).to.be.at.most(given + 2);
    }
    expect(given).to.equal(50);
  });

  it('gives a result without waiting for the next input', async () => {
    async function* slow() {
      yield input(7);
      await new Promise(() => {});
    }
    const results = layer.stream(slow(), { concurrency: 4 });
    expect((await results.next()).value?.data[0]).to.equal(7);
    await results.return();
  });

  it('closes the source when the consumer leaves', async () => {
    const { state, source } = counted(50);
    for await (const _ of layer.stream(source, { concurrency: 2 })) break;
    // An input that was asked for comes first.
    await sleep(10);
    expect(state.closed).to.equal(true);
    expect(state.taken).to.be.at.most(3);
  });

  it('passes on what a run or the source throws, after the results before it', async () => {
    const { state, source } = counted(2);
    async function* broken() {
      yield* source;
      throw new Error('no more');
    }
    const seen: number[] = [];
    const read = async () => {
      for await (const { data } of layer.stream(broken())) seen.push(data[0]);
    };
    expect((await rejected(read())).message).to.equal('no more');
    expect(seen).to.deep.equal([1, 2]);
    expect(state.closed).to.equal(true);
    const bad = layer.stream([input(1), Tensor.zeros([1, 2, 1])]);
    expect((await rejected(collect(bad))) as object).to.have.property('code', 'ERR_CONV_SHAPE');
  });

  it('stops with the reason of its signal, also where the source gives nothing', async () => {
    const controller = new AbortController();
    const silent: AsyncIterable<Tensor> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
    };
    const pending = rejected(collect(layer.stream(silent, { signal: controller.signal })));
    await sleep(1);
    controller.abort('stop');
    expect(await pending).to.equal('stop');
  });

  it('refuses what is no source and bad options', () => {
    expectError(
      () => layer.stream(7 as never),
      TypeError,
      'ERR_CONV_OPTION',
      'conv1d: source must be an iterable or async iterable of tensors, got 7',
    );
    expectError(
      () => layer.stream([], { concurrency: 0 }),
      RangeError,
      'ERR_CONV_OPTION',
      /options\.concurrency must be a positive/,
    );
    expectError(
      () => layer.stream([], { speed: 1 } as never),
      RangeError,
      'ERR_CONV_OPTION',
      /unknown option 'speed'/,
    );
    expectError(
      () => layer.stream([], { signal: 1 as never }),
      TypeError,
      'ERR_CONV_OPTION',
      /must be an AbortSignal/,
    );
  });

  it('leaves synchronous calls as they are', () => {
    expect(conv2d(filled(1, 1, 3, 3), filled(1, 1, 3, 3)).data[0]).to.equal(2.25);
  });
});

describe('threads without work', () => {
  const { threads } = info();
  after(() => setThreads(threads));

  it('sleep: an idle process computes nothing', async () => {
    setThreads(2);
    for (let call = 0; call < 3; call++) conv2d(wide, filters, { padding: 1 });
    await sleep(50);
    const before = process.cpuUsage();
    await sleep(300);
    const { user, system } = process.cpuUsage(before);
    // One that span all the time would have computed for 300 ms.
    expect((user + system) / 1000).to.be.below(100);
  });
});
