// The memory of results: a buffer of its own, of the exact length, not cleared where clearing would cost, and kept by
// the C library from call to call, so that steady state faults in no fresh pages.
// SPDX-License-Identifier: MIT

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { Tensor } from '../lib/index.ts';
import { resultMemory } from '../lib/memory.ts';

/** Before what is measured, and measured. */
const CALLS = 50;

const program = (channels: number) => `
import { conv2d, Tensor } from './lib/index.ts';
const x = Tensor.zeros([1, 1, 1024, 1024]);
const w = Tensor.zeros([${channels}, 1, 1, 1]);
conv2d(x, w, { out: Tensor.zeros([1, ${channels}, 1024, 1024]) });
const run = () => {
  const before = process.resourceUsage().minorPageFault;
  for (let call = 0; call < ${CALLS}; call++) conv2d(x, w);
  return (process.resourceUsage().minorPageFault - before) / ${CALLS};
};
const first = run();
const faults = run();
const rss = process.memoryUsage.rss();
gc();
await new Promise((resolve) => setTimeout(resolve, 2500));
console.log(JSON.stringify({ first, faults, rss, idle: process.memoryUsage.rss() }));
`;

interface Measured {
  /** A call's page faults, before results are collected and recycled. */
  readonly first: number;
  /** And once as many are done. */
  readonly faults: number;
  /** Bytes resident after them, and once nothing has been called for 2.5 s. */
  readonly rss: number;
  readonly idle: number;
}

/** Calls with a result of 4 MiB a channel. */
function measure(channels: number, env: NodeJS.ProcessEnv = {}): Measured {
  const output = execFileSync(
    process.execPath,
    ['--expose-gc', '--import=tsx', '--input-type=module', '--eval', program(channels)],
    { cwd: path.join(import.meta.dirname, '..'), encoding: 'utf8', env: { ...process.env, ...env } },
  );
  const measured = JSON.parse(output) as Measured;
  const [rss, idle] = [measured.rss, measured.idle].map((bytes) => (bytes / 2 ** 20).toFixed(0));
  console.log(
    `      ${measured.first} page faults a call, then ${measured.faults}, ${rss} MiB resident, ${idle} when idle`,
  );
  return measured;
}

/** Whether blocks above 32 MiB are kept here, and 48 MiB among them (native/base/pages.h). */
function keepsLargeBlocks(): boolean {
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  const [major, minor] = (header.glibcVersionRuntime ?? '0.0').split('.').map(Number);
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return (major > 2 || (major === 2 && minor >= 35)) && memory >= 128 * 64 * 2 ** 20;
}

/** Whether the kernel gives huge pages to who asks for them. */
function hasHugePages(): boolean {
  const file = '/sys/kernel/mm/transparent_hugepage/enabled';
  return existsSync(file) && !readFileSync(file, 'utf8').includes('[never]');
}

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
    const { first, faults, rss } = measure(1);
    if (hasHugePages()) expect(first, 'faults of the first calls').to.be.below(256);
    expect(faults).to.be.below(256);
    expect(rss).to.be.below(512 * 2 ** 20);
  });

  it('is recycled where it is large: few of the 12288 pages, or 24 huge ones, of 48 MiB', function () {
    if (!keepsLargeBlocks()) this.skip();
    const { faults, rss, idle } = measure(12);
    expect(faults).to.be.below(16);
    expect(rss).to.be.below(768 * 2 ** 20);
    expect(rss - idle, 'bytes given back').to.be.above(48 * 2 ** 20);
  });

  it("leaves the program's own thresholds of malloc alone", function () {
    if (!keepsLargeBlocks()) this.skip();
    expect(measure(12, { MALLOC_TRIM_THRESHOLD_: '131072' }).faults).to.be.above(20);
  });
});
