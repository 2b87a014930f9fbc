// EfficientNet-B0 on 224×224: Tan & Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks
// (arXiv 1905.11946), table 1; padded as torchvision does. Without the squeeze-and-excitation layers, which see 1×1 maps.
// SPDX-License-Identifier: MIT

import { conv, depthwise } from './layer.ts';

export const EFFICIENTNET_B0 = [
  conv(3, 32, 3, 224, { stride: 2 }),
  depthwise(32, 3, 112),
  conv(32, 16, 1, 112),
  conv(16, 96, 1, 112),
  depthwise(96, 3, 112, { stride: 2 }),
  conv(96, 24, 1, 56),
  conv(24, 144, 1, 56, { count: 2 }),
  depthwise(144, 3, 56),
  conv(144, 24, 1, 56),
  depthwise(144, 5, 56, { stride: 2 }),
  conv(144, 40, 1, 28),
  conv(40, 240, 1, 28, { count: 2 }),
  depthwise(240, 5, 28),
  conv(240, 40, 1, 28),
  depthwise(240, 3, 28, { stride: 2 }),
  conv(240, 80, 1, 14),
  conv(80, 480, 1, 14, { count: 3 }),
  depthwise(480, 3, 14, { count: 2 }),
  conv(480, 80, 1, 14, { count: 2 }),
  depthwise(480, 5, 14),
  conv(480, 112, 1, 14),
  conv(112, 672, 1, 14, { count: 3 }),
  depthwise(672, 5, 14, { count: 2 }),
  conv(672, 112, 1, 14, { count: 2 }),
  depthwise(672, 5, 14, { stride: 2 }),
  conv(672, 192, 1, 7),
  conv(192, 1152, 1, 7, { count: 4 }),
  depthwise(1152, 5, 7, { count: 3 }),
  conv(1152, 192, 1, 7, { count: 3 }),
  depthwise(1152, 3, 7),
  conv(1152, 320, 1, 7),
  conv(320, 1280, 1, 7),
];
