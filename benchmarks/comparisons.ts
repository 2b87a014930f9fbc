// Whom we compare ourselves with: a peer, or the better of two ways to use it.
// SPDX-License-Identifier: MIT

import { findResult, type Report, type Summary } from './report.ts';

export interface Comparison {
  readonly label: string;
  /** Contestants, of which the fastest counts. */
  readonly peers: readonly string[];
}

export const ORT: Comparison = { label: 'ORT', peers: ['onnxruntime'] };
/** A caller with tensors in the usual layout has the choice between these two. */
export const ONEDNN: Comparison = { label: 'oneDNN', peers: ['onednn-plain', 'onednn-b+r'] };
export const ONEDNN_BLOCKED: Comparison = { label: 'oneDNN blocked', peers: ['onednn-blocked'] };
export const WASM: Comparison = { label: 'wasm', peers: ['tfjs-wasm'] };

export const OPENCV_JS: Comparison = { label: 'opencv.js', peers: ['opencv.js'] };
export const SHARP: Comparison = { label: 'sharp', peers: ['sharp'] };

export const COMPARISONS: readonly Comparison[] = [ORT, ONEDNN, WASM, OPENCV_JS, SHARP];

/** How many times as fast as the peer a result of ours is; nothing where the peer has none. */
export function ratioTo({ peers }: Comparison, report: Report, ours: Summary): number | undefined {
  const times = peers
    .map((peer) => findResult(report, peer, ours.shape, ours.threads)?.medianMs)
    .filter((ms) => ms !== undefined);
  return times.length === 0 ? undefined : Math.min(...times) / ours.medianMs;
}
