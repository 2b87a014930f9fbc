// How often one output uses each input element through a stack of layers: stacked dilations with a common factor leave
// a checkerboard of elements that are never seen, gridding (Yu, Koltun & Funkhouser, arXiv 1705.09914; Wang et al.,
// arXiv 1702.08502). Layer: analysis.
// SPDX-License-Identifier: MIT

import { product } from '../geometry.ts';
import { extent } from '../padding.ts';
import { Tensor } from '../tensor.ts';
import { axesOf, parseLayers, type Stack, type WindowLayer } from './layers.ts';

export interface Coverage {
  /** The receptive field's size, one per axis. */
  readonly dims: readonly number[];
  /** Of these dims: the paths from the output to each input element, which is how often the element is used. */
  readonly counts: Tensor<'float64'>;
  /** Elements of the receptive field that are used at least once. */
  readonly used: number;
  /** Elements of the receptive field that are never used: gridding, if there are any. */
  readonly holes: number;
  /** The counts as text, one character an element: `·` is a hole, `█` the most used. Depth slices are apart. */
  readonly picture: string;
}

const SHADES = '░▒▓█';
const HOLE = '·';

/**
 * How often one output uses each element of its receptive field.
 *
 * @param layers - first layer first, as for {@link receptiveField}; padding has no effect.
 * @throws TypeError or RangeError `ERR_CONV_OPTION` for what is no layer.
 *
 * @example
 * ```ts
 * import { coverage } from 'native-conv/analysis';
 * const gridding = coverage([{ kernelSize: 3, dilation: 2 }, { kernelSize: 3, dilation: 2 }]);
 * console.log(gridding.dims, gridding.used, gridding.holes); // [9, 9] 25 56
 * console.log(coverage([1, 2].map((dilation) => ({ kernelSize: 3, dilation }))).holes); // 0
 * ```
 */
export function coverage(layers: readonly WindowLayer[]): Coverage {
  const stack = parseLayers('coverage', layers);
  // A kernel is a box, so that the paths along one axis do not depend on the others.
  const lines = axesOf(stack.rank).map((axis) => paths(stack, axis));
  const dims = lines.map((line) => line.length);
  const counts = Tensor.zeros(dims, { type: 'float64' });
  counts.data.set(lines.reduce((all, line) => all.flatMap((count) => line.map((more) => count * more)), [1]));
  const used = product(lines.map((line) => line.filter((count) => count > 0).length));
  return { dims, counts, used, holes: product(dims) - used, picture: draw(counts) };
}

/** The paths from one output to each element of its receptive field, along one axis. */
function paths({ layers }: Stack, axis: 0 | 1 | 2): number[] {
  let line = [1];
  let jump = 1;
  for (const { kernel, stride, dilation } of layers) {
    const before = line;
    const spacing = dilation[axis] * jump;
    const grown = new Array<number>(before.length + (extent(kernel[axis], dilation[axis]) - 1) * jump).fill(
      0,
    );
    for (let k = 0; k < kernel[axis]; k++) {
      for (const [i, count] of before.entries()) grown[i + k * spacing] += count;
    }
    line = grown;
    jump *= stride[axis];
  }
  return line;
}

function draw({ data, dims }: Tensor<'float64'>): string {
  const most = data.reduce((largest, count) => Math.max(largest, count), 0);
  const shade = (count: number) =>
    count === 0 ? HOLE : SHADES[Math.ceil((count / most) * SHADES.length) - 1];
  const width = dims[dims.length - 1];
  const height = dims[dims.length - 2] ?? 1;
  let text = '';
  for (const [i, count] of data.entries()) {
    if (i > 0 && i % width === 0) text += i % (width * height) === 0 ? '\n\n' : '\n';
    text += shade(count);
  }
  return text;
}
