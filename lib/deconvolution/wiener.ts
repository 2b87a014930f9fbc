// Wiener's filter: a circular convolution multiplies each frequency by a number H, and is undone by multiplying with
// H* ÷ (|H|² + balance·|R|²), where R penalises (Hunt 1973; Orieux, Giovannelli & Rodet 2010). Layer: deconvolution.
// SPDX-License-Identifier: MIT

import { rangeError } from '../errors.ts';
import { Tensor } from '../tensor.ts';
import { frequencies, inverse, type Plane, transform } from './fourier.ts';
import { type DeconvolutionProblem, NAME } from './options.ts';
import {
  blank,
  blankTensor,
  convolve,
  filled,
  pieces,
  relativeResidual,
  type Solution,
  type Steps,
} from './steps.ts';

export function* wiener(problem: DeconvolutionProblem): Steps<Solution> {
  checkCircular(problem);
  const { observed, geometry, dims, onProgress } = problem;
  const plane = { height: geometry.input[1], width: geometry.input[2] };
  const channels = geometry.inChannels;
  const last = geometry.layout === 'channelsLast';
  const planes = yield* planar(observed.data, geometry.batch, channels, plane, last);
  const { re, im } = yield* transform(planes, plane);
  const filters: Complex[] = [];
  for (let channel = 0; channel < channels; channel++) {
    filters.push(yield* filterOf(problem, channel, plane));
  }
  const size = plane.height * frequencies(plane);
  yield* pieces(re.data.length, (first, end) => {
    for (let i = first; i < end; i++) {
      const filter = filters[Math.floor(i / size) % channels];
      const a = filter.re[i % size];
      const b = filter.im[i % size];
      const x = re.data[i];
      const y = im.data[i];
      re.data[i] = x * a - y * b;
      im.data[i] = x * b + y * a;
    }
  });
  const restored = yield* inverse({ re, im }, plane);
  const estimate = last ? yield* interleave(restored.data, channels, plane) : restored.data;
  const predicted = yield* blankTensor(observed.dims);
  yield* convolve(problem, new Tensor<'float64'>(estimate, dims), predicted);
  const residual = yield* relativeResidual(predicted.data, observed);
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
function* planar(
  data: Float64Array,
  batch: number,
  channels: number,
  { height, width }: Plane,
  last: boolean,
): Steps<Tensor<'float64'>> {
  const area = height * width;
  const planes = blank(data.length);
  yield* pieces(data.length, (first, end) => {
    for (let i = first; i < end; i++) planes[last ? planeIndex(i, channels, area) : i] = data[i];
  });
  return new Tensor<'float64'>(planes, [batch * channels, height, width]);
}

function* interleave(planes: Float64Array, channels: number, { height, width }: Plane): Steps<Float64Array> {
  const area = height * width;
  const data = blank(planes.length);
  yield* pieces(data.length, (first, end) => {
    for (let i = first; i < end; i++) data[i] = planes[planeIndex(i, channels, area)];
  });
  return data;
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
function* filterOf(problem: DeconvolutionProblem, channel: number, plane: Plane): Steps<Complex> {
  const { balance, penalty } = problem;
  const { re, im } = yield* transferOf(problem, channel, plane);
  const columns = frequencies(plane);
  yield* pieces(re.length, (first, end) => {
    for (let i = first; i < end; i++) {
      const rough = penalty === 'identity' ? 1 : laplacian(Math.floor(i / columns), i % columns, plane);
      const square = re[i] ** 2 + im[i] ** 2 + balance * rough ** 2;
      re[i] = square === 0 ? 0 : re[i] / square;
      im[i] = square === 0 ? 0 : -im[i] / square;
    }
  });
  return { re, im };
}

/** The frequency response of [[0,−1,0],[−1,4,−1],[0,−1,0]]. */
function laplacian(u: number, v: number, { height, width }: Plane): number {
  return 4 - 2 * Math.cos((2 * Math.PI * u) / height) - 2 * Math.cos((2 * Math.PI * v) / width);
}

/** H(u, v) = Σ k[a, b]·e^(+2πi(u·(a·d − p)÷height + v·(b·d − p)÷width)): conv2d does not flip its kernel. */
function* transferOf(
  { kernel, geometry }: DeconvolutionProblem,
  channel: number,
  plane: Plane,
): Steps<Complex> {
  const [, kernelHeight, kernelWidth] = geometry.kernel;
  const columns = frequencies(plane);
  const taps = kernel.data.subarray(channel * kernelHeight * kernelWidth);
  const re = yield* filled(plane.height * columns, 0);
  const im = yield* filled(plane.height * columns, 0);
  for (let a = 0; a < kernelHeight; a++) {
    const row = yield* lineOf(
      taps.subarray(a * kernelWidth, (a + 1) * kernelWidth),
      geometry,
      columns,
      plane.width,
    );
    const down = a * geometry.dilation[1] - geometry.padBegin[1];
    const [cos, sin] = [blank(plane.height), blank(plane.height)];
    yield* pieces(plane.height, (first, end) => {
      for (let u = first; u < end; u++) {
        const angle = angleOf(u, down, plane.height);
        cos[u] = Math.cos(angle);
        sin[u] = Math.sin(angle);
      }
    });
    yield* pieces(re.length, (first, end) => {
      for (let i = first; i < end; i++) {
        const u = Math.floor(i / columns);
        const v = i % columns;
        re[i] += cos[u] * row.re[v] - sin[u] * row.im[v];
        im[i] += cos[u] * row.im[v] + sin[u] * row.re[v];
      }
    });
  }
  return { re, im };
}

/** One row of taps. */
function* lineOf(
  taps: Float64Array,
  { dilation, padBegin }: DeconvolutionProblem['geometry'],
  columns: number,
  width: number,
): Steps<Complex> {
  const re = yield* filled(columns, 0);
  const im = yield* filled(columns, 0);
  yield* pieces(taps.length * columns, (first, end) => {
    for (let i = first; i < end; i++) {
      const b = Math.floor(i / columns);
      const v = i % columns;
      const angle = angleOf(v, b * dilation[2] - padBegin[2], width);
      re[v] += taps[b] * Math.cos(angle);
      im[v] += taps[b] * Math.sin(angle);
    }
  });
  return { re, im };
}

function angleOf(frequency: number, shift: number, size: number): number {
  return (2 * Math.PI * ((frequency * shift) % size)) / size;
}
