// From dims and parsed options to geometry: splitting dims, the output-size formulas and their checks.
// Layer: operators; used by every family that slides a window. Formulas: Dumoulin & Visin, arXiv 1603.07285.
// SPDX-License-Identifier: MIT

import { roundActivation } from '../activation.ts';
import { MAX_AXIS } from '../check.ts';
import { formatDims, rangeError } from '../errors.ts';
import {
  type ChannelOrder,
  type DType,
  type Geometry,
  type Kind,
  NO_MATMUL,
  type Triple,
  type WeightOrder,
} from '../geometry.ts';
import type { Settings } from '../options.ts';
import { asTriple, type ExplicitPadding, extent, NO_PADDING, type Rank, resolvePadding } from '../padding.ts';

/** A tensor's dims by meaning. */
export interface Shape {
  readonly batch: number;
  readonly channels: number;
  readonly spatial: Triple;
}

/** A weight's dims by meaning, named from the forward convolution: `outer` counts all groups, `inner` one. */
export interface WeightShape {
  readonly outer: number;
  readonly inner: number;
  readonly kernel: Triple;
}

/** What a forward convolution joins: its large side, its kernel and both channel counts. */
export interface Window {
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly input: Triple;
  readonly kernel: Triple;
}

/** What messages call the two operands. */
export interface OperandNames {
  readonly input: string;
  readonly weight: string;
}

export const INPUT_AND_WEIGHT: OperandNames = { input: 'input', weight: 'weight' };

export const AXIS_NAMES = ['D', 'H', 'W'] as const;

function spatialNames(rank: Rank): readonly string[] {
  return AXIS_NAMES.slice(3 - rank);
}

/** Reads `[N, C, *S]` or `[N, *S, C]`. */
export function splitDims(
  operator: string,
  name: string,
  dims: readonly number[],
  rank: Rank,
  layout: ChannelOrder,
): Shape {
  const first = layout === 'channelsFirst' ? 2 : 1;
  if (dims.length !== rank + 2) {
    const names = spatialNames(rank);
    const wanted = layout === 'channelsFirst' ? ['N', 'C', ...names] : ['N', ...names, 'C'];
    const advice = dims.length === rank + 1 ? `; a batch of one has dims ${formatDims([1, ...dims])}` : '';
    throw rangeError(
      'ERR_CONV_SHAPE',
      operator,
      `${name} must have ${rank + 2} axes [${wanted.join(',')}], got ${formatDims(dims)}${advice}`,
    );
  }
  const channels = dims[layout === 'channelsFirst' ? 1 : rank + 1];
  if (channels === 0)
    throw rangeError('ERR_CONV_SHAPE', operator, `${name} ${formatDims(dims)} has no channels`);
  const spatial: Triple =
    rank === 1
      ? [1, 1, dims[first]]
      : rank === 2
        ? [1, dims[first], dims[first + 1]]
        : [dims[first], dims[first + 1], dims[first + 2]];
  return { batch: dims[0], channels, spatial };
}

/** Writes `[N, C, *S]` or `[N, *S, C]`. */
export function joinDims(
  rank: Rank,
  layout: ChannelOrder,
  batch: number,
  channels: number,
  spatial: Triple,
): number[] {
  const dims = [batch];
  if (layout === 'channelsFirst') dims.push(channels);
  for (let axis = 3 - rank; axis < 3; axis++) dims.push(spatial[axis]);
  if (layout === 'channelsLast') dims.push(channels);
  return dims;
}

/** Dims of a geometry's large side. */
export function largeDims(geometry: Geometry, rank: Rank): number[] {
  return joinDims(rank, geometry.layout, geometry.batch, geometry.inChannels, geometry.input);
}

/** Dims of a geometry's small side. */
export function smallDims(geometry: Geometry, rank: Rank): number[] {
  return joinDims(rank, geometry.layout, geometry.batch, geometry.outChannels, geometry.output);
}

/** Where O, the kernel and I stand among a weight's axes. */
function weightAxes(
  order: WeightOrder,
  rank: Rank,
): { readonly outer: number; readonly inner: number; readonly kernel: number } {
  switch (order) {
    case 'OIHW':
      return { outer: 0, inner: 1, kernel: 2 };
    case 'HWIO':
      return { outer: rank + 1, inner: rank, kernel: 0 };
    case 'OHWI':
      return { outer: 0, inner: rank + 1, kernel: 1 };
    case 'IHWO':
      return { outer: rank + 1, inner: 0, kernel: 1 };
  }
}

/** Reads a weight's dims in its layout. */
export function splitWeight(
  operator: string,
  name: string,
  dims: readonly number[],
  rank: Rank,
  order: WeightOrder,
): WeightShape {
  if (dims.length !== rank + 2) {
    const message = `${name} must have ${rank + 2} axes, got ${formatDims(dims)}`;
    throw rangeError('ERR_CONV_SHAPE', operator, message);
  }
  if (dims.includes(0))
    throw rangeError('ERR_CONV_SHAPE', operator, `${name} ${formatDims(dims)} has an empty axis`);
  const axes = weightAxes(order, rank);
  const kernel = asTriple(rank, dims.slice(axes.kernel, axes.kernel + rank), 1);
  return { outer: dims[axes.outer], inner: dims[axes.inner], kernel };
}

