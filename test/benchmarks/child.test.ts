// How the benchmark tells what went wrong in a process of its own.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import type { CheckReport, CheckRequest } from '../../benchmarks/check.ts';
import { askChild, whatFailed } from '../../benchmarks/child.ts';
import type { NamedShape } from '../shapes.ts';

const SHAPE: NamedShape = {
  name: 'tiny',
  operator: 'conv2d',
  input: [1, 2, 5, 5],
  weight: [3, 2, 3, 3],
  options: {},
};

describe("benchmark's child processes", () => {
  const ask = (contestants: readonly string[]) =>
    askChild<CheckRequest, CheckReport>('check.ts', {
      shape: SHAPE,
      contestants,
      threads: 1,
      reuseOutput: false,
    });

  it('answer', async () => {
    expect(await ask(['auto', 'reproducible'])).to.have.keys('auto', 'reproducible');
  });

  it('fail with the message alone', async () => {
    const error = await ask(['nobody']).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.message).to.match(/^there is no contestant 'nobody'; there are auto, /);
  });

  it('are told apart by how they ended', () => {
    const failure = { name: 'Error', message: 'Command failed' };
    expect(whatFailed({ ...failure, stderr: 'x\nRangeError: first\nTypeError: last\n    at y' })).to.equal(
      'last',
    );
    expect(whatFailed({ ...failure, stderr: '', signal: 'SIGKILL' })).to.match(
      /ended by SIGKILL.* after 300 s/,
    );
    expect(whatFailed({ ...failure, stderr: 'nothing of note' })).to.equal('Command failed');
  });
});
