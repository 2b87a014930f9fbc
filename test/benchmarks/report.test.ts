// The benchmark's reports: the measured part of a document, the HTML file, and the plots in both.
// SPDX-License-Identifier: MIT

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { drawPage } from '../../benchmarks/html.ts';
import { markdownTable, measuredSection, withMeasured } from '../../benchmarks/markdown.ts';
import { figuresOf } from '../../benchmarks/plots.ts';
import { readReport } from '../../benchmarks/report.ts';
import { makeReport } from './fixture.ts';

const named = makeReport({
  1: {
    auto: { stem7x7s2: 1, dw3_960_7: 3 },
    reproducible: { stem7x7s2: 2, dw3_960_7: 3 },
    onnxruntime: { stem7x7s2: 4, dw3_960_7: 1 },
  },
  2: { auto: { stem7x7s2: 0.5, dw3_960_7: 1.6 } },
});
const sweep = (value: number) => ({ sweep: { axis: 'batch', value } });
const scaling = makeReport(
  { 1: { auto: { batch_1: 1, batch_2: 2 } } },
  { suite: 'scaling', notes: { batch_1: sweep(1), batch_2: sweep(2) } },
);
const cliffs = makeReport(
  { 1: { auto: { even: 1, odd: 2 } } },
  { suite: 'cliffs', notes: { odd: { neighbour: 'even' } } },
);
const reports = [named, scaling, cliffs];
const figures = reports.flatMap(figuresOf);

describe("benchmark's reports", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'native-conv-report-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  it('have the plots that their results allow', () => {
    expect(figures.map(({ id }) => id)).to.deep.equal([
      'ratios-named',
      'roofline-named',
      'roofline-named-2-threads',
      'threads-named',
      'growth-batch',
      'cliffs-cliffs',
    ]);
    const bars = figures[0].svg;
    expect(bars)
      .to.match(/^<svg xmlns="[^"]+" /)
      .and.match(/<\/svg>$/);
    expect(bars).to.include('>stem7x7s2<').and.include('>ORT<').and.include('>4.00<').and.include('>0.33<');
    expect(bars.match(/<rect /g), 'a bar for each shape').to.have.lengthOf(2);
    for (const { svg } of figures) expect(svg).not.to.match(/NaN|undefined/);
  });

  it('leave out the plots that need the machine’s limits where they are unknown', () => {
    expect(figuresOf({ ...named, limits: {} }).map(({ id }) => id)).to.deep.equal([
      'ratios-named',
      'threads-named',
    ]);
  });

  it('draw tables in Markdown', () => {
    const table = { head: ['name', 'ms'], rows: [['a|b', '1']], texts: 1 };
    expect(markdownTable(table)).to.equal('| name | ms |\n| --- | --: |\n| a\\|b | 1 |');
  });

  it('replace what lies between the markers of a document, again and again', () => {
    const begin = '<!-- measured: written by `npm run bench:report`, do not edit -->';
    const document = `# Title\n\n${begin}\nold\n<!-- end of what is measured -->\n\nThe end.\n`;
    const once = withMeasured(document, 'new');
    expect(once).to.equal(`# Title\n\n${begin}\n\nnew\n\n<!-- end of what is measured -->\n\nThe end.\n`);
    expect(withMeasured(once, 'new')).to.equal(once);
    expect(() => withMeasured('# Title', 'new')).to.throw(RangeError, /it lacks the lines/);
  });

  it('say in Markdown what was measured, which targets are met, and where the plots are', () => {
    const text = measuredSection(reports, figures, ({ id }) => `plots/${id}.svg`);
    expect(text).to.match(/\| stem7x7s2 \| 1\.00 \| 2\.00 \| 4\.00 \| 60 \| 4\.00× \| 2\.00× \|/);
    expect(text).to.match(
      /\| onnxruntime, 1 thread, `auto` \| 3\.5× \| 1\.15× \| NOT met \| 1\.05× \| 1 of 2 \|/,
    );
    expect(text).to.match(/^- below 0\.667×, an even neighbour.*: odd 0\.50×/m);
    expect(text).to.include('](plots/cliffs-cliffs.svg)');
  });

  it('make one HTML file that fetches nothing', () => {
    const page = drawPage(reports, figures);
    expect(page.match(/<svg /g)).to.have.lengthOf(figures.length);
    expect(page).not.to.match(/<script|<link|src=|href="(?!#)|@import|url\((?!#)/);
    expect(page).to.include('<code>auto</code>').and.not.include('`');
  });

  it('are drawn by bench:report, which says what it cannot read', function () {
    this.timeout(60_000);
    const json = join(folder, 'named.json');
    writeFileSync(json, JSON.stringify(named));
    const html = join(folder, 'report.html');
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['--import=tsx', 'benchmarks/report-command.ts', ...args], {
        encoding: 'utf8',
      });
    const drawn = run(json, '--html', html, '--no-markdown');
    expect(drawn.status, drawn.stderr).to.equal(0);
    expect(readFileSync(html, 'utf8')).to.include('ratios-named');
    const refused = run(join(folder, 'none.json'), '--html', html);
    expect(refused.status).to.equal(2);
    expect(refused.stderr).to.match(/^error: .*none\.json is no result of npm run bench/);
  });

  it('read old results, which named us once', async () => {
    const file = join(folder, 'old.json');
    const old = named.results.slice(0, 1).map((result) => ({ ...result, contestant: 'native-conv' }));
    for (const [reproducible, contestant] of [
      [true, 'reproducible'],
      [false, 'auto'],
    ] as const) {
      writeFileSync(file, JSON.stringify({ settings: { reproducible }, results: old }));
      expect((await readReport(file)).results[0].contestant).to.equal(contestant);
    }
  });
});
