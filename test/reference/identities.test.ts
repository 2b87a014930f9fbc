// What must hold between the reference loops whatever the geometry: adjoints, linearity in the weight, the
// convolution as a matrix product of its columns, and independence of the layouts. On small integers, so exactly.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import fc from 'fast-check';
import type { FloatArray } from '../../lib/call.ts';
import {
  columnsLength,
  type Geometry,
  inputLength,
  outputLength,
  product,
  weightLength,
} from '../../lib/geometry.ts';
import { anyGeometry, dot, floats, geometry, integers, run } from './calls.ts';
import { seed } from './seed.ts';

function forAll(property: (g: Geometry) => void): void {
  fc.assert(fc.property(anyGeometry, property), { seed, numRuns: 600 });
}

/** The elements of `[outer, channels, ...rest]` in the order `[outer, ...rest, channels]`. */
function channelsToEnd(data: FloatArray, outer: number, channels: number, rest: number): number[] {
  const moved: number[] = [];
  for (let o = 0; o < outer; o++)
    for (let r = 0; r < rest; r++)
      for (let c = 0; c < channels; c++) moved.push(data[(o * channels + c) * rest + r]);
  return moved;
}

/** An OIHW weight in the order of the geometry. */
function arrangeWeight(g: Geometry, weight: FloatArray): number[] {
  const taps = product(g.kernel);
  const inPerGroup = g.inChannels / g.groups;
  switch (g.weightLayout) {
    case 'OIHW':
      return Array.from(weight);
    case 'OHWI':
      return channelsToEnd(weight, g.outChannels, inPerGroup, taps);
    case 'IHWO':
      return channelsToEnd(weight, 1, g.outChannels, inPerGroup * taps);
    case 'HWIO':
      // OIHW → IHWO → HWOI would exchange the wrong pair: first O to the end, then I before it.
      return Array.from({ length: weight.length }, (_, index) => {
        const o = index % g.outChannels;
        const i = Math.floor(index / g.outChannels) % inPerGroup;
        const tap = Math.floor(index / g.outChannels / inPerGroup);
        return weight[(o * inPerGroup + i) * taps + tap];
      });
  }
}

function arrangeData(g: Geometry, data: FloatArray, channels: number, rest: number): number[] {
  return g.layout === 'channelsFirst' ? Array.from(data) : channelsToEnd(data, g.batch, channels, rest);
}

describe(`reference identities (seed ${seed})`, function () {
  this.timeout(60_000);

  it('⟨conv(x), y⟩ = ⟨x, convTranspose(y)⟩, in every padding mode', () => {
    forAll((g) => {
      const x = integers(inputLength(g), 1);
      const w = integers(weightLength(g), 2);
      const y = integers(outputLength(g), 3);
      const adjoint = run({ ...g, kind: 'convTranspose' }, y, w);
      expect(dot(run(g, x, w), y)).to.equal(dot(x, adjoint));
    });
  });

  it('⟨weightGrad(x, y), v⟩ = ⟨y, conv(x; v)⟩', () => {
    forAll((g) => {
      const x = integers(inputLength(g), 4);
      const v = integers(weightLength(g), 5);
      const y = integers(outputLength(g), 6);
      const gradient = run({ ...g, kind: 'convWeightGrad' }, x, y);
      expect(dot(gradient, v)).to.equal(dot(y, run(g, x, v)));
    });
  });

  it('⟨im2col(x), c⟩ = ⟨x, col2im(c)⟩', () => {
    forAll((g) => {
      const x = integers(inputLength(g), 7);
      const c = integers(columnsLength(g), 8);
      expect(dot(run({ ...g, kind: 'im2col' }, x), c)).to.equal(dot(x, run({ ...g, kind: 'col2im' }, c)));
    });
  });

  it('conv(x) is the product of the weight and the columns of x', () => {
    forAll((any) => {
      const g: Geometry = { ...any, layout: 'channelsFirst', weightLayout: 'OIHW' };
      const x = integers(inputLength(g), 9);
      const w = integers(weightLength(g), 10);
      const columns = run({ ...g, kind: 'im2col' }, x);
      const [rows, depth, width] = [
        g.outChannels / g.groups,
        (g.inChannels / g.groups) * product(g.kernel),
        product(g.output),
      ];
      const matmul = geometry({
        kind: 'matmul',
        matmul: {
          rows,
          columns: width,
          depth,
          transposeA: false,
          transposeB: false,
          batch: [1, g.batch, g.groups],
          strideA: [0, 0, rows * depth],
          strideB: [0, g.groups * depth * width, depth * width],
        },
      });
      expect(run(matmul, w, columns)).to.deep.equal(run(g, x, w));
    });
  });

  it('every layout holds the same bits', () => {
    forAll((any) => {
      const g: Geometry = { ...any, dtype: 'float32' };
      const plain: Geometry = { ...g, layout: 'channelsFirst', weightLayout: 'OIHW' };
      // Thirds: sums that are rounded, differently in any other order.
      const thirds = (length: number, salt: number) =>
        floats(
          g,
          integers(length, salt).map((value) => value / 3),
        );
      const x = thirds(inputLength(g), 11);
      const w = thirds(weightLength(g), 12);
      const y = thirds(outputLength(g), 13);
      const arrangedX = arrangeData(g, x, g.inChannels, product(g.input));
      const arrangedW = arrangeWeight(g, w);
      const arrangedY = arrangeData(g, y, g.outChannels, product(g.output));
      const output = run(plain, x, w);
      const inputGrad = run({ ...plain, kind: 'convTranspose' }, y, w);
      const weightGrad = run({ ...plain, kind: 'convWeightGrad' }, x, y);
      expect(Array.from(run(g, arrangedX, arrangedW))).to.deep.equal(
        arrangeData(g, output, g.outChannels, product(g.output)),
      );
      expect(Array.from(run({ ...g, kind: 'convTranspose' }, arrangedY, arrangedW))).to.deep.equal(
        arrangeData(g, inputGrad, g.inChannels, product(g.input)),
      );
      expect(Array.from(run({ ...g, kind: 'convWeightGrad' }, arrangedX, arrangedY))).to.deep.equal(
        arrangeWeight(g, weightGrad),
      );
      expect(run({ ...g, kind: 'im2col' }, arrangedX)).to.deep.equal(run({ ...plain, kind: 'im2col' }, x));
    });
  });
});
