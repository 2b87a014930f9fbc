// Memory that is taken away, moved or changed while an asynchronous call uses it: a right result or an error of ours.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { Conv2d, conv2d, Tensor } from '../../lib/index.ts';
import * as promises from '../../lib/promises.ts';
import { rejected } from '../support/errors.ts';

const x = Tensor.random([1, 32, 64, 64], { seed: 1 });
const w = Tensor.random([32, 32, 3, 3], { seed: 2 });
const options = { padding: 1, reproducible: true, threads: 1 } as const;
const expected = conv2d(x, w, options);

const run = (data: Float32Array) => promises.conv2d({ data, dims: x.dims }, w, options);
const transfer = <Data extends ArrayBufferView>(data: Data): Data =>
  structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
const photo = () => ({ data: new Uint8Array(640 * 480 * 3).fill(9), width: 640, height: 480, channels: 3 });

/** TypeScript knows it from browsers only. */
type MemoryType = new (size: {
  readonly initial: number;
}) => { readonly buffer: ArrayBuffer; grow(pages: number): void };

async function refusal(promise: Promise<unknown>): Promise<string> {
  const { code, message } = (await rejected(promise)) as Error & { readonly code?: string };
  return `${code} ${message}`;
}

describe('while an asynchronous call uses it', () => {
  it('an operand may be transferred, if it stays alive where it went', async () => {
    const data = x.data.slice();
    const promise = run(data);
    const moved = transfer(data);
    expect(data.length).to.equal(0);
    expect(await promise).to.deep.equal(expected);
    expect(moved).to.deep.equal(x.data);
  });

  it('an `out` that was transferred rejects: the result went with it', async () => {
    const out = Tensor.zeros(expected.dims);
    const promise = promises.conv2d(x, w, { ...options, out });
    const moved = transfer(out.data);
    const message = 'the buffer of options.out.data is detached: it was transferred, perhaps to a worker';
    expect(await refusal(promise)).to.equal(`ERR_CONV_SHAPE conv2d: ${message}`);
    expect(moved).to.deep.equal(expected.data);

    const picture = photo();
    const blurred = promises.gaussianBlur(photo(), { sigma: 2, out: picture });
    transfer(picture.data);
    expect(await refusal(blurred)).to.equal(`ERR_CONV_SHAPE gaussianBlur: ${message}`);
  });

  it('an image that is transferred before its turn in a batch rejects', async () => {
    const [first, second] = [photo(), photo()];
    const batch = promises.toTensor([first, second], { resize: { width: 32, height: 32 } });
    transfer(second.data);
    expect(await refusal(batch)).to.equal(
      'ERR_CONV_SHAPE toTensor: the buffer of image.data is detached: it was transferred, perhaps to a worker',
    );
  });

  it('memory of WebAssembly may grow', async () => {
    const { WebAssembly } = globalThis as unknown as {
      readonly WebAssembly: { readonly Memory: MemoryType };
    };
    const memory = new WebAssembly.Memory({ initial: 16 });
    const data = new Float32Array(memory.buffer, 64, x.data.length);
    data.set(x.data);
    const promise = run(data);
    memory.grow(64);
    expect(data.length).to.equal(0);
    expect(await promise).to.deep.equal(expected);
  });

  it('shared memory may grow', async () => {
    const bytes = x.data.byteLength;
    const make = SharedArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
    const buffer = new make(bytes, { maxByteLength: 4 * bytes }) as ArrayBuffer & {
      grow(length: number): void;
    };
    const data = new Float32Array(buffer);
    data.set(x.data);
    const promise = run(data);
    buffer.grow(4 * bytes);
    expect(data.length).to.equal(4 * x.data.length);
    expect(await promise).to.deep.equal(expected);
  });

  it('operands that are written to give whatever they hold, and nothing worse', async () => {
    const data = x.data.slice();
    const promise = run(data);
    data.fill(Number.NaN);
    expect((await promise).dims).to.deep.equal(expected.dims);
  });

  it('a layer has weights of its own', async () => {
    const weight = new Tensor(w.data.slice(), w.dims);
    const layer = new Conv2d(weight, options);
    const promise = layer.runAsync(x);
    transfer(weight.data);
    expect(await promise).to.deep.equal(expected);
    expect(layer.run(x)).to.deep.equal(expected);
  });

  it('a layer that is disposed of finishes what it began', async () => {
    const layer = new Conv2d(w, options);
    const promise = layer.runAsync(x);
    layer.dispose();
    expect(await promise).to.deep.equal(expected);
  });
});
