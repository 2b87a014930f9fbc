// cost, outputDims, compareSeparable: counts against loops that count one by one, and messages.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { compareSeparable, cost, outputDims } from '../../lib/analysis.ts';
import { OPERATOR_NAMES } from '../../lib/ops/table.ts';
import { sfc32 } from '../../lib/random.ts';
import * as reference from '../../lib/reference.ts';
import { Tensor } from '../../lib/tensor.ts';
import { describeProblem, type Problem, randomProblem } from '../../lib/verify/problem.ts';
import { caught } from '../support/errors.ts';

/** All-ones operands sum to the number of products that do not meet the padding. */
function countProducts(
  op: 'conv2d' | 'convTranspose2d',
  input: number[],
  weight: number[],
  options: object,
): number {
  const ones = (dims: number[]) => {
    const tensor = Tensor.zeros(dims, { type: 'float64' });
    tensor.data.fill(1);
    return tensor;
  };
  return reference[op](ones(input), ones(weight), options as never).data.reduce(
    (sum, value) => sum + value,
    0,
  );
}

describe('cost', () => {
  for (const [op, input, weight, options] of [
    ['conv2d', [2, 4, 7, 9], [6, 4, 3, 2], {}],
    ['conv2d', [1, 4, 7, 9], [6, 2, 3, 3], { groups: 2, padding: 1, stride: 2 }],
    [
      'conv2d',
      [1, 1, 5, 4],
      [1, 1, 4, 3],
      {
        padding: [
          [3, 0],
          [1, 5],
        ],
        dilation: [1, 2],
        stride: [3, 1],
      },
    ],
    [
      'conv2d',
      [1, 1, 8, 8],
      [1, 1, 3, 3],
      {
        padding: [
          [-2, -1],
          [-1, 4],
        ],
      },
    ],
    ['conv2d', [1, 1, 5, 5], [1, 1, 3, 3], { padding: 2, paddingMode: 'reflect' }],
    ['convTranspose2d', [1, 4, 5, 4], [4, 3, 3, 3], { stride: 2, padding: 1 }],
    ['convTranspose2d', [1, 2, 3, 4], [2, 1, 4, 4], { stride: 3, dilation: 2, outputPadding: 1 }],
  ] as const) {
    it(`counts the products of ${op} ${input} ${weight} ${JSON.stringify(options)}`, () => {
      const { multiplications } = cost(op, input, weight, options as never);
      expect(multiplications).to.equal(countProducts(op, [...input], [...weight], options));
    });
  }

  it('counts taps on the padding as multiply-adds', () => {
    const { multiplyAdds, multiplications } = cost('conv2d', [1, 1, 3, 3], [1, 1, 3, 3], { padding: 1 });
    expect(multiplyAdds).to.equal(81);
    expect(multiplications).to.equal(49);
  });

  it('counts parameters, bytes and intensity', () => {
    const bias = Tensor.zeros([8]);
    const plain = cost('conv2d', [1, 3, 10, 10], [8, 3, 3, 3], { bias });
    expect(plain.parameters).to.equal(8 * 27 + 8);
    expect(plain.bytes).to.equal(4 * (300 + 216 + 8 + 512));
    expect(plain.intensity).to.equal((2 * 512 * 27) / plain.bytes);
    expect(cost('conv2d', [1, 3, 10, 10], [8, 3, 3, 3], { type: 'float64' }).bytes).to.equal(
      8 * (300 + 216 + 512),
    );
  });

  it('knows every family', () => {
    expect(cost('depthwiseConv1d', [1, 4, 10], [8, 1, 3]).parameters).to.equal(24);
    expect(cost('separableConv2d', [1, 4, 6, 6], [[4, 1, 3, 3], [9, 4]]).parameters).to.equal(36 + 36); // biome-ignore format: two weights
    expect(cost('matmul', [5, 6], [6, 7]).multiplications).to.equal(210);
    expect(cost('im2col', [1, 2, 5, 5], undefined, { kernelSize: [3, 3] })).to.include({
      parameters: 0,
      multiplyAdds: 0,
    });
    expect(cost('conv2dWeightGrad', [1, 2, 5, 5], [3, 2, 3, 3]).multiplications).to.equal(3 * 9 * 2 * 9);
    expect(cost('conv2d', [0, 2, 5, 5], [3, 2, 3, 3]).multiplications).to.equal(0);
  });

  it('refuses what the call would refuse, and names itself for an unknown operator', () => {
    expect(caught(() => cost('conv2d', [1, 3, 5, 5], [1, 2, 3, 3])).message).to.match(
      /^conv2d: weight \[1,2,3,3\]/,
    );
    expect(caught(() => cost('conv4d' as 'conv3d', [1], [1])).message).to.match(/^cost: op must be one of/);
    expect(caught(() => outputDims('conv' as 'conv3d', [1], [1])).message).to.match(
      /^outputDims: op must be/,
    );
    expect(caught(() => cost('conv2d', [1, 3, 5, 5]))).to.include({ code: 'ERR_CONV_SHAPE' });
  });

  for (const op of OPERATOR_NAMES) {
    it(`gives the dims that ${op} gives`, () => {
      const next = sfc32(11);
      const draw = (least: number, most: number) => least + ((next() >>> 0) % (most - least + 1));
      for (let i = 0; i < 5; i++) {
        const problem = randomProblem(op, draw);
        const call = reference[op] as unknown as (...args: unknown[]) => Tensor;
        expect(dimsOf(problem), describeProblem(problem)).to.deep.equal(
          call(...problem.operands, problem.options).dims,
        );
      }
    });
  }
});

/** By outputDims: of a gradient, from the dims of the forward call. */
function dimsOf({ operator, operands, options, type }: Problem): number[] {
  const dims = operands.map((operand) =>
    Array.isArray(operand) ? (operand as number[]) : [...(operand as Tensor).dims],
  );
  const call = outputDims as (op: string, input: unknown, weights: unknown, options: object) => number[];
  const given = { ...options, type };
  if (operator.endsWith('InputGrad')) return call(operator, dims[2], dims[1], given);
  if (operator.endsWith('WeightGrad')) return call(operator, dims[1], dims[2], given);
  return call(operator, dims[0], dims.length > 2 ? dims.slice(1) : dims[1], given);
}

describe('compareSeparable', () => {
  it('keeps the dims of input and output', () => {
    const options = { stride: 2, padding: 1, dilation: 2 };
    const { standard, spatial, depthwise } = compareSeparable([2, 6, 20, 18], [10, 6, 3, 5], options);
    expect(spatial.dims).to.deep.equal(standard.dims);
    expect(depthwise.dims).to.deep.equal(standard.dims);
  });

  it('takes the channels between the stages', () => {
    const options = { intermediate: 2, multiplier: 3 };
    const { spatial, depthwise } = compareSeparable([1, 4, 8, 8], [10, 4, 3, 3], options);
    expect(spatial.parameters).to.equal(2 * 4 * 3 + 10 * 2 * 3);
    expect(depthwise.parameters).to.equal(12 * 9 + 10 * 12);
  });

  it('refuses other ranks and bad options', () => {
    expect(caught(() => compareSeparable([1, 1, 5], [1, 1, 3])).message).to.match(/\[O,C,kH,kW\]/);
    expect(caught(() => compareSeparable([1, 1, 5, 5], [1, 1, 3, 3], { intermediate: 0 })).message).to.match(
      /options\.intermediate must be a positive integer/,
    );
    expect(
      caught(() => compareSeparable([1, 1, 5, 5], [1, 1, 3, 3], { strides: 1 } as object)).message,
    ).to.match(/did you mean 'stride'/);
  });
});
