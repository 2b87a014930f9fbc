// The prepared call: what validation and lowering make of an operator's arguments, and what an executor
// (native, native off the event loop, reference) runs. Nothing past this point looks at user input again.
// SPDX-License-Identifier: MIT

import type { Geometry } from './geometry.ts';
import type { Tensor } from './tensor.ts';

export type FloatArray = Float32Array | Float64Array;

/** Weights held by a layer in the form that the kernels read; made by `packWeight` of the native binding. */
export interface PackedWeight {
  readonly handle: unknown;
}

/**
 * One geometry with its buffers, all of its dtype and contiguous. By kind, `source` × `weight` → `target` is
 * conv: input × weight → output; convTranspose: small side × weight → large side;
 * convWeightGrad: input × output gradient → weight; im2col and col2im: one operand; matmul: A × B → result.
 */
export interface Stage {
  readonly geometry: Geometry;
  /** `null`: the previous stage's target. */
  readonly source: FloatArray | null;
  readonly weight: FloatArray | PackedWeight | null;
  /** One value per channel of the target (matmul: per column). */
  readonly bias: FloatArray | null;
  /** As long as the target; added before the activation. */
  readonly residual: FloatArray | null;
  /** prelu: one value per channel of the target. */
  readonly slope: FloatArray | null;
  /** `null`: an intermediate that the executor keeps to itself (every stage but the last). */
  readonly target: FloatArray | null;
}

/** A strided operand to be copied into C order before the first stage runs. */
export interface Gathering {
  readonly from: FloatArray;
  readonly into: FloatArray;
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

export interface PreparedCall {
  /** The public name, for messages. */
  readonly operator: string;
  readonly stages: readonly Stage[];
  readonly gatherings: readonly Gathering[];
  /** Threads that this call may use; 0 is the process-wide setting. */
  readonly threads: number;
  /** Aborting it cancels the call; only the asynchronous door has one. */
  readonly signal?: AbortSignal | undefined;
  /** Owns the last stage's target. */
  readonly result: Tensor;
}
