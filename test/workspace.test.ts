// setWorkspaceLimit: smaller algorithms or a clear refusal before anything is allocated, through every door, and
// explain()'s figure against what threads really take.
// SPDX-License-Identifier: MIT

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect } from 'chai';
import {
  Conv2d,
  col2im,
  conv2d,
  conv2dInputGrad,
  explain,
  info,
  matmul,
  SeparableConv2d,
  separableConv2d,
  setWorkspaceLimit,
  Tensor,
} from '../lib/index.ts';
import * as promises from '../lib/promises.ts';
import { expectError, rejected } from './support/errors.ts';

const x = Tensor.random([1, 16, 28, 28], { seed: 1 });
const w = Tensor.random([24, 16, 3, 3], { seed: 2 });
const options = { padding: 1, threads: 2 } as const;
const REFUSED = /needs? (at least )?\d+ bytes of scratch, setWorkspaceLimit allows \d+$/;

describe('setWorkspaceLimit', () => {
  afterEach(() => setWorkspaceLimit(Number.POSITIVE_INFINITY));

  it('is Infinity unless told, and takes non-negative integers only', () => {
    expect(info().workspaceLimit).to.equal(Number.POSITIVE_INFINITY);
    setWorkspaceLimit(12345);
    expect(info().workspaceLimit).to.equal(12345);
    for (const bad of [-1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 60, '3', null, undefined]) {
      expectError(
        () => setWorkspaceLimit(bad as number),
        typeof bad === 'number' ? RangeError : TypeError,
        'ERR_CONV_OPTION',
        /^setWorkspaceLimit: bytes must be a non-negative integer or Infinity, got /,
      );
    }
    expect(info().workspaceLimit).to.equal(12345);
  });

  it('makes auto choose smaller and smaller algorithms, whose results agree through both doors', async () => {
    const exact = conv2d(x, w, { ...options, reproducible: true });
    const layer = new Conv2d(w, options);
    const chosen: string[] = [];
    for (;;) {
      const { algorithm, workspaceBytes, refusals } = explain('conv2d', x.dims, w.dims, options);
      chosen.push(algorithm);
      for (const y of [
        conv2d(x, w, options),
        await promises.conv2d(x, w, options),
        layer.run(x),
        await layer.runAsync(x),
      ]) {
        expect(y.data.every((value, i) => Math.abs(value - exact.data[i]) < 1e-3)).to.equal(true);
      }
      const byLimit = refusals.filter(({ reason }) => REFUSED.test(reason)).map((each) => each.algorithm);
      // One that ranks between may be left out by the limit, too.
      expect(byLimit).to.include.members(chosen.slice(0, -1));
      expect(layer.explain(x.dims).algorithm).to.equal(algorithm);
      if (workspaceBytes === 0) break;
      setWorkspaceLimit(workspaceBytes - 1);
    }
    expect(chosen.length).to.be.at.least(3);
    expect(chosen.at(-1)).to.equal('direct');
  });

  it('refuses what needs more, before anything is computed, and leaves out as it was', async () => {
    const forced = { ...options, algorithm: 'im2col-gemm' } as const;
    const needed = explain('conv2d', x.dims, w.dims, forced).workspaceBytes;
    const layer = new Conv2d(w, forced);
    const out = new Tensor(new Float32Array(24 * 28 * 28).fill(7), [1, 24, 28, 28]);
    const held = info().scratchBytes;
    setWorkspaceLimit(needed - 1);
    const message = `conv2d: algorithm 'im2col-gemm' needs ${needed} bytes of scratch, setWorkspaceLimit allows ${needed - 1}`;
    for (const call of [
      () => conv2d(x, w, { ...forced, out }),
      () => layer.run(x, { out }),
      () => explain('conv2d', x.dims, w.dims, forced),
      () => layer.explain(x.dims),
    ]) {
      expectError(call, RangeError, 'ERR_CONV_TOO_LARGE', message);
    }
    for (const promise of [promises.conv2d(x, w, { ...forced, out }), layer.runAsync(x, { out })]) {
      expect(await rejected(promise))
        .to.be.instanceOf(RangeError)
        .and.include({ message });
    }
    expect(out.data.every((value) => value === 7)).to.equal(true);
    expect(info().scratchBytes).to.equal(held);
    setWorkspaceLimit(needed);
    expect(conv2d(x, w, { ...forced, out })).to.equal(out);
  });

  it('refuses operators that have one way only', () => {
    setWorkspaceLimit(0);
    const square = Tensor.zeros([64, 64]);
    const columns = Tensor.zeros([1, 9, 36]);
    expectError(() => matmul(square, square), RangeError, 'ERR_CONV_TOO_LARGE', REFUSED);
    expectError(
      () => col2im(columns, { outputSize: [8, 8], kernelSize: [3, 3] }),
      RangeError,
      'ERR_CONV_TOO_LARGE',
      REFUSED,
    );
    // The gradient of the padded input is a copy of its own.
    const gradient = Tensor.zeros([1, 24, 28, 28]);
    const reflect = { padding: 1, paddingMode: 'reflect' } as const;
    expectError(
      () => conv2dInputGrad(gradient, w, x.dims, reflect),
      RangeError,
      'ERR_CONV_TOO_LARGE',
      /every algorithm needs at least \d+ bytes/,
    );
  });

  it('counts what lies between two stages', () => {
    const depthwise = Tensor.random([16, 1, 3, 3], { seed: 3 });
    const pointwise = Tensor.random([24, 16], { seed: 4 });
    const dims = [depthwise.dims, pointwise.dims];
    const apart = { padding: 1, algorithm: 'direct' } as const;
    setWorkspaceLimit(16 * 28 * 28 * 4);
    expect(separableConv2d(x, depthwise, pointwise, apart).dims).to.deep.equal([1, 24, 28, 28]);
    setWorkspaceLimit(16 * 28 * 28 * 4 - 1);
    const call = () => separableConv2d(x, depthwise, pointwise, apart);
    expectError(call, RangeError, 'ERR_CONV_TOO_LARGE', REFUSED);

    setWorkspaceLimit(Number.POSITIVE_INFINITY);
    const { workspaceBytes } = explain('separableConv2d', x.dims, dims, { padding: 1 });
    const layer = new SeparableConv2d(depthwise, pointwise, { padding: 1 });
    setWorkspaceLimit(workspaceBytes);
    expect(layer.run(x).dims).to.deep.equal([1, 24, 28, 28]);
    setWorkspaceLimit(workspaceBytes - 1);
    for (const run of [() => layer.run(x), () => separableConv2d(x, depthwise, pointwise, { padding: 1 })]) {
      expectError(run, RangeError, 'ERR_CONV_TOO_LARGE', /the fused stages need/);
    }
  });
});

