// `native-conv demo`: every kind of convolution on a photograph, natively and by the reference, with a table,
// pictures, and a verdict on the bits. Layer: command line; a good place to start reading the demo.
// SPDX-License-Identifier: MIT

import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as native from '../../index.ts';
import * as reference from '../../reference.ts';
import { EXIT, Failure, messageOf } from '../failure.ts';
import { startProgress } from '../progress.ts';
import { drawTable, formatDims, formatMilliseconds, formatRatio } from '../table.ts';
import type { Floats } from './arrays.ts';
import { describeOutcome } from './describe.ts';
import { loadPhoto } from './photo.ts';
import { type Picture, writePng } from './pictures.ts';
import { type Outcome, runStep } from './run.ts';
import type { Step } from './step.ts';
import { gradientSteps } from './steps/gradients.ts';
import { lineSteps } from './steps/line.ts';
import { matrixSteps } from './steps/matrix.ts';
import { planeSteps } from './steps/plane.ts';
import { volumeSteps } from './steps/volume.ts';

export interface DemoOptions {
  /** A picture's file; without one, the photograph that ships with `baboon-image-uri`. */
  readonly image?: string;
  /** The folder for the pictures. */
  readonly out: string;
  /** About how many pixels the longer side of the working copy has. */
  readonly size: number;
}

export function demoSteps(photo: Floats): Step[] {
  return [
    ...lineSteps(photo),
    ...planeSteps(photo),
    ...volumeSteps(photo),
    ...gradientSteps(photo),
    ...matrixSteps(photo),
  ];
}

/** Runs the demo and returns the exit code: 1 if any bit differs between native and reference. */
export async function demo(options: DemoOptions): Promise<number> {
  const photo = await loadPhoto(options.image, options.size);
  await createFolder(options.out);
  const [, , height, width] = photo.image.dims;
  const { isa, threads } = native.info();
  console.log(
    `${photo.name}, ${photo.originalWidth}×${photo.originalHeight}, worked on at ${width}×${height}; ` +
      `ISA ${isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}, reproducible: true`,
  );
  const outcomes = await runSteps(demoSteps(photo.image));
  console.log(await drawOutcomes(outcomes));
  await writePictures(options.out, outcomes);
  return report(outcomes);
}

async function createFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new Failure(`the folder ${folder} cannot be written to: ${messageOf(cause)}`, { cause });
  }
}

async function runSteps(steps: readonly Step[]): Promise<Outcome[]> {
  const progress = await startProgress(steps.length);
  const outcomes: Outcome[] = [];
  try {
    for (const step of steps) {
      await progress.at(step.kind);
      outcomes.push(runStep(step, native, reference));
      progress.advance();
    }
  } finally {
    progress.stop();
  }
  return outcomes;
}

function drawOutcomes(outcomes: readonly Outcome[]): Promise<string> {
  const rows = outcomes.map((outcome) => {
    const { algorithm, isa } = describeOutcome(outcome);
    const { nativeMilliseconds, referenceMilliseconds } = outcome;
    return [
      outcome.step.kind,
      `${formatDims(firstDims(outcome))} → ${formatDims(lastDims(outcome))}`,
      algorithm,
      isa,
      formatMilliseconds(nativeMilliseconds),
      formatMilliseconds(referenceMilliseconds),
      formatRatio(referenceMilliseconds / nativeMilliseconds),
      outcome.differences === 0 ? 'yes' : `no: ${outcome.differences} differ`,
    ];
  });
  return drawTable(
    [
      { title: 'kind' },
      { title: 'input → output' },
      { title: 'algorithm' },
      { title: 'ISA' },
      { title: 'native\nms', align: 'right' },
      { title: 'reference\nms', align: 'right' },
      { title: 'speed-up', align: 'right' },
      { title: 'same\nbits' },
    ],
    rows,
  );
}

function firstDims(outcome: Outcome): readonly number[] {
  return (outcome.calls[0].args[0] as Floats).dims;
}

function lastDims(outcome: Outcome): readonly number[] {
  return outcome.results[outcome.results.length - 1].dims;
}

async function writePictures(folder: string, outcomes: readonly Outcome[]): Promise<void> {
  for (const { step, results } of outcomes) {
    if (step.picture === undefined) continue;
    const picture = step.picture(results);
    const path = join(folder, `${picture.name}.png`);
    await writePicture(path, picture);
    console.log(`${path}: ${picture.caption}`);
  }
}

async function writePicture(path: string, picture: Picture): Promise<void> {
  try {
    await writePng(path, picture.raster);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure(`${path} cannot be written: ${messageOf(cause)}`, { cause });
  }
}

function report(outcomes: readonly Outcome[]): number {
  const different = outcomes.filter((outcome) => outcome.differences > 0);
  if (different.length === 0) {
    console.log(`${outcomes.length} kinds: native and reference agree in every bit`);
    return EXIT.success;
  }
  const kinds = different.map((outcome) => outcome.step.kind).join(', ');
  console.error(`native and reference differ in ${different.length} of ${outcomes.length}: ${kinds}`);
  return EXIT.difference;
}
