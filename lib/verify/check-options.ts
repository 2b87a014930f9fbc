// What a cross-check may be told: which ways of running a call, kernels of one's own, a tolerance. Layer: verify.
// SPDX-License-Identifier: MIT

import { checkChoice, checkInteger, readOptions } from '../check.ts';
import { describe, rangeError, typeError } from '../errors.ts';
import { ALGORITHMS, type Algorithm } from '../geometry.ts';
import { loadBinding } from '../native/binding.ts';
import type { TensorLike } from '../tensor.ts';
import type { Tolerance } from './difference.ts';

/**
 * A kernel of one's own: takes the operator's arguments, the options last, and returns its result, or a promise of
 * it; `null` says that it does not take this call.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a kernel without a return statement is told so
export type OwnKernel = (...args: never[]) => TensorLike | null | void | Promise<TensorLike | null>;

export interface CheckOptions {
  /** By default both. */
  readonly doors?: readonly ('native' | 'promises')[];
  /** Of the native door. By default `'auto'`, and every one that takes the call. */
  readonly algorithms?: readonly Algorithm[];
  /** By default every available one. */
  readonly isas?: readonly string[];
  /** By default 1 and 2. */
  readonly threads?: readonly number[];
  /** Your own, by name. */
  readonly kernels?: Readonly<Record<string, OwnKernel>>;
  /** What your own kernels must keep to; by default the bound of one chain of sums in any order. */
  readonly tolerance?: Tolerance;
}

const DOORS = ['native', 'promises'] as const;
export const CHECK_NAMES: readonly string[] = [
  'doors',
  'algorithms',
  'isas',
  'threads',
  'kernels',
  'tolerance',
];
const NAMES = new Set(CHECK_NAMES);

export type ReadCheckOptions = Required<Omit<CheckOptions, 'algorithms' | 'tolerance'>> & {
  readonly algorithms: readonly Algorithm[] | null;
  readonly tolerance: Tolerance | null;
};

/** Checks options; every list is checked before anything runs. */
export function readCheckOptions(caller: string, options: unknown): ReadCheckOptions {
  const given = readOptions(caller, options, NAMES);
  const { availableIsas } = loadBinding().info();
  const list = <Item>(
    name: string,
    byDefault: readonly Item[],
    check: (item: unknown) => Item,
  ): readonly Item[] => {
    const items = given[name] ?? byDefault;
    if (Array.isArray(items)) return items.map(check);
    throw typeError('ERR_CONV_OPTION', caller, `options.${name} must be an array, got ${describe(items)}`);
  };
  const choice =
    <Name extends string>(name: string, names: readonly Name[]) =>
    (item: unknown) =>
      checkChoice(caller, `options.${name}`, item, names);
  const kernels = readKernels(caller, given.kernels ?? {});
  return {
    doors: list('doors', DOORS, choice('doors', DOORS)),
    algorithms:
      given.algorithms === undefined ? null : list('algorithms', [], choice('algorithms', ALGORITHMS)),
    isas: list('isas', availableIsas, choice('isas', availableIsas)),
    threads: list('threads', [1, 2], (item) => checkInteger(caller, 'options.threads', item, 1)),
    kernels,
    tolerance: (given.tolerance ?? null) as Tolerance | null,
  };
}

function readKernels(caller: string, kernels: unknown): Readonly<Record<string, OwnKernel>> {
  if (typeof kernels !== 'object' || kernels === null) {
    const message = `options.kernels must be functions by name, got ${describe(kernels)}`;
    throw typeError('ERR_CONV_OPTION', caller, message);
  }
  for (const [name, kernel] of Object.entries(kernels)) {
    if (['reference', ...DOORS].includes(name)) {
      throw rangeError('ERR_CONV_OPTION', caller, `a kernel of your own cannot be called '${name}'`);
    }
    if (typeof kernel === 'function') continue;
    const message = `options.kernels.${name} must be a function, got ${describe(kernel)}`;
    throw typeError('ERR_CONV_OPTION', caller, message);
  }
  return kernels as Readonly<Record<string, OwnKernel>>;
}
