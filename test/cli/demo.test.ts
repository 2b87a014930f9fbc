// The demo, small: every operator appears, all bits agree, the pictures are pictures; and what can go wrong with
// files and folders.
// SPDX-License-Identifier: MIT

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { filled } from '../../lib/cli/demo/arrays.ts';
import { demoSteps } from '../../lib/cli/demo/command.ts';
import { loadPhoto } from '../../lib/cli/demo/photo.ts';
import { countDifferences, runStep } from '../../lib/cli/demo/run.ts';
import * as native from '../../lib/index.ts';
import { OPERATOR_NAMES } from '../../lib/ops/table.ts';
import * as reference from '../../lib/reference.ts';
import { runCommand } from './run-command.ts';

describe('demo', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'native-conv-demo-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  it('prints every kind with the same bits and writes every picture', async function () {
    this.timeout(60_000);
    const out = join(folder, 'new', 'pictures');
    const { code, stdout, stderr } = runCommand(['demo', '--size', '48', '--out', out]);
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    expect(stdout).to.match(/agree in every bit/);
    expect(stdout).to.not.match(/differ/);
    const rows = stdout.split('\n').filter((line) => /│ yes +│$/.test(line));
    const photo = filled([1, 3, 48, 48], (i) => (i % 7) / 7);
    const steps = demoSteps(photo);
    expect(rows).to.have.length(steps.length);
    const files = readdirSync(out);
    expect(files).to.have.length(steps.filter((step) => step.picture !== undefined).length);
    for (const file of files) {
      expect(stdout).to.include(`${join(out, file)}: `);
      const { format, width, height } = await sharp(join(out, file)).metadata();
      expect(format).to.equal('png');
      expect(Math.min(width, height)).to.be.greaterThan(8);
    }
  });

  it('calls every operator', () => {
    const photo = filled([1, 3, 48, 48], (i) => (i % 5) / 5);
    const called = new Set<string>();
    for (const step of demoSteps(photo)) {
      for (const call of runStep(step, native, native).calls) called.add(call.operator);
    }
    expect(OPERATOR_NAMES.filter((operator) => !called.has(operator))).to.deep.equal([]);
  });

  it('notices a single bit', () => {
    const photo = filled([1, 3, 48, 48], (i) => (i % 5) / 5);
    const step = demoSteps(photo).find(({ kind }) => kind === 'pointwiseConv2d 1×1');
    if (step === undefined) return expect.fail('no such step');
    const wrong: typeof native.pointwiseConv2d = (...args) => {
      const result = native.pointwiseConv2d(...args);
      result.data[17] += 2 ** -20;
      return result;
    };
    expect(runStep(step, native, reference).differences).to.equal(0);
    expect(runStep(step, { ...native, pointwiseConv2d: wrong }, reference).differences).to.equal(1);
  });

  it('takes NaN for NaN, and tells −0 from +0', () => {
    const a = filled([4], (i) => [Number.NaN, -0, 1, 2][i]);
    const b = filled([4], (i) => [Number.NaN, 0, 1, 3][i]);
    expect(countDifferences(a, b)).to.equal(2);
    expect(countDifferences(a, { data: a.data, dims: [2, 2] })).to.equal(4);
  });

  it('reads any picture: grey, 16 bits, alpha, and however narrow', async () => {
    const cases = {
      'grey.png': sharp({
        create: { width: 60, height: 40, channels: 3, background: '#808080' },
      }).greyscale(),
      'alpha.webp': sharp({
        create: { width: 40, height: 60, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } },
      }),
      'deep.png': sharp({
        create: { width: 64, height: 64, channels: 3, background: '#00ff00' },
      }).toColourspace('rgb16'),
      'narrow.jpg': sharp({ create: { width: 300, height: 1, channels: 3, background: '#0000ff' } }),
    };
    const centres: number[][] = [];
    for (const [name, picture] of Object.entries(cases)) {
      const path = join(folder, name);
      await picture.toFile(path);
      const { image } = await loadPhoto(path, 64);
      const [n, c, height, width] = image.dims;
      expect([n, c]).to.deep.equal([1, 3]);
      expect(Math.min(height, width)).to.be.at.least(48);
      const middle = (height / 2) * width + width / 2;
      centres.push([0, 1, 2].map((channel) => image.data[channel * height * width + middle]));
    }
    const expected = [
      [0.5, 0.5, 0.5],
      [1, 0.5, 0.5],
      [0, 1, 0],
      [0, 0, 1],
    ];
    centres.forEach((centre, i) => {
      centre.forEach((value, channel) => {
        expect(value).to.be.closeTo(expected[i][channel], 0.02);
      });
    });
  });

  for (const [what, args, message] of [
    ['a missing file', ['--image', 'no-such-file.jpg'], /there is no file no-such-file\.jpg/],
    ['a folder instead of a picture', ['--image', 'lib'], /lib is a folder/],
    ['a file that is no picture', ['--image', 'package.json'], /package\.json is not a picture/],
    [
      'a folder that cannot be made',
      ['--out', 'package.json/out'],
      /the folder package\.json\/out cannot be written to/,
    ],
  ] as const) {
    it(`refuses ${what} in one line, with exit code 2`, () => {
      const { code, stdout, stderr } = runCommand(['demo', '--size', '48', ...args]);
      expect(code).to.equal(2);
      expect(stdout).to.equal('');
      expect(stderr).to.match(message);
      expect(stderr.trim().split('\n')).to.have.length(1);
    });
  }

  it('refuses a picture that cannot be written, with exit code 2', () => {
    const out = join(folder, 'blocked');
    mkdirSync(join(out, 'conv1d-scanline.png'), { recursive: true });
    const { code, stderr } = runCommand(['demo', '--size', '48', '--out', out]);
    expect(code).to.equal(2);
    expect(stderr).to.match(/conv1d-scanline\.png cannot be written/);
  });

  it('refuses a size out of range', () => {
    const { code, stderr } = runCommand(['demo', '--size', '4']);
    expect(code).to.equal(2);
    expect(stderr).to.match(/48 to 1024/);
  });

  it('names the packages to install where one is missing', () => {
    const hook = join(folder, 'without-sharp.mjs');
    writeFileSync(
      hook,
      `import { register } from 'node:module';
       register('data:text/javascript,' + encodeURIComponent(\`
         export async function resolve(name, context, next) {
           if (name !== 'sharp') return next(name, context);
           throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
         }\`));`,
    );
    const { code, stderr } = runCommand(['demo', '--size', '48'], { NODE_OPTIONS: `--import=${hook}` });
    expect(code).to.equal(2);
    expect(stderr.trim()).to.equal(
      'native-conv: the package sharp is not installed; run: npm install commander cli-table3 cli-progress sharp tinyglobby',
    );
  });
});
