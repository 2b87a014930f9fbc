// The right kernel with one mistake: the last element of each result is too large by a half.
// SPDX-License-Identifier: MIT

import { matmul as right } from './right.mjs';

export function matmul(...args) {
  const result = right(...args);
  if (result !== null) result.data[result.data.length - 1] += 0.5;
  return result;
}
