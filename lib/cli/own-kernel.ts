// Loads the module of `native-conv verify --kernel`: kernels of the user's own, to be checked against the reference.
// A module exports functions named after operators, or one by default, which then serves the operators asked for.
// Layer: command line.
// SPDX-License-Identifier: MIT

import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OPERATOR_NAMES, type OperatorName } from '../ops/table.ts';
import type { OwnKernel } from '../verify.ts';
import { Failure, messageOf } from './failure.ts';

export interface OwnKernels {
  /** The file's name; the door in tables. */
  readonly name: string;
  /** In the order of the operators' table, or in that asked for. */
  readonly byOperator: ReadonlyMap<OperatorName, OwnKernel>;
}

/**
 * @param file - as the user gave it.
 * @param wanted - operators; `undefined` for all that the module has.
 * @throws Failure if there is no such file, if it does not load, or if it does not export what is wanted.
 */
export async function loadKernels(
  file: string,
  wanted: readonly OperatorName[] | undefined,
): Promise<OwnKernels> {
  const exported = await importModule(file);
  const byDefault = exported['default'];
  const found = (wanted ?? OPERATOR_NAMES).filter((operator) => Object.hasOwn(exported, operator));
  if (wanted === undefined && found.length === 0) throw new Failure(missingMessage(file, byDefault));
  const operators = wanted ?? found;
  const byOperator = new Map(
    operators.map((operator) => [operator, readKernel(file, operator, exported[operator] ?? byDefault)]),
  );
  return { name: basename(file), byOperator };
}

async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  const path = resolve(file);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new Failure(`--kernel: there is no file ${file}`);
  }
  let exported: Record<string, unknown>;
  try {
    exported = await import(pathToFileURL(path).href);
  } catch (error) {
    throw new Failure(`--kernel: cannot load ${file}: ${messageOf(error)}`, { cause: error });
  }
  // Node names only those exports of a CommonJS module that it can see without running it.
  const { default: byDefault } = exported;
  return typeof byDefault === 'object' ? { ...byDefault, ...exported } : exported;
}

function missingMessage(file: string, byDefault: unknown): string {
  if (typeof byDefault === 'function') {
    return `--kernel: ${file} exports a function by default; say with --op which operator it is`;
  }
  return `--kernel: ${file} must export a function named after an operator, as in conv2d(input, weight, options)`;
}

/** An error of the kernel's is the user's to mend: which one threw it is said. */
function readKernel(file: string, operator: OperatorName, kernel: unknown): OwnKernel {
  if (typeof kernel !== 'function') {
    const got =
      kernel === undefined || typeof kernel === 'object' ? 'exports none' : `exports a ${typeof kernel}`;
    throw new Failure(`--kernel: ${file} must export a function ${operator}, or one by default; it ${got}`);
  }
  return async (...args) => {
    try {
      return await kernel(...args);
    } catch (error) {
      throw new Failure(`${operator} of ${file} threw: ${messageOf(error)}`, { cause: error });
    }
  };
}
