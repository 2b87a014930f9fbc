// Measures what the machine can do with peak.cpp, compiled when it is first needed; where there is no compiler, or no
// probe for the ISA, the benchmark does without the columns and says why.
// SPDX-License-Identifier: MIT

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const SOURCE = fileURLToPath(new URL('peak.cpp', import.meta.url));
const PROBED_ISAS = ['avx512', 'avx2', 'neon'];
const FMA_MS = 60;
const COPY_MS = 25;

export interface PeakProbe {
  /** GFLOP/s of float32 fused multiply-adds over all threads. */
  fmaRate(threads: number): Promise<number>;
  /** GB/s, read and written, of copying within so many bytes. */
  copyRate(threads: number, bytes: number): Promise<number>;
  dispose(): Promise<void>;
}

/** A probe for the ISA, or the reason why there is none. */
export async function buildPeakProbe(isa: string): Promise<PeakProbe | string> {
  if (!PROBED_ISAS.includes(isa)) return `no FMA probe for the ISA ${isa}`;
  const folder = await mkdtemp(join(tmpdir(), 'native-conv-peak-'));
  const program = join(folder, 'peak');
  const compiler = process.env['CXX'] ?? 'g++';
  try {
    await execute(compiler, ['-std=c++17', '-O2', '-ffp-contract=fast', '-pthread', SOURCE, '-o', program]);
  } catch {
    await rm(folder, { recursive: true });
    return `the FMA probe could not be compiled with ${compiler} (CXX names another compiler)`;
  }
  const run = async (...args: readonly (string | number)[]) =>
    Number((await execute(program, args.map(String))).stdout);
  return {
    fmaRate: (threads) => run(isa, threads, FMA_MS),
    copyRate: (threads, bytes) => run('copy', threads, COPY_MS, bytes),
    dispose: () => rm(folder, { recursive: true }),
  };
}
