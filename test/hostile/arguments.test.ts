// A fuzzer over the public doors: any arguments whatever give a tensor or one of our errors, never another error, a
// hang or a crash. NATIVE_CONV_RUNS and NATIVE_CONV_SEED lengthen and vary it. SPDX-License-Identifier: MIT

import { expect } from 'chai';
import fc from 'fast-check';
import * as native from '../../lib/index.ts';
import { Layer } from '../../lib/layer.ts';
import { IMAGE_OPERATOR_NAMES, OPERATOR_NAMES } from '../../lib/ops/table.ts';
import { KNOWN_NAMES } from '../../lib/options.ts';
import * as promises from '../../lib/promises.ts';
import * as reference from '../../lib/reference.ts';
import { ALL_OPERATORS, type Case, FAMILIES } from '../property/cases.ts';

const seed = Number(process.env.NATIVE_CONV_SEED ?? 20261124);
const numRuns = Number(process.env.NATIVE_CONV_RUNS ?? 40) * 25;
const DOORS = { native, promises, reference };
const LAYERS = Object.entries(native).filter(
  ([, value]) => typeof value === 'function' && value.prototype instanceof Layer,
);

/** What a hostile caller's own getter throws; it is passed on. */
class Sabotage extends Error {}

const numbers = fc.constantFrom(
  ...[-0, 0, 1, 2, 3, 4, -1, 0.5, 1e-320, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ...[2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53, 2 ** 64, 1e300],
);
const strings = fc.constantFrom(
  ...[
    '',
    'same',
    'valid',
    'same-lower',
    'NCHW',
    'NHWC',
    'NCW',
    'OIHW',
    'HWIO',
    'zeros',
    'reflect',
    'circular',
  ],
  ...[
    'auto',
    'direct',
    'implicit-gemm',
    'winograd-f4',
    'fft',
    'relu',
    'gelu',
    'float32',
    'float64',
    '1',
    '__proto__',
  ],
);
const dims = fc.array(fc.constantFrom(0, 1, 2, 3, 4), { maxLength: 6 });
const floats = fc.tuple(fc.constantFrom(Float32Array, Float64Array), fc.nat({ max: 300 }));
const data = fc.oneof(
  floats.map(([Kind, length]) => new Kind(length)),
  floats.map(([Kind, length]) => new Kind(new SharedArrayBuffer(8 * length + 8) as never, 8, length)),
  fc.constantFrom(new Uint8Array(4), new BigInt64Array(2), new DataView(new ArrayBuffer(8)), [1, 2], 'data'),
);

function detached(): Float32Array {
  const array = new Float32Array(16);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

/** Mostly right: as many data as the dims say. */
const tensors = fc.tuple(fc.constantFrom(Float32Array, Float64Array), dims).map(([Kind, sizes]) => {
  const count = sizes.reduce<number>((total, size) => total * size, 1);
  return { data: new Kind(count).fill(1), dims: sizes };
});
const impostors = fc.oneof(
  fc.record({ data, dims: fc.oneof(dims, numbers, fc.array(numbers)) }, { requiredKeys: [] }),
  fc.record({ data, shape: dims, stride: fc.array(numbers), offset: numbers }, { requiredKeys: ['data'] }),
  tensors.map((tensor) => new Proxy(tensor, {})),
  fc.constantFrom<object>(
    {
      get data(): never {
        throw new Sabotage();
      },
    },
    // Made on demand and printed by name, since fast-check cannot print a detached array.
    {
      [fc.toStringMethod]: () => '{data: detached, dims}',
      get data(): Float32Array {
        return detached();
      },
      dims: [1, 1, 4, 4],
    },
    {
      [fc.toStringMethod]: () => '{data: detached, shape, stride}',
      get data(): Float32Array {
        return detached();
      },
      shape: [0, 1, 4, 4],
      stride: [16, 16, 4, 1],
    },
  ),
);
const images = fc.record(
  {
    data,
    width: numbers,
    height: numbers,
    channels: numbers,
    rowStride: numbers,
    info: fc.anything({ maxDepth: 1 }),
  },
  { requiredKeys: ['data', 'width'] },
);
const activations = fc.record(
  {
    type: fc.constantFrom('leakyRelu', 'clamp', 'prelu', 'none', 7),
    alpha: numbers,
    min: numbers,
    max: numbers,
    slope: fc.oneof(tensors, impostors),
  },
  { requiredKeys: [] },
);
const values: fc.Arbitrary<unknown> = fc.oneof(
  numbers,
  strings,
  fc.array(fc.oneof(numbers, fc.array(numbers, { maxLength: 3 })), { maxLength: 4 }),
  tensors,
  impostors,
  activations,
  fc.boolean(),
  fc.constantFrom(null, undefined, () => 1, Symbol('s'), 7n),
  fc.anything({ maxDepth: 2 }),
);
const names = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...KNOWN_NAMES) },
  { weight: 1, arbitrary: fc.string() },
);
const options = fc.oneof(
  { weight: 6, arbitrary: fc.dictionary(names, values, { maxKeys: 3 }) },
  { weight: 1, arbitrary: values },
);
const operands = fc.oneof(
  { weight: 3, arbitrary: tensors },
  { weight: 1, arbitrary: impostors },
  { weight: 1, arbitrary: images },
  { weight: 1, arbitrary: values },
);

