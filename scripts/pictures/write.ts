// `npm run pictures`: writes docs/pictures/, or another folder. test/pictures.test.ts holds the committed files to it.
// SPDX-License-Identifier: MIT

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makePictures } from './all.ts';

const folder = process.argv[2] ?? path.join(import.meta.dirname, '../../docs/pictures');
const pictures = await makePictures();
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [name, picture] of Object.entries(pictures)) writeFileSync(path.join(folder, name), picture);
console.log(`${Object.keys(pictures).length} pictures in ${folder}`);
