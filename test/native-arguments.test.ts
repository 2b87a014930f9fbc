// What the binary says to arguments that our TypeScript would never pass: every type, length and geometry is checked
// there again, and nothing is read or written.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { packGeometry } from '../lib/geometry.ts';
import { loadBinding } from '../lib/native/binding.ts';
import { prepareConv2d } from '../lib/ops/conv.ts';
import { Tensor } from '../lib/tensor.ts';
import { expectError } from './support/errors.ts';

const GONE = ': its buffer was detached or resized while the arguments were read';

describe('arguments of the binary', () => {
  const binding = loadBinding();
  const [x, w] = [Tensor.random([1, 2, 5, 5]), Tensor.random([3, 2, 3, 3])];
  const bias = Tensor.random([3]);
  const prelu = { type: 'prelu', slope: Tensor.random([3]) } as const;
  const geometry = packGeometry(prepareConv2d('native', x, w, { bias }).stages[0].geometry);
  const withSlope = packGeometry(prepareConv2d('native', x, w, { activation: prelu }).stages[0].geometry);
  const target = new Float32Array(27);
  const stage = [geometry, x.data, w.data, bias.data, null, null, target] as const;

  const changed = (field: number, value: unknown): unknown[] =>
    stage.map((old, i) => (i === field ? value : old));
  const run = (fields: readonly unknown[], threads: unknown = 1) =>
    (binding.run as (...values: unknown[]) => void)('conv2d', threads, ...fields);
  const runAsync = (cancel: unknown, fields: readonly unknown[]) =>
    (binding.runAsync as (...values: unknown[]) => Promise<void>)('conv2d', 1, cancel, null, ...fields);
  const refused = (call: () => unknown, message: string) =>
    message.endsWith(GONE)
      ? expectError(call, RangeError, 'ERR_CONV_SHAPE', `conv2d: ${message}`)
      : expectError(call, Error, 'ERR_CONV_INTERNAL', `conv2d: ${message}`);

  beforeEach(() => target.fill(7));

  it('stay alive where they are transferred to, on systems where we can hold them', () => {
    expect(binding.pinsMemory).to.equal(process.platform !== 'win32');
  });

  it('take a whole stage', () => {
    run(stage);
    expect(new Set(target)).to.not.include(7);
  });

  const odd: readonly (readonly [what: string, fields: readonly unknown[], message: string])[] = [
    ['a geometry of another type', changed(0, [...geometry]), 'the geometry is not a Float64Array'],
    ['a short geometry', changed(0, geometry.subarray(1)), 'geometry: expected 50 values, got 49'],
    [
      'a geometry of NaN',
      changed(
        0,
        geometry.map(() => Number.NaN),
      ),
      'geometry: kind is NaN',
    ],
    [
      'a short source',
      changed(1, x.data.subarray(1)),
      `source has 49 elements, the geometry needs 50${GONE}`,
    ],
    [
      'a long weight',
      changed(2, new Float32Array(55)),
      `weight has 55 elements, the geometry needs 54${GONE}`,
    ],
    ['a weight that is an object', changed(2, {}), 'weight is not a typed array'],
    ['a weight that is missing', changed(2, null), 'weight is not a typed array'],
    ['a bias that is a number', changed(3, 1), 'bias is not a typed array'],
    ['a residual of integers', changed(4, new Int32Array(27)), 'residual is not a Float32Array'],
    ['a slope of float64', changed(5, new Float64Array(3)), 'slope is not a Float32Array'],
    ['prelu without a slope', changed(0, withSlope), 'prelu has no slope'],
    ['no source', changed(1, null), 'the first stage has no source'],
    ['no target', changed(6, undefined), 'the last stage has no target'],
    ['half a stage', stage.slice(1), 'expected an operator, threads and stages of 7 fields, got 8 arguments'],
    ['no stage', [], 'expected an operator, threads and stages of 7 fields, got 2 arguments'],
    ['five stages', [...stage, ...stage, ...stage, ...stage, ...stage], 'a call has at most 4 stages'],
  ];
  for (const [what, fields, message] of odd) {
    it(`refuse ${what}`, () => {
      refused(() => run(fields), message);
      refused(
        () => runAsync(new Int32Array(1), fields),
        message.replace('got 8', 'got 10').replace('got 2', 'got 4'),
      );
      expect(new Set(target)).to.deep.equal(new Set([7]));
    });
  }

  it('refuse threads that are no number, and what cannot cancel', () => {
    refused(() => run(stage, 'many'), 'threads is not a number');
    refused(() => runAsync(new Int32Array(0), stage), 'cancel is not an Int32Array');
    refused(() => runAsync(null, stage), 'cancel is not an Int32Array');
  });

  it('refuse a buffer that was transferred away', () => {
    const moved = Float32Array.from(x.data);
    structuredClone(moved.buffer, { transfer: [moved.buffer] });
    refused(() => run(changed(1, moved)), `source has 0 elements, the geometry needs 50${GONE}`);
  });

  it('refuse a packed weight of another shape, and one that was released', () => {
    const other = packGeometry(prepareConv2d('native', x, Tensor.zeros([3, 2, 1, 1])).stages[0].geometry);
    const packed = binding.packWeight('conv2d', other, new Float32Array(6));
    refused(() => run(changed(2, packed)), 'the packed weight was made for another geometry');
    binding.releaseWeight(packed);
    refused(() => run(changed(2, packed)), 'the packed weight has been released');
    expect(() => binding.releaseWeight({})).to.throw('releaseWeight expects a packed weight');
  });
});
