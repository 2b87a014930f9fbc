// Geometries and prepared calls made by hand: the tests of the reference loops need nothing above them.
// SPDX-License-Identifier: MIT

import fc from 'fast-check';
import type { FloatArray, Stage } from '../../lib/call.ts';
import {
  CHANNEL_ORDERS,
  type Geometry,
  NO_ACTIVATION,
  NO_MATMUL,
  PADDING_MODES,
  resultLength,
  type Triple,
  WEIGHT_ORDERS,
} from '../../lib/geometry.ts';
import { runReference } from '../../lib/reference/executor.ts';
import { Tensor } from '../../lib/tensor.ts';

const ONES: Triple = [1, 1, 1];
const ZEROS: Triple = [0, 0, 0];

/** A float64 convolution of one image and one channel; `output` follows from the rest. */
export function geometry(changes: Partial<Geometry>): Geometry {
  const g: Geometry = {
    kind: 'conv',
    dtype: 'float64',
    layout: 'channelsFirst',
    weightLayout: 'OIHW',
    batch: 1,
    inChannels: 1,
    outChannels: 1,
    groups: 1,
    input: ONES,
    kernel: ONES,
    output: ONES,
    stride: ONES,
    dilation: ONES,
    padBegin: ZEROS,
    padEnd: ZEROS,
    paddingMode: 'zeros',
    activation: NO_ACTIVATION,
    algorithm: 'auto',
    reproducible: true,
    matmul: NO_MATMUL,
    ...changes,
  };
  const size = (axis: 0 | 1 | 2) => {
    const reach = (g.kernel[axis] - 1) * g.dilation[axis] + 1;
    const room = g.input[axis] + g.padBegin[axis] + g.padEnd[axis] - reach;
    return Math.max(Math.floor(room / g.stride[axis]) + 1, 0);
  };
  return { ...g, output: [size(0), size(1), size(2)] };
}

export interface Extras {
  readonly bias?: readonly number[];
  readonly residual?: readonly number[];
  readonly slope?: readonly number[];
}

export function floats(g: Geometry, values: Iterable<number>): FloatArray {
  return g.dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
}

/** The result of one stage; `weight` is the second operand, where there is one. */
export function run(
  g: Geometry,
  source: Iterable<number>,
  weight: Iterable<number> | null = null,
  { bias, residual, slope }: Extras = {},
): FloatArray {
  const optional = (values: readonly number[] | undefined) => (values ? floats(g, values) : null);
  const target = floats(g, new Array<number>(resultLength(g)).fill(Number.NaN));
  const stage: Stage = {
    geometry: g,
    source: floats(g, source),
    weight: weight && floats(g, weight),
    bias: optional(bias),
    residual: optional(residual),
    slope: optional(slope),
    target,
  };
  const result = new Tensor(target, [target.length]);
  return runReference({ operator: 'test', stages: [stage], gatherings: [], threads: 0, result }).data;
}

/** Geometries of one to three axes with everything that options can ask for, small enough to be summed quickly. */
export const anyGeometry: fc.Arbitrary<Geometry> = fc.integer({ min: 1, max: 3 }).chain((axes) => {
  const triple = (min: number, max: number, absent: number) =>
    fc
      .array(fc.integer({ min, max }), { minLength: axes, maxLength: axes })
      .map((values): Triple => [absent, absent, absent, ...values].slice(-3) as [number, number, number]);
  return fc
    .record({
      layout: fc.constantFrom(...CHANNEL_ORDERS),
      weightLayout: fc.constantFrom(...WEIGHT_ORDERS),
      batch: fc.integer({ min: 0, max: 2 }),
      groups: fc.integer({ min: 1, max: 3 }),
      inPerGroup: fc.integer({ min: 1, max: 3 }),
      outPerGroup: fc.integer({ min: 1, max: 3 }),
      input: triple(1, 5, 1),
      kernel: triple(1, 4, 1),
      stride: triple(1, 3, 1),
      dilation: triple(1, 3, 1),
      padBegin: triple(-2, 6, 0),
      padEnd: triple(-2, 6, 0),
      paddingMode: fc.constantFrom(...PADDING_MODES),
    })
    .map(({ inPerGroup, outPerGroup, ...rest }) =>
      geometry({ ...rest, inChannels: inPerGroup * rest.groups, outChannels: outPerGroup * rest.groups }),
    );
});

/** Small integers, the same for the same salt: sums of their products are exact, so that identities hold exactly. */
export function integers(length: number, salt: number): Float64Array {
  let state = (salt * 2654435761 + 12345) >>> 0;
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 16) % 19) - 9;
  });
}

export function dot(a: FloatArray, b: FloatArray): number {
  return Array.from(a).reduce((sum, value, index) => sum + value * b[index], 0);
}
