// ResNet-50 on 224×224: He, Zhang, Ren & Sun, Deep Residual Learning for Image Recognition (arXiv 1512.03385), table 1;
// the stride of a stage in its first 3×3, as torchvision has it.
// SPDX-License-Identifier: MIT

import { conv } from './layer.ts';

export const RESNET50 = [
  conv(3, 64, 7, 224, { stride: 2 }),
  conv(64, 64, 1, 56),
  conv(64, 64, 3, 56, { count: 3 }),
  conv(64, 256, 1, 56, { count: 4 }),
  conv(256, 64, 1, 56, { count: 2 }),
  conv(256, 128, 1, 56),
  conv(128, 128, 3, 56, { stride: 2 }),
  conv(256, 512, 1, 56, { stride: 2 }),
  conv(128, 512, 1, 28, { count: 4 }),
  conv(512, 128, 1, 28, { count: 3 }),
  conv(128, 128, 3, 28, { count: 3 }),
  conv(512, 256, 1, 28),
  conv(256, 256, 3, 28, { stride: 2 }),
  conv(512, 1024, 1, 28, { stride: 2 }),
  conv(256, 1024, 1, 14, { count: 6 }),
  conv(1024, 256, 1, 14, { count: 5 }),
  conv(256, 256, 3, 14, { count: 5 }),
  conv(1024, 512, 1, 14),
  conv(512, 512, 3, 14, { stride: 2 }),
  conv(1024, 2048, 1, 14, { stride: 2 }),
  conv(512, 2048, 1, 7, { count: 3 }),
  conv(2048, 512, 1, 7, { count: 2 }),
  conv(512, 512, 3, 7, { count: 2 }),
];
