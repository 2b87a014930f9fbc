// 1-D: every row of the photograph is a signal. Layer: command line.
// SPDX-License-Identifier: MIT

import { type Floats, floats, luma, permuted, reshaped } from '../arrays.ts';
import { gaussian, gaussianSlope, LINEAR_UPSAMPLING, repeated } from '../kernels.ts';
import { colour, plane, plot } from '../pictures.ts';
import type { Step } from '../step.ts';

const GREY = [150, 150, 150] as const;
const ORANGE = [230, 90, 0] as const;
const BLUE = [0, 90, 200] as const;

export function lineSteps(photo: Floats): Step[] {
  const [, , height, width] = photo.dims;
  const signals = reshaped(luma(photo), [height, 1, width]);
  // [1, 3, H, W] → [H, 3, W]: a batch of rows with three channels each.
  const rows = reshaped(permuted(photo, [0, 2, 1, 3]), [height, 3, width]);
  const sigma = 2.5;
  const smoothAndSlope = [...gaussian(sigma), ...gaussianSlope(sigma)];
  const taps = smoothAndSlope.length / 2;
  const fringes = floats(
    [3, 1, 13],
    [0, 12, 6].flatMap((at) => impulse(13, at)),
  );
  const upsampling = floats([3, 1, 4], repeated(LINEAR_UPSAMPLING, 3));

  return [
    {
      kind: 'conv1d',
      run: (door) => [
        door.conv1d(signals, floats([2, 1, taps], smoothAndSlope), {
          padding: 'same',
          paddingMode: 'replicate',
        }),
      ],
      picture: ([result]) => {
        const middle = Math.floor(height / 2);
        const values = (source: ArrayLike<number>, row: number) =>
          Array.from({ length: width }, (_, x) => source[row * width + x]);
        return {
          name: 'conv1d-scanline',
          caption:
            'the middle row of the photograph as a signal (grey), smoothed by a Gaussian (orange), and its slope (blue)',
          raster: plot(
            [
              [
                { values: values(signals.data, middle), colour: GREY },
                { values: values(result.data, 2 * middle), colour: ORANGE },
              ],
              [{ values: values(result.data, 2 * middle + 1), colour: BLUE }],
            ],
            Math.max(1, Math.round(768 / width)),
            160,
          ),
        };
      },
    },
    {
      kind: 'depthwiseConv1d',
      run: (door) => [door.depthwiseConv1d(rows, fringes, { padding: 6, paddingMode: 'replicate' })],
      picture: ([result]) => {
        const planes = permuted({ data: Float32Array.from(result.data), dims: result.dims }, [1, 0, 2]);
        return {
          name: 'depthwise1d-fringes',
          caption: 'each colour has a kernel of its own: red shifted one way, green the other',
          raster: colour(plane(planes, 0), plane(planes, 1), plane(planes, 2)),
        };
      },
    },
    {
      kind: 'convTranspose1d ×2',
      run: (door) => [door.convTranspose1d(rows, upsampling, { stride: 2, padding: 1, groups: 3 })],
    },
  ];
}

function impulse(length: number, at: number): number[] {
  return Array.from({ length }, (_, index) => (index === at ? 1 : 0));
}
