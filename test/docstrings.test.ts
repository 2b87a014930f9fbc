// Every example in the TSDoc of lib/ runs and prints what it says.
// SPDX-License-Identifier: MIT

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { extractExamples, promisedOutput, runExample } from './support/examples.ts';

const root = path.join(import.meta.dirname, '..');

describe('the examples in TSDoc', () => {
  const files = readdirSync(path.join(root, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join('lib', name))
    .sort();
  let found = 0;

  for (const file of files) {
    for (const example of extractExamples(readFileSync(path.join(root, file), 'utf8'))) {
      found += 1;
      it(`${file}:${example.line}`, async () => {
        const promised = promisedOutput(example);
        expect(promised, 'the example says nothing about what it prints').to.have.lengthOf.at.least(1);
        expect(await runExample(example, [file])).to.deep.equal(promised);
      });
    }
  }

  it('are there', () => {
    expect(found).to.be.at.least(20);
  });
});
