// Convolution as a matrix product: patches into columns, the product, columns back into a picture.
// Layer: command line.
// SPDX-License-Identifier: MIT

import { type Floats, filled, reshaped } from '../arrays.ts';
import { CLASSIC_3X3, overColour } from '../kernels.ts';
import { TILE } from '../photo.ts';
import { colourImage, grey, magnitude, plane } from '../pictures.ts';
import type { Step } from '../step.ts';

export function matrixSteps(photo: Floats): Step[] {
  const [, , height, width] = photo.dims;
  const tiles = { kernelSize: TILE, stride: TILE };
  const edges = overColour(
    CLASSIC_3X3.map(([, taps]) => taps),
    3,
  );
  const edgeMatrix = reshaped(edges, [CLASSIC_3X3.length, 27]);
  const reversed = reversedTiles(photo);
  return [
    {
      kind: 'im2col 16×16',
      run: (door) => [door.im2col(photo, tiles)],
      picture: ([result]) => ({
        name: 'im2col-matrix',
        caption: `the red channel as a matrix: each column is one ${TILE}×${TILE} tile of the photograph`,
        raster: grey({
          dims: [TILE * TILE, result.dims[2]],
          data: Float32Array.from({ length: TILE * TILE * result.dims[2] }, (_, i) => result.data[i]),
        }),
      }),
    },
    {
      kind: 'col2im 16×16',
      run: (door) => [door.col2im(reversed, { ...tiles, outputSize: [height, width] })],
      picture: ([result]) => ({
        name: 'col2im-tiles',
        caption: 'the columns in reverse order, put back: every tile is upright, the last one comes first',
        raster: colourImage(result),
      }),
    },
    {
      kind: 'im2col 3×3 · matmul',
      run: (door) => {
        const columns = door.im2col(photo, { kernelSize: 3, padding: 1 });
        return [door.matmul(edgeMatrix, columns, {})];
      },
      picture: ([result]) => ({
        name: 'matmul-edges',
        caption: 'ten kernels × columns of patches is conv2d: the Scharr x of the matrix product',
        raster: magnitude(plane({ data: result.data, dims: [1, 10, height, width] }, 8)),
      }),
    },
  ];
}

/** The tiles of a `[1, 3, H, W]` photograph as columns `[1, 3·TILE², L]`, the last tile first. */
function reversedTiles(photo: Floats): Floats {
  const [, channels, height, width] = photo.dims;
  const across = width / TILE;
  const count = across * (height / TILE);
  return filled([1, channels * TILE * TILE, count], (index) => {
    const tile = count - 1 - (index % count);
    const inTile = Math.floor(index / count);
    const channel = Math.floor(inTile / (TILE * TILE));
    const y = Math.floor(tile / across) * TILE + (Math.floor(inTile / TILE) % TILE);
    const x = (tile % across) * TILE + (inTile % TILE);
    return photo.data[(channel * height + y) * width + x];
  });
}
