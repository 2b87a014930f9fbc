// Runs a command on a pseudo-terminal, so that it draws what it draws for people. `script` is a part of Debian's
// bsdutils (and of BSD and macOS, with other arguments).
// SPDX-License-Identifier: MIT

import { spawnSync } from 'node:child_process';

export interface Shown {
  readonly code: number | null;
  /** All that the terminal received, stdout and stderr, with its control sequences. */
  readonly screen: string;
}

export function runOnTerminal(command: readonly string[], options: { readonly cwd?: string } = {}): Shown {
  const line = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const { status, stdout, error } = spawnSync('script', ['-qec', line, '/dev/null'], {
    ...options,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm', COLUMNS: '100' },
  });
  if (error !== undefined) throw error;
  return { code: status, screen: stdout };
}
