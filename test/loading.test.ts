// Loading the binary: lazily, and with an error that helps where there is none. Each case is a process of its own.
// SPDX-License-Identifier: MIT

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';

const root = path.join(import.meta.dirname, '..');

describe('loading the binary', function () {
  this.timeout(60_000);
  let copy = '';

  before(() => {
    // A copy of the sources without a build; node_modules is found above it.
    copy = mkdtempSync(path.join(root, 'build-no-binary-'));
    cpSync(path.join(root, 'lib'), path.join(copy, 'lib'), { recursive: true });
    cpSync(path.join(root, 'package.json'), path.join(copy, 'package.json'));
  });

  after(() => {
    rmSync(copy, { recursive: true });
  });

  function run(folder: string, code: string, env: NodeJS.ProcessEnv = {}): string {
    const args = ['--import', 'tsx', '--input-type=module', '--eval', code];
    return execFileSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
  }

  it('waits for the first use, then says what was tried, why it failed and what helps', () => {
    const printed = run(
      copy,
      `import { conv1d, Tensor } from './lib/index.ts';
       const x = Tensor.zeros([1, 1, 3]);
       for (let i = 0; i < 2; i++) {
         try { conv1d(x, x); } catch (error) { console.log(error.constructor.name, error.code, error.message); }
       }
       const promises = await import('./lib/promises.ts');
       await promises.conv1d(x, x).catch((error) => console.log(error.code));`,
    );
    expect(printed).to.include('Error ERR_CONV_LOAD native-conv: the native binary for ');
    expect(printed).to.include(path.join(copy, 'build/Release'));
    expect(printed).to.include(path.join(copy, `prebuilds/${process.platform}-${process.arch}`));
    expect(printed).to.match(/^Cause: .*No native build/m);
    expect(printed).to.match(/^Remedy: .*npm rebuild native-conv/m);
    expect(printed.match(/ERR_CONV_LOAD/g)).to.have.lengthOf(3);
  });

  it('is done ahead by the door of promises, whose first call finds it loaded', () => {
    const code = `const names = () => process.report.getReport().sharedObjects.filter((name) => name.endsWith('native_conv.node'));
                  await import('./lib/index.ts');
                  console.log(names().length);
                  await import('./lib/promises.ts');
                  console.log(names().length);`;
    expect(run(root, code).trim().split('\n')).to.deep.equal(['0', '1']);
  });

  it('is no business of the reference door', () => {
    const code = `import { conv1d, Tensor } from './lib/reference.ts';
                  console.log(conv1d(Tensor.from([[[1, 2, 3]]]), Tensor.from([[[1, 1]]])).data.join());`;
    expect(run(copy, code).trim()).to.equal('3,5');
  });

  it('passes on what the binary says about bad environment variables', () => {
    const code = `import { info } from './lib/index.ts';
                  try { info(); console.log('no error'); } catch (error) { console.log(error.code, error.message); }`;
    for (const name of ['NATIVE_CONV_ISA', 'NATIVE_CONV_THREADS']) {
      const printed = run(root, code, { [name]: 'bogus' });
      expect(printed).to.match(/^ERR_CONV_/);
      expect(printed).to.include(name);
      expect(printed).to.include('bogus');
    }
  });
});
