// How a call's output size comes about, and what is likely to bound it, in words. Layer: command line.
// SPDX-License-Identifier: MIT

import type { Cost } from '../analysis.ts';
import type { Explanation } from '../explain.ts';
import type { Geometry } from '../geometry.ts';
import type { Info } from '../index.ts';
import type { Planned } from '../ops/table.ts';
import { formatBytes } from './table.ts';

const AXES = ['depth', 'height', 'width'] as const;

/** One line for each spatial axis of each stage: `height: ⌊(56 + 1 + 1 − 3) ÷ 1⌋ + 1 = 56`. */
export function shapeArithmetic({ plan, settings }: Planned): string {
  const lines = plan.geometries.flatMap((geometry, stage) => {
    const prefix = plan.geometries.length > 1 ? `stage ${stage + 1}, ` : '';
    if (geometry.kind === 'matmul') {
      const { rows, depth, columns } = geometry.matmul;
      return [`${rows}×${depth} times ${depth}×${columns} gives ${rows}×${columns}`];
    }
    const axes = ([0, 1, 2] as const).slice(3 - settings.rank);
    return axes.map((axis) => `${prefix}${AXES[axis]}: ${axisArithmetic(geometry, axis)}`);
  });
  return lines.join('\n');
}

function axisArithmetic(g: Geometry, axis: 0 | 1 | 2): string {
  const [input, output, stride] = [g.input[axis], g.output[axis], g.stride[axis]];
  const [kernel, dilation] = [g.kernel[axis], g.dilation[axis]];
  const extent = dilation === 1 ? `${kernel}` : `((${kernel} − 1)·${dilation} + 1)`;
  if (g.kind === 'convTranspose' || g.kind === 'col2im') {
    const crops = `${minus(g.padBegin[axis])}${minus(g.padEnd[axis])}`;
    return `(${output} − 1)·${stride} + ${extent}${crops} = ${input}`;
  }
  const pads = `${plus(g.padBegin[axis])}${plus(g.padEnd[axis])}`;
  return `⌊(${input}${pads} − ${extent}) ÷ ${stride}⌋ + 1 = ${output}`;
}

function plus(value: number): string {
  if (value === 0) return '';
  return value < 0 ? ` − ${-value}` : ` + ${value}`;
}

function minus(value: number): string {
  return plus(-value);
}

/** Multiply-adds that a core can start in a cycle: its vector units times their float32 lanes. */
const PER_CYCLE: Readonly<Record<string, number>> = { avx512: 32, avx2: 16, neon: 8, portable: 1 };

/** Bytes that a core gets in a cycle: rough values for server processors of the 2020s, good for an order of magnitude. */
const LEVELS = [
  { name: 'the L2 cache', size: 'l2', bytesPerCycle: 32 },
  { name: 'the L3 cache', size: 'l3', bytesPerCycle: 12 },
] as const;
const MEMORY = { name: 'memory', bytesPerCycle: 4 } as const;

/** A rule of thumb (the roofline: Williams, Waterman & Patterson 2009), from sizes and instruction set alone. */
export function whatBounds(
  { isa, type }: Pick<Explanation, 'isa' | 'type'>,
  { bytes, multiplyAdds }: Pick<Cost, 'bytes' | 'multiplyAdds'>,
  cacheBytes: Info['cacheBytes'],
): string {
  const level = LEVELS.find(({ size }) => bytes <= cacheBytes[size]) ?? MEMORY;
  if (multiplyAdds === 0) return `${level.name}: it only moves data, ${formatBytes(bytes)}`;
  const lanes = (PER_CYCLE[isa.split(' + ')[0]] ?? 1) / (type === 'float64' && isa !== 'portable' ? 2 : 1);
  const needed = lanes / (multiplyAdds / bytes);
  const account =
    `a core with ${isa} does at most ${lanes} multiply-adds a cycle and would need ${significant(needed)} bytes a ` +
    `cycle for them; the operands' ${formatBytes(bytes)} come from ${level.name}, which gives about ${level.bytesPerCycle}`;
  return needed <= level.bytesPerCycle ? `arithmetic: ${account}` : `${level.name}: ${account}`;
}

function significant(value: number): string {
  return String(Number(value.toPrecision(2)));
}
