// The suites that the benchmark can run: lists of shapes under a name.
// SPDX-License-Identifier: MIT

import { NAMED_SHAPES, type NamedShape, TWIN_SHAPES } from '../test/shapes.ts';
import type { Contestant } from './contestant.ts';
import { CONTESTANTS } from './contestants.ts';
import { GRADIENT_CONTESTANTS } from './gradients/contestants.ts';
import { GRADIENTS } from './gradients/suite.ts';
import type { GradientTask } from './gradients/task.ts';
import { IMAGE_CONTESTANTS } from './images/contestants.ts';
import { IMAGES } from './images/suite.ts';
import type { ImageTask } from './images/task.ts';
import { C3D } from './networks/c3d.ts';
import { DCGAN } from './networks/dcgan.ts';
import { EFFICIENTNET_B0 } from './networks/efficientnet-b0.ts';
import { MOBILENET_V2 } from './networks/mobilenet-v2.ts';
import { RESNET50 } from './networks/resnet50.ts';
import { UNET } from './networks/unet.ts';
import { WHISPER } from './networks/whisper.ts';
import { CALLS, CLIFFS, SCALING } from './sweeps.ts';
import { isGradientTask, isImageTask, type Workload } from './workload.ts';

/** What a suite knows of a shape beyond its sizes. */
export interface ShapeNotes {
  /** How many layers of the network are like this one. */
  readonly count?: number;
  /** The size that this shape varies. */
  readonly sweep?: { readonly axis: string; readonly value: number };
  /** The shape that it should be about as fast as, by multiply-add. */
  readonly neighbour?: string;
}

export interface SuiteShape extends NamedShape, ShapeNotes {}

export interface Suite {
  readonly name: string;
  readonly description: string;
  readonly shapes: readonly (SuiteShape | GradientTask | ImageTask)[];
}

function suite(name: string, description: string, shapes: Suite['shapes']): Suite {
  return { name, description, shapes };
}

export const SUITES: readonly Suite[] = [
  suite('named', 'layers of real networks, and filters over whole pictures', NAMED_SHAPES),
  suite('twins', 'shapes that fit no tile', TWIN_SHAPES),
  suite('scaling', 'cost against batch, channels and pixels', SCALING),
  suite('cliffs', 'odd sizes, each beside an even one', CLIFFS),
  suite('calls', 'so small that the call is most of the time', CALLS),
  suite('resnet50', 'the convolutions of ResNet-50, 224×224', RESNET50),
  suite('mobilenetv2', 'of MobileNetV2, 224×224', MOBILENET_V2),
  suite('efficientnetb0', 'of EfficientNet-B0, 224×224', EFFICIENTNET_B0),
  suite('unet', 'of U-Net, 572×572', UNET),
  suite('c3d', 'of C3D, 16 frames of 112×112', C3D),
  suite('whisper', "of the stem of Whisper's encoder, 30 s, tiny to large", WHISPER),
  suite('dcgan', 'of a DCGAN for 64×64', DCGAN),
  suite('gradients', 'by input and by weight, of layers of the suite named', GRADIENTS),
  suite('images', 'filters and reductions of a full HD picture', IMAGES),
];

/** A suite's notes on its shapes, without the shapes themselves. */
export function notesOf(shapes: Suite['shapes']): Readonly<Record<string, ShapeNotes>> {
  return Object.fromEntries(
    shapes.map(({ name, ...shape }: { readonly name: string } & ShapeNotes) => {
      const { count, sweep, neighbour } = shape;
      return [name, { count, sweep, neighbour }];
    }),
  );
}

/** What there is to know of a contestant before it prepares anything. */
export type Candidate = Omit<Contestant<Workload>, 'prepare'>;

/** Who can take part in a suite. */
export function contestantsOf({ shapes }: Suite): readonly Candidate[] {
  if (shapes.some(isGradientTask)) return GRADIENT_CONTESTANTS;
  return shapes.some(isImageTask) ? IMAGE_CONTESTANTS : CONTESTANTS;
}
