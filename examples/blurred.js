// Finds the blurred photographs of a folder: how much the Laplacian varies says how sharp a picture is. Several files
// are at work at a time, a bar on the terminal shows how far it has come, and a file that cannot be read does not stop
// the others.
//
//   node blurred.js photos > sharpness.tsv         score and file, the most blurred first
//
// SPDX-License-Identifier: MIT

import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import { laplacian, resize } from 'native-conv/promises';
import sharp from 'sharp';

/** Photographs are compared at one size: the longer side, in pixels. */
const SIDE = 512;
const IMAGES = /\.(jpe?g|png|webp|tiff?|avif|gif)$/i;

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node blurred.js folder');
  process.exit(2);
}

/** @param {string} file */
async function sharpnessOf(file) {
  const gray = await sharp(file).grayscale().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = gray.info;
  const small = await resize(gray, width > height ? { width: SIDE } : { height: SIDE });
  const { data } = await laplacian(small);
  let [sum, squares] = [0, 0];
  for (const value of data) {
    sum += value;
    squares += value * value;
  }
  return squares / data.length - (sum / data.length) ** 2;
}

const files = (await readdir(folder, { recursive: true })).filter((name) => IMAGES.test(name)).sort();
const bar = new SingleBar(
  { format: '{bar} {value}/{total} {file}', clearOnComplete: true },
  Presets.shades_classic,
);
bar.start(files.length, 0, { file: '' });

/** @type {{file: string, score: number}[]} */
const scores = [];
/** @type {string[]} */
const errors = [];
// Each worker takes the next file from one iterator, so as many are under way as there are workers.
const waiting = files.values();
async function work() {
  for (const file of waiting) {
    try {
      scores.push({ file, score: await sharpnessOf(path.join(/** @type {string} */ (folder), file)) });
    } catch (error) {
      errors.push(`${file}: ${/** @type {Error} */ (error).message}`);
    }
    bar.increment({ file });
  }
}
await Promise.all(Array.from({ length: availableParallelism() + 1 }, work));
bar.stop();

scores.sort((a, b) => a.score - b.score);
for (const { file, score } of scores) console.log(`${score.toFixed(1)}\t${file}`);
if (errors.length > 0) {
  console.error(`${errors.length} of ${files.length} files could not be used:`);
  for (const error of errors) console.error(`  ${error}`);
  process.exitCode = 1;
}
