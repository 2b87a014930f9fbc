// The suites that the benchmark can run: lists of shapes under a name.
// SPDX-License-Identifier: MIT

import { NAMED_SHAPES, type NamedShape, TWIN_SHAPES } from '../test/shapes.ts';

export interface Suite {
  readonly name: string;
  readonly description: string;
  readonly shapes: readonly NamedShape[];
}

export const SUITES: readonly Suite[] = [
  {
    name: 'named',
    description: 'layers of real networks, and filters over whole pictures',
    shapes: NAMED_SHAPES,
  },
  { name: 'twins', description: 'shapes that fit no tile', shapes: TWIN_SHAPES },
];
