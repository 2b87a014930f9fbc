// What a plan costs, by dims and options alone: what explain() and the analysis door both report.
// Layer: above ops/; pure TypeScript.
// SPDX-License-Identifier: MIT

import {
  columnsLength,
  type Geometry,
  inputLength,
  outputLength,
  resultLength,
  type Triple,
  weightLength,
} from './geometry.ts';
import type { Plan } from './ops/call.ts';
import type { Settings } from './options.ts';

/** The least that must be moved: every operand read once, the result written once. */
export function bytesMoved(plan: Plan, settings: Settings): number {
  const itemBytes = plan.geometries[0].dtype === 'float32' ? 4 : 8;
  return elementsMoved(plan, settings) * itemBytes;
}

function elementsMoved(plan: Plan, settings: Settings): number {
  const last = plan.geometries[plan.geometries.length - 1];
  const result = resultLength(last);
  const perChannel =
    (settings.bias === null ? 0 : plan.channels) + (settings.activation.slope === null ? 0 : plan.channels);
  const residual = settings.residual === null ? 0 : result;
  return (
    sourceLength(plan.geometries[0]) +
    plan.geometries.reduce((total, geometry) => total + weightSlotLength(geometry), 0) +
    perChannel +
    residual +
    result
  );
}

function sourceLength(g: Geometry): number {
  switch (g.kind) {
    case 'conv':
    case 'convWeightGrad':
    case 'im2col':
      return inputLength(g);
    case 'convTranspose':
      return outputLength(g);
    case 'col2im':
      return columnsLength(g);
    case 'matmul':
      return g.matmul.rows * g.matmul.depth * distinct(g.matmul.batch, g.matmul.strideA);
  }
}

function weightSlotLength(g: Geometry): number {
  switch (g.kind) {
    case 'conv':
    case 'convTranspose':
      return weightLength(g);
    case 'convWeightGrad':
      return outputLength(g);
    case 'im2col':
    case 'col2im':
      return 0;
    case 'matmul':
      return g.matmul.depth * g.matmul.columns * distinct(g.matmul.batch, g.matmul.strideB);
  }
}

/** Matrices that a batch really has: an axis that is broadcast has one. */
function distinct(batch: Triple, strides: Triple): number {
  return batch.reduce((count, size, axis) => (strides[axis] === 0 ? count : count * size), 1);
}
