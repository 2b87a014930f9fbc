// `native-conv filter`: pictures that sharp wrote, through kernels, compared with the operators' own results.
// SPDX-License-Identifier: MIT

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import {
  boxBlur,
  filter2d,
  gaussianBlur,
  laplacian,
  Pixels,
  scharr,
  sharpen,
  sobel,
} from '../../lib/index.ts';
import { runCommand } from './run-command.ts';

const SIDE = { width: 40, height: 30 };

describe('command native-conv filter', () => {
  const folder = mkdtempSync(join(tmpdir(), 'native-conv-filter-'));
  const [input, output] = [join(folder, 'in.jpg'), join(folder, 'out.png')];
  let image: Pixels<'uint8'>;

  const read = async (file: string) => {
    const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
    return new Pixels<'uint8'>(data, info);
  };
  const strength = (...parts: readonly Pixels[]) =>
    [...parts[0].data].map((_, i) =>
      Math.min(255, Math.round(Math.sqrt(parts.reduce((sum, part) => sum + part.data[i] ** 2, 0)))),
    );

  before(async () => {
    const data = Buffer.from({ length: SIDE.width * SIDE.height * 3 }).map(
      (_, i) => (i * 5 + (i >> 4) * 3) & 255,
    );
    await sharp(data, { raw: { ...SIDE, channels: 3 } })
      .jpeg()
      .toFile(input);
    image = await read(input);
  });
  afterEach(() => rmSync(output, { force: true }));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const kernel = [
    [-1, 0, 1],
    [-2, 0, 2],
    [-1, 0, 1],
  ];
  const cases: readonly [args: readonly string[], expected: () => ArrayLike<number>][] = [
    [['sobel'], () => strength(sobel(image, { dx: 1, dy: 0 }), sobel(image, { dx: 0, dy: 1 }))],
    [['scharr'], () => strength(scharr(image, { dx: 1, dy: 0 }), scharr(image, { dx: 0, dy: 1 }))],
    [['laplacian:3'], () => strength(laplacian(image, { kernelSize: 3 }))],
    [
      ['gaussian:2', '--border', 'replicate'],
      () => gaussianBlur(image, { sigma: 2, border: 'replicate' }).data,
    ],
    [['box:5'], () => boxBlur(image, { kernelSize: 5 }).data],
    [['sharpen:0.5'], () => sharpen(image, { amount: 0.5 }).data],
    [['[-1,0,1;-2,0,2;-1,0,1]', '--delta', '128'], () => filter2d(image, kernel, { delta: 128 }).data],
  ];
  for (const [args, expected] of cases) {
    it(`--kernel ${args.join(' ')} writes what the operators give`, async () => {
      const { code, stdout, stderr } = runCommand(['filter', input, output, '--kernel', ...args]);
      expect(code, stderr).to.equal(0);
      expect(stdout).to.include('40×30');
      expect([...(await read(output)).data]).to.deep.equal([...Array.from(expected())]);
    });
  }

  it('--gray makes one channel', async () => {
    expect(runCommand(['filter', input, output, '--kernel', 'box', '--gray']).code).to.equal(0);
    const { data, info } = await sharp(input).grayscale().raw().toBuffer({ resolveWithObject: true });
    const wanted = boxBlur(new Pixels(data, { ...info, channels: 1 }), { kernelSize: 3 });
    const { data: got } = await sharp(output)
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([...got]).to.deep.equal([...wanted.data]);
  });

  for (const [what, args, message] of [
    ['an unknown kernel', ['--kernel', 'prewitt'], /'prewitt' is invalid.*sobel.*gaussian:2/],
    ['a ragged kernel', ['--kernel', '[1,2;3]'], /'\[1,2;3\]' is invalid/],
    ['an even gradient', ['--kernel', 'sobel:4'], /kernelSize must be 1, 3, 5 or 7, got 4/],
    ['delta with a named kernel', ['--kernel', 'box', '--delta', '1'], /--delta is for a kernel of numbers/],
    ['no kernel', [], /required option '-k, --kernel/],
  ] as const) {
    it(`refuses ${what} with exit code 2, and writes nothing`, () => {
      const { code, stderr } = runCommand(['filter', input, output, ...args]);
      expect(code).to.equal(2);
      expect(stderr).to.match(message);
      expect(existsSync(output)).to.equal(false);
    });
  }

  it('names the file that is no image, and the one that cannot be written', () => {
    const broken = join(folder, 'broken.jpg');
    writeFileSync(broken, 'no image');
    const read = runCommand(['filter', broken, output, '--kernel', 'box']);
    expect(read.code).to.equal(2);
    expect(read.stderr).to.match(/broken\.jpg: .*unsupported image format/);
    const write = runCommand(['filter', input, join(folder, 'out.xyz'), '--kernel', 'box']);
    expect(write.code).to.equal(2);
    expect(write.stderr).to.match(/out\.xyz: /);
  });
});
