// receptiveField, coverage and suggestDilations: known networks, a count of paths through the reference operator, and
// suggestions that are checked by coverage.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import fc from 'fast-check';
import { coverage, receptiveField, suggestDilations, type WindowLayer } from '../../lib/analysis.ts';
import * as reference from '../../lib/reference.ts';
import { Tensor } from '../../lib/tensor.ts';
import { caught } from '../support/errors.ts';

const seed = Number(process.env.NATIVE_CONV_SEED ?? 20261124);

const repeat = (count: number, layers: readonly WindowLayer[]) =>
  Array.from({ length: count }, () => layers).flat();

describe('receptiveField', () => {
  it("knows VGG-16's 212 before its classifier, with a jump of 32 (Araujo et al. 2019, table 1)", () => {
    const conv = { kernelSize: 3, padding: 1 };
    const pool = { kernelSize: 2, stride: 2 };
    const vgg = [2, 2, 3, 3, 3].flatMap((count) => [...repeat(count, [conv]), pool]);
    const { axes } = receptiveField(vgg);
    expect(axes).to.deep.equal([
      { size: 212, jump: 32, start: 15.5 },
      { size: 212, jump: 32, start: 15.5 },
    ]);
  });

  it('reports each layer', () => {
    const { layers } = receptiveField([
      { kernelSize: 7, stride: 2, padding: 3 },
      { kernelSize: 3, stride: 2, padding: 1 },
    ]);
    expect(layers.map(([{ size, jump, start }]) => [size, jump, start])).to.deep.equal([
      [7, 2, 0],
      [11, 4, 0],
    ]);
  });

  it('goes by axis, in one to three of them', () => {
    const anisotropic = receptiveField([{ kernelSize: [1, 3, 5], dilation: [1, 2, 1] }]);
    expect(anisotropic.axes.map(({ size }) => size)).to.deep.equal([1, 5, 5]);
    expect(receptiveField([{ kernelSize: [3] }]).axes).to.deep.equal([{ size: 3, jump: 1, start: 1 }]);
    expect(receptiveField([{ kernelSize: 3 }, { kernelSize: 3, padding: [[2, 0], [0, 0], [1, 1]] }]).axes) // biome-ignore format: pairs
      .to.deep.equal([{ size: 5, jump: 1, start: 0 }, { size: 5, jump: 1, start: 2 }, { size: 5, jump: 1, start: 1 }]); // biome-ignore format: one per axis
  });

  it("takes 'same' with stride 1", () => {
    expect(receptiveField([{ kernelSize: 4, padding: 'same' }]).axes[0].start).to.equal(0.5);
    expect(receptiveField([{ kernelSize: 4, padding: 'same-lower' }]).axes[0].start).to.equal(-0.5);
    expect(caught(() => receptiveField([{ kernelSize: 3, stride: 2, padding: 'same' }])).message).to.match(
      /depends on the input's size/,
    );
  });

  it('refuses what is no layer', () => {
    for (const [layers, message] of [
      [[], /at least one/],
      [{ kernelSize: 3 }, /must be an array, got an Object/],
      [[{}], /options\.kernelSize must be a positive integer, got undefined/],
      [[null], /must be an object/],
      [[{ kernelSize: 3, strides: 2 }], /did you mean 'stride'/],
      [[{ kernelSize: [1, 1, 1, 1] }], /1, 2 or 3 axes/],
      [[{ kernelSize: [3, 3] }, { kernelSize: [3] }], /array of 2/],
      [[{ kernelSize: 0 }], /positive integer, got 0/],
    ] as const) {
      expect(caught(() => receptiveField(layers as never)).message).to.match(message);
    }
  });
});

/** Sends a one back through the layers: what arrives at each input element is its number of paths. */
function countPaths(layers: readonly { kernelSize: number; stride: number; dilation: number }[]): number[] {
  return layers.toReversed().reduce(
    (counts: Tensor<'float64'>, { kernelSize, stride, dilation }) => {
      const ones = Tensor.zeros([1, 1, kernelSize], { type: 'float64' });
      ones.data.fill(1);
      return reference.convTranspose1d(counts, ones, { stride, dilation }) as Tensor<'float64'>;
    },
    Tensor.from([[[1]]], { type: 'float64' }),
  ).data as unknown as number[];
}

