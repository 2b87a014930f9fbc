// Suites that vary one size at a time: how the cost grows, and whether it jumps where a size fits no tile.
// SPDX-License-Identifier: MIT

import type { NamedShape } from '../test/shapes.ts';
import type { SuiteShape } from './suites.ts';

/** 3×3 on 64 channels of 28×28, with batch, channels or pixels varied. */
export const SCALING: readonly SuiteShape[] = [
  ...[1, 2, 4, 8, 16].map((batch) => point('batch', batch, batch, 64, 28)),
  ...[16, 32, 64, 128, 256].map((channels) => point('channels', channels, 1, channels, 28)),
  ...[7, 14, 28, 56, 112].map((size) => point('pixels', size * size, 1, 64, size)),
];

function point(axis: string, value: number, batch: number, channels: number, size: number): SuiteShape {
  return { ...square(`${axis}_${value}`, batch, channels, size, 3), sweep: { axis, value } };
}

function square(
  name: string,
  batch: number,
  channels: number,
  size: number,
  kernel: number,
  outChannels = channels,
): NamedShape {
  return {
    name,
    operator: 'conv2d',
    input: [batch, channels, size, size],
    weight: [outChannels, channels, kernel, kernel],
    options: { padding: kernel >> 1 },
  };
}

function depthwise(name: string, size: number, kernel: number): NamedShape {
  return {
    name,
    operator: 'depthwiseConv2d',
    input: [1, 64, size, size],
    weight: [64, 1, kernel, kernel],
    options: { padding: kernel >> 1 },
  };
}

function transposed(name: string, channels: number, size: number): NamedShape {
  return {
    name,
    operator: 'convTranspose2d',
    input: [1, channels, size, size],
    weight: [channels, channels, 4, 4],
    options: { stride: 2, padding: 1 },
  };
}

function volume(name: string, channels: number, size: number): NamedShape {
  return {
    name,
    operator: 'conv3d',
    input: [1, channels, size, size, size],
    weight: [channels, channels, 3, 3, 3],
    options: { padding: 1 },
  };
}

function line(name: string, channels: number, length: number): NamedShape {
  return {
    name,
    operator: 'conv1d',
    input: [1, channels, length],
    weight: [channels, channels, 3],
    options: { padding: 1 },
  };
}

/** Each shape of a pair beside the other: first the even one, then the odd one. */
function pair(even: NamedShape, odd: NamedShape): SuiteShape[] {
  return [even, { ...odd, neighbour: even.name }];
}

const kernel7x5: NamedShape = {
  ...square('kernel_7x5', 1, 64, 28, 7),
  weight: [64, 64, 7, 5],
  options: { padding: 2 },
};

export const CLIFFS: readonly SuiteShape[] = [
  ...pair(square('channels_16', 1, 16, 28, 3), square('channels_17', 1, 17, 28, 3)),
  ...pair(square('channels_64', 1, 64, 28, 3), square('channels_65', 1, 65, 28, 3)),
  ...pair(square('map_16', 1, 64, 16, 3), square('map_15', 1, 64, 15, 3)),
  ...pair(square('map_56', 1, 64, 56, 3), square('map_57', 1, 64, 57, 3)),
  ...pair(square('kernel_6x6', 1, 64, 28, 6), kernel7x5),
  ...pair(square('pointwise_64', 1, 64, 28, 1, 256), square('pointwise_65', 1, 65, 28, 1, 257)),
  ...pair(square('pointwise_map_14', 1, 256, 14, 1), square('pointwise_map_13', 1, 256, 13, 1)),
  ...pair(depthwise('depthwise_map_16', 16, 3), depthwise('depthwise_map_15', 15, 3)),
  ...pair(depthwise('depthwise_map_56', 56, 5), depthwise('depthwise_map_57', 57, 5)),
  ...pair(depthwise('depthwise_kernel_6', 28, 6), depthwise('depthwise_kernel_7', 28, 7)),
  ...pair(transposed('transposed_32', 32, 16), transposed('transposed_33', 33, 16)),
  ...pair(transposed('transposed_map_16', 64, 16), transposed('transposed_map_15', 64, 15)),
  ...pair(volume('volume_32', 32, 8), volume('volume_33', 33, 8)),
  ...pair(volume('volume_map_8', 32, 8), volume('volume_map_7', 32, 7)),
  ...pair(line('line_96', 96, 1000), line('line_97', 97, 999)),
];

/** So small that the call itself is most of the time. */
export const CALLS: readonly SuiteShape[] = [
  square('call_1_8', 1, 1, 8, 3),
  square('call_3_8', 1, 3, 8, 3, 4),
  square('call_pointwise_16_7', 1, 16, 7, 1),
  depthwise('call_depthwise_7', 7, 3),
  line('call_line_1_64', 1, 64),
];
