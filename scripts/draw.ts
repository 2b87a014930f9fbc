// Plots as SVG that needs nothing else, for the benchmark's reports and the pictures of docs/: one way of drawing, and
// one palette.
// SPDX-License-Identifier: MIT

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

export const BLUE = '#3b7dd8';
export const ORANGE = '#e07b39';
export const INK = '#222';
export const GREY = '#999';

/** Draws on white, so that a dark page does not swallow the ink. */
export function draw(options: Plot.PlotOptions): string {
  const window = parseHTML('<!doctype html><html><body></body></html>');
  const { document } = window as unknown as { readonly document: Plot.PlotOptions['document'] };
  const drawn = Plot.plot({ ...options, style: { background: 'white', color: INK }, document });
  return drawn.outerHTML.replace(/^<svg /, '<svg xmlns="http://www.w3.org/2000/svg" ');
}
