// The pages that teach: every code block runs and prints what it says, and what stands as text is what comes out.
// SPDX-License-Identifier: MIT

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { convolutionMatrix, coverage } from '../lib/analysis.ts';
import { Tensor } from '../lib/tensor.ts';
import { extractExamples, promisedOutput, runExample } from './support/examples.ts';

const PAGES = ['docs/convolutions.md', 'README.zh.md'];
const { picture } = coverage([2, 2].map((dilation) => ({ kernelSize: 3, dilation })));

for (const name of PAGES) {
  describe(name, () => {
    const page = readFileSync(path.join(import.meta.dirname, '..', name), 'utf8');
    const examples = extractExamples(page);

    for (const example of examples) {
      it(`runs the example at line ${example.line}`, async () => {
        const promised = promisedOutput(example);
        expect(promised, 'the example says nothing about what it prints').to.have.lengthOf.at.least(1);
        const printed = await runExample(example);
        expect(printed.slice(-promised.length)).to.deep.equal(promised);
      });
    }

    it('has an example of every kind', () => {
      // Standard, 1×1, separable, dilated, transposed, deconvolution, 3-D.
      expect(examples.length).to.be.at.least(7);
    });

    it('shows the gridding that the analysis gives', () => {
      expect(page).to.include(picture);
    });
  });
}

it('docs/convolutions.md shows the matrix that the analysis gives', () => {
  const kernel = Tensor.from([[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]]); // biome-ignore format: a kernel
  const rows = convolutionMatrix('conv2d', [1, 1, 4, 4], kernel).toNested() as number[][];
  const page = readFileSync(path.join(import.meta.dirname, '../docs/convolutions.md'), 'utf8');
  expect(page).to.include(rows.map((row) => row.join(' ')).join('\n'));
});
