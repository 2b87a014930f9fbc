// Dims whose products pass what 32 bits, a typed array or a number hold: planned or refused with ERR_CONV_TOO_LARGE,
// for every operator, and refused before anything of that size is made. test/long/large.test.ts runs what memory holds.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import type { ConvError } from '../lib/errors.ts';
import * as native from '../lib/index.ts';
import { OPERATOR_NAMES } from '../lib/ops/table.ts';
import * as promises from '../lib/promises.ts';
import * as reference from '../lib/reference.ts';
import { expectError, rejected } from './support/errors.ts';

const { explain, Tensor } = native;

/** Dims of operands whose largest tensor has about `side`^rank elements, by the operator's name. */
function operandsOf(name: string, side: number): readonly [readonly number[], unknown, object] {
  const rank = Number(/[123]d/.exec(name)?.[0]?.[0] ?? 2);
  const space = new Array<number>(rank).fill(side);
  const kernel = new Array<number>(rank).fill(3);
  if (name === 'matmul') return [[side, 8], [8, side], {}];
  if (name === 'im2col') return [[1, 2, side, side], undefined, { kernelSize: [3, 3] }];
  if (name === 'col2im') {
    return [[1, 9, (side - 2) ** 2], undefined, { outputSize: [side, side], kernelSize: [3, 3] }];
  }
  if (name.startsWith('depthwise')) return [[1, 4, ...space], [4, 1, ...kernel], {}];
  if (name === 'pointwiseConv2d') return [[1, 4, ...space], [8, 4], {}];
  if (name === 'separableConv2d') {
    return [
      [1, 4, ...space],
      [
        [4, 1, 3, 3],
        [8, 4],
      ],
      {},
    ];
  }
  if (name === 'spatialSeparableConv2d') {
    return [
      [1, 4, ...space],
      [
        [4, 4, 3, 1],
        [8, 4, 1, 3],
      ],
      {},
    ];
  }
  return [[1, 4, ...space], [4, 4, ...kernel], {}];
}

const explainAny = explain as (...args: unknown[]) => native.Explanation;

describe('dims whose products are large', () => {
  for (const name of OPERATOR_NAMES) {
    for (const exponent of [31, 32, 40, 53, 62]) {
      it(`${name}: about 2^${exponent} elements are planned or refused`, () => {
        const rank = Number(/[123]d/.exec(name)?.[0]?.[0] ?? 2);
        const side = Math.min(2 ** 31 - 1, Math.ceil(2 ** (exponent / rank)));
        const [first, second, options] = operandsOf(name, side);
        for (const reproducible of name === 'matmul' || name.includes('col') ? [undefined] : [true, false]) {
          try {
            const plan = explainAny(name, first, second, {
              ...options,
              ...(reproducible !== undefined && { reproducible }),
            });
            expect(plan.workspaceBytes).to.be.at.least(0);
            expect(Number.isFinite(plan.workspaceBytes)).to.equal(true);
            expect(side ** rank, 'planned beyond what a number counts').to.be.at.most(2 ** 53);
          } catch (error) {
            expect((error as ConvError).code, String(error)).to.equal('ERR_CONV_TOO_LARGE');
          }
        }
      });
    }
  }

  it('results that no array holds are refused through every door', async () => {
    const one = Tensor.from([[[[1]]]]);
    const padding = [
      [2 ** 20, 2 ** 20],
      [2 ** 20, 2 ** 20],
    ] as [[number, number], [number, number]];
    for (const door of [native, reference]) {
      for (const call of [
        () => door.conv2d(one, one, { padding }),
        () => door.im2col(one, { kernelSize: [1, 1], padding }),
        () => door.convTranspose2d(one, one, { outputSize: [2 ** 30, 2 ** 30], stride: 2 ** 30 }),
        () => door.matmul(Tensor.zeros([2 ** 17, 1]), Tensor.zeros([1, 2 ** 17])),
        () => door.resize(one, { width: 2 ** 20, height: 2 ** 20 }),
        () => door.resize(one, { width: 2 ** 31 - 1, height: 1 }),
      ]) {
        expectError(call, RangeError, 'ERR_CONV_TOO_LARGE', /^\w+: .*(would hold|more than|may be at most)/);
      }
    }
    const error = await rejected(promises.conv2d(one, one, { padding }));
    expect(error).to.be.instanceOf(RangeError).and.have.property('code', 'ERR_CONV_TOO_LARGE');
  });
});
