// A report as text for the terminal: facts, tables for each number of threads, and the targets.
// SPDX-License-Identifier: MIT

import Table from 'cli-table3';
import type { Report } from './report.ts';
import {
  factLines,
  hasPeers,
  lossLines,
  meanLines,
  networkLines,
  ownTable,
  peerTable,
  type TableData,
  targetTable,
  threadCounts,
  threadsTitle,
} from './tables.ts';
import { judge } from './targets.ts';

/** The report as text; with an earlier report the ratios to it. */
export function drawReport(report: Report, before?: Report): string {
  const lines = factLines(report);
  for (const threads of threadCounts(report)) {
    lines.push('', threadsTitle(report, threads), drawTable(ownTable(report, threads, before)));
    if (before !== undefined) lines.push(...meanLines(report, before, threads));
    if (hasPeers(report)) lines.push('', drawTable(peerTable(report, threads)));
    lines.push(...networkLines(report, threads));
  }
  const verdicts = judge(report);
  if (verdicts.length > 0) lines.push('', drawTable(targetTable(verdicts)), ...lossLines(verdicts));
  return lines.join('\n');
}

function drawTable({ head, rows, texts }: TableData): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column < texts ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}
