// One or more reports as one HTML file that needs nothing else: tables, targets, plots.
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

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 1100px; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; display: block; overflow-x: auto }
th, td { padding: 2px 8px; border-bottom: 1px solid #e4e4e4; white-space: nowrap; text-align: right }
th { border-bottom-color: #999 }
.text { text-align: left }
figure { margin: 2em 0 } figcaption { color: #555; font-size: 13px }
svg { max-width: 100%; height: auto }
code { background: #f3f3f3; padding: 0 3px; border-radius: 3px }`;

export function drawPage(reports: readonly Report[], figures: readonly Figure[]): string {
  const verdicts = judgeAll(reports);
  const targets =
    verdicts.length === 0
      ? []
      : ['<h2>Targets</h2>', htmlTable(targetTable(verdicts)), htmlList(lossLines(verdicts))];
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><title>native-conv: benchmark</title>',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<style>${STYLE}</style></head><body>`,
    '<h1>native-conv: benchmark</h1>',
    ...targets,
    ...figures.map(htmlFigure),
    ...reports.map(htmlReport),
    '</body></html>',
    '',
  ].join('\n');
}

function htmlFigure({ id, title, caption, svg }: Figure): string {
  return `<figure id="${id}"><h2>${inline(title)}</h2>${svg}<figcaption>${inline(caption)}</figcaption></figure>`;
}

function htmlReport(report: Report): string {
  const parts = [
    `<h2>Suite <code>${escapeHtml(report.suite)}</code>, ${escapeHtml(report.date)}</h2>`,
    htmlList(factLines(report)),
  ];
  for (const threads of threadCounts(report)) {
    parts.push(`<h3>${escapeHtml(threadsTitle(report, threads))}</h3>`);
    if (hasPeers(report)) parts.push(htmlTable(peerTable(report, threads)));
    parts.push(htmlTable(ownTable(report, threads)), htmlList(networkLines(report, threads)));
  }
  return parts.join('\n');
}

function htmlTable({ head, rows, texts }: TableData): string {
  const cells = (tag: string, row: readonly string[]) =>
    row.map((cell, column) => {
      const kind = column < texts ? ' class="text"' : '';
      return `<${tag}${kind}>${inline(cell)}</${tag}>`;
    });
  const body = rows.map((row) => `<tr>${cells('td', row).join('')}</tr>`);
  return `<table><thead><tr>${cells('th', head).join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table>`;
}

function htmlList(lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `<ul>${lines.map((line) => `<li>${inline(line)}</li>`).join('\n')}</ul>`;
}

/** Text with code between backquotes. */
function inline(text: string): string {
  return escapeHtml(text).replace(/`([^`]*)`/g, '<code>$1</code>');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
