// deconvolve2d against scikit-image's and SciPy's own functions (golden/deconvolution.py).
// SPDX-License-Identifier: MIT

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import * as native from '../../lib/index.ts';
import * as promises from '../../lib/promises.ts';
import * as reference from '../../lib/reference.ts';
import { Tensor } from '../../lib/tensor.ts';

interface Packed {
  readonly dims: readonly number[];
  readonly float64: string;
}

interface GoldenCase {
  readonly name: string;
  readonly observed: Packed;
  readonly kernel: Packed;
  readonly options: { readonly initial?: number };
  readonly expected: Packed;
  /** Of the borders that are not compared. */
  readonly margin: number;
  readonly tolerance: number;
}

function unpack({ dims, float64 }: Packed): Tensor<'float64'> {
  const { buffer } = Uint8Array.from(Buffer.from(float64, 'base64'));
  return new Tensor<'float64'>(new Float64Array(buffer), dims);
}

function optionsOf({ options, expected }: GoldenCase): native.DeconvolutionOptions {
  if (options.initial === undefined) return options as native.DeconvolutionOptions;
  const initial = Tensor.zeros(expected.dims, { type: 'float64' });
  initial.data.fill(options.initial);
  return { ...options, initial } as native.DeconvolutionOptions;
}

const cases = JSON.parse(
  readFileSync(new URL('../golden/deconvolution.json', import.meta.url), 'utf8'),
) as GoldenCase[];

describe("SciPy's and scikit-image's deconvolutions", () => {
  for (const golden of cases) {
    it(golden.name, async () => {
      const [observed, kernel, wanted] = [golden.observed, golden.kernel, golden.expected].map(unpack);
      const options = optionsOf(golden);
      const { estimate } = native.deconvolve2d(observed, kernel, options);
      expect(estimate.dims).to.deep.equal(wanted.dims);
      const [, , height, width] = wanted.dims;
      const inside = (i: number, size: number) => i >= golden.margin && i < size - golden.margin;
      let compared = 0;
      for (const [i, value] of wanted.data.entries()) {
        if (!inside(Math.floor(i / width), height) || !inside(i % width, width)) continue;
        expect(estimate.data[i], `element ${i}`).to.be.closeTo(value, golden.tolerance);
        compared += 1;
      }
      expect(compared).to.be.above(80);
      const later = await promises.deconvolve2d(observed, kernel, options);
      expect(later.estimate).to.deep.equal(estimate);
    });
  }

  it('the reference door gives the same', () => {
    for (const golden of cases.filter(({ options }) => 'balance' in options)) {
      const [observed, kernel] = [unpack(golden.observed), unpack(golden.kernel)];
      const fast = native.deconvolve2d(observed, kernel, optionsOf(golden));
      const slow = reference.deconvolve2d(observed, kernel, optionsOf(golden));
      expect(slow.estimate).to.deep.equal(fast.estimate);
    }
  });
});
