// `npm run examples:setup`: installs the packages of examples/, apart from the project's own, and links this clone
// there as `native-conv`. Nothing else needs what this installs.
// SPDX-License-Identifier: MIT

import { spawnSync } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const EXAMPLES = fileURLToPath(new URL('../examples/', import.meta.url));
const LINK = new URL('../examples/node_modules/native-conv', import.meta.url);

// A shell, since npm is a script on Windows.
const { status } = spawnSync('npm ci --no-audit --no-fund', { cwd: EXAMPLES, stdio: 'inherit', shell: true });
if (status === 0) {
  rmSync(LINK, { force: true, recursive: true });
  symlinkSync(fileURLToPath(new URL('..', import.meta.url)), LINK, 'junction');
} else {
  console.error(`error: npm ci failed in ${EXAMPLES}`);
  process.exitCode = 1;
}
