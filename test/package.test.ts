// The package's own description: exports that exist, a lock file that names no machine, one name for the binary.
// What a user gets from the packed tarball is test/long/package.test.ts.
// SPDX-License-Identifier: MIT

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';

const root = path.join(import.meta.dirname, '..');

interface Manifest {
  readonly version: string;
  readonly type: string;
  readonly main: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
}

describe('package.json', () => {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;

  it('exports doors that have a source', () => {
    const doors = Object.values(manifest.exports).filter((target) => typeof target !== 'string');
    expect(doors).to.have.lengthOf.at.least(3);
    for (const { types, default: main } of doors) {
      const source = main.replace('./dist/', './lib/').replace(/\.js$/, '.ts');
      expect(existsSync(path.join(root, source)), source).to.equal(true);
      expect(types).to.equal(main.replace(/\.js$/, '.d.ts'));
    }
    for (const target of Object.values(manifest.bin)) {
      const source = target.replace('./dist/', './lib/').replace(/\.js$/, '.ts');
      expect(existsSync(path.join(root, source)), source).to.equal(true);
    }
  });

  it('depends at run time on nothing but what loads and builds the binary', () => {
    expect(Object.keys(manifest.dependencies).sort()).to.deep.equal(['node-addon-api', 'node-gyp-build']);
  });

  it('has its version in the changelog, or has unreleased changes there', () => {
    const changelog = readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8');
    expect(changelog).to.match(
      new RegExp(`^## \\[(${manifest.version.replaceAll('.', '\\.')}|Unreleased)\\]`, 'm'),
    );
  });

  // Packages of their own, so that none of theirs is needed for `npm ci` here.
  for (const folder of ['.', 'examples', 'benchmarks/peers']) {
    it(`has a lock file in ${folder} without registry addresses, and with every dependency, also of other platforms`, () => {
      const text = readFileSync(path.join(root, folder, 'package-lock.json'), 'utf8');
      expect(text).not.to.include('"resolved"');
      const { packages } = JSON.parse(text) as { packages: Readonly<Record<string, LockedPackage>> };
      const missing: string[] = [];
      for (const [at, { dependencies = {}, optionalDependencies = {} }] of Object.entries(packages)) {
        for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
          if (!resolvesFrom(at, name, packages)) missing.push(`${at} → ${name}`);
        }
      }
      expect(missing, 'npm ci would refuse this lock file').to.deep.equal([]);
    });
  }
});

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Whether Node would find the package from a folder: in its own node_modules, or one further up. */
function resolvesFrom(
  folder: string,
  name: string,
  packages: Readonly<Record<string, LockedPackage>>,
): boolean {
  for (let at = folder; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (Object.hasOwn(packages, `${at === '' ? '' : `${at}/`}node_modules/${name}`)) return true;
    if (at === '') return false;
  }
}
