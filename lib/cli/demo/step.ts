// What the demo asks of the library: the operators that it calls, and a step that calls them through whichever
// door it is given. Layer: command line.
// SPDX-License-Identifier: MIT

import type * as library from '../../index.ts';
import type { OperatorName } from '../../ops/table.ts';
import type { Result } from './arrays.ts';
import type { Picture } from './pictures.ts';

/** `native-conv` or `native-conv/reference`, as far as the demo uses them. */
export type Door = Pick<typeof library, OperatorName>;

export interface Step {
  /** The first column of the table. */
  readonly kind: string;
  /** Calls the operators; the door itself asks for `reproducible: true`. */
  readonly run: (door: Door) => Result[];
  /** What the results look like, where that is worth a look. */
  readonly picture?: (results: readonly Result[]) => Picture;
}
