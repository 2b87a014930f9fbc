// The benchmark's peers, where they are installed: each computes what we compute. `npm run bench:setup` installs them.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import type { CheckReport, CheckRequest } from '../../benchmarks/check.ts';
import { askChild } from '../../benchmarks/child.ts';
import { PEERS } from '../../benchmarks/peers.ts';
import { SMALL_SHAPES } from './small-shapes.ts';

describe("benchmark's peers", () => {
  const settings = { threads: 1, reuseOutput: false };
  const installed = PEERS.filter(({ presence }) => !('missing' in presence()));
  let reports: readonly CheckReport[] = [];

  before(async function () {
    this.timeout(120_000);
    if (installed.length === 0) return;
    reports = await Promise.all(
      SMALL_SHAPES.map((shape) => {
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
