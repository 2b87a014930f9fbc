// `npm run bench:setup`: installs the peers of the benchmark into peers/, apart from the project's own packages, and
// builds the program that runs oneDNN where its headers are. Nothing else needs what this installs.
// SPDX-License-Identifier: MIT

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ONEDNN_PROGRAM } from './onednn.ts';

const PEERS = fileURLToPath(new URL('peers/', import.meta.url));
const ONEDNN_SOURCE = fileURLToPath(new URL('peers/onednn.cpp', import.meta.url));
const COMPILER = process.env['CXX'] ?? 'g++';

/** Whether the command succeeds; what it prints is shown. */
function succeeds(command: string, args: readonly string[], folder: string): boolean {
  // A shell, since CXX may hold more than a name (`ccache g++`), and npm is a script on Windows.
  const line = [command, ...args].join(' ');
  return spawnSync(line, { cwd: folder, stdio: 'inherit', shell: true }).status === 0;
}

function hasOnednnHeaders(): boolean {
  const probe = { input: '#include <oneapi/dnnl/dnnl.hpp>\n', shell: true };
  return spawnSync(`${COMPILER} -std=c++17 -x c++ -fsyntax-only -`, probe).status === 0;
}

/** What was done about oneDNN; throws if its headers are there and the program does not compile. */
function buildOnednn(): string {
  if (!hasOnednnHeaders()) {
    return `oneDNN is left out: ${COMPILER} finds no <oneapi/dnnl/dnnl.hpp>. Install it (Debian: libdnnl-dev), then run this again.`;
  }
  mkdirSync(dirname(ONEDNN_PROGRAM), { recursive: true });
  const args = ['-std=c++17', '-O2', `"${ONEDNN_SOURCE}"`, '-ldnnl', '-o', `"${ONEDNN_PROGRAM}"`];
  if (!succeeds(COMPILER, args, PEERS)) throw new Error(`${ONEDNN_SOURCE} does not compile with ${COMPILER}`);
  return `oneDNN ${execFileSync(ONEDNN_PROGRAM, ['--version'], { encoding: 'utf8' }).trim()} is ready.`;
}

try {
  if (!succeeds('npm', ['ci'], PEERS)) throw new Error(`npm ci failed in ${PEERS}`);
  console.log(`The packages of ${PEERS} are installed.`);
  console.log(buildOnednn());
  console.log('Now: npm run bench -- --peers');
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  process.exitCode = 1;
}
