// Every link of our documents that stays within the repository leads to a file, and its anchor to a heading, as a code
// host names them. The links of the built site are checked by `npm run docs`.
// SPDX-License-Identifier: MIT

import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { documents, outline, readDocument, root } from './support/markdown.ts';

/** What is wrong with a link of a document, if anything is. */
function problemWith(document: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [file = '', anchor] = decodeURI(link).split('#');
  const target = file === '' ? document : path.join(path.dirname(document), file);
  if (target.startsWith('..')) return `${link} leaves the repository`;
  if (!existsSync(path.join(root, target))) return `${link} does not exist`;
  if (anchor === undefined || outline(readDocument(target)).anchors.has(anchor)) return undefined;
  return `${link} has no such heading`;
}

describe('the links', () => {
  const names = documents();

  for (const name of names) {
    it(`of ${name} lead somewhere`, () => {
      const problems = outline(readDocument(name)).links.map((link) => problemWith(name, link));
      expect(problems.filter((problem) => problem !== undefined)).to.deep.equal([]);
    });
  }

  it('are found in every form, and so is what is wrong with them', () => {
    const markdown = '# The `matrix` of 1×1\n[a](x.md) ![b](y.svg) <img src="z.png"> <https://example.org>';
    const { links, anchors } = outline(markdown);
    expect(links).to.deep.equal(['x.md', 'y.svg', 'z.png', 'https://example.org']);
    expect([...anchors]).to.deep.equal(['the-matrix-of-11']);
    expect(problemWith('docs/decisions.md', 'nowhere.md')).to.equal('nowhere.md does not exist');
    expect(problemWith('docs/decisions.md', '../README.md#nothing')).to.match(/has no such heading/);
    expect(problemWith('README.md', '../elsewhere.md')).to.match(/leaves the repository/);
    expect(problemWith('docs/decisions.md', '../README.md#operators')).to.equal(undefined);
  });
});
