// A hundred thousand calls and a thousand layers, in a process of its own: the memory of the process stays where it was
// after the first 40,000. What short tests cannot tell from noise, this does.
// SPDX-License-Identifier: MIT

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const execute = promisify(execFile);

const PROGRAM = `
import { setTimeout as sleep } from 'node:timers/promises';
import { Conv2d, SeparableConv2d, conv2d, conv2dWeightGrad, gaussianBlur, Tensor } from 'native-conv';
import * as promises from 'native-conv/promises';
const filled = (...dims) => new Tensor(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.5), dims);
const x = filled(1, 16, 16, 16), w = filled(16, 16, 3, 3), out = filled(1, 16, 14, 14), column = filled(16, 1, 3, 3);
const image = { data: new Uint8Array(64 * 64 * 3), width: 64, height: 64, channels: 3 };
const strided = { data: x.data, shape: [1, 16, 16, 16], stride: [4096, 256, 1, 16] };
const CALLS = [
  () => conv2d(x, w),
  () => conv2d(x, w, { out }),
  () => conv2d(strided, w),
  () => conv2dWeightGrad(out, x, [16, 16, 3, 3]),
  () => gaussianBlur(image, { sigma: 1 }),
  () => promises.conv2d(x, w),
  () => promises.conv2d(strided, w),
  () => promises.gaussianBlur(image, { sigma: 1 }),
  () => promises.conv2d(x, w, { signal: AbortSignal.abort() }).catch(() => {}),
  () => { try { conv2d(x, column); } catch {} },
];
const memory = async () => {
  for (let i = 0; i < 5; i++) { gc(); await sleep(5); }
  const { rss, external, heapUsed } = process.memoryUsage();
  return { rss: rss / 2 ** 20, external: external / 2 ** 20, heap: heapUsed / 2 ** 20 };
};
const round = async (calls, layers) => {
  for (let i = 0; i < calls; i++) await CALLS[i % CALLS.length]();
  for (let i = 0; i < layers; i++) {
    const layer = i % 4 ? new Conv2d(w) : new SeparableConv2d(column, filled(16, 16));
    i % 3 ? layer.run(x) : await layer.runAsync(x);
    if (i % 2) layer.dispose();
  }
  return await memory();
};
// Code that is optimised and pages that the C library keeps come within the first 30,000.
const before = await round(40_000, 400);
const after = await round(60_000, 600);
console.log(JSON.stringify({ before, after }));
`;

interface Memory {
  readonly rss: number;
  readonly external: number;
  readonly heap: number;
}

describe('leaks', () => {
  it('100,000 calls and 1,000 layers leave the memory as it was', async () => {
    // V8's young generation grows for some 160,000 calls, by up to 30 MiB and as chance has it, unless it may not.
    const args = ['--expose-gc', '--max-semi-space-size=1', '--input-type=module', '--eval', PROGRAM];
    const { stdout } = await execute(process.execPath, args, {
      cwd: path.join(import.meta.dirname, '../..'),
    });
    const { before, after } = JSON.parse(stdout) as { readonly before: Memory; readonly after: Memory };
    const grown = (what: keyof Memory) => after[what] - before[what];
    console.log(
      `      RSS ${before.rss.toFixed(1)} → ${after.rss.toFixed(1)} MiB, external ${grown('external').toFixed(2)}, ` +
        `heap ${grown('heap').toFixed(2)} MiB more`,
    );
    // 100 bytes for each of the 60,000 calls are 5.7 MiB; a layer is 18 KiB or more, 300 undisposed ones 5.3 MiB.
    expect(grown('rss'), 'RSS').to.be.below(5);
    expect(grown('external'), 'external').to.be.below(1);
    expect(grown('heap'), 'heap').to.be.below(2);
  });
});
