// Progress on standard error: a bar on a terminal, a line now and then elsewhere.
// SPDX-License-Identifier: MIT

import { Presets, SingleBar } from 'cli-progress';

const LINE_EVERY_MS = 20_000;

export class Progress {
  readonly #bar: SingleBar;

  constructor(total: number) {
    const format = '{bar} {value}/{total}, {eta_formatted} left: {now}';
    this.#bar = new SingleBar(
      {
        format,
        stream: process.stderr,
        clearOnComplete: true,
        noTTYOutput: true,
        notTTYSchedule: LINE_EVERY_MS,
      },
      Presets.shades_classic,
    );
    this.#bar.start(total, 0, { now: '' });
  }

  /** Says what is being done, also in the error if it fails, does it, and counts it. */
  async step<T>(now: string, action: () => Promise<T>): Promise<T> {
    this.#bar.update({ now });
    try {
      return await action();
    } catch (error) {
      throw new Error(`${now}: ${(error as Error).message}`, { cause: error });
    } finally {
      this.#bar.increment();
    }
  }

  stop(): void {
    this.#bar.stop();
  }
}
