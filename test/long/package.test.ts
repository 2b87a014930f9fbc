// What a user gets from `npm install native-conv`: the packed tarball, built at install; the same with a prebuilt
// binary on a machine without compilers; and what such a machine says when there is no prebuilt binary either.
// SPDX-License-Identifier: MIT

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';

const root = path.join(import.meta.dirname, '..', '..');

/** 1 + 2 + … + 9, seen through a 3×3 kernel of ones, by both ways into the package. */
const USE = `
  const x = { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), dims: [1, 1, 3, 3] };
  const w = { data: new Float32Array(9).fill(1), dims: [1, 1, 3, 3] };
  const y = conv2d(x, w, { bias: { data: Float32Array.of(0.5), dims: [1] } });
  if (y.data[0] !== 45.5 || y.data.length !== 1) throw new Error('conv2d gave ' + y.data);
`;

const TYPED = `
  const x = { data: new Float32Array(9), dims: [1, 1, 3, 3] };
  const y: Tensor = conv2d(x, x, { padding: 'same', activation: 'relu' });
  const dims: readonly number[] = y.dims;
  export const promise: Promise<Tensor> = later(x, x, { signal: AbortSignal.timeout(1000) });
  export const total = dims.length;
  // @ts-expect-error there is no such option
  conv2d(x, x, { strides: 2 });
`;

describe('the packed package', () => {
  let scratch: string;
  let tarball: string;

  before(() => {
    scratch = mkdtempSync(path.join(tmpdir(), 'native-conv-'));
    tarball = pack(root, scratch);
  });

  after(() => rmSync(scratch, { recursive: true, force: true }));

  it('holds what is needed and nothing else', () => {
    const names = output('tar', ['-tzf', tarball], root).split('\n').filter(Boolean);
    for (const name of [
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'binding.gyp',
      'native/sources.txt',
      'dist/index.js',
    ]) {
      expect(names).to.include(`package/${name}`);
    }
    const allowed =
      /^package\/(dist|lib|native|prebuilds|scripts\/install\.cjs|binding\.gyp|package\.json|[A-Z]+(\.zh)?(\.md)?$)/;
    expect(names.filter((name) => !allowed.test(name))).to.deep.equal([]);
    expect(
      names.filter((name) => /^package\/(test|native\/test|node_modules|build)/.test(name)),
    ).to.deep.equal([]);
  });

  it('is built at install and works by require, by import and under tsc', () => {
    const folder = project('built');
    run('npm', ['install', '--prefer-offline', tarball], folder);
    expect(existsSync(path.join(folder, 'node_modules/native-conv/build/Release/native_conv.node'))).to.equal(
      true,
    );
    use(folder, process.env);
  });

  it('works from a prebuilt binary where there is no compiler', () => {
    const source = path.join(scratch, 'source');
    mkdirSync(source);
    run('tar', ['-xzf', tarball, '-C', source], root);
    const unpacked = path.join(source, 'package');
    symlinkSync(path.join(root, 'node_modules'), path.join(unpacked, 'node_modules'));
    run('npm', ['run', 'build:prebuilds'], unpacked);
    const [name = ''] = readdirSync(path.join(unpacked, 'prebuilds'));
    expect(name).to.equal(`${process.platform}-${process.arch}`);
    rmSync(path.join(unpacked, 'build'), { recursive: true });
    rmSync(path.join(unpacked, 'node_modules'));

    const folder = project('prebuilt');
    const env = withoutCompilers();
    run(
      'npm',
      ['install', '--prefer-offline', pack(unpacked, path.join(scratch, 'source'), true)],
      folder,
      env,
    );
    expect(existsSync(path.join(folder, 'node_modules/native-conv/build'))).to.equal(false);
    use(folder, env);
  });

  it('says what is missing where there is neither', () => {
    const folder = project('neither');
    const result = spawnSync('npm', ['install', '--prefer-offline', '--foreground-scripts', tarball], {
      cwd: folder,
      env: withoutCompilers(),
      encoding: 'utf8',
    });
    expect(result.status).not.to.equal(0);
    expect(result.stdout + result.stderr).to.match(/no prebuilt binary for .*building it failed/);
    expect(result.stdout + result.stderr).to.match(/Python 3, make and a C\+\+17 compiler/);
  });

  function project(name: string): string {
    const folder = path.join(scratch, name);
    mkdirSync(folder);
    writeFileSync(
      path.join(folder, 'package.json'),
      JSON.stringify({ name, version: '1.0.0', private: true }),
    );
    return folder;
  }

  /** Requires, imports and type-checks the package installed in `folder`. */
  function use(folder: string, env: NodeJS.ProcessEnv): void {
    run('node', ['-e', `const { conv2d } = require('native-conv');${USE}`], folder, env);
    run('node', ['--input-type=module', '-e', `import { conv2d } from 'native-conv';${USE}`], folder, env);
    const promises = `import { conv2d as later } from 'native-conv/promises'; const conv2d = (...a) => later(...a);`;
    run(
      'node',
      ['--input-type=module', '-e', promises + USE.replace('= conv2d', '= await conv2d')],
      folder,
      env,
    );
    run('node', ['-e', `const { conv2d } = require('native-conv/reference');${USE}`], folder, env);

    const imports = `import { conv2d, type Tensor } from 'native-conv';
      import { conv2d as later } from 'native-conv/promises';`;
    for (const file of ['typed.mts', 'typed.cts']) writeFileSync(path.join(folder, file), imports + TYPED);
    const options = ['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,esnext.disposable,dom'];
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    run('node', [tsc, '--noEmit', '--strict', ...options, 'typed.mts', 'typed.cts'], folder);
  }

  /** An environment whose PATH leads to node, npm and a shell, but to no compiler, make or Python. */
  function withoutCompilers(): NodeJS.ProcessEnv {
    const bin = path.join(scratch, 'bin');
    if (!existsSync(bin)) {
      mkdirSync(bin);
      symlinkSync(process.execPath, path.join(bin, 'node'));
      for (const name of ['npm', 'sh', 'uname']) {
        symlinkSync(output('which', [name], root).trim(), path.join(bin, name));
      }
    }
    const env: NodeJS.ProcessEnv = { ...process.env, PATH: bin };
    for (const name of ['CC', 'CXX', 'PYTHON', 'npm_config_python']) delete env[name];
    return env;
  }

  function pack(folder: string, destination: string, ignoreScripts = false): string {
    const copy = path.join(destination, `tarball-${path.basename(folder)}`);
    mkdirSync(copy);
    const flags = ignoreScripts ? ['--ignore-scripts'] : [];
    run('npm', ['pack', ...flags, '--pack-destination', copy], folder);
    const [name = ''] = readdirSync(copy);
    cpSync(path.join(copy, name), path.join(destination, name));
    return path.join(destination, name);
  }

  function output(command: string, args: readonly string[], cwd: string, env = process.env): string {
    const result = spawnSync(command, args, { cwd, env: outsideNpm(env), encoding: 'utf8' });
    const said = `${command} ${args.join(' ')}\n${result.stdout}\n${result.stderr}`;
    expect(result.status, result.error?.message ?? said).to.equal(0);
    return result.stdout;
  }

  function run(command: string, args: readonly string[], cwd: string, env = process.env): void {
    output(command, args, cwd, env);
  }

  /** What `npm test` tells its children about this package would make npm act on it again. */
  function outsideNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const ours = /^(npm_(package|lifecycle)_|npm_config_local_prefix$|npm_command$|INIT_CWD$)/;
    return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.test(name)));
  }
});
