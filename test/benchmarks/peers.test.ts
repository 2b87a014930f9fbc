// The benchmark's peers, where they are installed: each computes what we compute. `npm run bench:setup` installs them.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import type { CheckReport, CheckRequest } from '../../benchmarks/check.ts';
import { askChild } from '../../benchmarks/child.ts';
import { PEERS } from '../../benchmarks/peers.ts';
import type { NamedShape } from '../shapes.ts';

const SHAPES: readonly NamedShape[] = [
  {
    name: 'plane',
    operator: 'conv2d',
    input: [2, 3, 9, 8],
    weight: [5, 3, 3, 2],
    options: { stride: 2, padding: 1 },
  },
  { name: 'line', operator: 'conv1d', input: [1, 4, 19], weight: [6, 4, 5], options: { padding: 2 } },
  {
    name: 'groups',
    operator: 'conv2d',
    input: [1, 6, 7, 7],
    weight: [4, 3, 3, 3],
    options: { groups: 2, stride: 2, dilation: 2, padding: 1 },
  },
  {
    name: 'depthwise',
    operator: 'depthwiseConv2d',
    input: [1, 3, 8, 6],
    weight: [6, 1, 3, 3],
    options: { padding: 1, stride: 2 },
  },
  {
    name: 'up',
    operator: 'convTranspose2d',
    input: [1, 4, 5, 6],
    weight: [4, 3, 4, 4],
    options: { stride: 2, padding: 1 },
  },
  {
    name: 'volume',
    operator: 'conv3d',
    input: [1, 2, 4, 5, 6],
    weight: [3, 2, 3, 3, 3],
    options: { padding: 1 },
  },
  {
    name: 'up3',
    operator: 'convTranspose3d',
    input: [1, 2, 2, 3, 3],
    weight: [2, 3, 2, 2, 2],
    options: { stride: 2 },
  },
];

describe("benchmark's peers", () => {
  const settings = { threads: 1, reuseOutput: false };
  const installed = PEERS.filter(({ presence }) => !('missing' in presence()));
  let reports: readonly CheckReport[] = [];

  before(async function () {
    this.timeout(120_000);
    if (installed.length === 0) return;
    reports = await Promise.all(
      SHAPES.map((shape) => {
        const able = installed.filter(({ refuses }) => refuses(shape, settings) === undefined);
        const contestants = able.map(({ name }) => name);
        return askChild<CheckRequest, CheckReport>('check.ts', { shape, contestants, ...settings });
      }),
    );
  });

  for (const { name, presence } of PEERS) {
    it(`${name} agrees with us, where it is installed`, function () {
      if ('missing' in presence()) this.skip();
      const verdicts = reports.map((report) => report[name]).filter((verdict) => verdict !== undefined);
      expect(verdicts).to.have.length.above(3);
      expect(verdicts.filter(({ complaint }) => complaint !== undefined)).to.deep.equal([]);
    });
  }

  it('say what to do where they are missing, and their version where they are not', () => {
    for (const { name, presence } of PEERS) {
      const found = presence();
      if ('missing' in found) expect(found.missing, name).to.include('npm run bench:setup');
      else expect(found.version, name).to.match(/^\d+\.\d+\.\d+/);
    }
  });
});
