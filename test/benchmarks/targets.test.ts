// Verdicts of the benchmark: which targets a report meets, and who falls short.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { peerTable } from '../../benchmarks/tables.ts';
import { judge, type Verdict } from '../../benchmarks/targets.ts';
import { drawReport } from '../../benchmarks/terminal.ts';
import { makeReport } from './fixture.ts';

function verdictOn(verdicts: readonly Verdict[], name: RegExp): Verdict {
  const found = verdicts.find((verdict) => name.test(verdict.name));
  if (found === undefined) throw new Error(`no verdict on ${name}`);
  return found;
}

describe("benchmark's targets", () => {
  const report = makeReport({
    1: {
      auto: { stem7x7s2: 1, dw3_960_7: 1, p1x1_64_256_56: 2 },
      'auto-out': { stem7x7s2: 0.5, dw3_960_7: 1, p1x1_64_256_56: 2 },
      onnxruntime: { stem7x7s2: 4, dw3_960_7: 16, p1x1_64_256_56: 2 },
      'onednn-plain': { stem7x7s2: 9, dw3_960_7: 9, p1x1_64_256_56: 9 },
      'onednn-b+r': { stem7x7s2: 2, dw3_960_7: 2, p1x1_64_256_56: 4 },
    },
    2: { auto: { stem7x7s2: 0.5, dw3_960_7: 1.1, p1x1_64_256_56: 1 } },
  });
  const verdicts = judge(report);

  it('has the mean of the suite and the shapes below the minimum, the worst first', () => {
    const ort = verdictOn(verdicts, /^onnxruntime, 1 thread, `auto`/);
    expect(ort.mean?.value).to.be.closeTo(4, 1e-9);
    expect(ort.mean).to.include({ minimum: 3.5, met: true });
    expect(ort.each).to.deep.equal({ minimum: 1.05, met: 2, of: 3 });
    expect(ort.losses.map(({ shape, value }) => [shape, value])).to.deep.equal([['p1x1_64_256_56', 1]]);
  });

  it('takes the better of two ways to use a peer', () => {
    const onednn = verdictOn(verdicts, /^oneDNN, the better/);
    expect(onednn.mean?.value).to.be.closeTo(Math.cbrt(4 * 2 * 2), 1e-9);
    expect(onednn.losses).to.deep.equal([]);
  });

  it('compares new results with new ones, and those in the same memory with each other', () => {
    const { head } = peerTable(report, 1);
    expect(head.filter((title) => title.includes(' : '))).to.deep.equal(['auto : ORT', 'auto-out : oneDNN']);
  });

  it('compares two threads with one of the same run', () => {
    const threads = verdictOn(verdicts, /^2 threads over 1/);
    expect(threads.losses.map(({ shape }) => shape)).to.deep.equal(['dw3_960_7']);
    expect(threads.mean?.value).to.be.closeTo(Math.cbrt((2 * 2) / 1.1), 1e-9);
    expect(threads.mean?.met).to.equal(false);
  });

  it('judges two threads beside busy processes by such a run only, and nothing else by it', () => {
    const times = { 1: { auto: { stem7x7s2: 1 } }, 2: { auto: { stem7x7s2: 1.25 } } };
    const busy = makeReport(times, { settings: { ...report.settings, busy: 2 } });
    expect(judge(busy)).to.deep.equal([
      {
        name: '2 threads over 1 beside busy processes, `auto`',
        unit: '×',
        each: { minimum: 1 / 1.2, met: 0, of: 1 },
        losses: [{ shape: 'stem7x7s2', limitShare: busy.results[1].limitShare, value: 0.8 }],
      },
    ]);
    expect(verdicts.some(({ name }) => /busy/.test(name))).to.equal(false);
    expect(drawReport(busy)).to.match(/a process each, beside 2 busy processes/);
  });

  it('judges gradients by targets of their own', () => {
    const times = { 1: { auto: { stem7x7s2_input: 1 }, 'onednn-plain': { stem7x7s2_input: 3 } } };
    const names = judge(makeReport(times, { suite: 'gradients' })).map(({ name }) => name);
    expect(names).to.deep.equal(['oneDNN, the better of plain and b+r, gradients, `auto`']);
  });

  it('judges two threads on images by a target of their own', () => {
    const times = { 1: { auto: { gauss5x5: 1, box5x5: 1 } }, 2: { auto: { gauss5x5: 0.5, box5x5: 0.6 } } };
    const verdicts = judge(makeReport(times, { suite: 'images' }));
    expect(verdicts.map(({ name }) => name)).to.deep.equal(['2 threads over 1, images']);
    expect(verdicts[0].losses.map(({ shape }) => shape)).to.deep.equal(['box5x5']);
  });

  it('says nothing on what was not measured', () => {
    expect(verdicts.some(({ name }) => /wasm|reproducible/.test(name))).to.equal(false);
  });

  it('are printed with the losses', () => {
    const text = drawReport(report);
    expect(text).to.match(
      /onnxruntime, 1 thread, `auto` +│ +3\.5× │ 4\.00× │ +met │ +1\.05× │ 2 of 3 │ +NOT met/,
    );
    expect(text).to.match(/^below 1\.05×, onnxruntime, 1 thread, `auto`: p1x1_64_256_56 1\.00× \(60 % of/m);
    expect(text).to.match(/peers: onnxruntime 1\.2\.3, onednn-plain/);
  });

  it('show ratios to each peer, and a dash where it has no result', () => {
    const partial = makeReport({ 1: { auto: { a: 1, b: 2 }, onnxruntime: { a: 3 } } });
    const text = drawReport(partial);
    expect(text).to.match(/│ a +│ 1\.00 │ +3\.00 │ +│ +3\.00× │/);
    expect(text).to.match(/│ b +│ 2\.00 │ +– │ +│ +│/);
    expect(text).to.match(/│ geometric mean │ +│ +│ +│ +3\.00× │/);
  });
});
