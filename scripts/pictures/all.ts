// THE list of the pictures in docs/pictures/, each made by running what it shows.
// SPDX-License-Identifier: MIT

import { receptiveFields, savings } from './charts.ts';
import { checkerboard, dilation, frames, gridding, padding, separable, usage } from './kernels.ts';
import { channels, columns, groups, matrix, transposedMatrix } from './matrices.ts';
import { photographs } from './photograph.ts';

/** Every picture, by its file's name: SVG as text, PNG as bytes. */
export async function makePictures(): Promise<Readonly<Record<string, string | Buffer>>> {
  return {
    'channels.svg': channels(),
    'matrix.svg': matrix(),
    'groups.svg': groups(),
    'separable.svg': await separable(),
    'savings.svg': savings(),
    'dilation.svg': dilation(),
    'gridding.svg': gridding(),
    'receptive-fields.svg': receptiveFields(),
    'transposed-matrix.svg': transposedMatrix(),
    'checkerboard.svg': checkerboard(),
    'usage.svg': usage(),
    'columns.svg': columns(),
    'padding.svg': padding(),
    'frames.svg': frames(),
    ...(await photographs()),
  };
}
