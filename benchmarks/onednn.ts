// oneDNN as a contestant, through the program of peers/onednn.cpp: operands go in and the output comes back by pipe,
// the timing happens in there.
// SPDX-License-Identifier: MIT

import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { NamedShape } from '../test/shapes.ts';
import type { Contestant, Operands, Prepared, Settings } from './contestant.ts';
import { lower, product } from './geometry.ts';
import { type GradientOperands, type GradientTask, outputDims } from './gradients/task.ts';
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

/** What the program computes: the operands that it reads, in this order, and the dims of what it answers. */
interface Problem {
  readonly direction: 'forward' | GradientTask['by'];
  readonly shape: NamedShape;
  readonly operands: readonly Float32Array[];
  readonly dims: readonly number[];
}

function presence(): ReturnType<Contestant['presence']> {
  return existsSync(ONEDNN_PROGRAM)
    ? { version: execFileSync(ONEDNN_PROGRAM, ['--version'], { encoding: 'utf8' }).trim() }
    : { missing: 'no oneDNN: install its headers (Debian: libdnnl-dev), then npm run bench:setup' };
}

/** oneDNN in one of its modes, on what `prepareIn` takes. */
export function onednnContestant<Shape, In>(
  mode: OnednnMode,
  prepareIn: (mode: OnednnMode, shape: Shape, operands: In, settings: Settings) => Promise<Prepared>,
): Contestant<Shape, In> {
  return {
    name: `onednn-${mode}`,
    peer: true,
    presence,
    refuses: () => undefined,
    prepare: (...call) => prepareIn(mode, ...call),
  };
}

export function prepareOnednn(
  mode: OnednnMode,
  shape: NamedShape,
  { input, weight }: Operands,
  settings: Settings,
): Promise<Prepared> {
  const dims = outputDims(shape);
  return prepare(mode, { direction: 'forward', shape, operands: [input, weight], dims }, settings);
}

export function prepareOnednnGradient(
  mode: OnednnMode,
  { forward, by }: GradientTask,
  { input, weight, gradOutput }: GradientOperands,
  settings: Settings,
): Promise<Prepared> {
  const operands = by === 'input' ? [gradOutput, weight] : [input, gradOutput];
  return prepare(mode, { direction: by, shape: forward, operands, dims: forward[by] }, settings);
}

async function prepare(mode: OnednnMode, problem: Problem, { threads }: Settings): Promise<Prepared> {
  const ask = (budgetMs: number) => runProgram(mode, problem, threads, budgetMs);
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
  { direction, shape, operands, dims }: Problem,
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
  const child = spawn(ONEDNN_PROGRAM, [mode, direction, ...numbers.map(String)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
  });
  const answered = Promise.all([collect(child.stdout), collect(child.stderr), exitCode(child)]);
  child.stdin.on('error', () => {}); // the exit code tells why it stopped reading
  for (const operand of operands) child.stdin.write(bytesOf(operand));
  child.stdin.end();
  const [stdout, stderr, code] = await answered;
  if (code !== 0) throw new Error(`oneDNN (${mode}), ${shape.name}: ${stderr.toString().trim()}`);
  const line = stdout.indexOf('\n') + 1;
  const { implementation, ...timing } = JSON.parse(stdout.toString('utf8', 0, line));
  const output = new Float32Array(Uint8Array.from(stdout.subarray(line)).buffer);
  if (output.length !== product(dims)) throw new Error(`oneDNN (${mode}): output is cut short`);
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