type Function = (...args: readonly unknown[]) => unknown;

/** Runs a call; anything but a result, the caller's own error or one of ours fails. */
async function expectOurs(call: () => unknown, where: string): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (error instanceof Sabotage) return;
    const { code, message } = error as { readonly code?: unknown; readonly message: string };
    expect(code, `${where}: ${(error as Error).stack}`).to.match(/^ERR_CONV_/);
    expect(code, `${where}: ${message}`).not.to.equal('ERR_CONV_INTERNAL');
    expect(message, where).to.match(/^[a-zA-Z0-9.]+: /);
  }
}

describe('arbitrary arguments', () => {
  before(() => console.log(`    seed ${seed}, ${numRuns} runs`));

  for (const [door, operators] of Object.entries(DOORS)) {
    it(`${door}: gives a result or one of our errors`, async () => {
      const call = fc.tuple(
        fc.constantFrom(...OPERATOR_NAMES, ...IMAGE_OPERATOR_NAMES),
        fc.array(operands, { maxLength: 3 }),
        options,
      );
      const property = fc.asyncProperty(call, async ([name, args, last]) => {
        const run = (operators as unknown as Record<string, Function>)[name];
        await expectOurs(() => run(...args, last), name);
      });
      await fc.assert(property, { seed, numRuns });
    });

    it(`${door}: a good call with one bad argument gives a result or one of our errors`, async () => {
      const call = fc.tuple(fc.oneof(...Object.values(FAMILIES)), fc.nat({ max: 3 }), names, values);
      const property = fc.asyncProperty(call, async ([good, place, name, value]) => {
        const run = (operators as unknown as Record<string, Function>)[good.operator];
        await expectOurs(() => run(...spoil(good, place, name, value)), good.operator);
      });
      await fc.assert(property, { seed, numRuns });
    });
  }

  it('layers and explain(), too', async () => {
    const call = fc.tuple(
      fc.constantFrom(...LAYERS),
      fc.array(operands, { maxLength: 3 }),
      options,
      operands,
      options,
    );
    const layer = fc.asyncProperty(call, async ([[name, Kind], weights, layerOptions, input, runOptions]) => {
      await expectOurs(async () => {
        const made = new (Kind as new (...args: unknown[]) => native.Conv2d)(...weights, layerOptions);
        try {
          made.run(input as never, runOptions as never);
          await made.runAsync(input as never, runOptions as never);
        } finally {
          made.dispose();
        }
      }, name);
    });
    await fc.assert(layer, { seed, numRuns });
    const explained = fc.tuple(
      fc.constantFrom(...OPERATOR_NAMES),
      fc.oneof(dims, values),
      fc.oneof(dims, values),
      options,
    );
    const explain = fc.asyncProperty(explained, async ([name, input, weight, last]) => {
      await expectOurs(() => (native.explain as Function)(name, input, weight, last), name);
    });
    await fc.assert(explain, { seed, numRuns });
  });

  it('tries every operator', () => {
    expect([...OPERATOR_NAMES].sort()).to.deep.equal([...ALL_OPERATORS].sort());
  });
});

/** The case's arguments with one operand replaced, or one option added. */
function spoil(good: Case, place: number, name: string, value: unknown): readonly unknown[] {
  const args = [...good.operands];
  if (place < args.length) args[place] = value;
  return place < args.length ? [...args, good.options] : [...args, { ...good.options, [name]: value }];
}
