// Cross-checks: ours pass everywhere, kernels that are wrong on purpose are found and located, random or not.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { loadBinding } from '../../lib/native/binding.ts';
import { OPERATOR_NAMES } from '../../lib/ops/table.ts';
import * as reference from '../../lib/reference.ts';
import { Tensor } from '../../lib/tensor.ts';
import { crossCheck, describeProblem, randomProblem, sweep } from '../../lib/verify.ts';
import { rejected } from '../support/errors.ts';

const x = Tensor.random([1, 3, 9, 8], { seed: 1 });
const w = Tensor.random([4, 3, 3, 3], { seed: 2 });
const args = [x, w, { padding: 1 }] as const;

type Conv = (input: Tensor, weight: Tensor, options: object) => Tensor;
const conv: Conv = (input, weight, options) => reference.conv2d(input, weight, options);

describe('crossCheck', () => {
  it('passes every door, algorithm and instruction set', async () => {
    const check = await crossCheck('conv2d', args);
    expect(check.failures, String(check)).to.deep.equal([]);
    const ran = check.rows.filter((row) => row.refused === null);
    for (const isa of loadBinding().info().availableIsas) {
      for (const door of ['native', 'promises']) {
        const there = ran.some((row) => row.door === door && row.isa === isa);
        expect(there, `${door} ${isa}`).to.equal(true);
      }
    }
    expect(ran.map((row) => row.algorithm)).to.include.members(['direct', 'im2col-gemm', 'implicit-gemm']);
    expect(check.rows.some((row) => row.algorithm === 'depthwise' && row.refused !== null)).to.equal(true);
    expect(ran[0]).to.include({ door: 'reference', sameBits: true, maxUlp: 0 });
  });

  it('finds a kernel that is deliberately wrong in one pixel, and says where', async () => {
    const wrong: Conv = (...all) => {
      const y = conv(...all);
      y.data[1 * 72 + 4 * 8 + 6] *= 1.001; // channel 1, row 4, column 6
      return y;
    };
    const check = await crossCheck('conv2d', args, { kernels: { wrong, right: conv } });
    expect(check.passed).to.equal(false);
    expect(check.failures.map((row) => row.door)).to.deep.equal(['wrong']);
    expect(check.failures[0].difference?.worst?.position).to.deep.equal([0, 1, 4, 6]);
    expect(String(check)).to.match(
      /wrong: 1 of 288 elements .* are off:\n {2}at \[0,1,4,6\]: \S+ instead of \S+/,
    );
    expect(String(check)).to.match(/wrong .* WRONG/);
  });

  it('finds the usual mistakes', async () => {
    const flipped: Conv = (input, weight, options) =>
      conv(input, new Tensor(weight.data.toReversed(), weight.dims), options);
    const noPadding: Conv = (input, weight) => conv(input, weight, {});
    const mirrored: Conv = (input, weight, options) =>
      conv(input, weight, { ...options, paddingMode: 'replicate' });
    const imprecise: Conv = (...all) => {
      const y = conv(...all);
      for (const [i, value] of y.data.entries()) y.data[i] = Math.round(value * 2 ** 10) / 2 ** 10;
      return y;
    };
    const kernels = { flipped, noPadding, mirrored, imprecise };
    const { failures } = await crossCheck('conv2d', args, { kernels, doors: [] });
    expect(failures.map((row) => row.door)).to.deep.equal(Object.keys(kernels));
    expect(failures[1].difference?.shape).to.equal('dims are [1,4,7,6] instead of [1,4,9,8]');
  });

  it('lets sums in another order pass by their bound, and holds them to a tolerance on request', async () => {
    const inDouble: Conv = (input, weight, options) => {
      const y = reference.conv2d(input, weight, { ...options, precision: 'float64' });
      return new Tensor(Float32Array.from(y.data), y.dims);
    };
    const kernels = { inDouble };
    const byBound = await crossCheck('conv2d', args, { kernels, doors: [] });
    expect(byBound.passed).to.equal(true);
    expect(byBound.rows[1].sameBits).to.equal(false);
    const byBits = await crossCheck('conv2d', args, { kernels, doors: [], tolerance: {} });
    expect(byBits.passed).to.equal(false);
  });

  it('takes kernels that are asynchronous, refuse, or give other tensors', async () => {
    const kernels = {
      later: (...all: Parameters<Conv>) => Promise.resolve(conv(...all)),
      plain: (...all: Parameters<Conv>) => ({ data: conv(...all).data, shape: [1, 4, 9, 8] }),
      choosy: () => null,
    };
    const check = await crossCheck('conv2d', args, { kernels, doors: [] });
    expect(check.passed).to.equal(true);
    expect(check.rows.find((row) => row.door === 'choosy')?.refused).to.equal('it does not take this call');
  });

  it('takes calls without options, gradients and two weights', async () => {
    const options = { isas: [loadBinding().info().isa], threads: [1] };
    const y = Tensor.random([1, 4, 7, 6], { seed: 3 });
    for (const [operator, all] of [
      ['conv2d', [x, w]],
      ['conv2dInputGrad', [y, w, [1, 3, 9, 8]]],
      ['conv2dWeightGrad', [y, x, [4, 3, 3, 3], {}]],
      ['separableConv2d', [x, Tensor.random([3, 1, 3, 3]), Tensor.random([5, 3]), { activation: 'gelu' }]],
      ['im2col', [x, { kernelSize: [3, 3] }]],
      ['matmul', [Tensor.random([3, 4]), Tensor.random([4, 5]), undefined]],
    ] as const) {
      const check = await crossCheck(operator, all, options);
      expect(check.passed, String(check)).to.equal(true);
      expect(check.rows.length).to.be.above(2);
    }
  });

  it('puts the instruction set back, also after an error', async () => {
    const before = loadBinding().info().isa;
    await rejected(crossCheck('conv2d', [x, w, { stride: 0 }]));
    const failing = () => {
      throw new Error('mine');
    };
    const error = await rejected(crossCheck('conv2d', args, { kernels: { failing } }));
    expect(error.message).to.equal('mine');
    expect(loadBinding().info().isa).to.equal(before);
  });

  it('refuses options that make no sense', async () => {
    for (const [options, message] of [
      [{ isas: ['mmx'] }, /options\.isas must be .*'portable', got 'mmx'/],
      [{ doors: ['reference'] }, /options\.doors must be 'native' or 'promises'/],
      [{ algorithms: 'auto' }, /options\.algorithms must be an array/],
      [{ threads: [0] }, /options\.threads must be a positive integer/],
      [{ kernels: { native: conv } }, /cannot be called 'native'/],
      [{ kernels: { mine: 1 } }, /options\.kernels\.mine must be a function, got 1/],
      [{ kernels: 1 }, /options\.kernels must be functions by name/],
      [{ kernel: {} }, /did you mean 'kernels'/],
    ] as const) {
      const error = await rejected(crossCheck('conv2d', args, options as object));
      expect(error.message).to.match(message);
    }
    const nothing = { kernels: { nothing: () => undefined } };
    const error = await rejected(crossCheck('conv2d', args, nothing));
    expect(error.message).to.match(/kernel nothing returned nothing/);
  });
});

