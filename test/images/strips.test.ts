// resizeStrips and filter2dStrips against resize and filter2d on the whole picture, through every door, cut anywhere;
// how far the source is read ahead; and what is refused.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import fc from 'fast-check';
import { PADDING_MODES } from '../../lib/geometry.ts';
import { PIXEL_ARRAYS, PIXEL_TYPES, type PixelArray } from '../../lib/image/pixels.ts';
import { COORDINATES, RESIZE_FILTERS } from '../../lib/image/resample.ts';
import * as native from '../../lib/index.ts';
import * as promises from '../../lib/promises.ts';
import * as reference from '../../lib/reference.ts';
import { containing, expectSameBytes, randomImage, type Source } from './images.ts';

const seed = Number(process.env.NATIVE_CONV_SEED ?? 20261124);
const numRuns = Number(process.env.NATIVE_CONV_RUNS ?? 60);
const doors = { native, promises, reference };

/** Cuts an image into strips of these heights, in turn; all of them in the same memory, as a decoder may do it. */
function* cut(image: ReturnType<typeof randomImage>, heights: readonly number[]) {
  const { data, width, height, channels } = image;
  const row = width * channels;
  const rowStride = row + 3;
  const memory = new PIXEL_ARRAYS[nameOf(data)](Math.max(...heights) * rowStride);
  for (let [y, i] = [0, 0]; y < height; i++) {
    const rows = Math.min(heights[i % heights.length], height - y);
    for (let r = 0; r < rows; r++) {
      memory.set(data.subarray((y + r) * row, (y + r + 1) * row), r * rowStride);
    }
    y += rows;
    yield { data: memory, width, height: rows, channels, rowStride };
  }
}

function nameOf(data: PixelArray) {
  return PIXEL_TYPES.find((type) => data instanceof PIXEL_ARRAYS[type]) ?? 'uint8';
}

/** The strips, put together again. */
async function joined(strips: native.Strips): Promise<PixelArray> {
  const parts: native.Pixels[] = [];
  for await (const strip of strips) parts.push(strip);
  const length = parts.reduce((sum, { data }) => sum + data.length, 0);
  const whole = new PIXEL_ARRAYS[parts[0].type](length);
  let at = 0;
  for (const { data } of parts) {
    whole.set(data, at);
    at += data.length;
  }
  return whole;
}

const sources: fc.Arbitrary<Source> = fc.record({
  type: fc.constantFrom(...PIXEL_TYPES),
  seed: fc.nat(1000),
  width: fc.integer({ min: 1, max: 40 }),
  height: fc.integer({ min: 1, max: 90 }),
  channels: fc.integer({ min: 1, max: 4 }),
});
const heights = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });
const side = fc.integer({ min: 1, max: 90 });

