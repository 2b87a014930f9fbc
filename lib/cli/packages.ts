// The packages that only the command needs, loaded when they are needed: the library itself does not depend on
// them, and whoever misses one is told in one line what to install. Layer: command line.
// SPDX-License-Identifier: MIT

import type { Presets, SingleBar } from 'cli-progress';
import type CliTable from 'cli-table3';
import type * as Commander from 'commander';
import type Sharp from 'sharp';
import type { glob } from 'tinyglobby';
import { codeOf, Failure } from './failure.ts';

const REMEDY = 'npm install commander cli-table3 cli-progress sharp tinyglobby';

export function loadCommander(): Promise<typeof Commander> {
  return load('commander', () => import('commander'));
}

export async function loadTable(): Promise<typeof CliTable> {
  return (await load('cli-table3', () => import('cli-table3'))).default;
}

interface Progress {
  readonly Presets: typeof Presets;
  readonly SingleBar: typeof SingleBar;
}

export function loadProgress(): Promise<Progress> {
  return load('cli-progress', () => import('cli-progress'));
}

export async function loadSharp(): Promise<typeof Sharp> {
  return (await load('sharp', () => import('sharp'))).default;
}

export async function loadGlob(): Promise<typeof glob> {
  return (await load('tinyglobby', () => import('tinyglobby'))).glob;
}

/** The photograph that the demo uses when it is given none, as a data URI. */
export async function loadBaboon(): Promise<string> {
  // A name that the compiler does not resolve: the package ships no types.
  const name: string = 'baboon-image-uri';
  const imported: unknown = await load(
    name,
    () => import(name),
    `name a picture with --image, or: npm install ${name}`,
  );
  return (imported as { readonly default: string }).default;
}

async function load<Module>(
  name: string,
  importModule: () => Promise<Module>,
  remedy = `run: ${REMEDY}`,
): Promise<Module> {
  try {
    return await importModule();
  } catch (cause) {
    const why = codeOf(cause) === 'ERR_MODULE_NOT_FOUND' ? 'is not installed' : 'cannot be loaded';
    throw new Failure(`the package ${name} ${why}; ${remedy}`, { cause });
  }
}
