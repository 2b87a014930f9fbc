// 3-D: ten colour frames, a camera that moves across the photograph. Layer: command line.
// SPDX-License-Identifier: MIT

import { type ClipSize, clip, type Floats, floats, halved } from '../arrays.ts';
import { gaussian, LINEAR_UPSAMPLING, LUMA, outer, repeated } from '../kernels.ts';
import { colourFrame, grey, plane, sheet, signed } from '../pictures.ts';
import type { Step } from '../step.ts';

export const FRAMES = 10;

/** Frames small enough for the reference to convolve them in seconds. */
export function clipSize(photo: Floats): ClipSize {
  const [, , height, width] = photo.dims;
  const scale = Math.min(1, 96 / Math.max(height, width));
  const even = (pixels: number) => 2 * Math.max(8, Math.round((pixels * scale) / 2));
  return { frames: FRAMES, height: even(height), width: even(width) };
}

export function volumeSteps(photo: Floats): Step[] {
  const video = clip(photo, clipSize(photo));
  const middle = FRAMES / 2;
  const smooth = [0.25, 0.5, 0.25];
  const slope = [-0.5, 0, 0.5];
  const alongAxes = [
    [slope, smooth, smooth],
    [smooth, slope, smooth],
    [smooth, smooth, slope],
    [smooth, smooth, smooth],
  ].flatMap(([d, h, w]) => LUMA.flatMap((share) => outer(d, outer(h, w)).map((tap) => share * tap)));
  const blur = gaussian(1.5, 2);
  const upsampling = outer(LINEAR_UPSAMPLING, outer(LINEAR_UPSAMPLING, LINEAR_UPSAMPLING));

  return [
    {
      kind: 'conv3d 3×3×3',
      run: (door) => [
        door.conv3d(video, floats([4, 3, 3, 3, 3], alongAxes), {
          padding: 1,
          paddingMode: 'replicate',
        }),
      ],
      picture: ([result]) => ({
        name: 'conv3d-motion',
        caption: `frame ${middle} of ten: the frame, its change in time, its edges down and across`,
        raster: sheet(
          [
            grey(plane(result, 3 * FRAMES + middle)),
            ...[0, 1, 2].map((axis) => signed(plane(result, axis * FRAMES + middle))),
          ],
          4,
        ),
      }),
    },
    {
      kind: 'depthwiseConv3d 5×5×5',
      run: (door) => [
        door.depthwiseConv3d(video, floats([3, 1, 5, 5, 5], repeated(outer(blur, outer(blur, blur)), 3)), {
          padding: 2,
          paddingMode: 'symmetric',
        }),
      ],
      picture: ([result]) => ({
        name: 'depthwise3d-slice',
        caption: `frame ${middle} before and after a Gaussian over space and time: what moves is smeared`,
        raster: sheet([colourFrame(video, middle), colourFrame(result, middle)], 2),
      }),
    },
    {
      kind: 'convTranspose3d ×2',
      run: (door) => [
        door.convTranspose3d(halved(video), floats([3, 1, 4, 4, 4], repeated(upsampling, 3)), {
          stride: 2,
          padding: 1,
          groups: 3,
        }),
      ],
      picture: ([result]) => ({
        name: 'transposed3d-slices',
        caption: 'five small frames become ten of twice the size: frames 4, 5, 6 and 7',
        raster: sheet(
          [4, 5, 6, 7].map((frame) => colourFrame(result, frame)),
          4,
        ),
      }),
    },
  ];
}