/**
 * Checks the channels of a forward convolution: `groups` divides both counts, and a weight's inner axis is one
 * group's share. Returns the weight's outer axis, the convolution's output channels.
 */
export function checkChannels(
  operator: string,
  names: OperandNames,
  inputDims: readonly number[],
  channels: number,
  weightDims: readonly number[],
  weight: WeightShape,
  groups: number,
): number {
  if (weight.inner * groups !== channels) {
    throw rangeError(
      'ERR_CONV_SHAPE',
      operator,
      channels % groups === 0
        ? `${names.weight} ${formatDims(weightDims)} expects ${weight.inner} input channels per group, ` +
            `${names.input} ${formatDims(inputDims)} with groups ${groups} has ${channels / groups}`
        : `${names.input} ${formatDims(inputDims)} has ${channels} channels, which groups ${groups} do not divide`,
    );
  }
  checkDivides(
    operator,
    `${names.weight} ${formatDims(weightDims)} has ${weight.outer} output channels`,
    weight.outer,
    groups,
  );
  return weight.outer;
}

export function checkDivides(operator: string, what: string, channels: number, groups: number): void {
  if (channels % groups === 0) return;
  throw rangeError('ERR_CONV_SHAPE', operator, `${what}, which groups ${groups} do not divide`);
}

/** The geometry of a convolution as the caller describes it: input, kernel and padding give the output. */
export function forwardGeometry(
  operator: string,
  kind: Kind,
  settings: Settings,
  type: DType,
  window: Window,
): Geometry {
  const { stride, dilation } = settings;
  const padding = resolvePadding(settings.padding, window.input, window.kernel, stride, dilation);
  const output: [number, number, number] = [1, 1, 1];
  for (let axis = 0; axis < 3; axis++) {
    const pad = padding.begin[axis] + padding.end[axis];
    const room = window.input[axis] + pad - extent(window.kernel[axis], dilation[axis]);
    if (room < 0) throw kernelTooLarge(operator, window, settings, axis, pad);
    if (window.input[axis] === 0 && pad > 0 && settings.paddingMode !== 'zeros') {
      throw nothingToRepeat(operator, settings, axis);
    }
    checkAxis(operator, `the padded input along ${AXIS_NAMES[axis]}`, window.input[axis] + pad);
    output[axis] = Math.floor(room / stride[axis]) + 1;
  }
  return makeGeometry(kind, settings, type, window, output, padding);
}

function kernelTooLarge(
  operator: string,
  window: Window,
  settings: Settings,
  axis: number,
  pad: number,
): Error {
  const kernel = window.kernel[axis];
  const dilation = settings.dilation[axis];
  const covers = dilation === 1 ? '' : ` with dilation ${dilation} covers ${extent(kernel, dilation)} and`;
  return rangeError(
    'ERR_CONV_SHAPE',
    operator,
    `the kernel's ${kernel} along ${AXIS_NAMES[axis]}${covers} does not fit the padded input's ` +
      `${window.input[axis] + pad} (${window.input[axis]} and ${pad} of padding)`,
  );
}

function nothingToRepeat(operator: string, settings: Settings, axis: number): Error {
  const message = `paddingMode '${settings.paddingMode}' has nothing to repeat: the input is empty along ${AXIS_NAMES[axis]}`;
  return rangeError('ERR_CONV_SHAPE', operator, message);
}

export function checkAxis(operator: string, what: string, size: number): void {
  if (size <= MAX_AXIS) return;
  throw rangeError(
    'ERR_CONV_TOO_LARGE',
    operator,
    `${what} would be ${size} long; an axis has at most ${MAX_AXIS}`,
  );
}

/** The geometry of a result that needs no window: what the settings say, and a window of given output. */
export function makeGeometry(
  kind: Kind,
  settings: Settings,
  type: DType,
  window: Window,
  output: Triple,
  padding: ExplicitPadding = NO_PADDING,
): Geometry {
  return {
    kind,
    dtype: type,
    layout: settings.layout,
    weightLayout: settings.weightLayout,
    batch: window.batch,
    inChannels: window.inChannels,
    outChannels: window.outChannels,
    groups: settings.groups,
    input: window.input,
    kernel: window.kernel,
    output,
    stride: settings.stride,
    dilation: settings.dilation,
    padBegin: padding.begin,
    padEnd: padding.end,
    paddingMode: settings.paddingMode,
    activation: roundActivation(settings.activation.activation, type),
    algorithm: settings.algorithm,
    reproducible: settings.reproducible,
    matmul: NO_MATMUL,
  };
}
