// Photographs through an ONNX classifier, as one batch: sharp decodes, native-conv makes the tensor, onnxruntime runs
// the model.
//
//   node classify.js model.onnx photo.jpg …        prints the five likeliest classes of each photograph
//
// SPDX-License-Identifier: MIT

import { presets } from 'native-conv';
import { toTensor } from 'native-conv/promises';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';

const LIKELIEST = 5;
const [model, ...files] = process.argv.slice(2);
if (model === undefined || files.length === 0) {
  console.error('usage: node classify.js model.onnx photo.jpg …');
  process.exit(2);
}

const session = await ort.InferenceSession.create(model);
const photos = await Promise.all(
  files.map((file) =>
    sharp(file).autoOrient().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true }),
  ),
);
const batch = await toTensor(photos, presets.imagenet);
// The session reads the memory that toTensor wrote.
const x = new ort.Tensor(batch.type, batch.data, batch.dims);
const outputs = await session.run({ [session.inputNames[0]]: x });
const scores = outputs[session.outputNames[0]];

const classes = scores.size / files.length;
for (const [i, file] of files.entries()) {
  const row = /** @type {Float32Array} */ (scores.data).subarray(i * classes, (i + 1) * classes);
  const most = row.reduce((a, b) => Math.max(a, b));
  const sum = row.reduce((total, score) => total + Math.exp(score - most), 0);
  const likeliest = [...row]
    .map((score, name) => ({ name, probability: Math.exp(score - most) / sum }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, LIKELIEST);
  const shown = likeliest.map(({ name, probability }) => `${name} ${(100 * probability).toFixed(1)}%`);
  console.log(`${file}: ${shown.join(', ')}`);
}
