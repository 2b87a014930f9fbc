// Random calls of every operator as fast-check arbitraries that shrink: lib/verify draws each of its numbers from one.
// SPDX-License-Identifier: MIT

import fc from 'fast-check';
import { OPERATORS, type OperatorName } from '../../lib/ops/table.ts';
import { type Problem, randomProblem } from '../../lib/verify/problem.ts';

export { describeProblem as describeCase, type Problem as Case } from '../../lib/verify/problem.ts';

function problems(operators: readonly OperatorName[]): fc.Arbitrary<Problem> {
  return fc.gen().map((g) => {
    const operator = operators[g(fc.nat, { max: operators.length - 1 })];
    return randomProblem(operator, (min, max) => g(fc.integer, { min, max }));
  });
}

/** Every operator's cases, by family. */
export const FAMILIES = {
  conv: problems(['conv1d', 'conv2d', 'conv3d']),
  depthwise: problems(['depthwiseConv1d', 'depthwiseConv2d', 'depthwiseConv3d']),
  pointwise: problems(['pointwiseConv2d']),
  separable: problems(['separableConv2d']),
  spatialSeparable: problems(['spatialSeparableConv2d']),
  transpose: problems(['convTranspose1d', 'convTranspose2d', 'convTranspose3d']),
  convGradient: problems([
    'conv1dInputGrad',
    'conv2dInputGrad',
    'conv3dInputGrad',
    'conv1dWeightGrad',
    'conv2dWeightGrad',
    'conv3dWeightGrad',
  ]),
  transposeGradient: problems([
    'convTranspose1dInputGrad',
    'convTranspose2dInputGrad',
    'convTranspose3dInputGrad',
    'convTranspose1dWeightGrad',
    'convTranspose2dWeightGrad',
    'convTranspose3dWeightGrad',
  ]),
  columns: problems(['im2col', 'col2im']),
  matmul: problems(['matmul']),
};

/** Operators that FAMILIES can give: a test holds it against the table of operators. */
export const ALL_OPERATORS = Object.keys(OPERATORS) as OperatorName[];
