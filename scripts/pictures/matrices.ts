// Pictures of convolutions as matrices: sliding positions, groups, the transpose, im2col, channels that are summed.
// SPDX-License-Identifier: MIT

import { convolutionMatrix, Tensor } from '../../lib/analysis.ts';
import { conv2d, im2col } from '../../lib/reference.ts';
import { brief, drawPanels, type Grid, gridOf, type Item, shade, shadeSigned } from './panels.ts';

const KERNEL = Tensor.from([[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]]); // biome-ignore format: a kernel
const nonZero = (value: number) => (value === 0 ? '' : brief(value));

/** A 3×3 kernel at its four positions on a 4×4 image, and the matrix that they are. */
export function matrix(): string {
  const rows = gridOf(convolutionMatrix('conv2d', [1, 1, 4, 4], KERNEL));
  const positions = rows.map((row, i): Item => {
    const values = Array.from({ length: 4 }, (_, y) => row.slice(4 * y, 4 * y + 4));
    return { title: `position ${i + 1}`, values, fill: shade(9), text: nonZero };
  });
  const product: Item[] = [
    { title: 'the same four, one a row: 4 × 16', values: rows, fill: shade(9), text: nonZero },
  ];
  return drawPanels([positions, product]);
}

/** Three channels, each with a kernel of its own, and the sum of the results. */
export function channels(): string {
  const x = Tensor.from([
    [
      [[1, 0, 2, 1], [0, 3, 1, 0], [2, 1, 0, 1], [1, 0, 1, 2]], // biome-ignore format: rows
      [[0, 1, 0, 2], [1, 1, 2, 0], [0, 2, 1, 1], [3, 0, 0, 1]], // biome-ignore format: rows
      [[2, 0, 1, 0], [1, 0, 0, 2], [0, 1, 3, 0], [1, 2, 0, 1]], // biome-ignore format: rows
    ],
  ]);
  const w = Tensor.from([
    [
      [[0, 1, 0], [1, 1, 1], [0, 1, 0]], // biome-ignore format: rows
      [[1, 0, -1], [1, 0, -1], [1, 0, -1]], // biome-ignore format: rows
      [[0, 0, 0], [0, 2, 0], [0, 0, 0]], // biome-ignore format: rows
    ],
  ]);
  const one = (tensor: Tensor, c: number, size: number) =>
    new Tensor(tensor.data.slice(c * size * size, (c + 1) * size * size), [1, 1, size, size]);
  const rows = [0, 1, 2].map((c): Item[] => {
    const result = conv2d(one(x, c, 4), one(w, c, 3));
    return [
      { title: c === 0 ? 'input channels' : undefined, values: gridOf(x, c), fill: shade(4), text: brief },
      '∗',
      {
        title: c === 0 ? 'their kernels' : undefined,
        values: gridOf(w, c),
        fill: shadeSigned(3),
        text: brief,
      },
      '=',
      {
        title: c === 0 ? 'each by itself' : undefined,
        values: gridOf(result),
        fill: shadeSigned(12),
        text: brief,
      },
    ];
  });
  rows[1].push('→', {
    title: 'their sum, one output channel',
    values: gridOf(conv2d(x, w)),
    fill: shadeSigned(12),
    text: brief,
  });
  return drawPanels(rows);
}

/** Which input element each output element reads: 4 channels of a line of 4, kernel 3. */
export function groups(): string {
  const panel = (title: string, count: number): Item => {
    const w = Tensor.zeros([4, 4 / count, 3]);
    w.data.fill(1);
    const values = gridOf(convolutionMatrix('conv1d', [1, 4, 4], w, { padding: 1, groups: count }));
    // Blocks of channels are told apart by their frames' lines, and what is not read by its white.
    return { title, note: `${w.data.length} parameters`, values, fill: shade(1.4) };
  };
  return drawPanels(
    [[panel('groups 1: standard', 1), panel('groups 2', 2), panel('groups 4: depthwise', 4)]],
    { cell: 11 },
  );
}

/** A convolution's matrix and its transpose. */
export function transposedMatrix(): string {
  const forward = gridOf(convolutionMatrix('conv1d', [1, 1, 9], LINE_KERNEL, { stride: 2 }));
  const back = gridOf(convolutionMatrix('convTranspose1d', [1, 1, 4], LINE_KERNEL, { stride: 2 }));
  return drawPanels([
    [
      { title: 'conv1d, stride 2: from 9 to 4', values: forward, fill: shade(3), text: nonZero },
      { title: 'convTranspose1d: from 4 to 9', values: back, fill: shade(3), text: nonZero },
    ],
  ]);
}

const LINE_KERNEL = Tensor.from([[[1, 2, 3]]]);

/** A 4×4 image, and its windows of 3×3 as columns. */
export function columns(): string {
  const image = Tensor.from([[Array.from({ length: 4 }, (_, i) => [1, 2, 3, 4].map((j) => 4 * i + j))]]);
  const values: Grid = gridOf(im2col(image, { kernelSize: 3 }));
  return drawPanels([
    [
      { title: 'image', values: gridOf(image), fill: shade(16), text: brief },
      '→',
      { title: 'im2col: 9 taps × 4 positions', values, fill: shade(16), text: brief },
    ],
  ]);
}