describe('sweep', () => {
  it('passes every operator', async () => {
    for (const operator of OPERATOR_NAMES) {
      const found = await sweep(operator, { cases: 2, seed: 5, threads: [2] });
      expect(found.passed, String(found)).to.equal(true);
      expect(found.rows.length).to.be.above(0);
    }
  }).timeout(60_000);

  it('finds a kernel that forgets the dilation, and gives a call that shows it', async () => {
    const forgetful: Conv = (input, weight, options) => {
      const { dilation: _, ...kept } = options as { dilation?: unknown };
      return conv(input, weight, { ...kept, bias: undefined, residual: undefined });
    };
    const options = { cases: 6, seed: 3, type: 'float32', doors: [], kernels: { forgetful } } as const;
    const found = await sweep('conv2d', options);
    expect(found.passed).to.equal(false);
    expect(found.rows).to.have.length(1);
    expect(found.rows[0]).to.include({ door: 'forgetful', runs: 6, wrong: found.failures.length });
    expect(String(found))
      .to.match(/of 6 are wrong/)
      .and.match(/"dilation":/)
      .and.match(/forgetful: /);
  });

  it('makes the same calls from the same seed', async () => {
    const kernels = { no: () => Tensor.zeros([1]) };
    const calls = async (seed: number) => {
      const { rows, failures } = await sweep('conv1d', { cases: 3, seed, doors: [], kernels });
      expect(rows[0].runs).to.equal(3);
      return failures.map(({ problem }) => describeProblem(problem));
    };
    expect(await calls(4)).to.deep.equal(await calls(4));
    expect(await calls(4)).not.to.deep.equal(await calls(5));
  });

  it('reports progress, and refuses bad options', async () => {
    const steps: number[] = [];
    await sweep('matmul', { cases: 3, doors: [], onProgress: (done) => steps.push(done) });
    expect(steps).to.deep.equal([1, 2, 3]);
    for (const options of [{ cases: 0 }, { seed: -1 }, { type: 'int8' }, { onProgress: 1 }, { case: 1 }]) {
      expect(await rejected(sweep('matmul', options as object))).to.include({ code: 'ERR_CONV_OPTION' });
    }
    expect((await rejected(sweep('conv9d' as 'conv2d'))).message).to.match(/operator must be/);
  });

  it('keeps problems within their limits', () => {
    const most = (_: number, largest: number) => largest;
    const { operands } = randomProblem('conv3d', most, { type: 'float64', multiplyAdds: 1000 });
    expect((operands[0] as Tensor).type).to.equal('float64');
    expect((operands[0] as Tensor).data.length).to.be.below(5000);
  });
});
