// DCGAN for 64×64: Radford, Metz & Chintala, Unsupervised Representation Learning with Deep Convolutional Generative
// Adversarial Networks (arXiv 1511.06434), in the widths of PyTorch's example: the generator, then the discriminator.
// SPDX-License-Identifier: MIT

import { conv, transposed } from './layer.ts';

const doubling = { stride: 2, padding: 1 };
const valid = { padding: 0 };

export const DCGAN = [
  transposed(100, 512, 4, 1, valid),
  transposed(512, 256, 4, 4, doubling),
  transposed(256, 128, 4, 8, doubling),
  transposed(128, 64, 4, 16, doubling),
  transposed(64, 3, 4, 32, doubling),
  conv(3, 64, 4, 64, doubling),
  conv(64, 128, 4, 32, doubling),
  conv(128, 256, 4, 16, doubling),
  conv(256, 512, 4, 8, doubling),
  conv(512, 1, 4, 4, valid),
];
