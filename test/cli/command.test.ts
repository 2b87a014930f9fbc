// The command `native-conv`: help, version, explain, info, and how errors reach the user.
// SPDX-License-Identifier: MIT

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { explain, info } from '../../lib/index.ts';
import { runCommand } from './run-command.ts';

const EXPLAIN_3X3 = ['explain', 'conv2d', '--input', '1,64,56,56', '--weight', '64,64,3,3'];

describe('command native-conv', () => {
  it('lists its subcommands and exit codes in the help, and exits with 0', () => {
    const { code, stdout } = runCommand(['--help']);
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/demo.*photograph/)
      .and.match(/explain/)
      .and.match(/info/)
      .and.match(/Exit codes: 0/);
  });

  for (const [command, words] of [
    ['demo', /--image <file>[\s\S]*--out <folder>[\s\S]*--size <pixels>[\s\S]*Examples:/],
    ['explain', /<operator>[\s\S]*--input <dims>[\s\S]*--weight <dims>[\s\S]*--options <json>[\s\S]*--json/],
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
    ['a missing option', ['explain', 'conv2d', '--weight', '1,3,3,3'], /--input <dims>' not specified/],
    ['dims that are none', [...EXPLAIN_3X3, '--input', '1,a'], /'1,a' is invalid.*1,64,56,56/],
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
    const { code, stderr } = runCommand(['explain', 'conv4d', '--input', '1,1,8', '--weight', '1,1,3']);
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
