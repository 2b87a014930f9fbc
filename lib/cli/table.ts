// Tables and numbers as the command prints them. Layer: command line.
// SPDX-License-Identifier: MIT

import { loadTable } from './packages.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Draws rows under headings; without headings, as pairs of name and value. */
export async function drawTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): Promise<string> {
  const Table = await loadTable();
  const table = new Table({
    head: columns.map((column) => column.title),
    colAligns: columns.map((column) => column.align ?? 'left'),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}

/** Draws `name: value` lines as a table without a heading. */
export async function drawFacts(facts: readonly (readonly [string, string])[]): Promise<string> {
  const Table = await loadTable();
  const table = new Table({ style: { head: [], border: [], compact: true } });
  for (const [name, value] of facts) table.push([name, value]);
  return table.toString();
}

/** `1×3×256×256`; a scalar is `()`. */
export function formatDims(dims: readonly number[]): string {
  return dims.length === 0 ? '()' : dims.join('×');
}

/** Milliseconds with three significant digits: `0.0123`, `1.23`, `123`. */
export function formatMilliseconds(milliseconds: number): string {
  return significant(milliseconds);
}

/** `412×`, with three significant digits. */
export function formatRatio(ratio: number): string {
  return `${significant(ratio)}×`;
}

/** Bytes in binary units: `32 KiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${significant(bytes / 1024 ** power)} ${units[power]}`;
}

/** A count with a decimal prefix: `115.6 M`. */
export function formatCount(count: number): string {
  const prefixes = ['', ' k', ' M', ' G', ' T', ' P'];
  const power = count < 1000 ? 0 : Math.min(prefixes.length - 1, Math.floor(Math.log10(count) / 3));
  return `${Number((count / 1000 ** power).toPrecision(4))}${prefixes[power]}`;
}

function significant(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 5));
}
