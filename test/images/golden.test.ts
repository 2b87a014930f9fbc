// Every door against what Pillow and OpenCV made of the same images (golden/images.py), byte for byte.
// SPDX-License-Identifier: MIT

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { PixelArray, PixelType } from '../../lib/image/pixels.ts';
import * as native from '../../lib/index.ts';
import { loadBinding } from '../../lib/native/binding.ts';
import * as reference from '../../lib/reference.ts';
import { bytesOf, randomImage, type Source } from './images.ts';

interface GoldenImage {
  readonly operator: string;
  readonly name: string;
  readonly image: Source;
  readonly arguments?: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly type: PixelType;
  readonly expected: { readonly base64?: string; readonly sha256?: string };
}

type Operator = (...operands: unknown[]) => { readonly data: PixelArray; readonly type: string };

const cases = JSON.parse(
  readFileSync(new URL('../golden/images.json', import.meta.url), 'utf8'),
) as readonly GoldenImage[];

function run(door: object, { operator, image, arguments: operands = [], options }: GoldenImage) {
  const call = (door as Readonly<Record<string, Operator>>)[operator];
  return call(randomImage(image), ...operands, options);
}

function expectGolden(door: object, golden: GoldenImage): void {
  const { data, type } = run(door, golden);
  expect(type).to.equal(golden.type);
  const bytes = bytesOf(data);
  const { base64, sha256 } = golden.expected;
  if (base64 === undefined) expect(createHash('sha256').update(bytes).digest('hex')).to.equal(sha256);
  else expect([...bytes]).to.deep.equal([...Buffer.from(base64, 'base64')]);
}

const isas = loadBinding().info().availableIsas;

describe("Pillow's and OpenCV's results", () => {
  afterEach(() => loadBinding().setIsa(isas[0]));

  for (const golden of cases) {
    it(`reference ${golden.operator}: ${golden.name}`, () => expectGolden(reference, golden));
    for (const isa of isas) {
      it(`${isa} ${golden.operator}: ${golden.name}`, () => {
        loadBinding().setIsa(isa);
        expectGolden(native, golden);
      });
    }
  }
});
