// The benchmark program on a small case: it checks, times, reports and compares.
// SPDX-License-Identifier: MIT

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { expectedElement, lower, multiplyAdds, outputLength } from '../../benchmarks/geometry.ts';
import {
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  convTranspose3d,
  depthwiseConv2d,
} from '../../lib/reference.ts';
import { NAMED_SHAPES, type NamedShape } from '../shapes.ts';
import { runBench } from './run-command.ts';

const REFERENCE = { conv1d, conv2d, conv3d, depthwiseConv2d, convTranspose2d, convTranspose3d };
const SMALL = ['--filter', '^dw3_960_7$', '--trials', '1', '--budget', '5'];

describe('benchmark', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'native-conv-bench-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  it('prints a table, writes JSON, and compares with it', function () {
    this.timeout(60_000);
    const file = join(folder, 'first.json');
    const first = runBench([...SMALL, '--json', file, '--threads', '2']);
    expect(first.code, first.stderr).to.equal(0);
    expect(first.stdout).to.match(/dw3_960_7.*1×960×7×7 \* 960×1×3×3 padding 1/);
    expect(first.stdout)
      .to.match(/1 thread/)
      .and.match(/2 threads/);
    const { results, machine } = JSON.parse(readFileSync(file, 'utf8'));
    expect(results.map((result: { threads: number }) => result.threads)).to.deep.equal([1, 2]);
    expect(results[0]).to.include({ contestant: 'auto', shape: 'dw3_960_7' });
    expect(results[0].medianMs).to.be.at.least(results[0].minMs).and.greaterThan(0);
    expect(machine.isa).to.be.a('string');

    const second = runBench([...SMALL, '--json', join(folder, 'second.json'), '--compare', file]);
    expect(second.code, second.stderr).to.equal(0);
    expect(second.stdout)
      .to.match(/before ms/)
      .and.match(/geometric mean, auto: [\d.]+× as fast/);
  });

  for (const [what, args, message] of [
    ['a filter that matches nothing', ['--filter', 'nothing'], /no shape of the suite named matches/],
    ['a filter that is no expression', ['--filter', '('], /regular expression/],
    ['a number of trials that is none', ['--trials', '0'], /positive integer/],
    ['a file that is no result', ['--compare', 'no-such.json'], /no-such\.json is not a result/],
    ['an unknown contestant', ['--contestants', 'auto,nobody'], /'nobody' is none; there are: auto, /],
    ['an unknown suite', ['--suite', 'sweet'], /There are: named, /],
    ['an unknown ISA', ['--isa', 'mmx'], /mmx/],
  ] as const) {
    it(`refuses ${what}`, () => {
      const { code, stdout, stderr } = runBench(args);
      expect(code).to.equal(2);
      expect(stdout).to.equal('');
      expect(stderr).to.match(message);
      expect(stderr).to.not.match(/\n\s+at /);
    });
  }
});

describe("benchmark's own arithmetic", () => {
  const small: readonly NamedShape[] = [
    {
      name: 'line',
      operator: 'conv1d',
      input: [2, 4, 9],
      weight: [6, 2, 3],
      options: { groups: 2, padding: 1 },
    },
    {
      name: 'plane',
      operator: 'conv2d',
      input: [1, 3, 7, 6],
      weight: [4, 3, 3, 2],
      options: { stride: 2, dilation: 2, padding: 2 },
    },
    {
      name: 'depth',
      operator: 'depthwiseConv2d',
      input: [1, 3, 5, 5],
      weight: [6, 1, 3, 3],
      options: { padding: 1 },
    },
    {
      name: 'volume',
      operator: 'conv3d',
      input: [1, 2, 4, 5, 3],
      weight: [3, 2, 2, 3, 1],
      options: { padding: 1 },
    },
    {
      name: 'up',
      operator: 'convTranspose2d',
      input: [2, 4, 3, 5],
      weight: [4, 2, 4, 3],
      options: { stride: 2, padding: 1, groups: 2, dilation: 2 },
    },
    {
      name: 'up3',
      operator: 'convTranspose3d',
      input: [1, 2, 2, 3, 3],
      weight: [2, 3, 2, 2, 2],
      options: { stride: 2 },
    },
  ];

  for (const shape of small) {
    it(`agrees with the reference door in every bit: ${shape.operator}`, () => {
      const input = wave(shape.input, 1);
      const weight = wave(shape.weight, 2);
      const x = { data: input, dims: shape.input };
      const { data } = REFERENCE[shape.operator](x, { data: weight, dims: shape.weight }, shape.options);
      const lowered = lower(shape);
      expect(outputLength(lowered)).to.equal(data.length);
      const chains = Array.from(data, (_, index) => expectedElement(lowered, input, weight, index).chain);
      expect(chains).to.deep.equal(Array.from(data));
    });
  }

  it('counts multiply-adds as the table of targets does', () => {
    const count = (name: string) => {
      const shape = NAMED_SHAPES.find((candidate) => candidate.name === name);
      return shape === undefined ? Number.NaN : multiplyAdds(shape);
    };
    expect(count('r3x3_64_56')).to.equal(64 * 56 * 56 * 64 * 9);
    expect(count('dw5_240_28')).to.equal(240 * 28 * 28 * 25);
    expect(count('t2x2s2_512_256_28')).to.equal(512 * 28 * 28 * 256 * 4);
  });

  it('names each shape once', () => {
    expect(new Set(NAMED_SHAPES.map(({ name }) => name)).size).to.equal(NAMED_SHAPES.length);
  });
});

function wave(dims: readonly number[], seed: number): Float32Array {
  const length = dims.reduce((product, dim) => product * dim, 1);
  return Float32Array.from({ length }, (_, i) => Math.sin(seed + i * 1.7));
}
