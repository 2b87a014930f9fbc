// Whom we compare ourselves with: a peer, or the better of two ways to use it.
// SPDX-License-Identifier: MIT

import { AUTO_OUT, REPRODUCIBLE_OUT } from './native-conv.ts';
import { findResult, type Report, type Summary } from './report.ts';

export interface Comparison {
  readonly label: string;
  /** Contestants, of which the fastest counts. */
  readonly peers: readonly string[];
  /** Whether they write every result into the same memory. */
  readonly sameMemory?: true;
}

const SAME_MEMORY: readonly string[] = [AUTO_OUT.name, REPRODUCIBLE_OUT.name];

export const ORT: Comparison = { label: 'ORT', peers: ['onnxruntime'] };
/** A caller with tensors in the usual layout has the choice between these two. */
export const ONEDNN: Comparison = {
  label: 'oneDNN',
  peers: ['onednn-plain', 'onednn-b+r'],
  sameMemory: true,
};
export const ONEDNN_BLOCKED: Comparison = {
  label: 'oneDNN blocked',
  peers: ['onednn-blocked'],
  sameMemory: true,
};
export const WASM: Comparison = { label: 'wasm', peers: ['tfjs-wasm'] };

export const OPENCV_JS: Comparison = { label: 'opencv.js', peers: ['opencv.js'], sameMemory: true };
export const SHARP: Comparison = { label: 'sharp', peers: ['sharp'] };

export const COMPARISONS: readonly Comparison[] = [ORT, ONEDNN, WASM, OPENCV_JS, SHARP];

/** Whether a contestant of ours is to be compared with the peers: like with like, where the report has both kinds. */
export function isComparable(comparison: Comparison, { contestants }: Report, our: string): boolean {
  const hasBoth = contestants.some(({ name }) => SAME_MEMORY.includes(name));
  return !hasBoth || SAME_MEMORY.includes(our) === (comparison.sameMemory ?? false);
}

/** How many times as fast as the peer a result of ours is; nothing where the peer has none. */
export function ratioTo({ peers }: Comparison, report: Report, ours: Summary): number | undefined {
  const times = peers
    .map((peer) => findResult(report, peer, ours.shape, ours.threads)?.medianMs)
    .filter((ms) => ms !== undefined);
  return times.length === 0 ? undefined : Math.min(...times) / ours.medianMs;
}
