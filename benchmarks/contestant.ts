// What it takes to take part in the benchmark. A contestant prepares a shape once, weights known ahead, and is then
// timed on it. Who takes part: contestants.ts.
// SPDX-License-Identifier: MIT

import type { NamedShape } from '../test/shapes.ts';
import { measure, type Timing } from './measure.ts';

export interface Operands {
  readonly input: Float32Array;
  readonly weight: Float32Array;
}

export interface Settings {
  readonly threads: number;
  /** Write every output into the same memory; of our own contestants only. */
  readonly reuseOutput: boolean;
}

export interface Prepared<Out = Float32Array> {
  /** What the table calls the way in which it is computed; '' where the library does not tell. */
  readonly algorithm: string;
  readonly kernel: string;
  readonly isa: string;
  /** Whether the output must equal the contract's chain of fused multiply-adds in every bit. */
  readonly exact: boolean;
  /** Computes the output once and returns it; a layer's with the channels first. */
  output(): Promise<Out>;
  /** Warms up and times the same computation. */
  time(budgetMs: number): Promise<Timing>;
}

/** Of layers, unless it says otherwise. */
export interface Contestant<Shape = NamedShape, In = Operands, Out = Float32Array> {
  readonly name: string;
  /** Whether it is another library, and takes part with `--peers` only. */
  readonly peer: boolean;
  /** The version, or why it cannot take part at all. */
  presence(): { readonly version: string } | { readonly missing: string };
  /** Why it cannot run this shape; nothing where it can. */
  refuses(shape: Shape, settings: Settings): string | undefined;
  prepare(shape: Shape, operands: In, settings: Settings): Prepared<Out> | Promise<Prepared<Out>>;
}

/** `output` and `time` of a contestant that is called in this process. */
export function called<Out>(run: () => Out | Promise<Out>): Pick<Prepared<Out>, 'output' | 'time'> {
  return {
    output: async () => run(),
    time: (budgetMs) => measure(run, budgetMs),
  };
}
