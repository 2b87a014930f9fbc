// npm's `install` step: take the prebuilt binary where there is one, build with node-gyp otherwise. A clone always
// builds, since a binary that an earlier commit left behind would pass for a good one.
// CommonJS without dependencies outside `dependencies`: it runs before anything is compiled.
// SPDX-License-Identifier: MIT

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const isClone = existsSync(path.join(root, 'tsconfig.json'));

/** Headers that were installed beside this very node, so that node-gyp need not download them. */
function localHeaders() {
  const prefix = path.resolve(process.execPath, process.platform === 'win32' ? '..' : '../..');
  const header = path.join(prefix, 'include', 'node', 'node_version.h');
  if (!existsSync(header)) return undefined;
  const text = require('node:fs').readFileSync(header, 'utf8');
  const number = (name) => text.match(new RegExp(`#define NODE_${name}_VERSION (\\d+)`))?.[1];
  const version = ['MAJOR', 'MINOR', 'PATCH'].map(number).join('.');
  return version === process.versions.node ? prefix : undefined;
}

const env = { ...process.env };
const nodedir = env.npm_config_nodedir ?? localHeaders();
if (nodedir !== undefined) env.npm_config_nodedir = nodedir;
env.JOBS ??= 'max';
if (isClone) env.npm_config_build_from_source = 'true';

const bin = path.join(path.dirname(require.resolve('node-gyp-build/package.json')), 'bin.js');
const { status } = spawnSync(process.execPath, [bin], { cwd: root, env, stdio: 'inherit' });
if (status !== 0) {
  console.error(
    `native-conv: no prebuilt binary for ${process.platform}-${process.arch}, and building it failed (see above).\n` +
      'A build needs Python 3, make and a C++17 compiler; on Debian: apt install python3 make g++',
  );
  process.exit(1);
}
