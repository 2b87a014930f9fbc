// Pictures of figures: what separable convolutions save, and how receptive fields grow.
// SPDX-License-Identifier: MIT

import * as Plot from '@observablehq/plot';
import { compareSeparable, receptiveField } from '../../lib/analysis.ts';
import { BLUE, draw, GREY, INK, ORANGE } from '../draw.ts';

/** Parameters of 3×3 layers over their channels, standard and split. */
export function savings(): string {
  const points = [8, 16, 32, 64, 128, 256].flatMap((channels) => {
    const { standard, depthwise } = compareSeparable([1, channels, 14, 14], [channels, channels, 3, 3]);
    return [
      { channels, kind: 'standard 3×3', parameters: standard.parameters },
      { channels, kind: 'depthwise 3×3, then 1×1', parameters: depthwise.parameters },
    ];
  });
  return chart(points, 'channels', 'parameters', [BLUE, ORANGE]);
}

/** What one output sees through a stack of 3×3 layers. */
export function receptiveFields(): string {
  const stacks = {
    'dilation 1': () => ({}),
    'dilations 1, 2, 4, …': (layer: number) => ({ dilation: 2 ** layer }),
  };
  const points = Object.entries(stacks).flatMap(([kind, options]) =>
    [1, 2, 3, 4, 5].map((layers) => {
      const stack = Array.from({ length: layers }, (_, i) => ({ kernelSize: 3, ...options(i) }));
      return { layers, kind, size: receptiveField(stack).axes[0].size };
    }),
  );
  return chart(points, 'layers', 'size', [GREY, BLUE]);
}

type Point = Readonly<Record<string, number | string>> & { readonly kind: string };

function chart(points: readonly Point[], x: string, y: string, range: readonly string[]): string {
  const kinds = [...new Set(points.map(({ kind }) => kind))];
  const steps = [...new Set(points.map((point) => point[x]))];
  const last = points.filter((point) => point[x] === steps.at(-1));
  return draw({
    width: 620,
    height: 260,
    marginLeft: 60,
    marginRight: 170,
    x: { label: `${x} →`, type: 'point', domain: steps },
    y: { label: `↑ ${y}`, grid: true, zero: true },
    color: { domain: kinds, range: [...range] },
    marks: [
      Plot.line(points, { x, y, stroke: 'kind', marker: 'dot' }),
      Plot.text(last, { x, y, text: 'kind', textAnchor: 'start', dx: 10, fill: INK }),
    ],
  });
}
