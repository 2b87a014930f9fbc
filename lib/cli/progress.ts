// A progress bar for long commands, on a terminal only. Layer: command line.
// SPDX-License-Identifier: MIT

import { setImmediate } from 'node:timers/promises';
import { loadProgress } from './packages.ts';

export interface Progress {
  /** Shows what comes next, and lets the terminal draw it before the event loop is blocked. */
  at(kind: string): Promise<void>;
  advance(): void;
  stop(): void;
}

const SILENT: Progress = { at: async () => {}, advance: () => {}, stop: () => {} };

export async function startProgress(total: number): Promise<Progress> {
  if (!process.stderr.isTTY) return SILENT;
  const { Presets, SingleBar } = await loadProgress();
  const bar = new SingleBar(
    {
      format: '{bar} {value}/{total} {kind}',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { kind: '' });
  return {
    at: async (kind) => {
      bar.update({ kind });
      bar.render();
      await setImmediate();
    },
    advance: () => bar.increment(),
    stop: () => bar.stop(),
  };
}
