// `native-conv tensor`: from files to a .npy batch, with real images that sharp wrote, read back by the format's rules.
// SPDX-License-Identifier: MIT

import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import { presets, type ToTensorOptions, toTensor } from '../../lib/index.ts';
import { type Npy, readNpy } from '../support/npy.ts';
import { runOnTerminal } from '../support/terminal.ts';
import { commandLine, ROOT, runCommand, startCommand } from './run-command.ts';

function readFile(path: string): Npy {
  return readNpy(readFileSync(path));
}

async function expected(file: string, options: ToTensorOptions): Promise<Buffer> {
  const pixels = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  const { buffer, byteOffset, byteLength } = toTensor(pixels, options).data;
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

function rowsOf(out: string) {
  const lines = readFileSync(`${out}.jsonl`, 'utf8').trimEnd().split('\n');
  return lines.slice(1).map((line) => JSON.parse(line) as { row?: number; file: string; error?: string });
}

describe('command native-conv tensor', function () {
  // Each test starts processes, up to five.
  this.timeout(120_000);
  let folder: string;
  let out: string;
  const at = (name: string) => join(folder, name);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'native-conv-tensor-'));
    mkdirSync(at('photos/more'), { recursive: true });
    for (const [name, width, height] of [
      ['photos/a.jpg', 300, 200],
      ['photos/c.JPG', 120, 260],
      ['photos/more/d.png', 64, 64],
    ] as const) {
      const data = Buffer.from({ length: width * height * 3 }).map((_, i) => (i * 7 + (i >> 5)) & 255);
      await sharp(data, { raw: { width, height, channels: 3 } }).toFile(at(name));
    }
    writeFileSync(at('photos/b.jpg'), readFileSync(at('photos/a.jpg')).subarray(0, 900));
    writeFileSync(at('photos/notes.txt'), 'no image');
  });
  beforeEach(() => {
    out = at('batch.npy');
  });
  afterEach(() => {
    rmSync(out, { force: true });
    rmSync(`${out}.jsonl`, { force: true });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('makes a batch of a folder by a preset; a broken file costs its row and exit code 1 only', async () => {
    const { code, stdout, stderr } = runCommand(['tensor', at('photos'), '--preset', 'imagenet', '-o', out]);
    expect(code).to.equal(1);
    expect(stderr).to.match(/1 of 4 files could not be used:\n.*b\.jpg: /);
    expect(stdout).to.include('3×3×224×224');
    const { descr, shape, begin, data } = readFile(out);
    expect(begin % 64).to.equal(0);
    expect(descr).to.equal('<f4');
    expect(shape).to.deep.equal([3, 3, 224, 224]);
    const rows = ['photos/a.jpg', 'photos/c.JPG', 'photos/more/d.png'];
    const wanted = await Promise.all(rows.map((name) => expected(at(name), presets.imagenet)));
    expect(data.equals(Buffer.concat(wanted))).to.equal(true);
    const list = rowsOf(out);
    expect(list.filter((line) => line.row !== undefined).map((line) => line.file)).to.deep.equal(rows);
    expect(list.find((line) => line.error !== undefined)?.file).to.equal('photos/b.jpg');
  });

  it('takes files and globs in their order, each once, and every option by its own name', async () => {
    const glob = join(folder, 'photos/**/*.png');
    const args = [at('photos/c.JPG'), glob, at('photos/more/d.png'), '--resize', '40x30', '--fit', 'cover'];
    const values = ['--mean', '0.1,0.2,0.3', '--std', '0.5', '--scale', '0.01', '--channels', 'bgr'];
    const forms = ['--layout', 'NHWC', '--type', 'float16', '--filter', 'lanczos', '--crop', '20x10'];
    const { code, stderr } = runCommand(['tensor', ...args, ...values, ...forms, '-o', out]);
    expect(code, stderr).to.equal(0);
    const options: ToTensorOptions = {
      resize: { width: 40, height: 30, fit: 'cover', filter: 'lanczos' },
      crop: { width: 20, height: 10 },
      mean: [0.1, 0.2, 0.3],
      std: 0.5,
      scale: 0.01,
      channels: 'bgr',
      layout: 'NHWC',
      type: 'float16',
    };
    const { descr, shape, data } = readFile(out);
    expect(descr).to.equal('<f2');
    expect(shape).to.deep.equal([2, 10, 20, 3]);
    const wanted = [
      await expected(at('photos/c.JPG'), options),
      await expected(at('photos/more/d.png'), options),
    ];
    expect(data.equals(Buffer.concat(wanted))).to.equal(true);
  });

  it('keeps of a preset what is not given: a smaller letterbox, and --options last', async () => {
    const options = ['--resize', '96', '--type', 'uint8', '--options', '{"pad":7}'];
    const { code, stderr } = runCommand([
      'tensor',
      at('photos/a.jpg'),
      '--preset',
      'yolo',
      ...options,
      '-o',
      out,
    ]);
    expect(code, stderr).to.equal(0);
    const resize = { ...presets.yolo.resize, width: 96, height: 96 };
    const wanted = await expected(at('photos/a.jpg'), { resize, type: 'uint8', pad: 7 });
    expect(readFile(out).descr).to.equal('|u1');
    expect(readFile(out).data.equals(wanted)).to.equal(true);
  });

  it('refuses an image of another size than the first for itself alone', () => {
    const { code, stderr } = runCommand(['tensor', at('photos/a.jpg'), at('photos/c.JPG'), '-o', out]);
    expect(code).to.equal(1);
    expect(stderr).to.match(/c\.JPG: it gives 3×260×120, the batch is of 3×200×300; resize or crop/);
    expect(readFile(out).shape).to.deep.equal([1, 3, 200, 300]);
  });

  it('--resume goes on where a batch was cut off, in the middle of a row and of a line', () => {
    const call = ['tensor', at('photos/a.jpg'), at('photos/c.JPG'), at('photos/more/d.png')];
    const rest = ['--resize', '16', '-o', out];
    expect(runCommand([...call, ...rest]).code).to.equal(0);
    const whole = readFileSync(out);
    const lines = readFileSync(`${out}.jsonl`, 'utf8').split('\n');
    // Row 1 is written, its line only half; row 2 has begun.
    writeFileSync(`${out}.jsonl`, `${lines.slice(0, 2).join('\n')}\n${lines[2].slice(0, 20)}`);
    truncateSync(out, 128 + 2 * 16 * 16 * 3 * 4 + 50);
    const { code, stdout } = runCommand([...call, ...rest, '--resume']);
    expect(code).to.equal(0);
    expect(stdout).to.match(/3×3×16×16 \(1 were there\)/);
    expect(readFileSync(out).equals(whole)).to.equal(true);
    expect(readFileSync(`${out}.jsonl`, 'utf8')).to.equal(lines.join('\n'));
    // Nothing left to do: nothing changes.
    expect(runCommand([...call, ...rest, '--resume']).code).to.equal(0);
    expect(readFileSync(out).equals(whole)).to.equal(true);
  });

  it('--resume begins where there is nothing, and refuses what does not belong together', () => {
    const call = ['tensor', at('photos/a.jpg'), '-o', out, '--resume'];
    expect(runCommand([...call, '--resize', '16']).code).to.equal(0);
    const before = readFileSync(out);
    const other = runCommand([...call, '--resize', '17']);
    expect(other.code).to.equal(2);
    expect(other.stderr).to.match(/begun with other options, .*"width":16/);
    appendFileSync(`${out}.jsonl`, 'no list\n');
    expect(runCommand([...call, '--resize', '16']).stderr).to.match(/is not a list of its rows/);
    rmSync(`${out}.jsonl`);
    expect(runCommand([...call, '--resize', '16']).stderr).to.match(
      /cannot be gone on with: .*jsonl is missing/,
    );
    expect(readFileSync(out).equals(before)).to.equal(true);
  });

  it('--resume completes a batch that was killed half way, to the bytes of one that was not', async () => {
    const many = at('many');
    mkdirSync(many);
    for (let i = 0; i < 40; i++) {
      const background = { r: i, g: 2 * i, b: 3 * i };
      await sharp({ create: { width: 700, height: 600, channels: 3, background } }).toFile(
        `${many}/${100 + i}.png`,
      );
    }
    const whole = at('whole.npy');
    expect(runCommand(['tensor', many, '--preset', 'imagenet', '-o', whole]).code).to.equal(0);

    const call = ['tensor', many, '--preset', 'imagenet', '-o', out];
    const killed = startCommand(call);
    const written = () => {
      const text = existsSync(`${out}.jsonl`) ? readFileSync(`${out}.jsonl`, 'utf8') : '';
      return text.split('\n').length - 2;
    };
    while (written() < 5) await sleep(1);
    killed.kill('SIGKILL');
    await once(killed, 'close');
    const before = written();
    expect(before).to.be.within(5, 39);
    const { code, stdout } = runCommand([...call, '--resume']);
    expect(code).to.equal(0);
    expect(stdout).to.match(/40×3×224×224 \(\d+ were there\)/);
    expect(readFileSync(out).equals(readFileSync(whole))).to.equal(true);
    expect(rowsOf(out)).to.deep.equal(rowsOf(whole));
  });

  it('shows on a terminal how far it is, and nothing of it elsewhere', () => {
    const args = ['tensor', at('photos'), '--preset', 'imagenet', '-o', out];
    const { code, screen } = runOnTerminal([process.execPath, ...commandLine(args)], { cwd: ROOT });
    expect(code).to.equal(1);
    expect(screen).to.include(' 0/4 ');
    expect(screen).to.match(/█+.* 3\/4 .*d\.png/);
    expect(screen).to.include('1 of 4 files could not be used');
    const { stdout, stderr } = runCommand(args);
    expect(stdout).to.match(/^[^█░]*3×3×224×224[^█░]*$/);
    expect(stderr).to.match(/^native-conv: 1 of 4 files could not be used:\n[^\n]*b\.jpg[^\n]*\n$/);
  });

  for (const [what, args, message] of [
    [
      'a mean of two numbers',
      ['--mean', '1,2'],
      /^native-conv: toTensor: options\.mean must be a number or 3/,
    ],
    [
      'an option that does not exist',
      ['--options', '{"foo":1}'],
      /^native-conv: toTensor: unknown option 'foo'/,
    ],
    [
      'a border colour that no pixel has',
      ['--resize', '9', '--fit', 'contain', '--options', '{"pad":300}'],
      /whole numbers from 0 to 255 for uint8 pixels, got 300\n$/,
    ],
    ['a crop with borders', ['--resize', '9', '--fit', 'contain', '--crop', '4'], /exclude each other\n$/],
    ['an array to write to', ['--options', '{"out":{}}'], /--options may have no out/],
  ] as const) {
    it(`refuses ${what} once, before it reads a file`, () => {
      const { code, stderr } = runCommand(['tensor', at('photos'), ...args, '-o', out]);
      expect(code).to.equal(2);
      expect(stderr).to.match(message);
      expect(stderr.split('\n')).to.have.lengthOf(2);
      expect(existsSync(out)).to.equal(false);
    });
  }

  it('leaves no file where no image could be used', () => {
    const { code, stderr } = runCommand(['tensor', at('photos/b.jpg'), '-o', out]);
    expect(code).to.equal(1);
    expect(stderr).to.match(/1 of 1 files/);
    expect(() => readFileSync(out)).to.throw('ENOENT');
  });

  for (const [what, args, message] of [
    ['a file that is not there', ['nowhere.jpg'], /nowhere\.jpg: no such file/],
    ['an unknown preset', ['x.jpg', '--preset', 'resnet'], /Allowed choices are imagenet, clip, yolo/],
    ['a size that is none', ['x.jpg', '--resize', '0x3'], /'0x3' is invalid.*320x240.*shortest:256/],
    ['a mean that is none', ['x.jpg', '--mean', '1,,2'], /'1,,2' is invalid.*number/],
  ] as const) {
    it(`refuses ${what} with exit code 2`, () => {
      const { code, stderr } = runCommand(['tensor', ...args, '-o', out]);
      expect(code).to.equal(2);
      expect(stderr).to.match(message);
    });
  }
});
