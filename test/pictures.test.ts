// The committed pictures are what the operators make of them now, and they show what the pages say that they show.
// SPDX-License-Identifier: MIT

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { restorePhotograph } from '../scripts/pictures/photograph.ts';
import { documents, outline, readDocument } from './support/markdown.ts';

const folder = path.join(import.meta.dirname, '../docs/pictures');
const pixels = (file: Buffer) => sharp(file).raw().toBuffer();

describe('docs/pictures', () => {
  it('are what `npm run pictures` makes', async () => {
    const made = mkdtempSync(path.join(tmpdir(), 'pictures-'));
    // In a process of its own: Observable Plot draws half a pixel aside where it finds mocha's `it`.
    const script = path.join(import.meta.dirname, '../scripts/pictures/write.ts');
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, made]);
    expect(status, String(stderr)).to.equal(0);
    const names = readdirSync(made);
    expect(readdirSync(folder).sort()).to.deep.equal(names.sort());
    for (const name of names) {
      const [is, should] = [folder, made].map((place) => readFileSync(path.join(place, name)));
      // Two builds of zlib may pack the same pixels differently.
      const same = name.endsWith('.png')
        ? (await pixels(is)).equals(await pixels(should))
        : is.equals(should);
      expect(same, `${name} differs from what it is made of now: npm run pictures`).to.equal(true);
    }
    rmSync(made, { recursive: true });
  });

  it('are all shown somewhere', () => {
    const shown = new Set(
      documents().flatMap((name) => outline(readDocument(name)).links.map((link) => path.basename(link))),
    );
    expect(readdirSync(folder).filter((name) => !shown.has(name))).to.deep.equal([]);
  });

  it('show a photograph that a transposed convolution does not restore, and a deconvolution does', async () => {
    const { original, blurred, transposed, deconvolved } = await restorePhotograph();
    const worst = ({ data }: { readonly data: Float64Array }) =>
      data.reduce((most, value, i) => Math.max(most, Math.abs(value - original.data[i])), 0);
    for (const { dims } of [blurred, transposed, deconvolved]) expect(dims).to.deep.equal(original.dims);
    expect(worst(blurred)).to.be.above(0.2);
    expect(worst(transposed)).to.be.above(0.2);
    expect(worst(deconvolved)).to.be.below(1e-6);
  });
});
