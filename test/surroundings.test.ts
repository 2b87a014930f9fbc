// Odd surroundings: flags, realms, many workers, several copies of the package, fewer processors. Each case is a
// process of its own. SPDX-License-Identifier: MIT

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT, run, runUnder } from './support/process.ts';

const BINARY = (createRequire(import.meta.url)('node-gyp-build') as { path(root: string): string }).path(
  ROOT,
);

describe('flags of Node.js', function () {
  this.timeout(90_000);

  for (const flag of ['--disallow-code-generation-from-strings', '--frozen-intrinsics', '--jitless']) {
    it(`runs under ${flag}`, async () => {
      const printed = await run(
        `const layer = new Conv2d(filled(1, 1, 3, 3));
         console.log((await layer.runAsync(filled(1, 1, 3, 3))).data[0], conv2d(filled(1, 1, 3, 3), filled(1, 1, 3, 3)).data[0]);`,
        flag,
      );
      expect(printed).to.equal('2.25 2.25');
    });

    it(`runs image operators, strips and deconvolve2d at every door under ${flag}`, async () => {
      const printed = await run(
        `import * as native from 'native-conv';
         import * as reference from 'native-conv/reference';
         const image = { data: new Uint8Array(16 * 12 * 3).fill(7), width: 16, height: 12 };
         for (const door of [native, promises, reference]) {
           const small = await door.resize(image, { width: 7, height: 5 });
           const tensor = await door.toTensor(image, { mean: 0.5, std: 0.25 });
           const blurred = await door.gaussianBlur(image, { sigma: 1 });
           let rows = 0;
           for await (const strip of door.resizeStrips([image], { sourceWidth: 16, sourceHeight: 12, height: 4, width: 4 }))
             rows += strip.height;
           const { estimate } = await door.deconvolve2d(filled(1, 1, 6, 6), filled(1, 1, 3, 3), { method: 'least-squares' });
           console.log(small.data[0], tensor.dims.join(), blurred.data[5], rows, estimate.dims.join());
         }`,
        flag,
      );
      expect(printed.split('\n')).to.deep.equal(new Array(3).fill('7 1,3,12,16 7 4 1,1,8,8'));
    });
  }

  it('--no-addons leaves the reference, and the others say what is wrong', async () => {
    const printed = await run(
      `import * as reference from 'native-conv/reference';
       try { conv2d(filled(1, 1, 3, 3), filled(1, 1, 3, 3)); } catch (error) { console.log(error.code, error.message); }
       console.log(reference.conv2d(filled(1, 1, 3, 3), filled(1, 1, 3, 3)).data[0]);`,
      '--no-addons',
    );
    expect(printed).to.match(/^ERR_CONV_LOAD /);
    expect(printed).to.match(/^Cause: .*addons? .*disabled/m);
    expect(printed).to.match(/\n2\.25$/);
  });
});

