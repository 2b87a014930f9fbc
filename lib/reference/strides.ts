// Where an element of a tensor lies, for every order of axes: distances in elements between neighbours along each
// axis. Layer: reference.
// SPDX-License-Identifier: MIT

import type { Geometry, Triple } from '../geometry.ts';

/** Distances of a data tensor: `[N, C, D, H, W]` or `[N, D, H, W, C]`. */
export interface DataStrides {
  readonly n: number;
  readonly c: number;
  readonly d: number;
  readonly h: number;
  readonly w: number;
}

/** Distances of a weight: `o` over the output channels of all groups, `i` over the input channels of one. */
export interface WeightStrides {
  readonly o: number;
  readonly i: number;
  readonly d: number;
  readonly h: number;
  readonly w: number;
}

/** Of the large side `[N, C, *input]`. */
export function inputStrides(g: Geometry): DataStrides {
  return dataStrides(g, g.inChannels, g.input);
}

/** Of the small side `[N, O, *output]`. */
export function outputStrides(g: Geometry): DataStrides {
  return dataStrides(g, g.outChannels, g.output);
}

function dataStrides(g: Geometry, channels: number, [depth, height, width]: Triple): DataStrides {
  const n = channels * depth * height * width;
  if (g.layout === 'channelsFirst')
    return { n, c: depth * height * width, d: height * width, h: width, w: 1 };
  return { n, c: 1, d: height * width * channels, h: width * channels, w: channels };
}

export function weightStrides(g: Geometry): WeightStrides {
  const [depth, height, width] = g.kernel;
  const taps = depth * height * width;
  const O = g.outChannels;
  const I = g.inChannels / g.groups;
  switch (g.weightLayout) {
    case 'OIHW':
      return { o: I * taps, i: taps, d: height * width, h: width, w: 1 };
    case 'HWIO':
      return { o: 1, i: O, d: height * width * I * O, h: width * I * O, w: I * O };
    case 'OHWI':
      return { o: taps * I, i: 1, d: height * width * I, h: width * I, w: I };
    case 'IHWO':
      return { o: 1, i: taps * O, d: height * width * O, h: width * O, w: O };
  }
}
