// Checks (default) or applies (`--write`) .clang-format to every C++ file below native/. Part of `npm run lint`
// and `npm run format`. The registry kernels.inc is a table aligned by hand and left alone.
// SPDX-License-Identifier: MIT

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

const files = readdirSync('native', { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(cpp|h|inl)$/.test(name))
  .map((name) => path.join('native', name))
  .sort();

const mode = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '--Werror'];
const { status, error } = spawnSync('clang-format', ['--style=file', ...mode, ...files], {
  stdio: 'inherit',
});
if (error !== undefined) {
  console.error(
    `clang-format cannot be run (${error.message}). Install it; on Debian: apt install clang-format`,
  );
  process.exit(1);
}
if (status !== 0) {
  console.error('The C++ files named above are not formatted: npm run format');
  process.exit(1);
}
console.log(`clang-format: ${files.length} files`);
