// Who takes part in the benchmark. A contestant prepares a named shape once, weights known ahead, and then runs it
// as often as it is asked to; another library takes part by being one more entry of `CONTESTANTS`.
// SPDX-License-Identifier: MIT

import * as library from '../lib/index.ts';
import type { NamedShape } from '../test/shapes.ts';

export interface Operands {
  readonly input: Float32Array;
  readonly weight: Float32Array;
}

export interface Settings {
  readonly threads: number;
  readonly reproducible: boolean;
  /** Write every output into the same memory. */
  readonly reuseOutput: boolean;
}

export interface Prepared {
  readonly algorithm: string;
  readonly kernel: string;
  readonly isa: string;
  /** Whether the output must equal the contract's chain of fused multiply-adds in every bit. */
  readonly exact: boolean;
  /** Computes the output, channels first, from the input that it was prepared with. */
  run(): Float32Array | Promise<Float32Array>;
}

export interface Contestant {
  readonly name: string;
  prepare(shape: NamedShape, operands: Operands, settings: Settings): Prepared | Promise<Prepared>;
}

const LAYERS = {
  conv1d: library.Conv1d,
  conv2d: library.Conv2d,
  conv3d: library.Conv3d,
  depthwiseConv2d: library.DepthwiseConv2d,
  convTranspose2d: library.ConvTranspose2d,
  convTranspose3d: library.ConvTranspose3d,
} as const;

/** Algorithms whose results the numbers contract fixes to the bit. */
const EXACT = ['direct', 'im2col-gemm', 'implicit-gemm', 'pointwise', 'depthwise', 'phases'];

const nativeConv: Contestant = {
  name: 'native-conv',
  prepare(shape, operands, settings) {
    const layer = new LAYERS[shape.operator](
      { data: operands.weight, dims: shape.weight },
      { ...shape.options, threads: settings.threads, reproducible: settings.reproducible },
    );
    const plan = layer.explain(shape.input);
    const input = { data: operands.input, dims: shape.input };
    const first = layer.run(input);
    const into = settings.reuseOutput ? { out: first } : {};
    return {
      algorithm: plan.algorithm,
      kernel: plan.kernel,
      isa: plan.isa,
      exact: EXACT.includes(plan.algorithm),
      run: () => layer.run(input, into).data,
    };
  },
};

export const CONTESTANTS: readonly Contestant[] = [nativeConv];
