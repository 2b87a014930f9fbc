// C3D on 16 frames of 112×112: Tran, Bourdev, Fergus, Torresani & Paluri, Learning Spatiotemporal Features with 3D
// Convolutional Networks (arXiv 1412.0767), figure 3.
// SPDX-License-Identifier: MIT

import type { SuiteShape } from '../suites.ts';

function conv3(inChannels: number, outChannels: number, frames: number, size: number, count = 1): SuiteShape {
  return {
    name: `c3_${inChannels}_${outChannels}_${frames}x${size}`,
    operator: 'conv3d',
    input: [1, inChannels, frames, size, size],
    weight: [outChannels, inChannels, 3, 3, 3],
    options: { padding: 1 },
    count,
  };
}

export const C3D = [
  conv3(3, 64, 16, 112),
  conv3(64, 128, 16, 56),
  conv3(128, 256, 8, 28),
  conv3(256, 256, 8, 28),
  conv3(256, 512, 4, 14),
  conv3(512, 512, 4, 14),
  conv3(512, 512, 2, 7, 2),
];
