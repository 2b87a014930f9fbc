// Tables of resampling weights: those of formulas written out here, and of the binary the same bits. Random axes of
// every filter; FAST_CHECK_SEED repeats a run.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import {
  type Axis,
  type AxisPart,
  axisBounds,
  axisTable,
  COORDINATES,
  packAxis,
  RESIZE_FILTERS,
  type Sampling,
  WEIGHT_BITS,
  wholeWeights,
} from '../../lib/image/resample.ts';
import { cosine, sine } from '../../lib/image/sine.ts';
import { loadBinding } from '../../lib/native/binding.ts';
import { drawFrom, flip, pick } from '../../lib/verify/draw.ts';
import { seed } from '../reference/seed.ts';

const sinc = (t: number) => (t === 0 ? 1 : Math.sin(t * Math.PI) / (t * Math.PI));
const KERNELS = {
  bilinear: { support: 1, weight: (x: number) => Math.max(0, 1 - Math.abs(x)) },
  lanczos: { support: 3, weight: (x: number) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
} as const;

const AXES = [
  { name: 'a whole ratio', size: 960, begin: 0, end: 960, outputs: 320 },
  { name: 'a ratio of few bits', size: 1080, begin: 0, end: 1080, outputs: 160 },
  { name: 'a third', size: 1000, begin: 0, end: 1000, outputs: 300 },
  { name: 'part of a picture', size: 640, begin: 12.25, end: 628.25, outputs: 77 },
  { name: 'an enlargement', size: 50, begin: 0, end: 50, outputs: 400 },
] as const;

/** An axis, how it is sampled, and the part of it that a strip would compute. */
function randomAxis(draw: ReturnType<typeof drawFrom>): [Axis, Sampling, AxisPart] {
  const size = draw(1, flip(draw) ? 40 : 3000);
  const outputs = draw(1, flip(draw) ? 40 : 900);
  const begin = flip(draw) ? 0 : draw(0, 8 * size - 8) / 8;
  const end = begin === 0 && flip(draw) ? size : begin + draw(1, Math.floor((size - begin) * 8)) / 8;
  const filter = pick(draw, RESIZE_FILTERS);
  const cubic = filter === 'bicubic' ? -draw(0, 8) / 8 : 0;
  const sampling = { filter, antialias: flip(draw), coordinates: pick(draw, COORDINATES), cubic };
  const axis = { size, begin, end, outputs };
  const first = flip(draw) ? 0 : draw(0, outputs - 1);
  // Of an output that reads nothing the first position may be past the last one, where no strip begins.
  const top = flip(draw) ? 0 : Math.min(axisBounds(axis, sampling)[2 * first], size - 1);
  return [axis, sampling, { first, count: draw(1, outputs - first), top }];
}

describe('resampling tables', () => {
  for (const filter of ['bilinear', 'lanczos'] as const) {
    for (const { name, ...axis } of AXES) {
      it(`${filter}, ${name}: each output has the weights that it would have alone`, () => {
        const sampling = { filter, antialias: true, coordinates: 'half-pixel', cubic: 0 } as const;
        const { fields, taps } = packAxis('test', axis, sampling);
        const table = axisTable(fields);
        expect(table.taps).to.be.at.most(taps);
        const { support, weight } = KERNELS[filter];
        const scale = (axis.end - axis.begin) / axis.outputs;
        const stretch = Math.max(1, scale);
        const wholes = wholeWeights(table);
        for (let i = 0; i < axis.outputs; i++) {
          const middle = axis.begin + (i + 0.5) * scale;
          const start = Math.max(0, Math.trunc(middle - support * stretch + 0.5));
          const end = Math.min(axis.size, Math.trunc(middle + support * stretch + 0.5));
          const alone = Array.from({ length: end - start }, (_, x) =>
            weight((x + start - middle + 0.5) * (1 / stretch)),
          );
          const sum = alone.reduce((total, value) => total + value, 0);
          expect([...table.bounds.subarray(2 * i, 2 * i + 2)]).to.deep.equal([start, end - start]);
          for (const [x, value] of alone.entries()) {
            const at = i * table.taps + x;
            expect(table.weights[at], `output ${i}`).to.be.closeTo(value / sum, 1e-15);
            const whole = (value / sum) * 2 ** WEIGHT_BITS;
            expect(wholes[at]).to.equal(Math.trunc(whole + (whole < 0 ? -0.5 : 0.5)) + 0);
          }
        }
      });
    }
  }

  it(`are the same to the bit in C++, and have no more taps than was said, seed ${seed}`, () => {
    const draw = drawFrom(seed);
    for (let i = 0; i < 400; i++) {
      const [axis, sampling, part] = randomAxis(draw);
      const { fields, taps } = packAxis('test', axis, sampling, part);
      const table = axisTable(fields);
      const label = JSON.stringify({ axis, sampling, part });
      const { bounds, weights, ...native } = loadBinding().resampleAxis(fields);
      expect(native.taps, label).to.equal(table.taps).and.to.be.at.most(taps);
      expect(Buffer.from(bounds.buffer).equals(bytesOf(table.bounds)), `${label}, bounds`).to.equal(true);
      expect(Buffer.from(weights.buffer).equals(bytesOf(table.weights)), `${label}, weights`).to.equal(true);
    }
  });

  it('take sines and cosines that are a unit in the last place from those of the engine', () => {
    for (let angle = -9.5; angle <= 9.5; angle += 1 / 512) {
      expect(sine(angle)).to.be.closeTo(Math.sin(angle), Math.abs(Math.sin(angle)) * 2 ** -52);
      expect(cosine(angle)).to.be.closeTo(Math.cos(angle), Math.abs(Math.cos(angle)) * 2 ** -52);
    }
    expect([sine(0), cosine(0)]).to.deep.equal([0, 1]);
  });
});

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array | Float64Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
