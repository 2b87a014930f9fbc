// Every operator with random dims, options, layouts, dtypes and data through all three doors, on every instruction set:
// the same bits where the contract promises them, within the stated bound otherwise.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import fc from 'fast-check';
import * as native from '../../lib/index.ts';
import { loadBinding } from '../../lib/native/binding.ts';
import * as promises from '../../lib/promises.ts';
import * as reference from '../../lib/reference.ts';
import { Tensor } from '../../lib/tensor.ts';
import { ALL_OPERATORS, type Case, describeCase, FAMILIES } from './cases.ts';
import { expectSameBits, expectWithin, isSmooth } from './compare.ts';

const seed = Number(process.env.NATIVE_CONV_SEED ?? 20261124);
const numRuns = Number(process.env.NATIVE_CONV_RUNS ?? 40);
/** What a forced algorithm may throw: that it does not take this call. */
const REFUSED = 'ERR_CONV_ALGORITHM';
const EXACT = ['direct', 'im2col-gemm', 'implicit-gemm', 'pointwise', 'depthwise', 'phases'];
const CLOSE = ['col2im', 'winograd-f2', 'winograd-f4'];

type Door = Readonly<Record<string, (...operands: unknown[]) => Tensor | Promise<Tensor>>>;

function call(door: object, c: Case, options: object = {}): Tensor {
  return (door as Door)[c.operator](...c.operands, { ...c.options, ...options }) as Tensor;
}

const covered = new Set<string>();
const isas = loadBinding().info().availableIsas;

describe('three doors', () => {
  before(() => console.log(`    seed ${seed}, ${numRuns} runs, instruction sets ${isas.join(' ')}`));
  afterEach(() => loadBinding().setIsa(isas[0]));

  for (const [family, cases] of Object.entries(FAMILIES)) {
    it(`${family}: reproducible gives the reference's bits on every instruction set`, async () => {
      const property = fc.asyncProperty(cases, async (c) => {
        covered.add(c.operator);
        const expected = call(reference, c, { reproducible: true });
        for (const isa of isas) {
          loadBinding().setIsa(isa);
          expectSameBits(c, expected, call(native, c, { reproducible: true }), `${isa}: ${describeCase(c)}`);
        }
        loadBinding().setIsa(isas[0]);
        const later = await (call(promises, c, { reproducible: true }) as unknown as Promise<Tensor>);
        expectSameBits(c, expected, later, `promises: ${describeCase(c)}`);
      });
      await fc.assert(property, { seed, numRuns });
    });
  }

  for (const family of ['conv', 'depthwise', 'transpose', 'convGradient', 'transposeGradient'] as const) {
    it(`${family}: every algorithm that takes a call gives the same bits, or stays within its bound`, () => {
      const property = fc.property(FAMILIES[family], (c) => {
        const expected = call(reference, c);
        for (const algorithm of [...EXACT, ...CLOSE]) {
          const actual = attempt(() => call(native, c, { algorithm }));
          if (!actual) continue;
          const where = `${algorithm}: ${describeCase(c)}`;
          if (EXACT.includes(algorithm)) expectSameBits(c, expected, actual, where);
          else expectWithin(c, expected, actual, where, algorithm === 'col2im');
        }
      });
      fc.assert(property, { seed, numRuns });
    });
  }

  it('auto stays within the bound of its algorithm', () => {
    const property = fc.property(fc.oneof(...Object.values(FAMILIES)), (c) => {
      expectWithin(c, call(reference, c), call(native, c), describeCase(c));
    });
    fc.assert(property, { seed, numRuns: numRuns * 3 });
  });

  it('writes every element of the result, whatever its memory held', () => {
    const property = fc.property(fc.oneof(...Object.values(FAMILIES)), (c) => {
      const expected = call(reference, c, { reproducible: true });
      for (const door of [native, reference]) {
        const out = new Tensor(expected.data.slice().fill(Number.NaN), expected.dims);
        expectSameBits(c, expected, call(door, c, { reproducible: true, out }), describeCase(c));
      }
    });
    fc.assert(property, { seed, numRuns: numRuns * 3 });
  });

  it('covers every operator', () => {
    expect([...covered].sort()).to.deep.equal([...ALL_OPERATORS].sort());
  });

  it('knows the smooth activations', () => {
    expect(isSmooth('gelu')).to.equal(true);
    expect(isSmooth('relu')).to.equal(false);
  });
});

function attempt(run: () => Tensor): Tensor | null {
  try {
    return run();
  } catch (error) {
    if ((error as { code?: string }).code === REFUSED) return null;
    throw error;
  }
}
