// Grids of cells side by side, with titles, notes, and signs between them: the form of most pictures in docs/.
// SPDX-License-Identifier: MIT

import * as Plot from '@observablehq/plot';
import type { TensorLike } from '../../lib/public.ts';
import { draw, INK } from '../draw.ts';

export type Grid = readonly (readonly number[])[];

export interface Panel {
  readonly title?: string;
  /** Below the grid. */
  readonly note?: string;
  readonly values: Grid;
  readonly fill: (value: number, row: number, column: number) => string;
  /** In each cell; none by default. */
  readonly text?: (value: number) => string;
  /** Pixels of a cell, by default those of the picture. */
  readonly cell?: number;
}

/** A sign between two panels: `'∗'`, `'='`, `'+'`, … */
export type Item = Panel | string;

const PAPER = '#fff';
const PALE_BLUE = '#7fb0ee';
const PALE_ORANGE = '#f0a878';
const LINE = 18;
/** Of a character of the font size used, generously. */
const CHARACTER = 6.6;
const GAP = 22;
const MARGIN = 12;

interface Cell {
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
  readonly fill: string;
  readonly text: string;
}

interface Label {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly anchor: 'start' | 'middle';
  readonly size: number;
}

/** Rows of panels. */
export function drawPanels(
  rows: readonly (readonly Item[])[],
  { cell = 24 }: { readonly cell?: number } = {},
): string {
  const cells: Cell[] = [];
  const labels: Label[] = [];
  let width = 0;
  let top = MARGIN;
  for (const row of rows) {
    const panels = row.filter((item) => typeof item !== 'string');
    const has = (name: 'title' | 'note') => panels.some((panel) => panel[name] !== undefined);
    const first = top + (has('title') ? LINE : 0);
    const tallest = Math.max(...panels.map((panel) => panel.values.length * (panel.cell ?? cell)));
    let left = MARGIN;
    for (const item of row) {
      left += typeof item === 'string' ? sign(item, left) : grid(item, left) + GAP;
    }
    width = Math.max(width, left - GAP + MARGIN);
    top = first + tallest + (has('note') ? LINE : 0) + GAP * 0.7;

    function sign(text: string, x: number): number {
      const wide = text.length * 9;
      labels.push({ x: x + wide / 2 - GAP / 2, y: first + tallest / 2, text, anchor: 'middle', size: 16 });
      return wide;
    }

    function grid(panel: Panel, x: number): number {
      const size = panel.cell ?? cell;
      // Smaller panels are centred beside larger ones.
      const y = first + (tallest - panel.values.length * size) / 2;
      for (const [i, line] of panel.values.entries()) {
        for (const [j, value] of line.entries()) {
          cells.push({
            x1: x + j * size,
            x2: x + (j + 1) * size,
            y1: y + i * size,
            y2: y + (i + 1) * size,
            fill: panel.fill(value, i, j),
            text: panel.text?.(value) ?? '',
          });
        }
      }
      const label = (text: string | undefined, at: number) => {
        if (text !== undefined) labels.push({ x, y: at, text, anchor: 'start', size: 12 });
        return (text?.length ?? 0) * CHARACTER;
      };
      const under = y + panel.values.length * size + LINE / 2 + 2;
      const texts = [label(panel.title, y - LINE / 2 + 1), label(panel.note, under)];
      return Math.max(panel.values[0].length * size, ...texts);
    }
  }
  const height = top + MARGIN - GAP * 0.7;
  return draw({
    width: Math.ceil(width),
    height: Math.ceil(height),
    margin: 0,
    x: { type: 'identity', axis: null },
    y: { type: 'identity', axis: null },
    marks: [
      Plot.rect(cells, {
        x1: 'x1',
        x2: 'x2',
        y1: 'y1',
        y2: 'y2',
        fill: 'fill',
        stroke: '#ccc',
        strokeWidth: 0.5,
      }),
      Plot.text(
        cells.filter(({ text }) => text !== ''),
        {
          x: ({ x1, x2 }) => (x1 + x2) / 2,
          y: ({ y1, y2 }) => (y1 + y2) / 2,
          text: 'text',
          fill: INK,
          fontSize: 10,
        },
      ),
      ...(['start', 'middle'] as const).map((anchor) =>
        Plot.text(
          labels.filter((label) => label.anchor === anchor),
          { x: 'x', y: 'y', text: 'text', fontSize: 'size', textAnchor: anchor, fill: INK },
        ),
      ),
    ],
  });
}

/** White for zero to blue for `most`. */
export function shade(most: number): (value: number) => string {
  const scale = Plot.scale({ color: { type: 'linear', domain: [0, most], range: [PAPER, PALE_BLUE] } });
  return (value) => (value === 0 ? PAPER : scale.apply(value));
}

/** Orange for `−most`, white for zero, blue for `most`. */
export function shadeSigned(most: number): (value: number) => string {
  const domain = [-most, 0, most];
  const scale = Plot.scale({ color: { type: 'linear', domain, range: [PALE_ORANGE, PAPER, PALE_BLUE] } });
  return (value) => scale.apply(value);
}

/** The last two axes of a tensor, those before them at 0 or at what `at` says. */
export function gridOf(
  { data, dims }: TensorLike & { readonly dims: readonly number[] },
  at = 0,
): number[][] {
  const [rows, columns] = dims.slice(-2);
  const values = Array.from(data as ArrayLike<number>);
  return Array.from({ length: rows }, (_, i) => {
    const start = at * rows * columns + i * columns;
    return values.slice(start, start + columns);
  });
}

/** A value as short as it can be said. */
export function brief(value: number): string {
  const text = String(Number(value.toFixed(2)));
  return text.replace(/^(-?)0\./, '$1.').replace('-', '−');
}
