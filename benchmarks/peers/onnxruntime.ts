// onnxruntime-node as a contestant: a session of one Conv node on the CPU. What is timed is the call from JavaScript.
// SPDX-License-Identifier: MIT

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { called } from '../contestant.ts';
import type { Adaptor } from '../peers.ts';
import { convolutionModel } from './onnx-model.ts';

export const prepare: Adaptor['prepare'] = async (shape, operands, { threads }) => {
  const session = await InferenceSession.create(convolutionModel(shape, operands.weight), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
  });
  const feeds = { x: new Tensor('float32', operands.input, shape.input) };
  const run = async () => (await session.run(feeds))['y'].data as Float32Array;
  return { algorithm: '', kernel: '', isa: '', exact: false, ...called(run) };
};
