// An HTTP service: POST an image to /tensor and get a model's input as .npy, or to /edges and get its outlines as PNG.
// It holds no more work than it is told to: what is too much gets 503 and Retry-After. A client that hangs up takes its
// call with it, waiting or running.
//
//   node service.js
//   curl --data-binary @photo.jpg -H 'content-type: image/jpeg' 'localhost:3000/tensor?preset=clip' > photo.npy
//   curl --data-binary @photo.jpg -H 'content-type: image/jpeg' localhost:3000/edges > edges.png
//
// SPDX-License-Identifier: MIT

import { fileURLToPath } from 'node:url';
import Fastify from 'fastify';
import { presets, setMaxQueued } from 'native-conv';
import { filter2d, toTensor } from 'native-conv/promises';
import { dump } from 'npyjs';
import sharp from 'sharp';

const OUTLINES = [
  [-1, -1, -1],
  [-1, 8, -1],
  [-1, -1, -1],
];
const DTYPES = /** @type {const} */ ({ float32: 'f4', float16: 'f2', uint8: 'u1' });
const RETRY_AFTER_SECONDS = 1;
const MOST_PIXELS = 25_000_000;

/** An error whose status Fastify answers with. */
class Refusal extends Error {
  /** @param {number} statusCode @param {string} message */
  constructor(statusCode, message) {
    super(message);
    this.statusCode = statusCode;
  }
}

/**
 * @param {object} [options]
 * @param {number} [options.maxRequests] That are being received, decoded, computed and answered.
 * @param {number} [options.maxQueued] Calls of native-conv, waiting and running.
 * @param {number} [options.maxBytes] Of a body.
 * @param {boolean} [options.logger]
 */
export function createService({
  maxRequests = 64,
  maxQueued = 16,
  maxBytes = 20_000_000,
  logger = false,
} = {}) {
  setMaxQueued(maxQueued);
  const app = Fastify({ bodyLimit: maxBytes, logger });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(/^image\//, { parseAs: 'buffer' }, (_, body, done) => done(null, body));

  // Before the body is read: who is refused has not cost memory yet.
  let requests = 0;
  const busy = new Refusal(503, `${maxRequests} requests are under way, the most at a time`);
  app.addHook('onRequest', (_, reply, done) => {
    requests++;
    reply.raw.once('close', () => requests--);
    done(requests > maxRequests ? busy : undefined);
  });

  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status === 499) request.log.info('the client hung up');
    if (status === 500) request.log.error(error);
    if (status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
    const message = status === 500 ? 'something went wrong here' : /** @type {Error} */ (error).message;
    return reply.code(status).send({ message });
  });

  app.post('/tensor', async (request, reply) => {
    // layout, type and so on: toTensor says what is wrong with them.
    const { preset = 'imagenet', ...options } = /** @type {Record<string, string>} */ (request.query);
    const signal = hangUpOf(reply);
    const pixels = await decode(request.body);
    const tensor = await toTensor(pixels, { ...presetNamed(preset), ...options, signal });
    reply.header('content-type', 'application/octet-stream');
    // How boxes that a detector finds get back to the image.
    reply.header('x-transform', JSON.stringify(tensor.transform));
    return Buffer.from(dump(tensor.data, [...tensor.dims], { dtype: DTYPES[tensor.type] }));
  });

  app.post('/edges', async (request, reply) => {
    const signal = hangUpOf(reply);
    const gray = await decode(request.body, (image) => image.grayscale());
    const edges = await filter2d(gray, OUTLINES, { signal });
    reply.header('content-type', 'image/png');
    return sharp(...edges.toSharpRaw())
      .toColourspace('b-w')
      .png()
      .toBuffer();
  });

  return app;
}

/** @param {unknown} error */
function statusOf(error) {
  const {
    name,
    code = '',
    statusCode,
  } = /** @type {{name: string, code?: string, statusCode?: number}} */ (error);
  if (code === 'ERR_CONV_QUEUE') return 503;
  if (name === 'HungUp') return 499;
  // A wrong option or a size that cannot be: the library says what was expected.
  if (code.startsWith('ERR_CONV_') && code !== 'ERR_CONV_LOAD' && code !== 'ERR_CONV_INTERNAL') return 400;
  return statusCode ?? 500;
}

/**
 * Aborts when the client is gone before it has its answer.
 * @param {import('fastify').FastifyReply} reply
 */
function hangUpOf({ raw }) {
  const controller = new AbortController();
  raw.once('close', () => {
    if (raw.writableFinished) return;
    const reason = new Error('the client hung up');
    reason.name = 'HungUp';
    controller.abort(reason);
  });
  return controller.signal;
}

/**
 * @param {unknown} body
 * @param {(image: import('sharp').Sharp) => import('sharp').Sharp} [change]
 */
async function decode(body, change = (image) => image) {
  try {
    const image = sharp(/** @type {Buffer} */ (body), { limitInputPixels: MOST_PIXELS }).autoOrient();
    return await change(image.toColourspace('srgb')).raw().toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw new Refusal(422, /** @type {Error} */ (error).message);
  }
}

/**
 * @param {string} name
 * @returns {import('native-conv').ToTensorOptions}
 */
function presetNamed(name) {
  if (Object.hasOwn(presets, name)) return presets[/** @type {keyof typeof presets} */ (name)];
  throw new Refusal(400, `there is no preset ${name}; there are ${Object.keys(presets).join(', ')}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await createService({ logger: true }).listen({ port: Number(process.env['PORT'] ?? 3000) });
}
