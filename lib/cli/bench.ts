// `native-conv bench`: the benchmark of the repository, which is not part of the installed package: it brings suites,
// peers and a compiler's probe that only developers want. Layer: command line.
// SPDX-License-Identifier: MIT

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EXIT, Failure } from './failure.ts';

/** From lib/cli/ and from dist/cli/. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCRIPT = fileURLToPath(new URL('../../benchmarks/run.ts', import.meta.url));

/** Runs `npm run bench` with the same arguments; returns its exit code. */
export async function benchCommand(args: readonly string[]): Promise<number> {
  if (!existsSync(SCRIPT)) {
    throw new Failure(
      'the benchmark is part of the repository, not of the installed package; in a clone: ' +
        `npm ci && npx native-conv bench${args.map((arg) => ` ${arg}`).join('')}`,
    );
  }
  const child = spawn(process.execPath, ['--import=tsx', SCRIPT, ...args], { cwd: ROOT, stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? EXIT.failure;
}
