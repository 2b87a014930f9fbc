// Cancellation of every kind of call, at every stage of it: whatever a call is busy with when its signal aborts, it
// stops within 10 ms. The figures of a quiet machine are in RELIABILITY.md. SPDX-License-Identifier: MIT

import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { info, setThreads, Tensor } from '../lib/index.ts';
import * as promises from '../lib/promises.ts';

const LIMIT_MS = 10;
/** Of abortions; one that keeps to the limit is enough, since other processes may take the processor away. */
const ATTEMPTS = 8;

const filled = (...dims: number[]) =>
  new Tensor(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.5), dims);
const pixels = (
  width: number,
  height: number,
  Kind: typeof Uint8Array | typeof Float32Array = Uint8Array,
) => ({
  data: new Kind(width * height),
  width,
  height,
  channels: 1,
});

type Call = (signal: AbortSignal) => Promise<unknown>;

/** Operands are made once: they are large. */
const CALLS: Readonly<Record<string, () => Call>> = {
  ...Object.fromEntries(
    (['direct', 'im2col-gemm', 'implicit-gemm', 'winograd-f2', 'winograd-f4'] as const).map((algorithm) => [
      `conv2d by ${algorithm}, with weights of 38 MB to pack`,
      () => {
        const [x, w] = [filled(4, 1024, 14, 14), filled(1024, 1024, 3, 3)];
        return (signal) => promises.conv2d(x, w, { padding: 1, algorithm, signal });
      },
    ]),
  ),
  'a batch of which each image is one thread’s': () => {
    const [x, w] = [filled(4, 128, 192, 192), filled(128, 128, 3, 3)];
    return (signal) => promises.conv2d(x, w, { padding: 1, threads: 2, algorithm: 'implicit-gemm', signal });
  },
  'the same of winograd': () => {
    const [x, w] = [filled(4, 128, 192, 192), filled(128, 128, 3, 3)];
    return (signal) => promises.conv2d(x, w, { padding: 1, threads: 2, algorithm: 'winograd-f2', signal });
  },
  'products side by side': () => {
    const [a, b] = [filled(4, 1600, 1600), filled(4, 1600, 1600)];
    return (signal) => promises.matmul(a, b, { threads: 2, signal });
  },
  'a product of which the packing takes longest': () => {
    const [a, b] = [filled(1, 4096), filled(4096, 4096)];
    return (signal) => promises.matmul(a, b, { signal });
  },
  'a product of a row and a column of 16 million': () => {
    const [a, b] = [filled(1, 2 ** 24), filled(2 ** 24, 1)];
    return (signal) => promises.matmul(a, b, { signal });
  },
  'a filter of 65,536 taps along a row of a million': () => {
    const [x, w] = [filled(1, 1, 2 ** 20), filled(1, 1, 2 ** 16)];
    return (signal) => promises.conv1d(x, w, { reproducible: true, signal });
  },
  'a filter of 131,072 taps by fft': () => {
    const [x, w] = [filled(1, 1, 2 ** 24), filled(1, 1, 2 ** 17)];
    return (signal) => promises.conv1d(x, w, { algorithm: 'fft', signal });
  },
  'a kernel of 16 million taps, as large as its input': () => {
    const [x, w] = [filled(1, 16, 1024, 1024), filled(1, 16, 1024, 1024)];
    return (signal) => promises.conv2d(x, w, { signal });
  },
  'a depthwise kernel of a million taps': () => {
    const [x, w] = [filled(1, 4, 1200, 1200), filled(4, 1, 1023, 1023)];
    return (signal) => promises.depthwiseConv2d(x, w, { signal });
  },
  'a transposed convolution with a kernel of a million taps': () => {
    const [x, w] = [filled(1, 1, 1), filled(1, 1, 2 ** 20)];
    return (signal) => promises.convTranspose1d(x, w, { stride: 3, signal });
  },
  'a transposed convolution in phases': () => {
    const [x, w] = [filled(1, 2048, 7, 7), filled(2048, 1024, 3, 3)];
    return (signal) => promises.convTranspose2d(x, w, { stride: 2, algorithm: 'phases', signal });
  },
  'a transposed convolution by col2im, with weights of 38 MB to lay out': () => {
    const [x, w] = [filled(1, 1024, 8, 8), filled(1024, 1024, 3, 3)];
    return (signal) => promises.convTranspose2d(x, w, { stride: 2, padding: 1, algorithm: 'col2im', signal });
  },
  'depthwise by fft': () => {
    const [x, w] = [filled(1, 64, 512, 512), filled(64, 1, 31, 31)];
    return (signal) => promises.depthwiseConv2d(x, w, { padding: 15, algorithm: 'fft', signal });
  },
  'a weight gradient': () => {
    const x = filled(2, 64, 192, 192);
    return (signal) => promises.conv2dWeightGrad(x, x, [64, 64, 3, 3], { padding: 1, signal });
  },
  'filter2d with the largest kernel': () => {
    const image = pixels(3000, 2000);
    const data = Float32Array.from({ length: 256 * 256 }, (_, i) => Math.sin(i));
    return (signal) => promises.filter2d(image, { data, dims: [256, 256] }, { signal });
  },
  'gaussianBlur of bytes': () => {
    const image = pixels(6000, 4000);
    return (signal) => promises.gaussianBlur(image, { sigma: 30, signal });
  },
  'gaussianBlur of floats': () => {
    const image = pixels(3000, 2000, Float32Array);
    return (signal) => promises.gaussianBlur(image, { sigma: 10, signal });
  },
  'boxBlur with a tall rectangle': () => {
    const image = pixels(8000, 5000);
    return (signal) => promises.boxBlur(image, { kernelSize: 1001, signal });
  },
  'resize to few pixels': () => {
    const image = pixels(16000, 12000);
    return (signal) => promises.resize(image, { width: 300, height: 20, filter: 'lanczos', signal });
  },
  'resize of floats': () => {
    const image = pixels(4000, 3000, Float32Array);
    return (signal) => promises.resize(image, { width: 3000, height: 6000, filter: 'lanczos', signal });
  },
  'the weights of resize to millions of pixels': () => {
    let width = 4_000_000;
    // A size of its own each time, of which nothing is kept.
    return (signal) =>
      promises.resize(pixels(7, 1), { width: width++, height: 1, filter: 'lanczos', signal });
  },
};

