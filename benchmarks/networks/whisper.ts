// The stem of Whisper's encoder on 30 s of sound, 3000 frames: Radford, Kim, Xu, Brockman, McLeavey & Sutskever, Robust
// Speech Recognition via Large-Scale Weak Supervision (arXiv 2212.04356), section 2.2; widths of the models from table 1.
// SPDX-License-Identifier: MIT

import type { SuiteShape } from '../suites.ts';

const MELS = 80;
const FRAMES = 3000;

/** The two convolutions of the model with `width` channels. */
function stem(model: string, width: number): SuiteShape[] {
  const layer = (name: string, inChannels: number, options: SuiteShape['options']): SuiteShape => ({
    name: `${model}_${name}`,
    operator: 'conv1d',
    input: [1, inChannels, FRAMES],
    weight: [width, inChannels, 3],
    options,
    count: 1,
  });
  return [layer('conv1', MELS, { padding: 1 }), layer('conv2', width, { stride: 2, padding: 1 })];
}

export const WHISPER = [
  ...stem('tiny', 384),
  ...stem('base', 512),
  ...stem('small', 768),
  ...stem('medium', 1024),
  ...stem('large', 1280),
];
