// The layers of CONTRIBUTING.md, enforced by reading the `#include` and `import` lines: C++ includes downward only,
// TypeScript touches the binary in lib/native/ only, and the reference door is closed against it and against Node.
// SPDX-License-Identifier: MIT

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';

const root = path.join(import.meta.dirname, '..');

function filesBelow(folder: string, pattern: RegExp): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name))
    .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
    .sort();
}

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

describe('the registry of kernels', () => {
  it('has a native test for each operation, on operands beside unmapped memory', () => {
    const rows = read('native/kernels/kernels.inc').matchAll(/^(?:EXTENDED_)?KERNEL\((\w+),/gm);
    const operations = new Set([...rows].map(([, name = '']) => name));
    expect(operations.size).to.be.above(50);
    const tests = filesBelow('native/test', /_test\.cpp$/).map(read);
    const guarded = tests.filter((text) => text.includes('Guarded<')).join('\n');
    // A test may put the name together from the operation and its type.
    const untested = [...operations].filter((name) => !guarded.includes(name.replace(/_f(32|64)$/, '')));
    expect(untested).to.deep.equal([]);
  });
});

describe('the x86 kernels', () => {
  it('clear the upper halves of the registers before they return', () => {
    for (const isa of ['avx2', 'avx512']) {
      const files = filesBelow('native/kernels', new RegExp(`^isa_${isa}_\\w+\\.cpp$`));
      const kernels = files.flatMap((file) => [...read(file).matchAll(/^void (\w+)\([^)]*\) \{([^}]*)\}/gm)]);
      expect(kernels, isa).to.have.length.above(40);
      const dirty = kernels.filter(
        ([, , body]) => !body?.endsWith(', leave(); ') && !body?.endsWith(', leave();\n'),
      );
      expect(dirty.map(([, name]) => name)).to.deep.equal([]);
    }
  });
});

