// examples/classify.js with a real session of a small model: mean colours, through a matrix.
// SPDX-License-Identifier: MIT

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { presets, Tensor, toTensor } from '../../lib/index.ts';
import { onnxModel } from '../support/onnx.ts';
import { runExample } from './run-example.ts';

const CLASSES = 7;

describe('examples/classify.js', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  const weight = Tensor.random([3, CLASSES], { seed: 1 }) as Tensor<'float32'>;
  const colours = { 'red.jpg': { r: 220, g: 30, b: 20 }, 'blue.png': { r: 10, g: 60, b: 240 } };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'native-conv-classify-'));
    for (const [name, background] of Object.entries(colours)) {
      await sharp({ create: { width: 320, height: 270, channels: 3, background } }).toFile(at(name));
    }
    const model = onnxModel({
      nodes: [
        { operator: 'GlobalAveragePool', inputs: ['x'], output: 'pooled' },
        { operator: 'Flatten', inputs: ['pooled'], output: 'colours' },
        { operator: 'MatMul', inputs: ['colours', 'w'], output: 'scores' },
      ],
      weights: [{ name: 'w', type: 'float32', dims: weight.dims, data: weight.data }],
      inputs: [{ name: 'x', type: 'float32', dims: [2, 3, 224, 224] }],
      outputs: [{ name: 'scores', type: 'float32', dims: [2, CLASSES] }],
    });
    writeFileSync(at('model.onnx'), model);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The line that the model's definition asks for. */
  async function expected(file: string): Promise<string> {
    const data = toTensor(await sharp(file).raw().toBuffer({ resolveWithObject: true }), presets.imagenet)
      .data as Float32Array;
    const area = 224 * 224;
    const means = [0, 1, 2].map(
      (c) => data.subarray(c * area, (c + 1) * area).reduce((a, b) => a + b, 0) / area,
    );
    const exponentials = Array.from({ length: CLASSES }, (_, k) =>
      Math.exp(means.reduce((sum, mean, c) => sum + mean * weight.data[c * CLASSES + k], 0)),
    );
    const total = exponentials.reduce((a, b) => a + b, 0);
    const likeliest = exponentials
      .map((value, k) => ({ k, percent: (100 * value) / total }))
      .sort((a, b) => b.percent - a.percent);
    const shown = likeliest.slice(0, 5).map(({ k, percent }) => `${k} ${percent.toFixed(1)}%`);
    return `${file}: ${shown.join(', ')}`;
  }

  it('prints the likeliest classes of each photograph', async () => {
    const files = Object.keys(colours).map(at);
    const { code, stdout, stderr } = await runExample('classify.js', [at('model.onnx'), ...files]);
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).to.deep.equal(await Promise.all(files.map(expected)));
    expect(lines[0].slice(lines[0].indexOf(':'))).not.to.equal(lines[1].slice(lines[1].indexOf(':')));
  });

  it('says how it is called', async () => {
    const { code, stderr } = await runExample('classify.js', [at('model.onnx')]);
    expect(code).to.equal(2);
    expect(stderr).to.match(/^usage: node classify\.js model\.onnx photo\.jpg/);
  });
});
