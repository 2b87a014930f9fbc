// The kernels that the demo convolves with, as plain arrays: smoothing, edges, lines, colour matrices.
// Layer: command line.
// SPDX-License-Identifier: MIT

import { type Floats, floats } from './arrays.ts';

/** BT.601: how much of each of red, green and blue the eye calls bright. */
export const LUMA = [0.299, 0.587, 0.114] as const;

/** A Gaussian of `2·radius + 1` taps that sum to 1. */
export function gaussian(sigma: number, radius = Math.ceil(3 * sigma)): number[] {
  const taps = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  return normalised(taps);
}

/** The derivative of that Gaussian: positive where the signal rises. */
export function gaussianSlope(sigma: number, radius = Math.ceil(3 * sigma)): number[] {
  return gaussian(sigma, radius).map((tap, i) => ((i - radius) / sigma ** 2) * tap);
}

export function normalised(taps: readonly number[]): number[] {
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/** `column · row`: a 2-D kernel from two 1-D ones. */
export function outer(column: readonly number[], row: readonly number[]): number[] {
  return column.flatMap((a) => row.map((b) => a * b));
}

/** The same kernel (or list of kernels) `times` times over. */
export function repeated(taps: readonly number[], times: number): number[] {
  return Array.from({ length: times }, () => taps).flat();
}

/** A stripe detector of `size`² taps without a mean: a cosine across `angle`, under a Gaussian. */
export function gabor(size: number, angle: number, wavelength: number, phase = 0): number[] {
  const radius = (size - 1) / 2;
  const taps = Array.from({ length: size * size }, (_, index) => {
    const y = Math.floor(index / size) - radius;
    const x = (index % size) - radius;
    const across = x * Math.cos(angle) + y * Math.sin(angle);
    const envelope = Math.exp(-(x * x + y * y) / (0.35 * size * radius));
    return envelope * Math.cos((2 * Math.PI * across) / wavelength + phase);
  });
  const mean = taps.reduce((sum, tap) => sum + tap, 0) / taps.length;
  const size1 = taps.reduce((sum, tap) => sum + Math.abs(tap - mean), 0);
  return taps.map((tap) => (tap - mean) / size1);
}

/** A camera shaken along `angle`: `size`² taps on a line, which sum to 1. */
export function motion(size: number, angle: number): number[] {
  const radius = (size - 1) / 2;
  const taps = Array.from({ length: size * size }, (_, index) => {
    const y = Math.floor(index / size) - radius;
    const x = (index % size) - radius;
    const away = Math.abs(y * Math.cos(angle) - x * Math.sin(angle));
    return Math.hypot(x, y) <= radius + 0.5 ? Math.max(0, 1 - away) : 0;
  });
  return normalised(taps);
}

/** Turns every hue by `angle`, keeps the luma: a 3×3 matrix on (red, green, blue), row by row. */
export function hueRotation(angle: number): number[] {
  const cosine = Math.cos(angle);
  const sine = Math.sin(angle);
  const [r, g, b] = LUMA;
  return [
    ...[r + cosine * (1 - r) - sine * r, g - cosine * g - sine * g, b - cosine * b + sine * (1 - b)],
    ...[r - cosine * r + sine * 0.143, g + cosine * (1 - g) + sine * 0.14, b - cosine * b - sine * 0.283],
    ...[r - cosine * r - sine * (1 - r), g - cosine * g + sine * g, b + cosine * (1 - b) + sine * b],
  ];
}

/** The taps of a transposed convolution with stride 2 that interpolates linearly. */
export const LINEAR_UPSAMPLING = [0.25, 0.75, 0.75, 0.25] as const;

/** The ten classic 3×3 kernels, with names: edges in eight directions and kinds, a blur, and a sharpening. */
export const CLASSIC_3X3: readonly (readonly [name: string, taps: readonly number[]])[] = [
  ['Sobel x', [-1, 0, 1, -2, 0, 2, -1, 0, 1]],
  ['Sobel y', [-1, -2, -1, 0, 0, 0, 1, 2, 1]],
  ['Sobel ↘', [-2, -1, 0, -1, 0, 1, 0, 1, 2]],
  ['Sobel ↗', [0, 1, 2, -1, 0, 1, -2, -1, 0]],
  ['Laplacian', [0, 1, 0, 1, -4, 1, 0, 1, 0]],
  ['Laplacian with diagonals', [1, 1, 1, 1, -8, 1, 1, 1, 1]],
  ['line —', [-1, -1, -1, 2, 2, 2, -1, -1, -1]],
  ['line |', [-1, 2, -1, -1, 2, -1, -1, 2, -1]],
  ['Scharr x', [-3, 0, 3, -10, 0, 10, -3, 0, 3]],
  ['Scharr y', [-3, -10, -3, 0, 0, 0, 3, 10, 3]],
];

/** Kernels of one channel, each spread over red, green and blue by luma: `[O, 3, size, size]`. */
export function overColour(kernels: readonly (readonly number[])[], size: number): Floats {
  const taps = kernels.flatMap((kernel) => LUMA.flatMap((share) => kernel.map((tap) => share * tap)));
  return floats([kernels.length, 3, size, size], taps);
}
