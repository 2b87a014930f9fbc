// Memory that runs out for real: a process that may map no more than a little beyond what it has. Every allocation of a
// call that is too large for that must be a JavaScript error with a code, through both doors; nothing is changed, and
// with more memory the same call then gives the right result.
// SPDX-License-Identifier: MIT

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect } from 'chai';

const root = path.join(import.meta.dirname, '..');

const PRELUDE = `
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Tensor, Conv2d, conv2d, col2im, convTranspose2d, filter2d, resize, explain, setThreads } from './lib/index.ts';
import * as promises from './lib/promises.ts';
setThreads(2);
const filled = (...dims) => new Tensor(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.5), dims);
/** So many MiB beyond what is mapped now, or as many as there are. */
const limit = (mebibytes) => {
  const mapped = 1024 * Number(/VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  const most = mebibytes === undefined ? 'unlimited' : String(mapped + mebibytes * 2 ** 20);
  execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + most + ':']);
};
const name = (error) => [error.name, error.code, error.message].join(' | ');
/** The error of a call through both doors while memory is short. */
const failures = async (mebibytes, sync, async_) => {
  limit(mebibytes);
  const errors = [];
  for (const call of [sync, async_]) {
    try { await call(); errors.push('no error'); } catch (error) { errors.push(name(error)); }
  }
  limit();
  return errors;
};
const report = (value) => console.log(JSON.stringify(value));
// What is compiled and loaded on first use should not fail in its place.
const warm = { data: new Float32Array(64).fill(1), dims: [1, 1, 8, 8] };
for (const door of [{ conv2d, col2im, convTranspose2d, filter2d, resize }, promises]) {
  await door.conv2d(warm, warm);
  await door.col2im(Tensor.zeros([1, 1, 64]), { outputSize: [8, 8], kernelSize: [1, 1], threads: 2 });
  await door.convTranspose2d(warm, warm, { algorithm: 'col2im' });
  await door.filter2d(warm, [[1, 2, 1]]);
}
new Conv2d(Tensor.zeros([1, 1, 8, 8])).run(warm);
`;

interface Outcome {
  readonly errors: readonly string[];
  readonly unchanged?: boolean;
  readonly right: boolean;
}

function run(code: string): Outcome {
  const printed = execFileSync(
    process.execPath,
    ['--import=tsx', '--expose-gc', '--input-type=module', '--eval', PRELUDE + code],
    { cwd: root, encoding: 'utf8', timeout: 110_000 },
  );
  return JSON.parse(printed) as Outcome;
}

const NATIVE = (operator: string) =>
  new RegExp(`^RangeError \\| ERR_CONV_TOO_LARGE \\| ${operator}: the system has no memory left`);
const RESULT = (operator: string) =>
  new RegExp(
    `^RangeError \\| ERR_CONV_TOO_LARGE \\| ${operator}: a \\w+ (result|array) would hold \\d+ elements, and there is no memory for its \\d+ bytes$`,
  );

describe('memory that runs out', function () {
  this.timeout(120_000);
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  const check = ({ errors, unchanged = true, right }: Outcome, expected: RegExp) => {
    expect(errors).to.have.length(2);
    for (const error of errors) expect(error).to.match(expected);
    expect(unchanged, 'unchanged').to.equal(true);
    expect(right, 'right afterwards').to.equal(true);
  };

  it('for a result is a RangeError that says how much was wanted', () => {
    const outcome = run(`
      const x = filled(1, 1, 64, 64), w = filled(20000, 1, 1, 1);
      const errors = await failures(150, () => conv2d(x, w), () => promises.conv2d(x, w));
      report({ errors, right: conv2d(x, w).data.at(-1) === 0.25 });`);
    check(outcome, RESULT('conv2d'));
  });

  it('for scratch of the caller names the operator, and leaves out as it was', () => {
    // The columns: 225 · 512² · 4 bytes.
    const outcome = run(`
      const x = filled(1, 1, 512, 512), w = filled(1, 1, 15, 15);
      const out = new Tensor(new Float32Array(526 ** 2).fill(7), [1, 1, 526, 526]);
      const options = { algorithm: 'col2im', out };
      const errors = await failures(150, () => convTranspose2d(x, w, options), () => promises.convTranspose2d(x, w, options));
      const unchanged = out.data.every((value) => value === 7);
      convTranspose2d(x, w, options);
      report({ errors, unchanged, right: out.data[0] === 0.25 });`);
    check(outcome, NATIVE('convTranspose2d'));
  });

  it('for scratch of a thread of the pool comes back to the caller', () => {
    // A plane of 81 MB; glibc may have reserved 64 MB for a thread of the pool.
    const outcome = run(`
      const columns = filled(1, 1, 4500 * 4500), out = filled(1, 1, 4500, 4500);
      const options = { outputSize: [4500, 4500], kernelSize: [1, 1], threads: 2, out };
      const errors = await failures(40, () => col2im(columns, options), () => promises.col2im(columns, options));
      out.data.fill(7);
      col2im(columns, options);
      report({ errors, right: out.data[0] === 0.5 && out.data.at(-1) === 0.5 });`);
    check(outcome, NATIVE('col2im'));
  });

  it('for a layer that copies its weight, and for one that packs it at its first run', () => {
    const outcome = run(`
      const weight = filled(4096, 4096, 2, 2), x = filled(1, 4096, 2, 2);
      const make = () => new Conv2d(weight, { algorithm: 'im2col-gemm' });
      const errors = (await failures(150, make, make)).map((error) => error.replace('conv2d: ', 'copied: conv2d: '));
      const layer = make();
      errors.push(...(await failures(150, () => layer.run(x), () => layer.runAsync(x))));
      report({ errors, right: layer.run(x).data[0] === 4096 });`);
    const [copied, copiedToo, packed, packedToo] = outcome.errors;
    for (const error of [copied, copiedToo]) expect(error).to.match(NATIVE('copied: conv2d'));
    check({ ...outcome, errors: [packed, packedToo] }, NATIVE('conv2d'));
  });

  it('for the rows that an image operator holds', () => {
    const outcome = run(`
      const width = 4_000_000;
      const image = { data: new Float32Array(width).fill(1), width, height: 1, channels: 1 };
      const out = { data: new Float32Array(width).fill(7), width, height: 1, channels: 1 };
      const kernel = Array.from({ length: 15 }, () => [1, 0, 0.3]);
      const errors = await failures(100, () => filter2d(image, kernel, { out }), () => promises.filter2d(image, kernel, { out }));
      const unchanged = out.data.every((value) => value === 7);
      filter2d(image, kernel, { out });
      report({ errors, unchanged, right: Math.abs(out.data[9] - 19.5) < 1e-3 });`);
    check(outcome, NATIVE('filter2d'));
  });
});
