// The memory of results: a buffer of its own, of the exact length, not cleared where clearing would cost, and kept by
// the C library from call to call, so that steady state faults in no fresh pages.
// SPDX-License-Identifier: MIT

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect } from 'chai';
import { Tensor } from '../lib/index.ts';
import { resultMemory } from '../lib/memory.ts';

const PROGRAM = `
import { conv2d, Tensor } from './lib/index.ts';
const x = Tensor.zeros([1, 1, 1024, 1024]);
const w = Tensor.from([[[[1]]]]);
const run = () => { for (let call = 0; call < 100; call++) conv2d(x, w); };
run();
const before = process.resourceUsage().minorPageFault;
run();
const faults = (process.resourceUsage().minorPageFault - before) / 100;
console.log(JSON.stringify({ faults, rss: process.memoryUsage.rss() }));
`;

describe('memory of results', () => {
  it('is a buffer of exactly the length wanted', () => {
    for (const count of [0, 1, 1000, 16384, 100_000]) {
      const data = resultMemory<Float64Array>('conv2d', 'float64', Float64Array, count);
      expect(data.length).to.equal(count);
      expect(data.byteOffset).to.equal(0);
      expect(data.buffer.byteLength).to.equal(8 * count);
    }
  });

  it('can be transferred', () => {
    const data = resultMemory<Float32Array>('conv2d', 'float32', Float32Array, 100_000);
    const moved = structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
    expect(moved.length).to.equal(100_000);
    expect(data.length).to.equal(0);
  });

  it('refuses what memory cannot hold', () => {
    expect(() => resultMemory('conv2d', 'float64', Float64Array, 2 ** 50))
      .to.throw(RangeError, 'conv2d: a float64 result would hold')
      .with.property('code', 'ERR_CONV_TOO_LARGE');
  });

  it('leaves tensors of zeros zero', () => {
    for (let round = 0; round < 8; round++) {
      const dirty = resultMemory<Float32Array>('conv2d', 'float32', Float32Array, 100_000).fill(1);
      expect(dirty[7]).to.equal(1);
      expect(Tensor.zeros([100_000]).data.every((value) => value === 0)).to.equal(true);
    }
  });

  it('is recycled: few of the 1024 pages of a 4 MiB result are faulted in again', function () {
    if (process.platform !== 'linux') this.skip();
    const { faults, rss } = JSON.parse(
      execFileSync(process.execPath, ['--import=tsx', '--input-type=module', '--eval', PROGRAM], {
        cwd: path.join(import.meta.dirname, '..'),
        encoding: 'utf8',
      }),
    ) as { faults: number; rss: number };
    console.log(`      ${faults} page faults a call, ${(rss / 2 ** 20).toFixed(0)} MiB resident`);
    expect(faults).to.be.below(256);
    expect(rss).to.be.below(512 * 2 ** 20);
  });
});
