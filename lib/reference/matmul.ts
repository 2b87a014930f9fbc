// Matrix product: the loops that define it. Layer: reference.
// Each element is one chain of fused multiply-adds from +0, k ascending.
// SPDX-License-Identifier: MIT

import type { FloatArray } from '../call.ts';
import type { Geometry } from '../geometry.ts';
import type { Epilogue } from './epilogue.ts';
import { fma } from './fma.ts';

/**
 * `a [*batch, M, K]`, `b [*batch, K, N]` (each of its matrices with rows and columns exchanged where it is marked as
 * transposed) → `result [*batch, M, N]`.
 */
export function multiplyMatrices(
  g: Geometry,
  a: FloatArray,
  b: FloatArray,
  result: FloatArray,
  epilogue: Epilogue,
): void {
  const { dtype } = g;
  const { rows: M, columns: N, depth: K, batch, strideA, strideB, transposeA, transposeB } = g.matmul;
  const [aRow, aDepth] = transposeA ? [1, M] : [K, 1];
  const [bDepth, bColumn] = transposeB ? [1, K] : [N, 1];

  let index = 0;
  for (let b0 = 0; b0 < batch[0]; b0++) {
    for (let b1 = 0; b1 < batch[1]; b1++) {
      for (let b2 = 0; b2 < batch[2]; b2++) {
        const aMatrix = b0 * strideA[0] + b1 * strideA[1] + b2 * strideA[2];
        const bMatrix = b0 * strideB[0] + b1 * strideB[1] + b2 * strideB[2];
        for (let m = 0; m < M; m++) {
          for (let n = 0; n < N; n++) {
            result[index] = epilogue(sum(aMatrix + m * aRow, bMatrix + n * bColumn), index, n);
            index++;
          }
        }
      }
    }
  }

  function sum(aStart: number, bStart: number): number {
    let acc = 0;
    for (let k = 0; k < K; k++) {
      acc = fma(dtype, a[aStart + k * aDepth], b[bStart + k * bDepth], acc);
    }
    return acc;
  }
}
