// convolutionMatrix: matrix · vec(x) = vec(conv(x)) for every rank, layout and option, dense and sparse.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import fc from 'fast-check';
import { type CsrMatrix, convolutionMatrix, multiplyCsr } from '../../lib/analysis.ts';
import * as reference from '../../lib/reference.ts';
import { Tensor } from '../../lib/tensor.ts';
import { FAMILIES } from '../property/cases.ts';
import { caught } from '../support/errors.ts';

const seed = Number(process.env.NATIVE_CONV_SEED ?? 20261124);
const ADDED = ['bias', 'residual', 'activation', 'threads'];
const LARGEST = 1e5;

type Operator = (...operands: unknown[]) => Tensor;

function expectWellFormed({ dims: [rows, columns], indptr, indices, data }: CsrMatrix): void {
  expect(indptr).to.have.length(rows + 1);
  expect(indices).to.have.length(indptr[rows]);
  expect(data).to.have.length(indptr[rows]);
  for (let row = 0; row < rows; row++) {
    for (let i = indptr[row]; i < indptr[row + 1]; i++) {
      const ascends = i === indptr[row] || indices[i] > indices[i - 1];
      if (!ascends || indices[i] < 0 || indices[i] >= columns)
        expect.fail(`row ${row}: column ${indices[i]}`);
    }
  }
}

describe('convolutionMatrix', () => {
  for (const family of ['conv', 'depthwise', 'pointwise', 'transpose'] as const) {
    it(`${family}: matrix · vec(x) = vec(op(x))`, () => {
      let compared = 0;
      const property = fc.property(FAMILIES[family], ({ operator, operands, options }) => {
        const [input, weight] = operands.map((operand) => {
          const { dims } = operand as Tensor;
          return Tensor.random(dims, { seed: dims.length, type: 'float64' });
        });
        const kept = Object.fromEntries(Object.entries(options).filter(([name]) => !ADDED.includes(name)));
        const expected = (reference as unknown as Record<string, Operator>)[operator](input, weight, kept);
        if (input.data.length * expected.data.length > LARGEST) return;
        const matrix = (format: string) =>
          (convolutionMatrix as (...all: unknown[]) => unknown)(operator, input.dims, weight, {
            ...kept,
            format,
          });
        const sparse = matrix('csr') as CsrMatrix;
        expectWellFormed(sparse);
        expect(sparse.dims).to.deep.equal([expected.data.length, input.data.length]);
        const product = multiplyCsr(sparse, input.data);
        const dense = matrix('dense') as Tensor;
        const rowOf = (i: number) => dense.data.subarray(i * input.data.length, (i + 1) * input.data.length);
        const again = (i: number) =>
          Array.from(rowOf(i)).reduce((sum, entry, j) => sum + entry * input.data[j], 0);
        for (const [i, value] of expected.data.entries()) {
          const near = Math.abs(product[i] - value) < 1e-12 && Math.abs(again(i) - value) < 1e-12;
          if (!near) expect.fail(`element ${i}: ${product[i]} and ${again(i)} instead of ${value}`);
        }
        compared += 1;
      });
      fc.assert(property, { seed, numRuns: 60 });
      expect(compared).to.be.above(10);
    });
  }

  it('of a transposed convolution is the transpose', () => {
    const weight = Tensor.random([3, 2, 2, 3], { seed: 1 });
    const options = { stride: 2, padding: 1 };
    const up = convolutionMatrix('convTranspose2d', [1, 3, 3, 4], weight, options);
    const [rows, columns] = up.dims;
    const down = convolutionMatrix('conv2d', [1, 2, 4, 7], weight, options);
    expect(down.dims).to.deep.equal([columns, rows]);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        expect(up.data[i * columns + j]).to.equal(down.data[j * rows + i]);
      }
    }
  });

  it('adds up taps that padding brings onto one element', () => {
    const kernel = Tensor.from([[[1, 2, 4]]]);
    const matrix = convolutionMatrix('conv1d', [1, 1, 2], kernel, { padding: 1, paddingMode: 'replicate' });
    expect(matrix.toNested()).to.deep.equal([
      [3, 4],
      [1, 6],
    ]);
  });

  it('keeps the dtype, and zeros that are weights', () => {
    const sparse = convolutionMatrix('conv1d', [1, 1, 3], Tensor.from([[[0, 1]]]), { format: 'csr' });
    expect(sparse.data).to.be.instanceOf(Float32Array).and.have.length(4);
    expect(
      convolutionMatrix('conv1d', [1, 1, 3], Tensor.zeros([1, 1, 2], { type: 'float64' })).type,
    ).to.equal('float64');
  });

  it('refuses what is no matrix', () => {
    const weight = Tensor.zeros([1, 1, 3, 3]);
    const call = convolutionMatrix as (...all: unknown[]) => unknown;
    for (const [args, message] of [
      [
        ['separableConv2d', [1, 1, 5, 5], weight],
        /must be a convolution of one weight, got 'separableConv2d'/,
      ],
      [['conv2dInputGrad', [1, 1, 5, 5], weight], /must be a convolution of one weight/],
      [['conv2d', [1, 1, 5, 5], weight, { bias: Tensor.zeros([1]) }], /options\.bias has no place/],
      [['conv2d', [1, 1, 5, 5], weight, { activation: 'relu' }], /options\.activation has no place/],
      [
        ['conv2d', [1, 1, 5, 5], weight, { residual: Tensor.zeros([1, 1, 3, 3]) }],
        /options\.residual has no place/,
      ],
      [
        ['conv2d', [1, 1, 5, 5], weight, { format: 'coo' }],
        /options\.format must be 'dense' or 'csr', got 'coo'/,
      ],
      [['conv2d', [1, 1, 500, 500], weight], /more than can be addressed/],
      [['conv2d', [1, 1, 2, 2], weight], /does not fit/],
    ] as const) {
      expect(caught(() => call(...args)).message).to.match(message);
    }
    expect(
      caught(() => multiplyCsr(convolutionMatrix('conv2d', [1, 1, 3, 3], weight, { format: 'csr' }), [1]))
        .message,
    ).to.match(/has 9 columns, the vector 1/);
  });
});
