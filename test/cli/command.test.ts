// The command `native-conv`: help, version, explain, info, and how errors reach the user.
// SPDX-License-Identifier: MIT

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { explain, info } from '../../lib/index.ts';
import { runCommand } from './run-command.ts';

const EXPLAIN_3X3 = ['explain', 'conv2d', '1,64,56,56', '64x64x3x3'];

describe('command native-conv', () => {
  it('lists its subcommands and exit codes in the help, and exits with 0', () => {
    const { code, stdout } = runCommand(['--help']);
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/demo.*photograph/)
      .and.match(/explain/)
      .and.match(/verify/)
      .and.match(/bench/)
      .and.match(/info/)
      .and.match(/Exit codes: 0/);
  });

  for (const [command, words] of [
    ['demo', /--image <file>[\s\S]*--out <folder>[\s\S]*--size <pixels>[\s\S]*Examples:/],
    [
      'explain',
      /<operator>[\s\S]*<input>[\s\S]*weight[\s\S]*--padding <n>[\s\S]*--options <json>[\s\S]*--json/,
    ],
    ['verify', /--op <operator>[\s\S]*--cases <n>[\s\S]*--seed <n>[\s\S]*--isa <name>[\s\S]*--json/],
    ['tensor', /<images...>[\s\S]*--out <file>[\s\S]*--preset <name>[\s\S]*--resume[\s\S]*Examples:/],
    ['filter', /<from>[\s\S]*<to>[\s\S]*--kernel <kernel>[\s\S]*--border <mode>[\s\S]*Examples:/],
    ['bench', /--filter <regex>[\s\S]*--json <file>/],
    ['info', /--json/],
  ] as const) {
    it(`${command} --help names its options`, () => {
      const { code, stdout } = runCommand([command, '--help']);
      expect(code).to.equal(0);
      expect(stdout).to.match(words);
    });
  }

  it('prints the version of the package', () => {
    const { code, stdout } = runCommand(['--version']);
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(code).to.equal(0);
    expect(stdout.trim()).to.equal(manifest.version);
  });

  for (const [what, args, message] of [
    ['an unknown command', ['convolve'], /unknown command 'convolve'/],
    ['an unknown option', ['info', '--xml'], /unknown option '--xml'/],
    ['a missing argument', ['explain', 'conv2d'], /missing required argument 'input'/],
    ['dims that are none', ['explain', 'conv2d', '1,a', '64,64,3,3'], /'1,a' is invalid.*1,64,56,56/],
    ['options that are no JSON', [...EXPLAIN_3X3, '--options', '{pad'], /'{pad' is invalid.*JSON object/],
  ] as const) {
    it(`refuses ${what} with exit code 2 and a hint`, () => {
      const { code, stdout, stderr } = runCommand(args);
      expect(code).to.equal(2);
      expect(stdout).to.equal('');
      expect(stderr)
        .to.match(message)
        .and.match(/add --help/);
    });
  }

  it('explain prints a table', () => {
    const { code, stdout } = runCommand([...EXPLAIN_3X3, '--options', '{"padding":1}']);
    const { algorithm, isa } = explain('conv2d', [1, 64, 56, 56], [64, 64, 3, 3], { padding: 1 });
    expect(code).to.equal(0);
    expect(stdout).to.include('1×64×56×56').and.include(algorithm).and.include(isa).and.include('115.6 M');
  });

  it('explain shows the arithmetic, the cost and the bound', () => {
    const strided = ['--padding', '[[1,0],[2,2]]', '--stride', '2,1', '--dilation', '2'];
    const { code, stdout } = runCommand([...EXPLAIN_3X3, ...strided]);
    expect(code).to.equal(0);
    expect(stdout)
      .to.include('height: ⌊(56 + 1 − ((3 − 1)·2 + 1)) ÷ 2⌋ + 1 = 27')
      .and.include('width: ⌊(56 + 2 + 2 − ((3 − 1)·2 + 1)) ÷ 1⌋ + 1 = 56')
      .and.match(/parameters\D+36\.86 k/)
      .and.match(/likely bound by\W+arithmetic: a core with/);
  });

  it('explain shows both stages, transposed sizes, and what only moves data', () => {
    const separable = runCommand([
      'explain',
      'separableConv2d',
      '1x8x9x9',
      '8x1x3x3',
      '16x8',
      '--padding',
      'same',
    ]);
    expect(separable.stdout).to.include('stage 1, height: ⌊(9 + 1 + 1 − 3) ÷ 1⌋ + 1 = 9');
    expect(separable.stdout).to.include('stage 2, width: ⌊(9 − 1) ÷ 1⌋ + 1 = 9');
    const up = runCommand([
      'explain',
      'convTranspose1d',
      '1x8x10',
      '8x4x4',
      '--stride',
      '2',
      '--padding',
      '1',
    ]);
    expect(up.stdout).to.include('width: (10 − 1)·2 + 4 − 1 − 1 = 20');
    const columns = runCommand(['explain', 'im2col', '1x8x10x10', '--options', '{"kernelSize":[3,3]}']);
    expect(columns.stdout).to.match(/it only moves data/);
    expect(runCommand(['explain', 'matmul', '4x5', '5x6']).stdout).to.include('4×5 times 5×6 gives 4×6');
  });

  it('verify checks operators and prints how each way of running them did', () => {
    const args = ['verify', '--op', 'conv1d', '--op', 'matmul', '--cases', '3', '--seed', '7'];
    const { code, stdout } = runCommand(args);
    expect(code, stdout).to.equal(0);
    expect(stdout)
      .to.match(/conv1d.*native/)
      .and.match(/matmul.*promises/);
    expect(stdout).to.match(/6 random calls, seed 7: all are as they must be/);
    const json = JSON.parse(runCommand([...args, '--isa', 'portable', '--json']).stdout);
    expect(json.map(({ operator, passed, cases }: never) => [operator, passed, cases])).to.deep.equal([
      ['conv1d', true, 3],
      ['matmul', true, 3],
    ]);
    expect(new Set(json[0].rows.map(({ isa }: { isa: string }) => isa))).to.deep.equal(new Set(['portable']));
  });

  it('verify refuses what there is not', () => {
    for (const [args, message] of [
      [['--op', 'conv9d'], /operator must be/],
      [['--isa', 'mmx'], /options\.isas must be/],
      [['--cases', '0'], /'0' is invalid.*integer from 1/],
      [['--seed', 'x'], /'x' is invalid/],
    ] as const) {
      const { code, stderr } = runCommand(['verify', ...args]);
      expect(code).to.equal(2);
      expect(stderr).to.match(message);
    }
  });

  it('bench passes its arguments and exit code on', () => {
    const { code, stderr } = runCommand(['bench', '--filter', 'nothing']);
    expect(code).to.equal(2);
    expect(stderr).to.match(/no shape of the suite named matches/);
  });

  it('explain --json prints what explain() returns', () => {
    const { code, stdout } = runCommand([...EXPLAIN_3X3, '--options', '{"stride":2}', '--json']);
    const expected = explain('conv2d', [1, 64, 56, 56], [64, 64, 3, 3], { stride: 2 });
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal(JSON.parse(JSON.stringify(expected)));
  });

  it("passes the library's errors on in one line, without a stack", () => {
    const { code, stderr } = runCommand([...EXPLAIN_3X3, '--options', '{"stride":0}']);
    expect(code).to.equal(2);
    expect(stderr.trim().split('\n')).to.have.length(1);
    expect(stderr).to.match(/^native-conv: .*options\.stride/);
  });

  it('prints the stack with NATIVE_CONV_DEBUG', () => {
    const { code, stderr } = runCommand([...EXPLAIN_3X3, '--options', '{"stride":0}'], {
      NATIVE_CONV_DEBUG: '1',
    });
    expect(code).to.equal(2);
    expect(stderr).to.match(/\n\s+at .*options/);
  });

  it('explain refuses an operator that does not exist', () => {
    const { code, stderr } = runCommand(['explain', 'conv4d', '1,1,8', '1,1,3']);
    expect(code).to.equal(2);
    expect(stderr).to.match(/conv4d/);
  });

  it('info prints a table with the ISA and the kernels', () => {
    const { code, stdout } = runCommand(['info']);
    const { isa, kernels } = info();
    expect(code).to.equal(0);
    expect(stdout).to.include(isa);
    for (const { name } of kernels.filter((kernel) => kernel.chosen)) expect(stdout).to.include(name);
  });

  it('info --json prints what info() returns, under the cap of NATIVE_CONV_ISA', () => {
    const { code, stdout } = runCommand(['info', '--json'], { NATIVE_CONV_ISA: 'portable' });
    const printed = JSON.parse(stdout);
    expect(code).to.equal(0);
    expect(printed.isa).to.equal('portable');
    expect(printed.version).to.equal(info().version);
    expect(printed.kernels).to.have.length(info().kernels.length);
  });

  it('refuses an unknown NATIVE_CONV_ISA and lists the valid ones', () => {
    const { code, stderr } = runCommand(['info'], { NATIVE_CONV_ISA: 'mmx' });
    expect(code).to.equal(2);
    expect(stderr).to.include('mmx').and.include('portable');
  });
});
