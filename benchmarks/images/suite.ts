// The image suite: filters of a full HD picture, and its reduction to what networks take.
// SPDX-License-Identifier: MIT

import type { BlurTask, BoxTask, FilterTask, ImageTask, ResizeTask, TensorTask } from './task.ts';

const source = { width: 1920, height: 1080, channels: 3 } as const;

function filter(name: string, kernel: FilterTask['options']['kernel']): FilterTask {
  return { name, operation: 'filter2d', source, options: { kernel } };
}

function blur(name: string, options: BlurTask['options']): BlurTask {
  return { name, operation: 'gaussianBlur', source, options };
}

function box(size: number): BoxTask {
  return { name: `box${size}x${size}`, operation: 'boxBlur', source, options: { kernelSize: size } };
}

function resize(filter: ResizeTask['options']['filter'], size: number): ResizeTask {
  const options = { width: size, height: size, filter };
  return { name: `resize_${filter}_${size}`, operation: 'resize', source, options };
}

/** With torchvision's numbers for ImageNet. */
function tensor(size: number): TensorTask {
  const [mean, std] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ];
  const options = { width: size, height: size, filter: 'bilinear', mean, std } as const;
  return { name: `to_tensor_${size}`, operation: 'toTensor', source, options };
}

/** Whole numbers without a zero, with the sum 1 and no column that is a multiple of another. */
function dense(size: number): number[][] {
  const middle = (size - 1) / 2;
  const rows = Array.from({ length: size }, (_, y) =>
    Array.from(
      { length: size },
      (_, x) => ((x * 2 + y * 3 + x * y) % 3 === 0 ? -1 : 1) * (((x + y) % 2) + 1),
    ),
  );
  rows[middle][middle] += 1 - rows.flat().reduce((sum, weight) => sum + weight, 0);
  return rows;
}

export const IMAGES: readonly ImageTask[] = [
  filter('filter3x3', [
    [-1, -2, 1],
    [-2, 5, 2],
    [-1, -3, 2],
  ]),
  filter('filter5x5', dense(5)),
  filter('filter7x7', dense(7)),
  blur('gauss5x5', { kernelSize: 5 }),
  blur('gauss_s2', { sigma: 2 }),
  box(5),
  box(31),
  resize('bilinear', 640),
  resize('bicubic', 640),
  resize('lanczos', 640),
  resize('bilinear', 224),
  resize('lanczos', 224),
  tensor(640),
  tensor(224),
];
