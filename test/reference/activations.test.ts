// Activations and erfc at values known from tables, and how each rounds.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import type { ActivationKind, DType } from '../../lib/geometry.ts';
import { scalarActivation } from '../../lib/reference/activations.ts';
import { erfc } from '../../lib/reference/erfc.ts';

function activation(kind: ActivationKind, dtype: DType = 'float64', parameters = {}): (x: number) => number {
  const activate = scalarActivation({ kind, alpha: 0, min: 0, max: 0, ...parameters }, dtype);
  return (x) => activate(x, Math.fround(0.1));
}

describe('reference erfc', () => {
  // Computed with mpmath 1.2 at 120 bits; one or more in each range of the approximation, on both sides of zero.
  const table: [x: number, erfc: number][] = [
    [-6.5, 2.0],
    [-3, 1.9999779095030015],
    [-1.5, 1.9661051464753108],
    [-1, 1.8427007929497148],
    [-0.5, 1.5204998778130465],
    [-1e-10, 1.000000000112838],
    [0.1, 0.887537083981715],
    [0.3, 0.6713732405408726],
    [0.8, 0.2578990352923395],
    [1, 0.15729920705028513],
    [1.2, 0.08968602177036464],
    [1.25, 0.07709987174354177],
    [2, 0.004677734981047266],
    [2.8, 7.501319466545911e-5],
    [3, 2.209049699858544e-5],
    [5, 1.537459794428035e-12],
    [10, 2.088487583762545e-45],
    [20, 5.395865611607901e-176],
    [26, 5.663192408856143e-296],
  ];
  for (const [x, expected] of table) {
    it(`erfc(${x})`, () => {
      const ulp = 2 ** (Math.floor(Math.log2(expected)) - 52);
      expect(Math.abs(erfc(x) - expected)).to.be.at.most(3 * ulp);
    });
  }
  it('has the limits 0 and 2, and NaN', () => {
    expect([
      erfc(Number.POSITIVE_INFINITY),
      erfc(30),
      erfc(-30),
      erfc(Number.NEGATIVE_INFINITY),
    ]).to.deep.equal([0, 0, 2, 2]);
    expect(erfc(0)).to.equal(1);
    expect(erfc(Number.NaN)).to.be.NaN;
  });
});

describe('reference activations', () => {
  it('clamp', () => {
    const relu6 = activation('clamp', 'float32', { max: 6 });
    expect([-1, 0, 5.5, 7].map(relu6)).to.deep.equal([0, 0, 5.5, 6]);
    const bounds = activation('clamp', 'float32', { min: -0.1, max: 0.1 });
    expect([-1, 1].map(bounds), 'bounds are rounded to the dtype').to.deep.equal(
      [-0.1, 0.1].map(Math.fround),
    );
  });

  it('leaky and prelu multiply negative values only, and round', () => {
    const leaky = activation('leaky', 'float32', { alpha: 0.1 });
    const expected = Math.fround(-3 * Math.fround(0.1));
    expect([-3, 0, 3].map(leaky)).to.deep.equal([expected, 0, 3]);
    expect([-3, 0, 3].map(activation('prelu', 'float32'))).to.deep.equal([expected, 0, 3]);
    expect(activation('leaky', 'float64', { alpha: 0.1 })(-3)).to.equal(-3 * 0.1);
  });

  it('hardSwish', () => {
    const hardSwish = activation('hardSwish', 'float32');
    const sixth = Math.fround(1 / 6);
    expect([-4, -3, 0, 3].map(hardSwish).map((y) => y + 0)).to.deep.equal([0, 0, 0, Math.fround(18 * sixth)]);
    expect(hardSwish(-1), '(x · clamp(x + 3)) · (1/6)').to.equal(Math.fround(-2 * sixth));
  });

  // Tables of the logistic function, tanh, exp and the normal distribution.
  const smooth: [kind: ActivationKind, x: number, y: number][] = [
    ['sigmoid', 0, 0.5],
    ['sigmoid', 1, 0.7310585786300049],
    ['sigmoid', -40, 4.248354255291589e-18],
    ['tanh', 0.5, 0.46211715726000974],
    ['silu', 1, 0.7310585786300049],
    ['silu', -2, -0.23840584404423512],
    ['elu', 2, 2],
    ['elu', -1e-10, -9.9999999995e-11],
    ['elu', -1, -0.6321205588285577],
    ['gelu', 1, 0.8413447460685429],
    ['gelu', -1, -0.15865525393145705],
    ['gelu', -6, -5.9195258702261885e-9],
  ];
  for (const [kind, x, y] of smooth) {
    it(`${kind}(${x})`, () => {
      const exact = activation(kind, 'float64', { alpha: 1 })(x);
      // gelu's argument is rounded once before erfc, which magnifies that by x²: 36 times at −6.
      expect(Math.abs(exact - y)).to.be.at.most(40 * Number.EPSILON * Math.abs(y));
      expect(activation(kind, 'float32', { alpha: 1 })(x)).to.equal(Math.fround(exact));
    });
  }

  it('pass NaN on', () => {
    const kinds: ActivationKind[] = [
      'none',
      'clamp',
      'leaky',
      'prelu',
      'hardSwish',
      'sigmoid',
      'tanh',
      'silu',
      'elu',
      'gelu',
    ];
    for (const kind of kinds) expect(activation(kind)(Number.NaN), kind).to.be.NaN;
  });
});
