// The README: every code block runs and prints what it says, its tables name what exists, and the documents name
// only files and scripts that exist.
// SPDX-License-Identifier: MIT

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import * as native from '../lib/index.ts';
import * as promises from '../lib/promises.ts';
import * as reference from '../lib/reference.ts';
import { extractExamples, promisedOutput, runExample } from './support/examples.ts';
import { documents } from './support/markdown.ts';

const root = path.join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const readme = read('README.md');

/** Functions of the door that compute nothing. */
const NO_OPERATORS = ['info', 'explain', 'setMaxQueued', 'setThreads', 'setWorkspaceLimit'];

describe('README.md', () => {
  const examples = extractExamples(readme);

  it('has examples', () => {
    expect(examples).to.have.lengthOf.at.least(5);
  });

  for (const example of examples) {
    it(`runs the example at line ${example.line}`, async () => {
      const promised = promisedOutput(example);
      expect(promised, 'the example says nothing about what it prints').to.have.lengthOf.at.least(1);
      expect(await runExample(example)).to.deep.equal(promised);
    });
  }

  it('begins with the two commands', () => {
    const beginning = readme.split('\n## ')[0] ?? '';
    expect(beginning.indexOf('npm ci && npm start')).to.be.above(0);
    expect(beginning.indexOf('npm cit')).to.be.above(0);
  });

  for (const [document, from, to] of [
    ['README.md', '## Operators', '## Options'],
    ['README.zh.md', '## 算子', '## 图像'],
  ] as const) {
    it(`${document} lists every operator that the doors export, and no other`, () => {
      const text = read(document);
      const table = text.slice(text.indexOf(from), text.indexOf(to));
      const listed = [...table.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) =>
        [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
      );
      const operators = Object.entries(native)
        .filter(([name, value]) => typeof value === 'function' && /^[a-z]/.test(name))
        .map(([name]) => name)
        .filter((name) => !NO_OPERATORS.includes(name));
      expect([...listed].sort()).to.deep.equal(operators.sort());
      for (const name of listed) {
        expect(promises).to.have.property(name);
        expect(reference).to.have.property(name);
      }
    });
  }

  it('names the environment variables and error codes that the sources read and throw', () => {
    const codes = new Set(
      read('lib/errors.ts')
        .match(/'ERR_CONV_\w+'/g)
        ?.map((code) => code.slice(1, -1)),
    );
    expect(codes.size).to.be.above(5);
    for (const code of codes) expect(readme).to.include(code);
    for (const name of ['NATIVE_CONV_ISA', 'NATIVE_CONV_THREADS']) expect(readme).to.include(name);
  });
});

describe('the documents', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };

  for (const document of documents()) {
    const text = read(document);

    it(`${document} names files that exist`, () => {
      const folders = /^(\.ci|benchmarks|cmake|docs|lib|native|scripts|test)\//;
      const named = [...text.matchAll(/`([\w./-]+)`/g)]
        .map(([, name = '']) => name)
        .filter((name) => folders.test(name));
      const missing = named.filter((name) => !existsSync(path.join(root, name)));
      expect(missing).to.deep.equal([]);
    });

    it(`${document} names scripts that exist`, () => {
      const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
      expect(named.filter((name) => !Object.hasOwn(scripts, name))).to.deep.equal([]);
    });
  }
});
