// Runs an example as a user would, in a process of its own.
// SPDX-License-Identifier: MIT

import { spawn } from 'node:child_process';
import { exampleFile } from './packages.ts';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runExample(name: string, args: readonly string[]): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [exampleFile(name), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const texts = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      texts.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      texts.stderr += text;
    });
    child.on('error', reject).on('close', (code) => resolve({ code, ...texts }));
  });
}