describe('the native layers', () => {
  /** What a folder may include beside itself. */
  const below: Readonly<Record<string, readonly string[]>> = {
    addon: ['conv', 'image', 'gemm', 'kernels', 'base'],
    conv: ['gemm', 'kernels', 'base'],
    image: ['gemm', 'kernels', 'base'],
    gemm: ['kernels', 'base'],
    kernels: ['base'],
    base: [],
  };
  const sources = filesBelow('native', /\.(cpp|h|inl|inc)$/).filter(
    (name) => !name.startsWith('native/test/'),
  );

  it('include downward only', () => {
    const upward: string[] = [];
    for (const file of sources) {
      const layer = file.split('/')[1] ?? '';
      expect(below, `${file} lies in no known layer`).to.have.property(layer);
      for (const [, included = ''] of read(file).matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)) {
        const target = included.split('/')[0] ?? '';
        const known = Object.hasOwn(below, target);
        if (!known || (target !== layer && !below[layer]?.includes(target)))
          upward.push(`${file} → ${included}`);
      }
    }
    expect(sources, 'no C++ files found').to.have.length.above(10);
    expect(upward).to.deep.equal([]);
  });

  it('know nothing of JavaScript below the addon', () => {
    const offenders = sources.filter(
      (file) =>
        !file.startsWith('native/addon/') && /napi|node_api|\bv8\b|uv\.h/i.test(stripComments(read(file))),
    );
    expect(offenders).to.deep.equal([]);
    expect(sources.some((file) => /#include <napi\.h>/.test(read(file)))).to.equal(true);
  });

  it('are all listed in native/sources.txt', () => {
    const listed = read('native/sources.txt')
      .split(/\r?\n/)
      .filter((line) => line.startsWith('native/'));
    expect([...listed].sort()).to.deep.equal(sources.filter((file) => file.endsWith('.cpp')));
  });

  it('keep ISA flags out of both build files', () => {
    for (const file of ['binding.gyp', 'CMakeLists.txt']) {
      expect(read(file)).not.to.match(/-m(avx|fma|arch|tune|sse)|\/arch:|-ffast-math|-Ofast/);
    }
  });
});

describe('the TypeScript layers', () => {
  const doors = ['lib/index.ts', 'lib/promises.ts', 'lib/reference.ts', 'lib/analysis.ts', 'lib/verify.ts'];
  const modules = filesBelow('lib', /\.ts$/);

  it('touch the binary in lib/native/ only', () => {
    const offenders = modules.filter(
      (file) =>
        !file.startsWith('lib/native/') &&
        importsOf(file).some((name) => /node-gyp-build|\.node$/.test(name)),
    );
    expect(offenders).to.deep.equal([]);
    expect(modules.some((file) => importsOf(file).includes('node-gyp-build'))).to.equal(true);
  });

  /** The packages that each door may load; neither is Node's. */
  const closedDoors: Readonly<Record<string, readonly string[]>> = { reference: [], analysis: ['ml-matrix'] };

  for (const [door, packages] of Object.entries(closedDoors)) {
    it(`keep the door ${door} closed against the binary and against Node`, () => {
      const reached = reachableFrom([
        `lib/${door}.ts`,
        ...modules.filter((m) => m.startsWith(`lib/${door}/`)),
      ]);
      expect(reached).to.include('lib/geometry.ts');
      const offenders: string[] = [];
      for (const file of reached) {
        if (file.startsWith('lib/native/')) offenders.push(file);
        for (const name of importsOf(file)) {
          if (!name.startsWith('.') && !packages.includes(name)) offenders.push(`${file} imports ${name}`);
        }
        if (/\bprocess\.|\bBuffer\b|\brequire\(/.test(stripComments(read(file))))
          offenders.push(`${file} uses Node`);
      }
      expect(offenders).to.deep.equal([]);
    });
  }

  it('keep nothing but exports in the doors', () => {
    for (const door of doors) {
      const statements = stripComments(read(door))
        .split(';')
        .map((statement) => statement.trim())
        .filter((statement) => statement !== '');
      const others = statements.filter((statement) => !/^(export|import)\b[^=(]*$/.test(statement));
      expect(others, `${door} holds code`).to.deep.equal([]);
    }
  });

  it('import files that exist, by their full name', () => {
    const missing: string[] = [];
    for (const file of modules) {
      for (const name of importsOf(file)) {
        if (name.startsWith('.') && !modules.includes(resolve(file, name))) missing.push(`${file} → ${name}`);
      }
    }
    expect(missing).to.deep.equal([]);
  });

  it('lead upward never: doors → ops → options, geometry, errors', () => {
    const upward: string[] = [];
    for (const file of modules) {
      for (const name of importsOf(file)) {
        const target = name.startsWith('.') ? resolve(file, name) : name;
        const inCli = file.startsWith('lib/cli/');
        if (doors.includes(target) && !inCli && !doors.includes(file)) upward.push(`${file} → ${target}`);
        if (target.startsWith('lib/cli/') && !inCli) upward.push(`${file} → ${target}`);
        if (target.startsWith('lib/ops/') && /^lib\/(options|geometry|errors|tensor|call)\.ts$/.test(file)) {
          upward.push(`${file} → ${target}`);
        }
      }
    }
    expect(upward).to.deep.equal([]);
  });

  /** Module names that a file imports for their values (a type leaves no trace in the compiled file). */
  function importsOf(file: string): string[] {
    const text = stripComments(read(file));
    const statements = text.matchAll(
      /^(?:import|export)\s+(?!type\b)(?:[^;'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm,
    );
    const calls = text.matchAll(/\b(?:import|require|createRequire)\(\s*['"]([^'"]+)['"]/g);
    return [...statements, ...calls].map((match) => match[1] ?? '');
  }

  function resolve(from: string, name: string): string {
    return path.posix.join(path.posix.dirname(from), name);
  }

  function reachableFrom(starts: readonly string[]): string[] {
    const seen = new Set<string>();
    const queue = [...starts];
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      for (const name of importsOf(file)) if (name.startsWith('.')) queue.push(resolve(file, name));
    }
    return [...seen].sort();
  }
});

function stripComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
