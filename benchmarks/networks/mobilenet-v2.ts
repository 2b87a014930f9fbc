// MobileNetV2 on 224×224: Sandler, Howard, Zhu, Zhmoginov & Chen, MobileNetV2: Inverted Residuals and Linear
// Bottlenecks (arXiv 1801.04381), table 2.
// SPDX-License-Identifier: MIT

import { conv, depthwise } from './layer.ts';

export const MOBILENET_V2 = [
  conv(3, 32, 3, 224, { stride: 2 }),
  depthwise(32, 3, 112),
  conv(32, 16, 1, 112),
  conv(16, 96, 1, 112),
  depthwise(96, 3, 112, { stride: 2 }),
  conv(96, 24, 1, 56),
  conv(24, 144, 1, 56, { count: 2 }),
  depthwise(144, 3, 56),
  conv(144, 24, 1, 56),
  depthwise(144, 3, 56, { stride: 2 }),
  conv(144, 32, 1, 28),
  conv(32, 192, 1, 28, { count: 3 }),
  depthwise(192, 3, 28, { count: 2 }),
  conv(192, 32, 1, 28, { count: 2 }),
  depthwise(192, 3, 28, { stride: 2 }),
  conv(192, 64, 1, 14),
  conv(64, 384, 1, 14, { count: 4 }),
  depthwise(384, 3, 14, { count: 4 }),
  conv(384, 64, 1, 14, { count: 3 }),
  conv(384, 96, 1, 14),
  conv(96, 576, 1, 14, { count: 3 }),
  depthwise(576, 3, 14, { count: 2 }),
  conv(576, 96, 1, 14, { count: 2 }),
  depthwise(576, 3, 14, { stride: 2 }),
  conv(576, 160, 1, 7),
  conv(160, 960, 1, 7, { count: 3 }),
  depthwise(960, 3, 7, { count: 3 }),
  conv(960, 160, 1, 7, { count: 2 }),
  conv(960, 320, 1, 7),
  conv(320, 1280, 1, 7),
];
