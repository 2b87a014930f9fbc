// Runs our command-line programs as a user would, in a process of their own.
// SPDX-License-Identifier: MIT

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** `native-conv …args`, from the built package, which starts in a third of the time that the sources take. */
export function runCommand(args: readonly string[], env: NodeJS.ProcessEnv = {}): Finished {
  return runNode(commandLine(args), env);
}

/** What node runs for `native-conv …args`, in {@link ROOT}. */
export function commandLine(args: readonly string[]): string[] {
  return ['dist/cli/main.js', ...args];
}

/** `native-conv …args`, not waited for. */
export function startCommand(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, commandLine(args), { cwd: ROOT, stdio: 'ignore' });
}

/** `npm run bench -- …args`. */
export function runBench(args: readonly string[], env: NodeJS.ProcessEnv = {}): Finished {
  return runNode(['--import=tsx', 'benchmarks/run.ts', ...args], env);
}

function runNode(args: readonly string[], env: NodeJS.ProcessEnv): Finished {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { code: status, stdout, stderr };
}
