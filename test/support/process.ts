// Runs a module in a process of its own, against the built package. SPDX-License-Identifier: MIT

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
export const ROOT = path.join(import.meta.dirname, '..', '..');

const PRELUDE = `
  import { Worker } from 'node:worker_threads';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { Tensor, Conv2d, conv2d, info } from 'native-conv';
  import * as promises from 'native-conv/promises';
  const filled = (...dims) => new Tensor(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.5), dims);
  const long = () => promises.conv2d(filled(1, 64, 128, 128), filled(64, 64, 3, 3), { algorithm: 'direct' });
  const WORKER = \`
    import { parentPort } from 'node:worker_threads';
    import { Tensor, conv2d } from 'native-conv';
    import * as promises from 'native-conv/promises';
    const filled = (...dims) => new Tensor(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.5), dims);
  \`;
  const start = (code) => new Worker(new URL('data:text/javascript,' + encodeURIComponent(WORKER.replaceAll(
    /'(native-conv[^']*)'/g, (_, name) => "'" + import.meta.resolve(name) + "'") + code)));
`;

/** What \`code\` prints after the prelude above; a signal or another exit code than 0 rejects. */
export async function run(code: string, ...flags: readonly string[]): Promise<string> {
  return await runUnder([], code, ...flags);
}

/** As `run`, through a command such as taskset. */
export async function runUnder(
  [wrapper, ...wrapperArgs]: readonly string[],
  code: string,
  ...flags: readonly string[]
): Promise<string> {
  const args = [...flags, '--input-type=module', '--eval', PRELUDE + code];
  const command = wrapper === undefined ? process.execPath : wrapper;
  const all = wrapper === undefined ? args : [...wrapperArgs, process.execPath, ...args];
  const { stdout } = await execute(command, all, { cwd: ROOT, timeout: 60_000 });
  return stdout.trim();
}