describe('realms and copies', function () {
  this.timeout(90_000);

  it('CommonJS and ES modules share the one binary', async () => {
    const printed = await run(`
      import { createRequire } from 'node:module';
      const required = createRequire(import.meta.url)('native-conv');
      required.setThreads(1);
      console.log(required.Tensor === Tensor, info().threads);`);
    expect(printed).to.equal('true 1');
  });

  it('contexts of node:vm may call it with values of their own', async () => {
    const printed = await run(`
      import vm from 'node:vm';
      const context = vm.createContext({ promises, conv2d });
      const y = await vm.runInContext(\`
        const x = { data: Float32Array.of(1, 2, 3, 4), dims: [1, 1, 2, 2] };
        promises.conv2d(x, x).then((later) => [later.data[0], conv2d(x, x).data[0]].join());\`, context);
      console.log(y);`);
    expect(printed).to.equal('30,30');
  });

  it('test runners may evaluate the package inside a context, as jest does, more than once in a process', async () => {
    const printed = await run(
      `
      import vm from 'node:vm';
      import { readFileSync } from 'node:fs';
      /** The door, evaluated with the context's own intrinsics. */
      async function doorIn(context) {
        const modules = new Map();
        const load = async (url) => {
          if (url.startsWith('file:')) {
            const initializeImportMeta = (meta) => { meta.url = url; };
            return new vm.SourceTextModule(readFileSync(new URL(url), 'utf8'), { context, identifier: url, initializeImportMeta });
          }
          const outer = await import(url);
          const copy = function () { for (const [name, value] of Object.entries(outer)) this.setExport(name, value); };
          return new vm.SyntheticModule(Object.keys(outer), copy, { context, identifier: url });
        };
        const link = (specifier, parent) => {
          const url = specifier.startsWith('.') ? new URL(specifier, parent.identifier).href : specifier;
          if (!modules.has(url)) modules.set(url, load(url));
          return modules.get(url);
        };
        const door = await link(import.meta.resolve('native-conv/promises'));
        await door.link(link);
        await door.evaluate();
        return door.namespace;
      }
      for (let i = 0; i < 2; i++) {
        const context = vm.createContext({ URL, Buffer, process });
        context.door = await doorIn(context);
        const answer = await vm.runInContext(\`
          const x = { data: Float32Array.of(1, 2, 3, 4), dims: [1, 1, 2, 2] };
          door.conv2d(x, x).then((y) => [y.data[0], y.data instanceof Float32Array].join());\`, context);
        const foreign = await context.door.conv2d(filled(1, 1, 3, 3), filled(1, 1, 3, 3));
        console.log(answer, foreign.data[0], foreign.data instanceof Float32Array);
      }`,
      '--experimental-vm-modules',
    );
    expect(printed).to.equal('30,true 2.25 false\n30,true 2.25 false');
  });

  it('sixteen workers at once share one pool, and the processors with it', async () => {
    const printed = await run(`
      const workers = Array.from({ length: 16 }, () => start(\`
        const y = await promises.conv2d(filled(1, 16, 96, 96), filled(8, 16, 3, 3));
        parentPort.postMessage([y.data[0], conv2d(filled(1, 8, 64, 64), filled(8, 8, 3, 3)).data[0]].join());\`));
      const answers = await Promise.all(workers.map((worker) =>
        new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))));
      console.log([...new Set(answers)].join(' '), info().poolThreads <= info().threads);`);
    expect(printed).to.equal('36,18 true');
  });

  describe('several copies of the package in one process', () => {
    let copies = '';

    before(() => {
      copies = mkdtempSync(path.join(ROOT, 'build-copies-'));
      for (const name of ['first', 'second', 'linked']) {
        const folder = path.join(copies, name);
        mkdirSync(path.join(folder, 'build/Release'), { recursive: true });
        cpSync(path.join(ROOT, 'dist'), path.join(folder, 'dist'), { recursive: true });
        cpSync(path.join(ROOT, 'package.json'), path.join(folder, 'package.json'));
        const binary = path.join(folder, 'build/Release/native_conv.node');
        if (name === 'linked') symlinkSync(BINARY, binary);
        else cpSync(BINARY, binary);
      }
    });

    after(() => rmSync(copies, { recursive: true }));

    it('work side by side, through both doors, and take one another’s tensors', async () => {
      const printed = await run(`
        const names = ['first', 'second', 'linked'];
        const folder = (name) => new URL('file://' + ${JSON.stringify(copies)} + '/' + name + '/dist/');
        const doors = await Promise.all(names.map(async (name) => ({
          now: await import(new URL('index.js', folder(name))),
          later: await import(new URL('promises.js', folder(name))),
        })));
        doors.push({ now: { Tensor, conv2d, Conv2d }, later: promises });
        const x = Tensor.random([1, 8, 24, 24], { seed: 1 }), w = Tensor.random([8, 8, 3, 3], { seed: 2 });
        const bits = ({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
        const expected = bits(conv2d(conv2d(x, w, { reproducible: true }), w, { reproducible: true }));
        const calls = [];
        for (const a of doors) {
          for (const b of doors) {
            const between = await a.later.conv2d(x, w, { reproducible: true });
            calls.push(b.later.conv2d(between, w, { reproducible: true }));
            calls.push(new b.now.Conv2d(w, { reproducible: true }).run(a.now.conv2d(x, w, { reproducible: true })));
          }
        }
        const results = await Promise.all(calls);
        console.log(results.length, results.every((y) => bits(y) === expected));
        const settings = doors.map(({ now }, i) => (now.setThreads?.(i + 1), now.info?.().threads));
        console.log(settings.join());`);
      // Each binary has a pool of its own; a link to the same file is the same binary.
      expect(printed).to.equal('32 true\n1,2,3,');
    });
  });
});

describe('memory outside V8', () => {
  it('no buffer over it is made, which Electron and other sandboxes of V8 would refuse', () => {
    const imports = readFileSync(BINARY, 'latin1');
    expect(imports).to.include('napi_get_typedarray_info');
    for (const name of ['napi_create_external_arraybuffer', 'napi_create_external_buffer']) {
      expect(imports, name).not.to.include(name);
    }
    const gyp = readFileSync(path.join(ROOT, 'binding.gyp'), 'utf8');
    const cmake = readFileSync(path.join(ROOT, 'CMakeLists.txt'), 'utf8');
    for (const build of [gyp, cmake]) expect(build).to.include('NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED');
  });
});

if (process.platform === 'linux') {
  describe('fewer processors', function () {
    this.timeout(90_000);

    it('the affinity mask sizes the pool', async () => {
      const printed = await runUnder(
        ['taskset', '--cpu-list', '0'],
        `await Promise.all(Array.from({ length: 4 }, () => promises.conv2d(filled(1, 8, 64, 64), filled(8, 8, 3, 3))));
         console.log(info().processors, info().threads, info().poolThreads);`,
      );
      expect(printed).to.equal('1 1 1');
    });
  });
}
