// The kernels of the named filters, with OpenCV's weights. Layer: beneath ops.
// SPDX-License-Identifier: MIT

/** Derivative kernels of order 0 (smoothing), 1 or 2: products of (1, 1) and (−1, 1). */
export function sobelKernel(order: number, size: number): number[] {
  const length = size === 1 && order > 0 ? 3 : size;
  let kernel = [1];
  for (let i = 0; i < length - 1; i++) kernel = multiply(kernel, i < length - 1 - order ? [1, 1] : [-1, 1]);
  return kernel;
}

export function scharrKernel(order: number): number[] {
  return order === 0 ? [3, 10, 3] : [-1, 0, 1];
}

function multiply(kernel: readonly number[], factor: readonly [number, number]): number[] {
  const [first, second] = factor;
  return Array.from(
    { length: kernel.length + 1 },
    (_, i) => (kernel[i] ?? 0) * first + (kernel[i - 1] ?? 0) * second,
  );
}

/** The product of a column and a row. */
export function outer(column: readonly number[], row: readonly number[]): number[][] {
  return column.map((a) => row.map((b) => a * b));
}

export function laplacianKernel(size: number): number[][] {
  if (size === 1) {
    return [
      [0, 1, 0],
      [1, -4, 1],
      [0, 1, 0],
    ];
  }
  const [second, smooth] = [sobelKernel(2, size), sobelKernel(0, size)];
  const across = outer(second, smooth);
  return outer(smooth, second).map((row, y) => row.map((weight, x) => weight + across[y][x]));
}

const SMALL_GAUSSIANS: Readonly<Record<number, readonly number[]>> = {
  1: [1],
  3: [0.25, 0.5, 0.25],
  5: [0.0625, 0.25, 0.375, 0.25, 0.0625],
  7: [0.03125, 0.109375, 0.21875, 0.28125, 0.21875, 0.109375, 0.03125],
};

/**
 * exp(−x²/2σ²), its sum 1; without sigma, σ follows from the size, with published weights up to 7. In plain loops, since
 * the event loop waits for kernels of tens of thousands of weights.
 */
export function gaussianKernel(size: number, sigma: number): Float64Array {
  if (sigma === 0 && size in SMALL_GAUSSIANS) return Float64Array.from(SMALL_GAUSSIANS[size]);
  const deviation = sigma > 0 ? sigma : size * 0.15 + 0.35;
  const scale = -0.5 / (deviation * deviation);
  const weights = new Float64Array(size);
  const half = Math.ceil(size / 2);
  let sum = 0;
  for (let i = 0; i < half; i++) {
    const x = i - (size - 1) / 2;
    weights[i] = Math.exp(x * x * scale);
    sum += weights[i];
  }
  for (let i = size - half - 1; i >= 0; i--) sum += weights[i];
  for (let i = 0; i < half; i++) weights[size - 1 - i] = weights[i] /= sum;
  return weights;
}

/** A gaussian kernel in multiples of 1/256, the rounding errors carried on from the end to the middle. */
export function fixedGaussianKernel(size: number, sigma: number): Float64Array {
  const exact = gaussianKernel(size, sigma);
  const half = (size - 1) / 2;
  const weights = new Float64Array(size);
  let error = 0;
  let sum = 0;
  for (let i = 0; i < half; i++) {
    const wanted = exact[i] * 256 + error;
    const near = roundTiesToEven(wanted);
    error = wanted - near;
    weights[i] = weights[size - 1 - i] = near / 256;
    sum += 2 * near;
  }
  weights[half] = (256 - sum) / 256;
  return weights;
}

export function roundTiesToEven(x: number): number {
  const near = Math.round(x);
  return near - x === 0.5 && near % 2 !== 0 ? near - 1 : near;
}
