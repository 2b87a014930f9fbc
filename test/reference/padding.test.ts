// The padding modes as index maps, against what numpy.pad and OpenCV's documentation show.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import type { PaddingMode } from '../../lib/geometry.ts';
import { sourceIndex } from '../../lib/reference/padding.ts';

function padded(letters: string, before: number, after: number, mode: PaddingMode): string {
  const positions = Array.from({ length: before + letters.length + after }, (_, index) => index - before);
  return positions.map((position) => letters[sourceIndex(position, letters.length, mode)] ?? '.').join('');
}

describe('reference padding modes', () => {
  // numpy.pad(list('abcd'), (5, 9), mode), modes constant, reflect, symmetric, edge, wrap.
  const wide: Record<PaddingMode, string> = {
    zeros: '.....abcd.........',
    reflect: 'bcdcbabcdcbabcdcba',
    symmetric: 'ddcbaabcddcbaabcdd',
    replicate: 'aaaaaabcdddddddddd',
    circular: 'dabcdabcdabcdabcda',
  };
  for (const [mode, expected] of Object.entries(wide)) {
    it(`${mode}, wider than the input`, () => {
      expect(padded('abcd', 5, 9, mode as PaddingMode)).to.equal(expected);
    });
  }

  it('repeats a single element in every mode but zeros', () => {
    for (const mode of ['reflect', 'symmetric', 'replicate', 'circular'] as const) {
      expect(padded('a', 3, 2, mode), mode).to.equal('aaaaaa');
    }
    expect(padded('a', 1, 2, 'zeros')).to.equal('.a..');
  });

  it('finds nothing but zeros beside an empty axis', () => {
    for (const mode of ['zeros', 'reflect', 'symmetric', 'replicate', 'circular'] as const) {
      expect(padded('', 2, 1, mode), mode).to.equal('...');
    }
  });
});
