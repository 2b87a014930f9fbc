// Calls whose results are known: random ones of every operator, and of the image operators. A result is judged by its
// bits, whichever door, thread or worker gave it. SPDX-License-Identifier: MIT

import type * as native from '../../lib/index.ts';
import { OPERATOR_NAMES } from '../../lib/ops/table.ts';
import type * as promises from '../../lib/promises.ts';
import * as reference from '../../lib/reference.ts';
import { type Draw, drawFrom } from '../../lib/verify/draw.ts';
import { randomProblem } from '../../lib/verify/problem.ts';

export type Door = typeof native | typeof promises | typeof reference;

export interface Case {
  readonly name: string;
  readonly run: (door: Door) => unknown;
  /** By the reference. */
  readonly expected: Uint8Array;
}

/** A result's memory. */
export function bytesOf(result: unknown): Uint8Array {
  const { data } = result as { readonly data: ArrayBufferView };
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Fails where a result is not the expected one. */
export function judge({ name, expected }: Case, result: unknown): void {
  if (Buffer.compare(bytesOf(result), expected) !== 0)
    throw new Error(`${name}: the bits of a result changed`);
}

export function makeCases(seed: number, rounds: number): Case[] {
  const draw = drawFrom(seed);
  const calls = Array.from({ length: rounds }, () => [...operatorCalls(draw), ...imageCalls(draw)]).flat();
  return calls.map((call) => ({ ...call, expected: bytesOf(call.run(reference)) }));
}

type Call = Omit<Case, 'expected'>;
type Operators = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

/** Their results may differ from the reference's by some ULP. */
const SMOOTH: readonly unknown[] = ['sigmoid', 'tanh', 'silu', 'elu', 'gelu'];

function operatorCalls(draw: Draw): Call[] {
  return OPERATOR_NAMES.map((name) => {
    const { operator, operands, options } = randomProblem(name, draw, { multiplyAdds: 200_000 });
    const { activation, ...others } = options;
    const kept = activation === undefined || SMOOTH.includes(activation) ? {} : { activation };
    const all = { ...others, ...kept, threads: undefined, reproducible: true };
    const run = (door: Door): unknown => {
      const own = door === reference ? all : { ...all, threads: draw(1, 4) };
      return (door as unknown as Operators)[operator](...operands, own);
    };
    return { name: operator, run };
  });
}

function imageCalls(draw: Draw): Call[] {
  const [width, height] = [draw(40, 160), draw(40, 160)];
  const data = Uint8Array.from({ length: width * height * 3 }, () => draw(0, 255));
  const image = { data, width, height, channels: 3 } as const;
  const calls: Readonly<Record<string, (door: typeof native) => unknown>> = {
    resize: (door) => door.resize(image, { width: 64, height: 48 }),
    gaussianBlur: (door) => door.gaussianBlur(image, { sigma: 1.5 }),
    boxBlur: (door) => door.boxBlur(image, { kernelSize: 5 }),
    toTensor: (door) => door.toTensor(image, { resize: { width: 56, height: 56 }, mean: 0.5, std: 0.25 }),
  };
  return Object.entries(calls).map(([name, run]) => ({ name, run: (door) => run(door as typeof native) }));
}
