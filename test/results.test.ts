// Large results, of whose memory V8 counts the blocks: it is nobody else's while anyone can reach it, it comes back when
// nobody can, and V8 has no reason to mark its heap for results in blocks that it knows. SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { loadBinding } from '../lib/native/binding.ts';
import { run } from './support/process.ts';

const COLLECTIONS = `
  import { PerformanceObserver, constants } from 'node:perf_hooks';
  const { NODE_PERFORMANCE_GC_MAJOR: major, NODE_PERFORMANCE_GC_INCREMENTAL: incremental } = constants;
  let whole = 0;
  new PerformanceObserver((list) => {
    for (const { detail: { kind } } of list.getEntries()) if (kind === major || kind === incremental) whole++;
  }).observe({ entryTypes: ['gc'] });
  const x = filled(1, 1, 1024, 1024);
  /** 48 MiB of the same number. */
  const full = (value) => {
    const weight = new Tensor(new Float32Array(12).fill(2 * value), [12, 1, 1, 1]);
    return promises.conv2d(x, weight);
  };
  const holds = (data, value) => {
    for (let at = 0; at < 12 * 2 ** 20; at += 4099) if (data[at] !== value) return false;
    return true;
  };
  const mebibytes = (bytes) => Math.round(bytes / 2 ** 20);
  /** With the blocks of which V8 is told later, without buffers that are garbage. */
  const external = async () => {
    await sleep(300);
    gc();
    return mebibytes(process.memoryUsage().external);
  };
`;

const printed = async (code: string, ...flags: readonly string[]) =>
  JSON.parse(await run(COLLECTIONS + code, ...flags)) as Record<string, number>;

