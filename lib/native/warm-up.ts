// What the first call of a process pays for, paid when a door is imported whose calls must not hold the event loop: the
// binary is loaded, V8 reads the functions that calls go through, and a convolution of nine pixels runs, here and now,
// and once more as a call that is aborted before it begins, so that no call waits, and none counts as queued.
// Layer: native, over executor.ts.
// SPDX-License-Identifier: MIT

import { prepareConv2d } from '../ops/conv.ts';
import { prepareResize } from '../ops/resize.ts';
import { prepareToTensor } from '../ops/to-tensor.ts';
import { Tensor } from '../tensor.ts';
import { finish } from '../turns.ts';
import { runNative, runNativeAsync } from './executor.ts';

/** What goes wrong is left for the first use to say. */
export function warmUp(): void {
  const image = new Tensor(new Float32Array(9), [1, 1, 3, 3]);
  const pixels = { data: new Uint8Array(27), width: 3, height: 3, channels: 3 };
  try {
    runNative(prepareConv2d('async', image, image, { padding: 1 }));
    const aborted = { padding: 1, signal: AbortSignal.abort() };
    runNativeAsync(prepareConv2d('async', image, image, aborted)).catch(() => undefined);
    prepareResize('async', pixels, { width: 2, height: 2 });
    finish(prepareToTensor('async', pixels, { resize: { width: 2, height: 2 } }));
  } catch {
    // Without a binary, for one.
  }
}
