// Which images the user means: files, folders and globs, each image once. Layer: command line.
// SPDX-License-Identifier: MIT

import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Failure } from './failure.ts';
import { loadGlob } from './packages.ts';

/** What is taken of a folder; a file that is named may be of any format that sharp reads. */
const IN_FOLDERS = '**/*.{avif,gif,heic,heif,jfif,jpeg,jpg,png,tif,tiff,webp}';

/** Absolute paths, in the order of the arguments and sorted within a folder or a glob. */
export async function findImages(inputs: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const input of inputs) {
    const files = await filesOf(input);
    if (files.length === 0) throw new Failure(`${input}: no such file, and no image by that pattern`);
    for (const file of files) found.add(file);
  }
  return [...found];
}

async function filesOf(input: string): Promise<string[]> {
  const stats = await stat(input).catch(() => undefined);
  if (stats?.isDirectory()) {
    const files = await glob(IN_FOLDERS, resolve(input));
    if (files.length === 0) throw new Failure(`${input}: there is no image in this folder`);
    return files;
  }
  // A file first: names may hold the characters of a pattern.
  return stats === undefined ? glob(input.replaceAll('\\', '/'), process.cwd()) : [resolve(input)];
}

async function glob(pattern: string, cwd: string): Promise<string[]> {
  const globFiles = await loadGlob();
  const files = await globFiles(pattern, { cwd, caseSensitiveMatch: false });
  return files.map((file) => resolve(join(cwd, file))).sort();
}