/** From the abort to the rejection; `undefined` if the call was done before. */
async function stopped(call: Call, afterMs: number): Promise<number | undefined> {
  const controller = new AbortController();
  const reason = new Error('enough');
  const outcome = call(controller.signal).then(
    () => 'done',
    (error: unknown) => error,
  );
  await sleep(afterMs);
  const before = performance.now();
  controller.abort(reason);
  const how = await outcome;
  if (how === 'done') return undefined;
  expect(how).to.equal(reason);
  return performance.now() - before;
}

describe('a call that is aborted stops within 10 ms', function () {
  this.timeout(60_000);
  const { threads } = info();
  before(() => setThreads(1));
  after(() => setThreads(threads));

  for (const [name, prepare] of Object.entries(CALLS)) {
    it(name, async () => {
      const call = prepare();
      // Early, while weights are packed, and later. Each moment has to be met once.
      for (const moment of [2, 8, 16]) {
        let least = Number.POSITIVE_INFINITY;
        for (let attempt = 0; attempt < ATTEMPTS && least > LIMIT_MS; attempt++) {
          // Done before, perhaps, because the timer was late: V8 may collect in between.
          least = Math.min(least, (await stopped(call, moment)) ?? Number.POSITIVE_INFINITY);
        }
        // One that was done before is no proof, but on a fast machine no fault either.
        if (least !== Number.POSITIVE_INFINITY) expect(least, `after ${moment} ms`).to.be.below(LIMIT_MS);
        else expect(moment, 'the call is too short to be aborted').to.be.above(2);
      }
      expect(info().queuedCalls).to.equal(0);
    });
  }
});
