// Which elements of the large side a tap meets: the padding modes as index maps, and the tables made of them, one per
// axis, that the loops read. Layer: reference.
// SPDX-License-Identifier: MIT

import type { Geometry, PaddingMode } from '../geometry.ts';

/**
 * The element that stands at `position` of an axis with `size` elements (0 is the first one, negative positions and
 * those from `size` on lie in the padding), or −1 for a zero. The modes repeat, so that any width of padding works:
 * `abcd` is padded on either side as reflect `…dcb|abcd|cba…`, symmetric `…cba|abcd|dcb…`, replicate `…aaa|abcd|ddd…`,
 * circular `…bcd|abcd|abc…`; an axis of one element reflects onto itself, one of none is all zeros.
 *
 * @example
 * sourceIndex(-2, 4, 'reflect') // 2
 */
export function sourceIndex(position: number, size: number, mode: PaddingMode): number {
  if (position >= 0 && position < size) return position;
  if (mode === 'zeros' || size === 0) return -1;
  if (mode === 'replicate') return position < 0 ? 0 : size - 1;
  if (mode === 'circular') return modulo(position, size);
  if (mode === 'symmetric') {
    const folded = modulo(position, 2 * size);
    return Math.min(folded, 2 * size - 1 - folded);
  }
  if (size === 1) return 0;
  const folded = modulo(position, 2 * (size - 1));
  return Math.min(folded, 2 * (size - 1) - folded);
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

/** Position of a tap on the large side, its padding not counted: negative before the first element. */
function tapPosition(g: Geometry, axis: number, o: number, k: number): number {
  return o * g.stride[axis] + k * g.dilation[axis] - g.padBegin[axis];
}

/** Element `o · kernel + k` is the large side's index that tap `k` of small-side position `o` reads, −1 for a zero. */
export function tapTable(g: Geometry, axis: 0 | 1 | 2): Int32Array {
  const table = new Int32Array(g.output[axis] * g.kernel[axis]);
  for (let o = 0; o < g.output[axis]; o++) {
    for (let k = 0; k < g.kernel[axis]; k++) {
      table[o * g.kernel[axis] + k] = sourceIndex(tapPosition(g, axis, o, k), g.input[axis], g.paddingMode);
    }
  }
  return table;
}

/** Tap `k` of small-side position `o`. */
export interface Tap {
  readonly k: number;
  readonly o: number;
}

/** The taps that meet one position of the padded large side, `k` ascending. */
export type Meeting = readonly Tap[];

/**
 * The other way around: for each large-side index, the positions of the padded large side that copy it and are met
 * by a tap, ascending. With zero padding there is at most one, the element itself; the other modes copy elements
 * into the padding.
 */
export function meetings(g: Geometry, axis: 0 | 1 | 2): readonly (readonly Meeting[])[] {
  const byIndex = Array.from({ length: g.input[axis] }, () => new Map<number, Tap[]>());
  for (let k = 0; k < g.kernel[axis]; k++) {
    for (let o = 0; o < g.output[axis]; o++) {
      const position = tapPosition(g, axis, o, k);
      const index = sourceIndex(position, g.input[axis], g.paddingMode);
      if (index < 0) continue;
      const meeting = byIndex[index].get(position);
      if (meeting) meeting.push({ k, o });
      else byIndex[index].set(position, [{ k, o }]);
    }
  }
  return byIndex.map((positions) => [...positions].sort(([a], [b]) => a - b).map(([, meeting]) => meeting));
}