const PROGRAM = `
import { conv2d, convTranspose2d, conv2dWeightGrad, depthwiseConv2d, separableConv2d, matmul, explain, info, Tensor } from './lib/index.ts';
const operators = { conv2d, convTranspose2d, conv2dWeightGrad, depthwiseConv2d, separableConv2d, matmul };
const [name, first, weights, options] = JSON.parse(process.argv.at(-1));
const zeros = (dims) => Tensor.zeros(dims);
const operands = name === 'conv2dWeightGrad'
  ? [zeros(explain('conv2d', first, weights, options).dims), zeros(first), weights]
  : [zeros(first), ...(Array.isArray(weights[0]) ? weights : [weights]).map(zeros)];
const { workspaceBytes, threads } = explain(name, first, weights, options);
operators[name](...operands, options);
console.log(JSON.stringify({ workspaceBytes, threads, taken: info().scratchBytes }));
`;

describe('workspaceBytes of explain()', function () {
  this.timeout(60_000);
  const map = [1, 32, 56, 56];
  const cases: readonly (readonly [string, readonly number[], readonly unknown[], object])[] = [
    ['conv2d', map, [32, 32, 3, 3], { padding: 1 }],
    ['conv2d', map, [32, 32, 3, 3], { padding: 1, algorithm: 'implicit-gemm' }],
    ['conv2d', [4, 16, 30, 30], [32, 4, 3, 3], { groups: 4, reproducible: true }],
    ['conv2d', [1, 56, 56, 32], [32, 32, 3, 3], { padding: 1, algorithm: 'im2col-gemm', layout: 'NHWC' }],
    ['convTranspose2d', map, [32, 32, 3, 3], { stride: 2, reproducible: true }],
    ['conv2dWeightGrad', map, [32, 32, 3, 3], { padding: 1 }],
    ['depthwiseConv2d', map, [32, 1, 5, 5], { padding: 2 }],
    [
      'separableConv2d',
      map,
      [
        [32, 1, 3, 3],
        [64, 32],
      ],
      { padding: 1 },
    ],
    ['matmul', [8, 128, 128], [8, 128, 128], {}],
  ];
  for (const [name, first, weights, options] of cases) {
    it(`is never less than two threads take: ${name} ${JSON.stringify(options)}`, () => {
      const program = [name, first, weights, { ...options, threads: 2 }];
      const { workspaceBytes, threads, taken } = JSON.parse(
        execFileSync(
          process.execPath,
          ['--import=tsx', '--input-type=module', '--eval', PROGRAM, '--', JSON.stringify(program)],
          { cwd: path.join(import.meta.dirname, '..'), encoding: 'utf8' },
        ),
      ) as { workspaceBytes: number; threads: number; taken: number };
      expect(threads).to.be.at.most(2);
      expect(taken).to.be.above(0).and.at.most(workspaceBytes);
    });
  }
});
