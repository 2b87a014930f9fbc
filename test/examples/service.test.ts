// examples/service.js over real connections: answers, refusals, a full queue, and clients that hang up.
// SPDX-License-Identifier: MIT

import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import sharp from 'sharp';
import { filter2d, info, presets, setMaxQueued, setThreads, Tensor, toTensor } from '../../lib/index.ts';
import * as promises from '../../lib/promises.ts';
import { randomPixels } from '../images/images.ts';
import { readNpy } from '../support/npy.ts';
import { exampleFile } from './packages.ts';

interface Service {
  listen(options: { readonly port: number; readonly host: string }): Promise<string>;
  close(): Promise<void>;
  readonly server: { address(): AddressInfo };
}
interface ServiceModule {
  createService(options?: {
    readonly maxRequests?: number;
    readonly maxQueued?: number;
    readonly maxBytes?: number;
  }): Service;
}

const HOST = '127.0.0.1';

describe('examples/service.js', () => {
  let createService: ServiceModule['createService'];
  let photo: Buffer;
  let service: Service;
  let work: ReturnType<typeof occupy> | undefined;
  const { threads } = info();

  before(async () => {
    ({ createService } = (await import(pathToFileURL(exampleFile('service.js')).href)) as ServiceModule);
    const raw = { width: 310, height: 270, channels: 3 } as const;
    photo = await sharp(randomPixels(1, 310 * 270 * 3, 'uint8') as Uint8Array, { raw })
      .jpeg()
      .toBuffer();
  });
  afterEach(async () => {
    await work?.stop();
    work = undefined;
    await service.close();
    setMaxQueued(Number.POSITIVE_INFINITY);
    setThreads(threads);
  });

  async function start(...options: Parameters<typeof createService>): Promise<void> {
    service = createService(...options);
    await service.listen({ port: 0, host: HOST });
  }

  function post(path: string, body = photo, type = 'image/jpeg'): Promise<Response> {
    const { port } = service.server.address();
    const headers = { 'content-type': type };
    return fetch(`http://${HOST}:${port}${path}`, { method: 'POST', body: new Uint8Array(body), headers });
  }

  const bytes = async (response: Response) => Buffer.from(await response.arrayBuffer());

  /** Work that holds the only thread until it is told to stop. */
  function occupy(): { stop(): Promise<void>; readonly ended: () => boolean } {
    setThreads(1);
    const controller = new AbortController();
    const { signal } = controller;
    let ended = false;
    const x = Tensor.random([1, 128, 256, 256], { seed: 1 });
    const w = Tensor.random([256, 128, 7, 7], { seed: 2 });
    const running = promises
      .conv2d(x, w, { algorithm: 'direct', threads: 1, signal })
      .catch(() => undefined)
      .finally(() => {
        ended = true;
      });
    return {
      ended: () => ended,
      stop: async () => {
        controller.abort();
        await running;
      },
    };
  }

  async function queued(calls: number): Promise<void> {
    for (const before = Date.now(); info().queuedCalls !== calls; await sleep(2)) {
      if (Date.now() - before < 10_000) continue;
      throw new Error(`${info().queuedCalls} calls are in the queue, not ${calls}`);
    }
  }

  it('answers with the tensor of a preset as .npy, and with the way back to the image', async () => {
    await start();
    const response = await post('/tensor?preset=yolo&type=float16');
    expect(response.status).to.equal(200);
    const pixels = await sharp(photo).raw().toBuffer({ resolveWithObject: true });
    const expected = toTensor(pixels, { ...presets.yolo, type: 'float16' });
    const { descr, shape, data } = readNpy(await bytes(response));
    expect([descr, shape]).to.deep.equal(['<f2', [1, 3, 640, 640]]);
    expect(data.equals(Buffer.from(expected.data.buffer))).to.equal(true);
    const transform = JSON.parse(response.headers.get('x-transform') ?? '') as unknown;
    expect(transform).to.deep.equal({ ...expected.transform });
    expect(readNpy(await bytes(await post('/tensor'))).shape).to.deep.equal([1, 3, 224, 224]);
  });

  it('answers with outlines as PNG', async () => {
    await start();
    const response = await post('/edges');
    expect(response.headers.get('content-type')).to.equal('image/png');
    const picture = sharp(await bytes(response)).toColourspace('b-w');
    const actual = await picture.raw().toBuffer({ resolveWithObject: true });
    const gray = await sharp(photo).grayscale().raw().toBuffer({ resolveWithObject: true });
    const row = [-1, -1, -1];
    const expected = filter2d(gray, [row, [-1, 8, -1], row]).data as Uint8Array;
    expect((await picture.metadata()).channels).to.equal(1);
    expect(actual.data.equals(expected)).to.equal(true);
  });

  const text = Buffer.from('no picture');
  for (const [what, path, status, message, body, type] of [
    ['an unknown preset', '/tensor?preset=resnet', 400, /no preset resnet; there are imagenet, clip/],
    [
      "a wrong option, in the library's words",
      '/tensor?type=int3',
      400,
      /^toTensor: options\.type must be 'float32'/,
    ],
    ['an unknown option', '/tensor?size=3', 400, /^toTensor: .*size/],
    ['bytes that are no image', '/edges', 422, /unsupported image format/, text],
    ['another type of content', '/edges', 415, /Unsupported Media Type/, text, 'text/plain'],
    ['a body that is too large', '/edges', 413, /too large/, Buffer.alloc(200_001)],
  ] as const) {
    it(`refuses ${what} with ${status}`, async () => {
      await start({ maxBytes: 200_000 });
      const response = await post(path, body, type);
      expect(response.status).to.equal(status);
      expect(((await response.json()) as { readonly message: string }).message).to.match(message);
    });
  }

  it('says 503 and when to come again while the queue is full, and answers afterwards', async () => {
    await start({ maxQueued: 1 });
    work = occupy();
    const refused = await post('/tensor');
    await work.stop();
    expect(refused.status).to.equal(503);
    expect(refused.headers.get('retry-after')).to.equal('1');
    expect(((await refused.json()) as { readonly message: string }).message).to.match(
      /^toTensor: 1 asynchronous calls have not settled, the most that setMaxQueued allows/,
    );
    expect((await post('/tensor')).status).to.equal(200);
  });

  it('says 503 to more requests than it may hold', async () => {
    await start({ maxRequests: 1 });
    work = occupy();
    const first = post('/edges');
    await queued(2);
    const refused = await post('/edges');
    expect([refused.status, refused.headers.get('retry-after')]).to.deep.equal([503, '1']);
    await work.stop();
    expect((await first).status).to.equal(200);
    expect((await post('/edges')).status).to.equal(200);
  });

  for (const path of ['/tensor', '/edges']) {
    it(`takes a call of ${path} out of the queue when its client hangs up`, async () => {
      await start();
      work = occupy();
      const { port } = service.server.address();
      const headers = { 'content-type': 'image/jpeg' };
      const client = request({ host: HOST, port, path, method: 'POST', headers });
      client.on('error', () => {});
      client.end(photo);
      await queued(2);
      client.destroy();
      await queued(1);
      expect(work.ended(), 'the call did not have its turn').to.equal(false);
      await work.stop();
      expect((await post(path)).status).to.equal(200);
    });
  }
});
