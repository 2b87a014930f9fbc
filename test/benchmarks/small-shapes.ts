// Shapes that take no time: one of each kind that a contestant of the benchmark may be asked for, one that the stride
// leaves a rest of.
// SPDX-License-Identifier: MIT

import type { NamedShape } from '../shapes.ts';

export const SMALL_SHAPES: readonly NamedShape[] = [
  {
    name: 'plane',
    operator: 'conv2d',
    input: [2, 3, 9, 8],
    weight: [5, 3, 3, 2],
    options: { stride: 2, padding: 1 },
  },
  { name: 'line', operator: 'conv1d', input: [1, 4, 19], weight: [6, 4, 5], options: { padding: 2 } },
  {
    name: 'groups',
    operator: 'conv2d',
    input: [1, 6, 7, 7],
    weight: [4, 3, 3, 3],
    options: { groups: 2, stride: 2, dilation: 2, padding: 1 },
  },
  {
    name: 'depthwise',
    operator: 'depthwiseConv2d',
    input: [1, 3, 8, 6],
    weight: [6, 1, 3, 3],
    options: { padding: 1, stride: 2 },
  },
  {
    name: 'up',
    operator: 'convTranspose2d',
    input: [2, 4, 5, 6],
    weight: [4, 3, 4, 4],
    options: { stride: 2, padding: 1 },
  },
  {
    name: 'volume',
    operator: 'conv3d',
    input: [1, 2, 4, 5, 6],
    weight: [3, 2, 3, 2, 3],
    options: { padding: 1 },
  },
  {
    name: 'up3',
    operator: 'convTranspose3d',
    input: [1, 2, 2, 3, 3],
    weight: [2, 3, 2, 2, 2],
    options: { stride: 2 },
  },
  {
    name: 'rest',
    operator: 'conv2d',
    input: [2, 4, 8, 9],
    weight: [6, 2, 3, 3],
    options: { stride: 2, padding: 1, groups: 2 },
  },
  {
    name: 'dilated',
    operator: 'conv1d',
    input: [1, 3, 17],
    weight: [4, 3, 3],
    options: { dilation: 3, padding: 2 },
  },
];
