// Pictures of what a kernel reaches: split kernels, dilation and gridding, the checkerboard of transposed convolutions,
// how often a pixel is used, padding, frames of a clip.
// SPDX-License-Identifier: MIT

import { coverage, factorSpatial, Tensor } from '../../lib/analysis.ts';
import {
  conv1d,
  conv2dInputGrad,
  conv3d,
  convTranspose2d,
  spatialSeparableConv2d,
} from '../../lib/reference.ts';
import { brief, drawPanels, gridOf, type Item, type Panel, shade, shadeSigned } from './panels.ts';

const filled = (dims: readonly number[], value = 1) => {
  const tensor = Tensor.zeros(dims);
  tensor.data.fill(value);
  return tensor;
};

/** A kernel that is a product of a column and a row, and one that is not, with its best split. */
export async function separable(): Promise<string> {
  const blur = Tensor.from([[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]]); // biome-ignore format: a kernel
  const laplacian = Tensor.from([[[[0, 1, 0], [1, -4, 1], [0, 1, 0]]]]); // biome-ignore format: a kernel
  return drawPanels(
    [
      await splitRow('binomial blur', blur, shadeSigned(5)),
      await splitRow('Laplacian', laplacian, shadeSigned(5)),
    ],
    { cell: 34 },
  );
}

async function splitRow(title: string, kernel: Tensor, fill: Panel['fill']): Promise<Item[]> {
  const { column, row, error } = await factorSpatial(kernel, { rank: 1 });
  // Correlating an impulse gives the kernel mirrored; these two are their own mirror images.
  const impulse = Tensor.zeros([1, 1, 5, 5]);
  impulse.data[12] = 1;
  const product = spatialSeparableConv2d(impulse, column, row);
  const note = error < 1e-6 ? 'exact' : `best of rank 1: ${(100 * error).toFixed(0)} % off`;
  return [
    { title, values: gridOf(kernel), fill, text: brief },
    error < 1e-6 ? '=' : '≈',
    { title: '3×1', values: gridOf(column), fill, text: brief },
    '·',
    { title: '1×3', values: gridOf(row), fill, text: brief },
    '=',
    { title: 'product', note, values: gridOf(product), fill, text: brief },
  ];
}

/** The taps of a 3×3 kernel at three rates. */
export function dilation(): string {
  const panels = [1, 2, 3].map((rate): Item => {
    const { counts, dims } = coverage([{ kernelSize: 3, dilation: rate }]);
    return {
      title: `dilation ${rate}`,
      note: `9 parameters see ${dims[0]}×${dims[1]}`,
      values: gridOf(counts),
      fill: shade(1.2),
    };
  });
  return drawPanels([panels], { cell: 20 });
}

/** How often an output uses each pixel that it sees, through stacks of the same size. */
export function gridding(): string {
  const stacks = [
    [2, 2, 2],
    [1, 2, 3],
  ];
  const panels = stacks.map((rates): Item => {
    const { counts, dims, holes } = coverage(rates.map((rate) => ({ kernelSize: 3, dilation: rate })));
    const most = Math.max(...counts.data);
    return {
      title: `3×3, dilations ${rates.join(', ')}`,
      note: `sees ${dims[0]}×${dims[1]}, ${holes === 0 ? 'no holes' : `${holes} holes`}`,
      values: gridOf(counts),
      // The root, so that what is used once can be told from what is not used.
      fill: (count) => shade(1)(Math.sqrt(count / most)),
      text: brief,
    };
  });
  return drawPanels([panels], { cell: 20 });
}

/** How many inputs reach each output of a transposed convolution, stride 2. */
export function checkerboard(): string {
  const panels = [3, 4].map((size): Item => {
    const values = gridOf(convTranspose2d(filled([1, 1, 4, 4]), filled([1, 1, size, size]), { stride: 2 }));
    const note = size % 2 === 0 ? 'even away from the border' : 'uneven: a checkerboard';
    return { title: `kernel ${size}×${size}, stride 2`, note, values, fill: shade(4.5), text: brief };
  });
  return drawPanels([panels]);
}

/** In how many outputs each input element has a part: the input's gradient of ones. */
export function usage(): string {
  const panels = ([1, 2] as const).map((stride): Item => {
    const size = (7 - 3) / stride + 1;
    const grad = conv2dInputGrad(filled([1, 1, size, size]), filled([1, 1, 3, 3]), [1, 1, 7, 7], { stride });
    return { title: `3×3 over 7×7, stride ${stride}`, values: gridOf(grad), fill: shade(10), text: brief };
  });
  return drawPanels([panels]);
}

/** A line of six, padded by eight in every mode. */
export function padding(): string {
  const [size, width] = [6, 8];
  const line = Tensor.from([[Array.from({ length: size }, (_, i) => i + 1)]]);
  const modes = ['zeros', 'reflect', 'symmetric', 'replicate', 'circular'] as const;
  const inside = (column: number) => column >= width && column < width + size;
  return drawPanels(
    modes.map((paddingMode): Item[] => {
      const padded = conv1d(line, Tensor.from([[[1]]]), { padding: width, paddingMode });
      return [
        {
          title: `'${paddingMode}'`,
          values: gridOf(padded),
          fill: (value, _, column) => (inside(column) ? shade(7)(value) : shade(18)(value)),
          text: brief,
        },
      ];
    }),
  );
}

/** A dot that moves through a clip, and what a kernel over time alone finds in it. */
export function frames(): string {
  const [count, size] = [6, 6];
  const clip = Tensor.zeros([1, 1, count, size, size]);
  for (let frame = 0; frame < count; frame++) clip.data[frame * size * size + 2 * size + frame] = 1;
  const change = conv3d(clip, Tensor.from([[[[[-1]], [[1]]]]]));
  const panel = (tensor: Tensor, fill: Panel['fill'], name: string) => (frame: number) => ({
    title: `${name} ${frame + 1}`,
    values: gridOf(tensor, frame),
    fill,
  });
  const numbers = (length: number) => Array.from({ length }, (_, i) => i);
  return drawPanels(
    [
      numbers(count).map(panel(clip, shade(1), 'frame')),
      numbers(change.dims[2]).map(panel(change, shadeSigned(1), 'change')),
    ],
    { cell: 13 },
  );
}