describe('strips', () => {
  before(() => console.log(`    seed ${seed}, ${numRuns} runs`));

  it('resize to the bytes of the whole picture, through every door', async () => {
    const options = fc.record({
      width: side,
      height: side,
      filter: fc.constantFrom(...RESIZE_FILTERS),
      antialias: fc.boolean(),
      coordinates: fc.constantFrom(...COORDINATES),
    });
    const property = fc.asyncProperty(sources, heights, options, async (source, cuts, given) => {
      const image = randomImage(source);
      const expected = reference.resize(image, given).data as PixelArray;
      const all = { ...given, sourceWidth: source.width, sourceHeight: source.height };
      for (const [name, door] of Object.entries(doors)) {
        expectSameBytes(await joined(door.resizeStrips(cut(image, cuts), all)), expected, name);
      }
    });
    await fc.assert(property, { seed, numRuns });
  });

  it('filter to the bytes of the whole picture, through every door', async () => {
    const kernels = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5 }), fc.boolean())
      .chain(([height, width, whole]) => {
        const weight = fc.integer({ min: -4, max: 4 }).map((value) => (whole ? value : value / 7));
        const row = fc.array(weight, { minLength: width, maxLength: width });
        const anchor = fc.tuple(fc.nat(height - 1), fc.nat(width - 1));
        return fc.tuple(fc.array(row, { minLength: height, maxLength: height }), anchor);
      });
    const options = fc.record({
      border: fc.constantFrom(...PADDING_MODES.filter((mode) => mode !== 'circular')),
      delta: fc.integer({ min: -9, max: 9 }),
      type: fc.option(fc.constantFrom(...PIXEL_TYPES), { nil: undefined }),
    });
    const property = fc.asyncProperty(
      sources,
      heights,
      kernels,
      options,
      async (source, cuts, [k, anchor], o) => {
        const image = randomImage(source);
        const given = { ...o, anchor };
        const expected = reference.filter2d(image, k, given).data as PixelArray;
        for (const [name, door] of Object.entries(doors)) {
          expectSameBytes(await joined(door.filter2dStrips(cut(image, cuts), k, given)), expected, name);
        }
      },
    );
    await fc.assert(property, { seed, numRuns });
  });

  const tall = randomImage({ seed: 1, width: 3, height: 3000, channels: 1, type: 'uint8' });

  /** The most rows that were read and not yet answered, each output row standing for `scale` of them. */
  async function ahead(run: (source: native.StripSource) => native.Strips, scale: number) {
    let [read, most, written] = [0, 0, 0];
    async function* counted() {
      for (const strip of cut(tall, [5])) {
        await null;
        read += strip.height;
        yield strip;
      }
    }
    for await (const strip of run(counted())) {
      most = Math.max(most, read - written * scale);
      written += strip.height;
    }
    return most;
  }

  it('hold no more rows than the filter and a few strips need', async () => {
    const kernel = Array.from({ length: 31 }, () => [1]);
    expect(await ahead((source) => native.filter2dStrips(source, kernel), 1)).to.be.below(15 + 31 + 5 + 1);
    const options = { sourceWidth: 3, sourceHeight: 3000, width: 3, height: 300, filter: 'lanczos' } as const;
    // Lanczos reaches 3 output rows to either side.
    expect(await ahead((source) => native.resizeStrips(source, options), 10)).to.be.below(60 + 10 + 5 + 1);
  });

  it('close the source when the loop is left', async () => {
    let closed = false;
    function* source() {
      try {
        for (;;) yield { data: new Uint8Array(64), width: 1, height: 64, channels: 1 };
      } finally {
        closed = true;
      }
    }
    for await (const _ of native.filter2dStrips(source(), [[1]])) break;
    expect(closed).to.equal(true);
  });

  it('stop at an aborted signal', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    const error = await joined(promises.filter2dStrips(cut(tall, [64]), [[1]], { signal })).catch(
      (e: unknown) => e,
    );
    expect(error).to.equal(reason);
  });

  const strip = (width: number, channels = 1, height = 4) => ({
    data: new Uint8Array(width * height * channels),
    width,
    height,
    channels,
  });
  const size = { sourceWidth: 3, sourceHeight: 8, width: 2 };

  for (const [call, message] of [
    [
      () => native.resizeStrips(7 as never, size),
      'source must be an iterable or async iterable of pixels, got 7',
    ],
    [() => native.resizeStrips([], { ...size, sourceHeight: 0 }), 'options.sourceHeight must be'],
    [() => native.resizeStrips([], { ...size, box: {} } as never), 'box'],
    [
      () => native.filter2dStrips([], [[1]], { border: 'circular' }),
      "options.border 'circular' needs the last row",
    ],
    [() => native.filter2dStrips([], [[1]], { anchor: 3 }), 'options.anchor [3,3] lies outside'],
    [() => native.filter2dStrips([], [[1]], { out: {} } as never), 'out'],
  ] as const) {
    it(`refuse at once: ${message}`, () => {
      expect(call).to.throw(containing(message)).with.property('code', 'ERR_CONV_OPTION');
    });
  }

  for (const [source, code, message] of [
    [[strip(3)], 'SHAPE', 'options.sourceHeight is 8, the source has 4 rows'],
    [[], 'SHAPE', 'options.sourceHeight is 8, the source has 0 rows'],
    [[strip(3), strip(3), strip(3)], 'SHAPE', 'options.sourceHeight is 8, the source has at least 12 rows'],
    [[strip(4)], 'SHAPE', 'options.sourceWidth is 3, the strips are 4 wide'],
    [
      [strip(3), strip(3, 2)],
      'SHAPE',
      'strip 1 has 3 pixels of 2 channels a row, those before it have 3 of 1',
    ],
    [
      [strip(3), { ...strip(3), data: new Int16Array(12) }],
      'DTYPE',
      'strip 1 is int16, those before it are uint8',
    ],
    [
      [{ data: new Uint8Array(9), dims: [1, 1, 3, 3] } as never],
      'SHAPE',
      'strip 0 must be pixels, got a tensor',
    ],
    [[null as never], 'SHAPE', 'strip 0 must be pixels'],
  ] as const) {
    it(`refuse while they come: ${message}`, async () => {
      const error: unknown = await joined(native.resizeStrips(source, size)).catch((e: unknown) => e);
      expect(error).to.have.property('code', `ERR_CONV_${code}`);
      expect((error as Error).message).to.match(containing(`resizeStrips: ${message}`));
    });
  }

  it('of nothing are nothing', async () => {
    for await (const _ of native.filter2dStrips([], [[1]])) expect.fail('there is no row');
  });
});
