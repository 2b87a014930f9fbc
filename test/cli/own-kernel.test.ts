// `native-conv verify --kernel`: kernels of the user's own, right and wrong, and modules that are of no use.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { runCommand } from './run-command.ts';

const verify = (file: string, ...more: readonly string[]) =>
  runCommand(['verify', '--kernel', `test/cli/kernels/${file}`, '--cases', '60', '--seed', '7', ...more]);

describe('command native-conv verify --kernel', () => {
  it('passes a right kernel, and runs nothing else', () => {
    const { code, stdout, stderr } = verify('right.mjs', '--json');
    expect(code, stderr).to.equal(0);
    const [{ operator, passed, rows }, ...others] = JSON.parse(stdout);
    expect(others).to.deep.equal([]);
    expect([operator, passed]).to.deep.equal(['matmul', true]);
    expect(rows.map(({ door }: { door: string }) => door)).to.deep.equal(['right.mjs']);
    expect(rows[0].runs).to.be.greaterThan(2).and.lessThan(60);
  });

  it('says how many of the calls the kernel took', () => {
    const { stdout } = verify('right.mjs', '--op', 'matmul');
    expect(stdout).to.match(/60 random calls, of which the kernel took \d+, seed 7: all are as they must be/);
  });

  it('finds a wrong one: where, how far off, what was expected; exit code 1', () => {
    const { code, stdout, stderr } = verify('wrong.mjs');
    expect(code, stderr).to.equal(1);
    expect(stdout).to.match(/matmul.*wrong\.mjs/);
    expect(stderr).to.match(/wrong\.mjs: 1 of (\d+) elements of \[\d+, ?\d+\] are off:/);
    const found = /at \[\d+, ?\d+\]: (\S+) instead of (\S+), off by .*ULP, (\S+)/.exec(stderr);
    const [actual, expected, off] = (found ?? []).slice(1).map(Number);
    expect(actual - expected).to.be.closeTo(0.5, 1e-5);
    expect(off).to.be.closeTo(0.5, 1e-3);
  });

  for (const [what, file, more, message] of [
    ['a file that is not there', 'none.mjs', [], /--kernel: there is no file .*none\.mjs$/],
    ['a folder', '.', [], /--kernel: there is no file/],
    ['a file that does not load', 'broken.txt', [], /--kernel: cannot load .*broken\.txt: /],
    ['a module without kernels', 'nothing.mjs', [], /must export a function named after an operator/],
    [
      'a kernel that is missing',
      'right.mjs',
      ['--op', 'conv2d'],
      /must export a function conv2d.*exports none/,
    ],
    ['a kernel that is none', 'throws.mjs', ['--op', 'conv1d'], /a function conv1d.*exports a string/],
    ['a default export without --op', 'default.cjs', [], /say with --op which operator/],
    [
      'a kernel that takes no call',
      'default.cjs',
      ['--op', 'matmul'],
      /took none of the 60 random calls of matmul/,
    ],
    ['a kernel that throws', 'throws.mjs', ['--op', 'matmul'], /matmul of .*throws\.mjs threw: out of ideas/],
    ['--isa beside it', 'right.mjs', ['--isa', 'portable'], /'--kernel <module>' cannot be used with.*--isa/],
  ] as const) {
    it(`refuses ${what} with exit code 2`, () => {
      const { code, stderr } = verify(file, ...more);
      expect(code, stderr).to.equal(2);
      expect(stderr.trim()).to.match(message);
    });
  }
});
