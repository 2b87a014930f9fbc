// assertSame and chaiTensor under the test runners that people have: what is right passes, and what is wrong fails with
// the place, the value and what was expected.
// SPDX-License-Identifier: MIT

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';

const root = path.join(import.meta.dirname, '..', '..');
const lib = (file: string) => JSON.stringify(pathToFileURL(path.join(root, 'lib', file)).href);
const bin = (file: string) => path.join(root, 'node_modules', file);

interface Runner {
  readonly name: string;
  /** Declares `it`, and an `expect` that knows chaiTensor. */
  readonly setup: string;
  readonly command: readonly string[];
  readonly counts: readonly RegExp[];
}

const RUNNERS: readonly Runner[] = [
  {
    name: 'mocha',
    setup: `import { expect, use } from 'chai'; use(chaiTensor);`,
    command: [bin('mocha/bin/mocha.js'), '--no-config', '--import=tsx'],
    counts: [/2 passing/, /2 failing/],
  },
  {
    name: 'vitest',
    setup: `import { chai, expect, it } from 'vitest'; chai.use(chaiTensor);`,
    command: [bin('vitest/vitest.mjs'), 'run', '--root', '.', '--no-cache', '--reporter=default'],
    counts: [/2 failed \| 2 passed/],
  },
  {
    name: 'node:test',
    setup: `import { it } from 'node:test'; import { expect, use } from 'chai'; use(chaiTensor);`,
    command: ['--import', 'tsx', '--test', '--test-reporter=spec'],
    counts: [/pass 2/, /fail 2/],
  },
];

const TESTS = `
const x = Tensor.random([1, 3, 9, 8], { seed: 1 });
const w = Tensor.random([4, 3, 3, 3], { seed: 2 });
const right = conv2d(x, w, { padding: 1 });
const wrong = new Tensor(Float32Array.from(right.data), right.dims);
wrong.data[1 * 72 + 4 * 8 + 6] = 1000;

it('takes the right result', () => assertSame('conv2d', [x, w, { padding: 1 }], right));
it('takes a close tensor', () => { expect(right).to.be.closeToTensor(conv2d(x, w, { padding: 1 })); });
it('assertSame refuses', () => assertSame('conv2d', [x, w, { padding: 1 }], wrong, { ulp: 2 }));
it('closeToTensor refuses', () => { expect(wrong).to.be.closeToTensor(right, { ulp: 2 }); });
`;

describe("other people's test runners", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(path.join(root, 'build-runners-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  for (const { name, setup, command, counts } of RUNNERS) {
    it(name, () => {
      const file = path.join(folder, `${name.replace(':', '-')}.test.mts`);
      const imports = `import { conv2d } from ${lib('reference.ts')};
        import { assertSame, chaiTensor, Tensor } from ${lib('verify.ts')};`;
      writeFileSync(file, imports + setup + TESTS);
      const { stdout, stderr, status } = spawnSync(process.execPath, [...command, file], {
        cwd: folder,
        encoding: 'utf8',
        env: withoutRunner(),
      });
      const said = stripVTControlCharacters(stdout + stderr);
      expect(status, said).not.to.equal(0);
      for (const count of counts) expect(said).to.match(count);
      expect(said).to.match(/conv2d: 1 of 288 elements/);
      expect(said).to.match(/expected the tensor to be within \{"ulp":2\}, but 1 of 288 elements/);
      expect(said.match(/at \[0,1,4,6\]: 1000 instead of -?\d/g)?.length).to.be.at.least(2);
    });
  }
});

/** Without what a runner tells its children, who would report to it otherwise. */
function withoutRunner(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
  return env;
}
