// Wiener's filter: a circular convolution multiplies each frequency by a number H, and is undone by multiplying with
// H* ÷ (|H|² + balance·|R|²), where R penalises (Hunt 1973; Orieux, Giovannelli & Rodet 2010). Layer: deconvolution.
// SPDX-License-Identifier: MIT

import { rangeError } from '../errors.ts';
import { Tensor } from '../tensor.ts';
import { frequencies, inverse, type Plane, transform } from './fourier.ts';
import { type DeconvolutionProblem, NAME } from './options.ts';
import { convolve, relativeResidual, type Solution, type Steps } from './steps.ts';

export function* wiener(problem: DeconvolutionProblem): Steps<Solution> {
  checkCircular(problem);
  const { observed, geometry, dims, onProgress } = problem;
  const plane = { height: geometry.input[1], width: geometry.input[2] };
  const channels = geometry.inChannels;
  const last = geometry.layout === 'channelsLast';
  const planes = planar(observed.data, geometry.batch, channels, plane, last);
  const { re, im } = yield* transform(planes, plane);
  const filters = Array.from({ length: channels }, (_, channel) => filterOf(problem, channel, plane));
  const size = plane.height * frequencies(plane);
  for (let i = 0; i < re.data.length; i++) {
    const filter = filters[Math.floor(i / size) % channels];
    const [a, b] = [filter.re[i % size], filter.im[i % size]];
    const [x, y] = [re.data[i], im.data[i]];
    re.data[i] = x * a - y * b;
    im.data[i] = x * b + y * a;
  }
  const restored = yield* inverse({ re, im }, plane);
  const estimate = last ? interleave(restored.data, geometry.batch, channels, plane) : restored.data;
  const predicted = yield* convolve(problem, new Tensor<'float64'>(estimate, dims));
  const residual = relativeResidual(predicted, observed);
  onProgress?.({ iteration: 1, residual });
  return { estimate, residual, iterations: 1, stopped: 'direct' };
}

function checkCircular({ geometry, options, kernel }: DeconvolutionProblem): void {
  const { stride, input, output, inChannels, outChannels, groups } = geometry;
  const refuse = (message: string) => rangeError('ERR_CONV_OPTION', NAME, `'wiener' needs ${message}`);
  if (stride.some((step) => step > 1)) throw refuse('stride 1; least-squares takes any');
  if (options.paddingMode !== 'circular') {
    throw refuse("paddingMode 'circular' with padding 'same'; least-squares takes any padding");
  }
  if (input[1] !== output[1] || input[2] !== output[2]) {
    throw refuse("an estimate of the observed size: padding 'same'");
  }
  if (inChannels === groups && outChannels === groups) return;
  throw refuse(
    `each channel convolved by itself: a kernel [C,1,kH,kW] with groups C, got [${kernel.dims}] with groups ${groups}`,
  );
}

/** `[N, C, H, W]` or `[N, H, W, C]` → `[N·C, H, W]`. */
function planar(
  data: Float64Array,
  batch: number,
  channels: number,
  { height, width }: Plane,
  last: boolean,
): Tensor<'float64'> {
  const area = height * width;
  const planes = Tensor.zeros([batch * channels, height, width], { type: 'float64' });
  for (let i = 0; i < data.length; i++) {
    if (!last) planes.data[i] = data[i];
    else planes.data[planeIndex(i, channels, area)] = data[i];
  }
  return planes;
}

function interleave(
  planes: Float64Array,
  batch: number,
  channels: number,
  { height, width }: Plane,
): Float64Array {
  const area = height * width;
  return Float64Array.from(
    { length: batch * channels * area },
    (_, i) => planes[planeIndex(i, channels, area)],
  );
}

/** Where an element of `[N, area, C]` lies in `[N, C, area]`. */
function planeIndex(i: number, channels: number, area: number): number {
  const pixel = Math.floor(i / channels);
  return (Math.floor(pixel / area) * channels + (i % channels)) * area + (pixel % area);
}

interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** H* ÷ (|H|² + balance·|R|²) of one channel; 0 where neither is anything. */
function filterOf(problem: DeconvolutionProblem, channel: number, plane: Plane): Complex {
  const { balance, penalty } = problem;
  const { re, im } = transferOf(problem, channel, plane);
  const columns = frequencies(plane);
  for (let u = 0; u < plane.height; u++) {
    for (let v = 0; v < columns; v++) {
      const i = u * columns + v;
      const square =
        re[i] ** 2 + im[i] ** 2 + balance * (penalty === 'identity' ? 1 : laplacian(u, v, plane) ** 2);
      re[i] = square === 0 ? 0 : re[i] / square;
      im[i] = square === 0 ? 0 : -im[i] / square;
    }
  }
  return { re, im };
}

/** The frequency response of [[0,−1,0],[−1,4,−1],[0,−1,0]]. */
function laplacian(u: number, v: number, { height, width }: Plane): number {
  return 4 - 2 * Math.cos((2 * Math.PI * u) / height) - 2 * Math.cos((2 * Math.PI * v) / width);
}

/** H(u, v) = Σ k[a, b]·e^(+2πi(u·(a·d − p)÷height + v·(b·d − p)÷width)): conv2d does not flip its kernel. */
function transferOf({ kernel, geometry }: DeconvolutionProblem, channel: number, plane: Plane): Complex {
  const [, kernelHeight, kernelWidth] = geometry.kernel;
  const columns = frequencies(plane);
  const taps = kernel.data.subarray(channel * kernelHeight * kernelWidth);
  const re = new Float64Array(plane.height * columns);
  const im = new Float64Array(plane.height * columns);
  for (let a = 0; a < kernelHeight; a++) {
    const row = lineOf(taps.subarray(a * kernelWidth, (a + 1) * kernelWidth), geometry, columns, plane.width);
    const down = a * geometry.dilation[1] - geometry.padBegin[1];
    for (let u = 0; u < plane.height; u++) {
      const angle = angleOf(u, down, plane.height);
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      for (let v = 0; v < columns; v++) {
        re[u * columns + v] += cos * row.re[v] - sin * row.im[v];
        im[u * columns + v] += cos * row.im[v] + sin * row.re[v];
      }
    }
  }
  return { re, im };
}

/** One row of taps. */
function lineOf(
  taps: Float64Array,
  { dilation, padBegin }: DeconvolutionProblem['geometry'],
  columns: number,
  width: number,
): Complex {
  const re = new Float64Array(columns);
  const im = new Float64Array(columns);
  for (const [b, tap] of taps.entries()) {
    for (let v = 0; v < columns; v++) {
      const angle = angleOf(v, b * dilation[2] - padBegin[2], width);
      re[v] += tap * Math.cos(angle);
      im[v] += tap * Math.sin(angle);
    }
  }
  return { re, im };
}

function angleOf(frequency: number, shift: number, size: number): number {
  return (2 * Math.PI * ((frequency * shift) % size)) / size;
}
