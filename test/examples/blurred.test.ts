// examples/blurred.js on a folder of one photograph, more and more blurred, and a file that is none.
// SPDX-License-Identifier: MIT

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { laplacian, resize } from '../../lib/index.ts';
import { randomPixels } from '../images/images.ts';
import { runOnTerminal } from '../support/terminal.ts';
import { exampleFile } from './packages.ts';
import { runExample } from './run-example.ts';

describe('examples/blurred.js', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'native-conv-blurred-'));
    mkdirSync(at('more'));
    const noise = sharp(randomPixels(1, 300 * 400, 'uint8') as Uint8Array, {
      raw: { width: 300, height: 400, channels: 1 },
    });
    await noise.toFile(at('sharp.png'));
    await noise.clone().blur(2).toFile(at('more/soft.png'));
    await noise.clone().blur(6).toFile(at('softest.jpg'));
    writeFileSync(at('broken.jpg'), 'no picture');
    writeFileSync(at('notes.txt'), 'no picture either');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('lists files by their sharpness, and tells of those that it cannot read', async () => {
    const { code, stdout, stderr } = await runExample('blurred.js', [folder]);
    expect(code).to.equal(1);
    expect(stderr).to.match(/^1 of 4 files could not be used:\n {2}broken\.jpg: .*unsupported image format/);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(rows.map(([, file]) => file)).to.deep.equal(['softest.jpg', 'more/soft.png', 'sharp.png']);

    const gray = await sharp(at('sharp.png')).grayscale().raw().toBuffer({ resolveWithObject: true });
    const data = [...laplacian(resize(gray, { height: 512 })).data];
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
    expect(Number(rows[2][0])).to.be.closeTo(variance, 0.051);
  });

  it('shows on a terminal how far it is', () => {
    const { code, screen } = runOnTerminal([process.execPath, exampleFile('blurred.js'), folder]);
    expect(code).to.equal(1);
    expect(screen).to.include(' 0/4 ');
    expect(screen).to.match(/█+.* 4\/4 /);
  });
});
