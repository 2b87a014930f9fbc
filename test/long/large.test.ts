// Tensors of more than 2³¹ elements: results and operands that no 32-bit index reaches, compared with the reference at
// places on both sides of that border. One tensor of 8.7 GB is written and read by one operator after another, in a
// process of its own, where at least 16 GiB are free.
// SPDX-License-Identifier: MIT

import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';

const LEAST_FREE = 16 * 2 ** 30;
const free = process.availableMemory?.() ?? os.freemem();

const PRELUDE = `
import * as native from './lib/index.ts';
import * as reference from './lib/reference.ts';
const { Tensor } = native;
const BORDER = 2 ** 31;
const report = [];
const compare = (what, actual, expected) => {
  for (const [i, value] of [...expected].entries()) {
    if (!Object.is(actual[i], value)) throw new Error(what + ': ' + actual[i] + ', expected ' + value);
  }
  report.push(what);
};
/** Numbers that differ from place to place, and whose products are rounded. */
const pattern = (data, factor) => { for (let i = 0; i < data.length; i++) data[i] = ((i * 7919) % 10007) * factor - 0.3; return data; };
const ramp = (...dims) => new Tensor(pattern(new Float32Array(dims.reduce((a, b) => a * b, 1)), 1.1e-4), dims);
const exact = { reproducible: true };
// Else the padded copy of a strided convolution is as large as its operand.
native.setWorkspaceLimit(2 ** 28);
`;

/** Runs it, and gives what it has compared. */
function run(code: string): readonly string[] {
  const printed = execFileSync(
    process.execPath,
    [
      '--import=tsx',
      '--expose-gc',
      '--input-type=module',
      '--eval',
      `${PRELUDE}${code}; console.log(JSON.stringify({ report, peak: process.resourceUsage().maxRSS / 2 ** 20 }));`,
    ],
    { cwd: path.join(import.meta.dirname, '../..'), encoding: 'utf8' },
  );
  const { report, peak } = JSON.parse(printed) as {
    readonly report: readonly string[];
    readonly peak: number;
  };
  console.log(`      at most ${peak.toFixed(1)} GiB resident`);
  return report;
}