describe('coverage', () => {
  it('counts paths as the adjoint of the layers does', () => {
    const layer = fc.record({
      kernelSize: fc.integer({ min: 1, max: 4 }),
      stride: fc.integer({ min: 1, max: 3 }),
      dilation: fc.integer({ min: 1, max: 4 }),
    });
    const property = fc.property(fc.array(layer, { minLength: 1, maxLength: 4 }), (layers) => {
      const line = coverage([{ kernelSize: [1] }, ...layers]);
      expect([...line.counts.data]).to.deep.equal([...countPaths(layers)]);
      expect(line.dims).to.deep.equal([receptiveField([{ kernelSize: [1] }, ...layers]).axes[0].size]);
      expect(line.used + line.holes).to.equal(line.dims[0]);
    });
    fc.assert(property, { seed, numRuns: 100 });
  });

  it('multiplies the axes', () => {
    const { counts, dims } = coverage([{ kernelSize: [2, 3] }, { kernelSize: [2, 1] }]);
    expect(dims).to.deep.equal([3, 3]);
    expect(counts.toNested()).to.deep.equal([
      [1, 1, 1],
      [2, 2, 2],
      [1, 1, 1],
    ]);
  });

  it('draws what it counts', () => {
    expect(coverage([{ kernelSize: 2, dilation: 2 }]).picture).to.equal('█·█\n···\n█·█');
    expect(coverage([{ kernelSize: [2, 1, 2] }]).picture).to.equal('██\n\n██');
    expect(coverage(repeat(2, [{ kernelSize: [3] }])).picture).to.equal('▒▓█▓▒');
  });

  it('is even where each rate is the size of what is seen below it', () => {
    const { counts, holes } = coverage([1, 3, 9].map((dilation) => ({ kernelSize: [3], dilation })));
    expect(holes).to.equal(0);
    expect(new Set(counts.data)).to.deep.equal(new Set([1]));
  });
});

describe('suggestDilations', () => {
  it('leaves no holes, reaches what is wanted and no more than the kernel forces', () => {
    const wishes = fc
      .record({
        kernelSize: fc.integer({ min: 2, max: 7 }),
        receptiveField: fc.integer({ min: 1, max: 400 }),
        more: fc.integer({ min: 0, max: 4 }),
      })
      .map(({ more, ...wish }) => ({ ...wish, more }));
    const property = fc.property(wishes, ({ kernelSize, receptiveField: wanted, more }) => {
      const fewest = suggestDilations({ kernelSize, receptiveField: wanted });
      const layers = fewest.dilations.length + more;
      for (const suggestion of [fewest, suggestDilations({ kernelSize, receptiveField: wanted, layers })]) {
        const { dilations } = suggestion;
        const { holes, dims } = coverage(
          dilations.map((dilation) => ({ kernelSize: [kernelSize], dilation })),
        );
        expect(holes).to.equal(0);
        expect(dims[0]).to.equal(suggestion.receptiveField);
        expect(dims[0]).to.be.at.least(wanted);
        const least = Math.max(Math.ceil((wanted - 1) / (kernelSize - 1)), dilations.length);
        expect(dims[0]).to.equal(1 + (kernelSize - 1) * least);
        expect(dilations[0]).to.equal(1);
        expect([...dilations].sort((a, b) => a - b)).to.deep.equal(dilations);
      }
    });
    fc.assert(property, { seed, numRuns: 500 });
  });

  it('gives the rates of the paper for three layers that see 17', () => {
    expect(suggestDilations({ kernelSize: 3, receptiveField: 17, layers: 3 })).to.deep.equal({
      dilations: [1, 2, 5],
      receptiveField: 17,
    });
  });

  it('takes as few layers as can do it', () => {
    expect(suggestDilations({ kernelSize: 3, receptiveField: 27 }).dilations).to.deep.equal([1, 3, 9]);
    expect(suggestDilations({ kernelSize: 3, receptiveField: 28 }).dilations).to.have.length(4);
  });

  it('refuses what no rates can do', () => {
    for (const [options, message] of [
      [{ kernelSize: 3, receptiveField: 28, layers: 3 }, /see at most 27 elements without holes, not 28/],
      [{ kernelSize: 1, receptiveField: 2 }, /see one element/],
      [{ kernelSize: 3 }, /options\.receptiveField must be a positive integer/],
      [undefined, /must be an object/],
    ] as const) {
      expect(caught(() => suggestDilations(options as never)).message).to.match(message);
    }
  });
});
