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

/** `native-conv …args`, from the sources. */
export function runCommand(args: readonly string[], env: NodeJS.ProcessEnv = {}): Finished {
  return runScript('lib/cli/main.ts', args, env);
}

/** What node runs for `native-conv …args`, in {@link ROOT}. */
export function commandLine(args: readonly string[]): string[] {
  return ['--import=tsx', 'lib/cli/main.ts', ...args];
}

/** `native-conv …args`, from the sources, not waited for. */
export function startCommand(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, commandLine(args), { cwd: ROOT, stdio: 'ignore' });
}

/** `npm run bench -- …args`. */
export function runBench(args: readonly string[], env: NodeJS.ProcessEnv = {}): Finished {
  return runScript('benchmarks/run.ts', args, env);
}

function runScript(script: string, args: readonly string[], env: NodeJS.ProcessEnv): Finished {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import=tsx', script, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { code: status, stdout, stderr };
}