describe('more than 2³¹ elements', () => {
  before(function () {
    if (free >= LEAST_FREE) return;
    console.log(
      `      skipped: ${(free / 2 ** 30).toFixed(1)} GiB are free, ${LEAST_FREE / 2 ** 30} are needed`,
    );
    this.skip();
  });

  it('of float32, written and read by convolutions', () => {
    const done = run(`
      const C = 65, H = 4096, W = 8192, P = H * W;
      const whole = new Float32Array(C * P), dims = [1, C, H, W];
      const big = new Tensor(whole, dims), bigLast = new Tensor(whole, [1, H, W, C]);
      if (whole.length <= BORDER) throw new Error('too small');
      /** [channel, row, column] at both ends, around the border and in between. */
      const borderRow = Math.floor((BORDER % P) / W);
      const places = [[0, 0, 0], [0, 1, 2], [31, 77, 99], [63, H - 1, W - 1], [64, borderRow, 0], [64, borderRow, 1], [64, H - 2, 5], [C - 1, H - 1, W - 1]];
      const at = ([c, h, w]) => c * P + h * W + w, atLast = ([c, h, w]) => (h * W + w) * C + c;
      const cut = (c, h, w, size) => {
        const part = new Tensor(new Float32Array(c * size * size), [1, c, size, size]);
        for (let i = 0; i < c; i++) for (let y = 0; y < size; y++) for (let x = 0; x < size; x++)
          part.data[(i * size + y) * size + x] = whole[at([i, h + y, w + x])];
        return part;
      };

      const map = ramp(1, 1, H, W), up = ramp(C, 1, 1, 1);
      native.pointwiseConv2d(map, up, { ...exact, out: big });
      compare('pointwiseConv2d, result', places.map((p) => whole[at(p)]),
        places.map(([c, h, w]) => Math.fround(map.data[h * W + w] * up.data[c])));

      // Operands beyond the border: each output against the reference on what it reads.
      const S = 512, k3 = ramp(2, C, 3, 3), k1 = ramp(2, C, 1, 1), kd = ramp(C, 1, 3, 3);
      const y3 = native.conv2d(big, k3, { ...exact, stride: S }), yd = native.depthwiseConv2d(big, kd, { ...exact, stride: S });
      const [OH, OW] = [y3.dims[2], y3.dims[3]];
      for (const [oh, ow] of [[0, 0], [0, 1], [OH - 1, OW - 1]]) {
        const window = cut(C, oh * S, ow * S, 3);
        compare('conv2d, operand', [0, 1].map((o) => y3.data[(o * OH + oh) * OW + ow]), reference.conv2d(window, k3).data);
        compare('depthwiseConv2d, operand', Array.from({ length: C }, (_, c) => yd.data[(c * OH + oh) * OW + ow]), reference.depthwiseConv2d(window, kd).data);
      }
      const down = native.pointwiseConv2d(big, k1, exact);
      for (const [, h, w] of places) {
        const pixel = cut(C, h, w, 1);
        compare('pointwiseConv2d, operand', [0, 1].map((o) => down.data[o * P + h * W + w]), reference.pointwiseConv2d(pixel, k1).data);
      }
      const gradient = ramp(1, 1, OH, OW);
      const strided = new Tensor(new Float32Array(C * 9 * OH * OW), [1, C, OH * 3, OW * 3]);
      for (let c = 0; c < C; c++) for (let y = 0; y < OH * 3; y++) for (let x = 0; x < OW * 3; x++)
        strided.data[(c * OH * 3 + y) * OW * 3 + x] = whole[at([c, Math.floor(y / 3) * S + (y % 3), Math.floor(x / 3) * S + (x % 3)])];
      compare('conv2dWeightGrad, operand',
        native.conv2dWeightGrad(gradient, big, [1, C, 3, 3], { ...exact, stride: S }).data,
        reference.conv2dWeightGrad(gradient, strided, [1, C, 3, 3], { stride: 3 }).data);

      const lastMap = new Tensor(map.data, [1, H, W, 1]);
      native.pointwiseConv2d(lastMap, up, { ...exact, layout: 'NHWC', out: bigLast });
      compare('pointwiseConv2d channels last, result', places.map((p) => whole[atLast(p)]),
        places.map(([c, h, w]) => Math.fround(map.data[h * W + w] * up.data[c])));
      const ydLast = native.depthwiseConv2d(bigLast, kd, { ...exact, layout: 'NHWC', stride: S });
      for (const [oh, ow] of [[0, 0], [OH - 1, OW - 1]]) {
        const window = new Tensor(new Float32Array(C * 9), [1, 3, 3, C]);
        for (let y = 0; y < 3; y++) for (let x = 0; x < 3; x++) for (let c = 0; c < C; c++)
          window.data[(y * 3 + x) * C + c] = whole[atLast([c, oh * S + y, ow * S + x])];
        compare('depthwiseConv2d channels last, operand', ydLast.data.slice((oh * OW + ow) * C, (oh * OW + ow + 1) * C),
          reference.depthwiseConv2d(window, kd, { layout: 'NHWC' }).data);
      }

      const small = ramp(1, 1, H / 2, W / 2), spread = ramp(1, C, 2, 2);
      native.convTranspose2d(small, spread, { ...exact, stride: 2, out: big });
      compare('convTranspose2d, result', places.map((p) => whole[at(p)]),
        places.map(([c, h, w]) => Math.fround(small.data[(h >> 1) * (W / 2) + (w >> 1)] * spread.data[c * 4 + (h % 2) * 2 + (w % 2)])));

      const rows = 65536, columns = 32800, a = ramp(rows, 1), b = ramp(1, columns);
      native.matmul(a, b, { ...exact, out: new Tensor(whole.subarray(0, rows * columns), [rows, columns]) });
      const cells = [[0, 0], [3, 5], [Math.floor(BORDER / columns), BORDER % columns], [rows - 1, columns - 1]];
      compare('matmul, result', cells.map(([i, j]) => whole[i * columns + j]), cells.map(([i, j]) => Math.fround(a.data[i] * b.data[j])));

      const side = 15500, image = ramp(1, 1, side, side), L = (side - 2) ** 2;
      native.im2col(image, { kernelSize: [3, 3], out: new Tensor(whole.subarray(0, 9 * L), [1, 9, L]) });
      if (9 * L <= BORDER) throw new Error('too small');
      const entries = [[0, 0], [4, 12345], [8, BORDER - 8 * L], [8, L - 1]];
      compare('im2col, result', entries.map(([k, l]) => whole[k * L + l]),
        entries.map(([k, l]) => image.data[(Math.floor(l / (side - 2)) + Math.floor(k / 3)) * side + (l % (side - 2)) + (k % 3)]));`);
    expect(new Set(done).size).to.equal(10);
  });

  it('of uint8, filtered and resized', () => {
    const done = run(`
      const width = 65536, height = 32800;
      const image = { data: new Uint8Array(width * height), width, height, channels: 1 };
      if (image.data.length <= BORDER) throw new Error('too small');
      // Rows of a period that the width does not share.
      const period = Uint8Array.from({ length: 65537 }, (_, i) => (i * 7919) % 251);
      for (let y = 0; y < height; y++) {
        const shift = (y * 977) % 65537, row = image.data.subarray(y * width, (y + 1) * width);
        row.set(period.subarray(shift, Math.min(65537, shift + width)));
        row.set(period.subarray(0, Math.max(0, shift + width - 65537)), Math.min(width, 65537 - shift));
      }
      const kernel = [[1, 2, 1], [2, 5, -1], [0, -3, 1]];
      const out = { data: new Uint8Array(width * height), width, height, channels: 1 };
      const borderRow = BORDER / width;
      const places = [[1, 1], [100, 65534], [borderRow - 1, 40000], [borderRow, 3], [borderRow + 1, 9], [height - 2, width - 2]];
      const window = (y, x) => {
        const data = new Uint8Array(9);
        for (let i = 0; i < 9; i++) data[i] = image.data[(y - 1 + Math.floor(i / 3)) * width + x - 1 + (i % 3)];
        return { data, width: 3, height: 3, channels: 1 };
      };
      for (const [name, ...args] of [['filter2d', kernel.map((row) => row.map((v) => v / 8))], ['gaussianBlur', { kernelSize: 3, sigma: 0.8 }], ['boxBlur', { kernelSize: 3 }]]) {
        const last = args.at(-1), options = Array.isArray(last) ? [...args, { out }] : [{ ...last, out }];
        native[name](image, ...options);
        compare(name, places.map(([y, x]) => out.data[y * width + x]), places.map(([y, x]) => reference[name](window(y, x), ...args).data[4]));
      }
      const tiny = native.resize(image, { width: 64, height: 41, filter: 'nearest' });
      const cells = [[0, 0], [20, 33], [40, 63]];
      compare('resize', cells.map(([y, x]) => tiny.data[y * 64 + x]), cells.map(([y, x]) => image.data[(y * 800 + 400) * width + x * 1024 + 512]));`);
    expect(new Set(done).size).to.equal(4);
  });
});