describe('large results', function () {
  this.timeout(90_000);

  before(function () {
    if (!loadBinding().keepsResults) this.skip();
  });

  it('of 60 calls make V8 mark nothing once their blocks are there, and few of them are there at a time', async () => {
    const { whole, rss } = await printed(
      `
      // Until there are as many blocks as it takes.
      for (let call = 0; call < 20; call++) await full(call);
      await sleep(300);
      gc();
      await sleep(50);
      whole = 0;
      for (let call = 0; call < 60; call++) await full(call);
      await sleep(50);
      console.log(JSON.stringify({ whole, rss: mebibytes(process.memoryUsage.rss()) }));
    `,
      '--expose-gc',
    );
    expect(whole).to.be.at.most(2);
    expect(rss).to.be.below(1024);
  });

  it('are collected between calls of the asynchronous door and not in them, whose blocks are counted later', async () => {
    const { calls, collections, within } = await printed(`
      const spans = [];
      let collections = 0, within = 0;
      new PerformanceObserver((list) => {
        for (const { startTime } of list.getEntries()) {
          collections++;
          if (spans.some(([from, to]) => startTime >= from && startTime <= to)) within++;
        }
      }).observe({ entryTypes: ['gc'] });
      await promises.conv2d(x, filled(1, 1, 1, 1)); // loads the binary
      for (let call = 0; call < 60; call++) {
        const from = performance.now();
        const promise = full(call);
        spans.push([from, performance.now()]);
        await promise;
      }
      await sleep(50);
      console.log(JSON.stringify({ calls: spans.length, collections, within }));
    `);
    expect(collections).to.be.above(calls / 4);
    // The program's own small objects make V8 collect once in a while, wherever it is; half of the calls did before.
    expect(within).to.be.below(calls / 6);
  });

  it('of one turn have V8 collect after it, once for all of them, and of a loop without turns within it', async () => {
    const { least, within, after, looped } = await printed(`
      let nudges = 0;
      const { allocUnsafeSlow } = Buffer;
      Buffer.allocUnsafeSlow = (bytes) => {
        if (bytes === 2 ** 24) nudges++;
        return allocUnsafeSlow(bytes);
      };
      const within = [];
      await Promise.all(Array.from({ length: 5 }, (_, call) => full(call)));
      await sleep(1);
      nudges = 0;
      for (let turn = 0; turn < 10; turn++) {
        const before = nudges;
        const calls = Array.from({ length: 5 }, (_, call) => full(call));
        within.push(nudges - before);
        await Promise.all(calls);
        await sleep(1);
      }
      const after = nudges;
      const weight = filled(12, 1, 1, 1);
      for (let call = 0; call < 20; call++) conv2d(x, weight);
      const sum = within.reduce((all, one) => all + one);
      console.log(JSON.stringify({ least: Math.min(...within), within: sum, after, looped: nudges - after }));
    `);
    // Of a turn that nothing holds up, which would look like a loop; three of each if they were made as results are.
    expect(least).to.equal(0);
    expect(after).to.be.within(2 * 10, 2 * 10 + within);
    expect(looped).to.equal(20 - 2);
  });

  it('stay as they are while anything holds them: arrays, subarrays, transferred and in other threads', async () => {
    const { wrong, answers } = await printed(
      `
      const worker = start(\`
        const held = [];
        parentPort.on('message', (message) => {
          if (message.data) return held.push(message);
          const holds = \${holds};
          const right = ({ data, value }) => holds(data, value);
          parentPort.postMessage(held.every(right) ? held.length : -1);
          parentPort.close();
        });
      \`);
      const kept = [];
      let wrong = 0;
      for (let call = 0; call < 60; call++) {
        const { data } = await full(call);
        if (!holds(data, call)) wrong++;
        if (call % 16 === 3) kept.push({ data, value: call });
        if (call % 16 === 7) kept.push({ data: structuredClone(data, { transfer: [data.buffer] }), value: call });
        if (call % 16 === 11) kept.push({ data: new Float32Array(data.buffer), value: call });
        if (call % 16 === 15) worker.postMessage({ data, value: call }, [data.buffer]);
        if (call % 20 === 0) gc();
      }
      wrong += kept.filter(({ data, value }) => !holds(data, value)).length;
      const answer = new Promise((resolve) => worker.once('message', resolve));
      worker.postMessage({});
      console.log(JSON.stringify({ wrong, answers: await answer }));
    `,
      '--expose-gc',
    );
    expect(wrong).to.equal(0);
    expect(answers).to.equal(3);
  });

  it('are counted beyond a bound, and all of them come back', async () => {
    const { counted, rest } = await printed(
      `
      const before = process.memoryUsage().arrayBuffers;
      let held = [];
      for (let call = 0; call < 48; call++) held.push(await full(call));
      const counted = mebibytes(process.memoryUsage().arrayBuffers - before);
      held = undefined;
      gc();
      await sleep(2500);
      console.log(JSON.stringify({ counted, rest: mebibytes(process.memoryUsage.rss()) }));
    `,
      '--expose-gc',
    );
    // No more than 2 GiB are not counted with the results; 48 results are 2304 MiB.
    expect(counted).to.be.above(48 * 48 - 2048 - 64);
    expect(rest).to.be.below(400);
  });

  it('lie in memory that V8 counts: all that is held, as much in steady state, nothing once it is given back', async () => {
    const { held, one, two, later, idle } = await printed(
      `
      const before = await external();
      let results = [];
      for (let call = 0; call < 6; call++) results.push(await full(call));
      const held = (await external()) - before;
      results = undefined;
      for (let call = 0; call < 10; call++) await full(call);
      const one = (await external()) - before;
      for (let call = 0; call < 10; call++) await full(call);
      const two = (await external()) - before;
      await sleep(2500);
      const idle = (await external()) - before;
      await full(1);
      console.log(JSON.stringify({ held, one, two, idle, later: (await external()) - before }));
    `,
      '--expose-gc',
    );
    // What was awaited last may still be reached, and so may the buffer of 16 MiB that comes with it.
    expect(held).to.be.within(6 * 48, 7 * 48 + 16);
    // The six are old garbage, which V8 finds when it marks: Node.js 24's for every fourth result.
    expect(one).to.be.within(5 * 48, 10 * 48 + 16);
    expect(two - one).to.be.within(-64, 64);
    expect(idle).to.be.below(3 * 48);
    expect(later).to.be.within(48, 4 * 48);
  });

  it('are counted where their memory was made, and by who takes it next once that thread has ended', async () => {
    const { theirs, alive, ended, taken, idle } = await printed(
      `
      await full(1);
      await sleep(2500);
      const before = await external();
      const worker = start(\`
        conv2d(filled(1, 1, 4, 4), filled(1, 1, 1, 1));
        const weight = filled(12, 1, 1, 1);
        for (let call = 0; call < 3; call++) {
          const { data } = await promises.conv2d(filled(1, 1, 1024, 1024), weight);
          parentPort.postMessage({ data }, [data.buffer]);
        }
        await new Promise((resolve) => setTimeout(resolve, 300));
        parentPort.postMessage({ external: process.memoryUsage().external });
        parentPort.once('message', () => parentPort.close());
      \`);
      let results = [];
      const theirs = await new Promise((resolve) => {
        worker.on('message', ({ data, external }) => (data ? results.push(data) : resolve(mebibytes(external))));
      });
      const alive = (await external()) - before;
      const exit = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage('end');
      await exit;
      if (!results.every((data) => holds(data, 0.25))) throw new Error('a result was lost');
      const ended = (await external()) - before;
      results = undefined;
      gc();
      await sleep(50);
      results = [await full(1), await full(2), await full(3)];
      const taken = (await external()) - before;
      results = undefined;
      gc();
      await sleep(2500);
      console.log(JSON.stringify({ theirs, alive, ended, taken, idle: (await external()) - before }));
    `,
      '--expose-gc',
    );
    expect(theirs).to.be.at.least(3 * 48);
    expect(alive).to.be.at.most(0);
    expect(ended).to.be.at.most(0);
    expect(taken - ended).to.be.within(3 * 48, 4 * 48 + 16);
    expect(idle - ended).to.be.below(3 * 48);
  });

  it('of calls that are aborted while they run come back, too', async () => {
    const { aborted, rss } = await printed(`
      let aborted = 0;
      const weight = filled(12, 1, 3, 3);
      for (let call = 0; call < 60; call++) {
        const controller = new AbortController();
        const options = { algorithm: 'direct', threads: 1, signal: controller.signal };
        const promise = promises.conv2d(x, weight, options).catch(() => aborted++);
        await sleep(2);
        controller.abort();
        await promise;
      }
      console.log(JSON.stringify({ aborted, rss: mebibytes(process.memoryUsage.rss()) }));
    `);
    expect(aborted).to.be.above(50);
    expect(rss).to.be.below(1024);
  });

  it('come back when nothing is called for two seconds', async () => {
    const { busy, idle } = await printed(`
      for (let call = 0; call < 30; call++) await full(call);
      const busy = mebibytes(process.memoryUsage.rss());
      await sleep(2500);
      console.log(JSON.stringify({ busy, idle: mebibytes(process.memoryUsage.rss()) }));
    `);
    expect(busy - idle).to.be.above(48);
  });

  it("are V8's own where it has a sandbox", async () => {
    for (const change of [
      "Object.defineProperty(process, 'config', { value: { variables: { v8_enable_sandbox: 1 } } })",
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, electron: '38.0.0' } })",
    ]) {
      const { counted } = await printed(`
        ${change};
        const before = process.memoryUsage().arrayBuffers;
        const result = await full(1);
        console.log(JSON.stringify({ counted: mebibytes(process.memoryUsage().arrayBuffers - before) }));
        result.data.fill(0);
      `);
      expect(counted, change).to.be.above(40);
    }
  });
});
