// The operands of deconvolve2d: copied to float64 in C order, every value checked. Layer: deconvolution.
// SPDX-License-Identifier: MIT

import type { FloatArray } from '../call.ts';
import { rangeError } from '../errors.ts';
import { product } from '../geometry.ts';
import { detached, isDetached, Tensor } from '../tensor.ts';
import { gather, type View } from '../view.ts';
import { type DeconvolutionCall, type DeconvolutionProblem, NAME } from './options.ts';
import { blank, pieces, type Steps } from './steps.ts';

/** Checks and copies the values of the operands. */
export function* readOperands({ views, ...call }: DeconvolutionCall): Steps<DeconvolutionProblem> {
  return {
    ...call,
    observed: yield* inDouble('observed', views.observed),
    kernel: yield* outputFirst(yield* inDouble('kernel', views.kernel), views.axes),
    initial: views.initial && (yield* inDouble('options.initial', views.initial)),
  };
}

/** The kernel with its axes in the order O, I, H, W. */
function* outputFirst({ data, dims }: Tensor<'float64'>, axes: readonly number[]): Steps<Tensor<'float64'>> {
  const strides = packedStrides(dims);
  const [sizes, steps] = [dims, strides].map((values) => axes.map((axis) => values[axis]));
  return new Tensor<'float64'>(yield* gathered(data, sizes, steps, 0), sizes);
}

function packedStrides(dims: readonly number[]): number[] {
  return dims.map((_, axis) => product(dims.slice(axis + 1)));
}

/** An operand's values. An iteration would carry a NaN into every element, and never end. */
function* inDouble(name: string, { memory, dims, strided }: View): Steps<Tensor<'float64'>> {
  const { strides, offset } = strided ?? { strides: packedStrides(dims), offset: 0 };
  const data = yield* gathered(memory, dims, strides, offset);
  if (isDetached(memory)) throw detached(NAME, `${name}.data`);
  yield* pieces(data.length, (first, end) => {
    for (let i = first; i < end; i++) {
      if (Number.isFinite(data[i])) continue;
      throw rangeError('ERR_CONV_OPTION', NAME, `${name} must be finite, element ${i} is ${data[i]}`);
    }
  });
  return new Tensor<'float64'>(data, dims);
}

function* gathered(
  from: FloatArray,
  dims: readonly number[],
  strides: readonly number[],
  offset: number,
): Steps<Float64Array> {
  const into = blank(product(dims));
  yield* pieces(into.length, (first, end) => gather(from, into, dims, strides, offset, first, end));
  return into;
}
