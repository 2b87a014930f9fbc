// What the binary knows about itself and the machine, and the process-wide thread setting. Layer: native, over binding.ts.
// SPDX-License-Identifier: MIT

import { checkInteger } from '../check.ts';
import { describe, rangeError, typeError } from '../errors.ts';
import { packageVersion } from '../version.ts';
import { loadBinding, type NativeInfo } from './binding.ts';

export interface Info extends NativeInfo {
  /** Of this package. */
  readonly version: string;
}

/**
 * Version, ISA in use and available, the kernels and which of them dispatch takes, threads, processors, caches.
 *
 * @throws Error `ERR_CONV_LOAD` if the binary cannot be loaded.
 *
 * @example
 * ```ts
 * import { info } from 'native-conv';
 * const { version, isa, threads } = info();
 * console.log(typeof version, typeof isa, threads >= 1); // string string true
 * ```
 */
export function info(): Info {
  return { version: packageVersion(), ...loadBinding().info() };
}

/**
 * Sets how many threads a call may use, the caller's included, unless it says `threads` itself.
 *
 * @throws TypeError or RangeError `ERR_CONV_OPTION` for anything but a positive integer.
 *
 * @example
 * ```ts
 * import { info, setThreads } from 'native-conv';
 * setThreads(1);
 * console.log(info().threads); // 1
 * ```
 */
export function setThreads(threads: number): void {
  loadBinding().setThreads(checkInteger('setThreads', 'threads', threads, 1));
}

/**
 * Limits how many asynchronous calls of the process may be waiting or running; one more rejects at once instead of
 * holding memory. Without a limit (the default) every call waits its turn.
 *
 * @param calls - a positive integer, or Infinity for no limit.
 * @throws TypeError or RangeError `ERR_CONV_OPTION` for anything else. Calls over the limit reject with an Error
 *   `ERR_CONV_QUEUE`.
 *
 * @example
 * ```ts
 * import { info, setMaxQueued } from 'native-conv';
 * setMaxQueued(64);
 * console.log(info().maxQueued); // 64
 * setMaxQueued(Number.POSITIVE_INFINITY);
 * ```
 */
export function setMaxQueued(calls: number): void {
  const unlimited = calls === Number.POSITIVE_INFINITY;
  loadBinding().setMaxQueued(unlimited ? 0 : checkInteger('setMaxQueued', 'calls', calls, 1));
}

/**
 * Limits the scratch of a call of the process, as `explain()` tells it in `workspaceBytes`: padded copies, packed weights,
 * windows of patches, what lies between two stages. Where the best algorithm needs more, `algorithm: 'auto'` takes the
 * best that does not (and `explain()` says why it refused the others); a call for which there is none throws before
 * any scratch is allocated. Operands and results are the caller's and not counted, nor are the few rows that image
 * operators hold. Threads keep scratch for the next call: `info().scratchBytes`.
 *
 * @param bytes - a non-negative integer, or Infinity for no limit (the default).
 * @throws TypeError or RangeError `ERR_CONV_OPTION` for anything else. Calls that need more throw, or reject with, a
 *   RangeError `ERR_CONV_TOO_LARGE`.
 *
 * @example
 * ```ts
 * import { explain, setWorkspaceLimit } from 'native-conv';
 * const call = ['conv2d', [1, 64, 56, 56], [64, 64, 3, 3], { padding: 1 }] as const;
 * setWorkspaceLimit(explain(...call).workspaceBytes - 1);
 * const { refusals } = explain(...call);
 * console.log(refusals.some(({ reason }) => reason.includes('setWorkspaceLimit'))); // true
 * setWorkspaceLimit(Number.POSITIVE_INFINITY);
 * ```
 */
export function setWorkspaceLimit(bytes: number): void {
  const unlimited = bytes === Number.POSITIVE_INFINITY;
  if (!unlimited && !(Number.isSafeInteger(bytes) && bytes >= 0)) {
    const make = typeof bytes === 'number' ? rangeError : typeError;
    const message = `bytes must be a non-negative integer or Infinity, got ${describe(bytes)}`;
    throw make('ERR_CONV_OPTION', 'setWorkspaceLimit', message);
  }
  loadBinding().setWorkspaceLimit(bytes);
}
