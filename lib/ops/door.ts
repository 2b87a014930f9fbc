// How a prepared operator becomes a function of a door: the types that say which arguments it then takes.
// Layer: operators; the doors' wrappers use it.
// SPDX-License-Identifier: MIT

import type { Door, ExtraOptions } from '../options.ts';
import type { Tensor } from '../tensor.ts';
import type { PreparedFor } from './call.ts';

/** An operator before it has a door. The options are the last argument. */
export type Prepare<Args extends unknown[], Result extends Tensor> = (
  door: Door,
  ...args: Args
) => PreparedFor<Result>;

/** The same arguments, with the options that only this door has. */
export type ArgumentsThrough<D extends Door, Args extends unknown[]> =
  Required<Args> extends [...infer Operands, infer Options]
    ? Args extends Required<Args>
      ? [...operands: Operands, options: Options & ExtraOptions[D]]
      : [...operands: Operands, options?: Options & ExtraOptions[D]]
    : never;
