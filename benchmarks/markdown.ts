// The measured part of BENCHMARKS.md: tables and plots of one or more reports, between two markers.
// SPDX-License-Identifier: MIT

import type { Figure } from './plots.ts';
import type { Report } from './report.ts';
import {
  factLines,
  hasPeers,
  lossLines,
  networkLines,
  ownTable,
  peerTable,
  type TableData,
  targetTable,
  threadCounts,
  threadsTitle,
} from './tables.ts';
import { judgeAll } from './targets.ts';

const BEGIN = '<!-- measured: written by `npm run bench:report`, do not edit -->';
const END = '<!-- end of what is measured -->';

/** The document with what lies between the markers replaced. */
export function withMeasured(document: string, measured: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin === -1 || end < begin) throw new RangeError(`it lacks the lines '${BEGIN}' and '${END}'`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${measured}\n\n${document.slice(end)}`;
}

/** `address` says where a figure is found from the document. */
export function measuredSection(
  reports: readonly Report[],
  figures: readonly Figure[],
  address: (figure: Figure) => string,
): string {
  const blocks = reports.flatMap(reportBlocks);
  const verdicts = judgeAll(reports);
  if (verdicts.length > 0) {
    blocks.push('### Targets', markdownTable(targetTable(verdicts)));
    if (verdicts.some(({ losses }) => losses.length > 0)) {
      blocks.push('What falls short, the worst first:', lossLines(verdicts).map(item).join('\n'));
    }
  }
  for (const figure of figures) {
    blocks.push(
      `### ${figure.title}`,
      `![${figure.title.replaceAll('`', '')}](${address(figure)})`,
      figure.caption,
    );
  }
  return blocks.join('\n\n');
}

function reportBlocks(report: Report): string[] {
  const blocks = [
    `### Suite \`${report.suite}\`, ${report.date.slice(0, 10)}`,
    factLines(report).map(item).join('\n'),
  ];
  for (const threads of threadCounts(report)) {
    const table = hasPeers(report) ? peerTable(report, threads) : ownTable(report, threads);
    blocks.push(`${threadsTitle(report, threads)}, milliseconds:`, markdownTable(table));
    const network = networkLines(report, threads);
    if (network.length > 0) blocks.push(network.map(item).join('\n'));
  }
  return blocks;
}

function item(line: string): string {
  return `- ${line}`;
}

export function markdownTable({ head, rows, texts }: TableData): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = head.map((_, column) => (column < texts ? '---' : '--:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
