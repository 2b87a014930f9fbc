// oneDNN as a contestant, through the program of peers/onednn.cpp: operands go in and the output comes back by pipe,
// the timing happens in there.
// SPDX-License-Identifier: MIT

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { NamedShape } from '../test/shapes.ts';
import type { Operands, Prepared, Settings } from './contestant.ts';
import { lower, outputLength } from './geometry.ts';
import type { Timing } from './measure.ts';

/** The program that bench:setup builds from peers/onednn.cpp. */
export const ONEDNN_PROGRAM = fileURLToPath(new URL('peers/build/onednn', import.meta.url));

/** How oneDNN is given its tensors: as they are, in its own layout with the conversions, and without them. */
export const ONEDNN_MODES = ['plain', 'b+r', 'blocked'] as const;
export type OnednnMode = (typeof ONEDNN_MODES)[number];

interface Answer {
  readonly implementation: string;
  readonly timing: Timing;
  readonly output: Float32Array;
}

/** A timing budget of nothing: compute once. */
const ONCE = 0;

export async function prepareOnednn(
  mode: OnednnMode,
  shape: NamedShape,
  operands: Operands,
  { threads }: Settings,
): Promise<Prepared> {
  const ask = (budgetMs: number) => runProgram(mode, shape, operands, threads, budgetMs);
  const { implementation, output } = await ask(ONCE);
  return {
    algorithm: implementation,
    kernel: '',
    isa: '',
    exact: false,
    output: async () => output,
    time: async (budgetMs) => (await ask(budgetMs)).timing,
  };
}

async function runProgram(
  mode: OnednnMode,
  shape: NamedShape,
  { input, weight }: Operands,
  threads: number,
  budgetMs: number,
): Promise<Answer> {
  const lowered = lower(shape);
  const numbers = [
    threads,
    budgetMs,
    Number(lowered.transposed),
    lowered.batch,
    lowered.groups,
    lowered.inChannels,
    lowered.outChannels,
    lowered.rank,
    ...[lowered.input, lowered.output, lowered.kernel].flatMap((axes) => axes.slice(3 - lowered.rank)),
    lowered.stride,
    lowered.dilation,
    lowered.padding,
  ];
  const child = spawn(ONEDNN_PROGRAM, [mode, ...numbers.map(String)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
  });
  const answered = Promise.all([collect(child.stdout), collect(child.stderr), exitCode(child)]);
  child.stdin.on('error', () => {}); // the exit code tells why it stopped reading
  child.stdin.write(bytesOf(input));
  child.stdin.end(bytesOf(weight));
  const [stdout, stderr, code] = await answered;
  if (code !== 0) throw new Error(`oneDNN (${mode}), ${shape.name}: ${stderr.toString().trim()}`);
  const line = stdout.indexOf('\n') + 1;
  const { implementation, ...timing } = JSON.parse(stdout.toString('utf8', 0, line));
  const output = new Float32Array(Uint8Array.from(stdout.subarray(line)).buffer);
  if (output.length !== outputLength(lowered)) throw new Error(`oneDNN (${mode}): output is cut short`);
  return { implementation, timing, output };
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

async function collect(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function exitCode(child: ReturnType<typeof spawn>): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
}
