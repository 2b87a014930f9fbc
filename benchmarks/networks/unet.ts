// U-Net on 572×572: Ronneberger, Fischer & Brox, U-Net: Convolutional Networks for Biomedical Image Segmentation (arXiv
// 1505.04597), figure 1; no padding, so that every 3×3 takes two pixels off the map.
// SPDX-License-Identifier: MIT

import { conv, transposed } from './layer.ts';

const valid = { padding: 0 };
const doubling = { stride: 2, padding: 0 };

export const UNET = [
  conv(1, 64, 3, 572, valid),
  conv(64, 64, 3, 570, valid),
  conv(64, 128, 3, 284, valid),
  conv(128, 128, 3, 282, valid),
  conv(128, 256, 3, 140, valid),
  conv(256, 256, 3, 138, valid),
  conv(256, 512, 3, 68, valid),
  conv(512, 512, 3, 66, valid),
  conv(512, 1024, 3, 32, valid),
  conv(1024, 1024, 3, 30, valid),
  transposed(1024, 512, 2, 28, doubling),
  conv(1024, 512, 3, 56, valid),
  conv(512, 512, 3, 54, valid),
  transposed(512, 256, 2, 52, doubling),
  conv(512, 256, 3, 104, valid),
  conv(256, 256, 3, 102, valid),
  transposed(256, 128, 2, 100, doubling),
  conv(256, 128, 3, 200, valid),
  conv(128, 128, 3, 198, valid),
  transposed(128, 64, 2, 196, doubling),
  conv(128, 64, 3, 392, valid),
  conv(64, 64, 3, 390, valid),
  conv(64, 2, 1, 388),
];
