// `npm run bench:report -- results.json …`: writes results into BENCHMARKS.md, its plots into docs/benchmarks/, and
// everything into one HTML file.
// SPDX-License-Identifier: MIT

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { drawPage } from './html.ts';
import { measuredSection, withMeasured } from './markdown.ts';
import { type Figure, figuresOf } from './plots.ts';
import { type Report, readReport } from './report.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

interface Options {
  readonly html: string;
  readonly markdown: string | false;
  readonly plots: string;
}

const command = new Command('npm run bench:report --')
  .description('Draws results of npm run bench: tables and targets, plots, an HTML file.')
  .argument('<results...>', 'files that npm run bench wrote, in the order of the report')
  .option('--html <file>', 'the HTML file', join(ROOT, 'benchmarks/results/report.html'))
  .option('--markdown <file>', 'the document whose measured part is replaced', join(ROOT, 'BENCHMARKS.md'))
  .option('--no-markdown', 'leave the document and its plots as they are')
  .option('--plots <folder>', 'where the document’s plots go', join(ROOT, 'docs/benchmarks'))
  .addHelpText(
    'after',
    `
Example:
  npm run bench -- --peers --json results.json
  npm run bench -- --suite cliffs --json cliffs.json
  npm run bench:report -- results.json cliffs.json`,
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();

try {
  const { html, markdown, plots } = command.opts<Options>();
  const reports = await readReports(command.args);
  const figures = firstOfEach(reports.flatMap(figuresOf));
  await write(html, drawPage(reports, figures));
  if (markdown !== false) await updateDocument(markdown, plots, reports, figures);
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  process.exitCode = 2;
}

/** A suite that was run twice, with more threads the second time, has its figures of one thread from the first run. */
function firstOfEach(figures: readonly Figure[]): Figure[] {
  return [...new Map(figures.toReversed().map((figure) => [figure.id, figure])).values()].toReversed();
}

async function readReports(paths: readonly string[]): Promise<Report[]> {
  const reports: Report[] = [];
  for (const path of paths) {
    try {
      reports.push(await readReport(path));
    } catch (error) {
      throw new Error(`${path} is no result of npm run bench: ${(error as Error).message}`);
    }
  }
  return reports;
}

async function updateDocument(
  document: string,
  plots: string,
  reports: readonly Report[],
  figures: readonly Figure[],
): Promise<void> {
  const fileOf = ({ id }: Figure) => join(plots, `${id}.svg`);
  const address = (figure: Figure) => relative(dirname(document), fileOf(figure)).replaceAll('\\', '/');
  const measured = measuredSection(reports, figures, address);
  const text = await readFile(document, 'utf8');
  try {
    await write(document, withMeasured(text, measured));
  } catch (error) {
    throw new Error(`${document}: ${(error as Error).message}`);
  }
  for (const figure of figures) await write(fileOf(figure), `${figure.svg}\n`);
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  console.log(`written to ${file}`);
}
