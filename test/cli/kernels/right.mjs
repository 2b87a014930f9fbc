// A kernel as a user would write it, for `native-conv verify --kernel`: two-dimensional products of matrices.
// SPDX-License-Identifier: MIT

export function matmul(a, b, { transposeA, transposeB, bias, residual, activation }) {
  if (a.dims.length !== 2 || b.dims.length !== 2 || activation !== undefined) return null;
  const [rows, depth] = transposeA ? a.dims.toReversed() : a.dims;
  const columns = transposeB ? b.dims[0] : b.dims[1];
  const data = new a.data.constructor(rows * columns);
  for (let i = 0; i < data.length; i++) {
    const [r, c] = [Math.floor(i / columns), i % columns];
    let sum = 0;
    for (let d = 0; d < depth; d++) {
      sum +=
        a.data[transposeA ? d * rows + r : r * depth + d] *
        b.data[transposeB ? c * depth + d : d * columns + c];
    }
    data[i] = sum + (bias?.data[c] ?? 0) + (residual?.data[i] ?? 0);
  }
  return { data, dims: [rows, columns] };
}
