// What the lowering tests share: tensors without values, and the geometry of a prepared call.
// SPDX-License-Identifier: MIT

import type { PreparedCall } from '../../lib/call.ts';
import type { Geometry } from '../../lib/geometry.ts';
import { Tensor } from '../../lib/tensor.ts';
import { expectError } from '../support/errors.ts';

export const zeros = (...dims: number[]) => Tensor.zeros(dims);

export function geometryOf(call: PreparedCall, stage = 0): Geometry {
  return call.stages[stage].geometry;
}

export function shapeError(call: () => unknown, message: string | RegExp): void {
  expectError(call, RangeError, 'ERR_CONV_SHAPE', message);
}
