// Runs a prepared call with the reference loops, stage by stage. Layer: reference; what the door `native-conv/reference`
// calls. It loads no binary.
// SPDX-License-Identifier: MIT

import type { FloatArray, PreparedCall, Stage } from '../call.ts';
import { createError } from '../errors.ts';
import { resultLength } from '../geometry.ts';
import type { Tensor } from '../tensor.ts';
import { gather } from '../view.ts';
import { columnsToInput, inputToColumns } from './columns.ts';
import { convolve } from './conv.ts';
import { stageEpilogue } from './epilogue.ts';
import { multiplyMatrices } from './matmul.ts';
import { convolveTransposed } from './transpose.ts';
import { convolveWeightGrad } from './weight-grad.ts';

/**
 * Fills `call.result` and returns it. `call.threads` and the algorithm have no effect: there is one loop for each
 * kind of stage, and it is the definition.
 *
 * @throws Error `ERR_CONV_INTERNAL` if a stage lacks an operand or has its weight packed for native kernels.
 */
export function runReference(call: PreparedCall): Tensor {
  for (const { from, into, dims, strides, offset } of call.gatherings)
    gather(from, into, dims, strides, offset);
  let previous: FloatArray | null = null;
  for (const stage of call.stages) {
    const source = stage.source ?? previous;
    if (source === null)
      throw createError('Error', 'ERR_CONV_INTERNAL', call.operator, 'a stage has no source');
    const target = stage.target ?? intermediate(stage);
    runStage(call.operator, stage, source, target);
    previous = target;
  }
  return call.result;
}

function intermediate({ geometry }: Stage): FloatArray {
  const length = resultLength(geometry);
  return geometry.dtype === 'float64' ? new Float64Array(length) : new Float32Array(length);
}

function runStage(operator: string, stage: Stage, source: FloatArray, target: FloatArray): void {
  const { geometry } = stage;
  if (geometry.kind === 'im2col') inputToColumns(geometry, source, target);
  else if (geometry.kind === 'col2im') columnsToInput(geometry, source, target);
  else LOOPS[geometry.kind](geometry, source, weightOf(operator, stage), target, stageEpilogue(stage));
}

const LOOPS = {
  conv: convolve,
  convTranspose: convolveTransposed,
  convWeightGrad: convolveWeightGrad,
  matmul: multiplyMatrices,
} as const;

function weightOf(operator: string, { weight }: Stage): FloatArray {
  if (weight !== null && !('handle' in weight)) return weight;
  const message = weight === null ? 'a stage has no weight' : 'the reference cannot read a packed weight';
  throw createError('Error', 'ERR_CONV_INTERNAL', operator, message);
}
