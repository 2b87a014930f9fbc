// The pages that teach: every code block runs and prints what it says, what stands as text is what comes out, each kind
// has all that a page on it must have, and each claim of the textbook names a test that exists.
// SPDX-License-Identifier: MIT

import path from 'node:path';
import { expect } from 'chai';
import { convolutionMatrix, coverage } from '../lib/analysis.ts';
import { Tensor } from '../lib/tensor.ts';
import { extractExamples, promisedOutput, runExample } from './support/examples.ts';
import { documents, outline, readDocument } from './support/markdown.ts';

const kinds = documents().filter((name) => name.startsWith('docs/kinds/'));
const { picture } = coverage([2, 2].map((dilation) => ({ kernelSize: 3, dilation })));

for (const name of documents().filter((document) => document !== 'README.md')) {
  const examples = extractExamples(readDocument(name));
  if (examples.length === 0) continue;
  describe(name, () => {
    for (const example of examples) {
      it(`runs the example at line ${example.line}`, async () => {
        const promised = promisedOutput(example);
        expect(promised, 'the example says nothing about what it prints').to.have.lengthOf.at.least(1);
        const printed = await runExample(example);
        expect(printed.slice(-promised.length)).to.deep.equal(promised);
      });
    }
  });
}

describe('the pages on kinds of convolution', () => {
  for (const name of kinds) {
    it(`${name} has a formula, a picture, a call, the cost, when to use it and what goes wrong`, () => {
      const page = readDocument(name);
      const { links, anchors } = outline(page);
      expect(page).to.match(/^# .+\n\n```\n/);
      expect(links.some((link) => link.startsWith('../pictures/'))).to.equal(true);
      expect(extractExamples(page)).to.have.lengthOf.at.least(1);
      expect([...anchors]).to.include.members(['cost', 'when-to-use-it', 'what-goes-wrong']);
    });
  }

  it('are all listed', () => {
    const listed = outline(readDocument('docs/convolutions.md')).links.map((link) => path.join('docs', link));
    expect(listed.filter((link) => link.startsWith('docs/kinds/')).sort()).to.deep.equal(kinds);
    expect(kinds).to.have.lengthOf.at.least(12);
  });

  it('show the gridding that the analysis gives', () => {
    for (const name of ['docs/kinds/dilated.md', 'README.zh.md'])
      expect(readDocument(name)).to.include(picture);
  });

  it('show the matrix that the analysis gives', () => {
    const kernel = Tensor.from([[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]]); // biome-ignore format: a kernel
    const rows = convolutionMatrix('conv2d', [1, 1, 4, 4], kernel).toNested() as number[][];
    expect(readDocument('docs/kinds/standard.md')).to.include(rows.map((row) => row.join(' ')).join('\n'));
  });
});

describe('docs/claims.md', () => {
  const rows = [
    ...readDocument('docs/claims.md').matchAll(/^\| (.*) \| \[.*\]\(.*\) \| \[.*\]\((.*)\): (.*) \|$/gm),
  ];

  it('has every claim', () => {
    expect(rows).to.have.lengthOf.at.least(16);
  });

  for (const [, claim = '', file = '', test = ''] of rows) {
    it(`names a test that exists: ${claim}`, () => {
      expect(readDocument(path.join('docs', file))).to.include(test);
    });
  }
});
