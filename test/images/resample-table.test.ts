// Tables of resampling weights: outputs that share their weights have those that they would have alone.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { axisTable, WEIGHT_BITS } from '../../lib/image/resample.ts';

const KERNELS = {
  bilinear: { support: 1, weight: (x: number) => Math.max(0, 1 - Math.abs(x)) },
  lanczos: {
    support: 3,
    weight(x: number) {
      const sinc = (t: number) => (t === 0 ? 1 : Math.sin(t * Math.PI) / (t * Math.PI));
      return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    },
  },
} as const;

const AXES = [
  { name: 'a whole ratio', size: 960, begin: 0, end: 960, outputs: 320 },
  { name: 'a ratio of few bits', size: 1080, begin: 0, end: 1080, outputs: 160 },
  { name: 'a third', size: 1000, begin: 0, end: 1000, outputs: 300 },
  { name: 'part of a picture', size: 640, begin: 12.25, end: 628.25, outputs: 77 },
  { name: 'an enlargement', size: 50, begin: 0, end: 50, outputs: 400 },
] as const;

describe('resampling tables', () => {
  for (const filter of ['bilinear', 'lanczos'] as const) {
    for (const { name, ...axis } of AXES) {
      it(`${filter}, ${name}: each output has the weights that it would have alone`, () => {
        const sampling = { filter, antialias: true, coordinates: 'half-pixel', cubic: 0 } as const;
        const table = axisTable('test', axis, sampling);
        const { support, weight } = KERNELS[filter];
        const scale = (axis.end - axis.begin) / axis.outputs;
        const stretch = Math.max(1, scale);
        for (let i = 0; i < axis.outputs; i++) {
          const middle = axis.begin + (i + 0.5) * scale;
          const start = Math.max(0, Math.trunc(middle - support * stretch + 0.5));
          const end = Math.min(axis.size, Math.trunc(middle + support * stretch + 0.5));
          const alone = Array.from({ length: end - start }, (_, x) =>
            weight((x + start - middle + 0.5) * (1 / stretch)),
          );
          const sum = alone.reduce((total, value) => total + value, 0);
          const expected = alone.map((value) => value / sum);
          expect([...table.bounds.subarray(2 * i, 2 * i + 2)]).to.deep.equal([start, end - start]);
          const at = i * table.taps;
          expect([...table.weights.subarray(at, at + end - start)], `output ${i}`).to.deep.equal(expected);
          const whole = expected.map(
            (value) => Math.trunc(value * 2 ** WEIGHT_BITS + (value < 0 ? -0.5 : 0.5)) + 0,
          );
          expect([...table.wholeWeights.subarray(at, at + end - start)]).to.deep.equal(whole);
        }
      });
    }
  }
});
