// The suite of gradients: both of every kind of convolution among the named shapes.
// SPDX-License-Identifier: MIT

import { NAMED_SHAPES } from '../../test/shapes.ts';
import type { GradientTask } from './task.ts';

const FORWARD: ReadonlySet<string> = new Set([
  'stem7x7s2',
  'r3x3_64_56',
  'r3x3_256_14',
  'r3x3s2_128_56',
  'p1x1_256_1024_14',
  'dw3_32_112',
  'dw5_240_28',
  'group32_3x3_256_28',
  'dil2_256_32',
  't4x4s2_256_128_16',
  'c3d_64_64_8x28',
  'c1d_80_384_3000',
  'batch8_3x3_128_28',
]);

export const GRADIENTS: readonly GradientTask[] = NAMED_SHAPES.filter(({ name }) =>
  FORWARD.has(name),
).flatMap((forward) =>
  (['input', 'weight'] as const).map((by) => ({ name: `${forward.name}_${by}`, forward, by })),
);
