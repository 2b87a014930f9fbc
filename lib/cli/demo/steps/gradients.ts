// The adjoints: what each input pixel and each weight had to do with the output. Layer: command line.
// SPDX-License-Identifier: MIT

import { clip, crop, type Floats, filled, floats, halved, luma, permuted, reshaped } from '../arrays.ts';
import { CLASSIC_3X3, gaussianSlope, LINEAR_UPSAMPLING, outer, overColour, repeated } from '../kernels.ts';
import { heat, magnified, plane, sheet, signed } from '../pictures.ts';
import type { Door, Step } from '../step.ts';
import { clipSize } from './volume.ts';

export function gradientSteps(photo: Floats): Step[] {
  return [
    ...convolutionGradients(photo),
    griddingStep(),
    ...lineGradients(photo),
    ...volumeGradients(photo),
    ...transposedGradients(photo),
  ];
}

function convolutionGradients(photo: Floats): Step[] {
  const [, , height, width] = photo.dims;
  const edges = overColour(
    CLASSIC_3X3.map(([, taps]) => taps),
    3,
  );
  const brightness = centred(luma(photo));
  const size = 21;
  return [
    {
      kind: 'conv2dInputGrad',
      run: (door) => {
        const response = door.conv2d(photo, edges, { padding: 1 });
        return [door.conv2dInputGrad(response, edges, [1, 3, height, width], { padding: 1 })];
      },
      picture: ([result]) => ({
        name: 'input-gradient',
        caption:
          'how each pixel would have to change for stronger edges: the gradient of their energy, in the green channel',
        raster: signed(plane(result, 1)),
      }),
    },
    {
      kind: 'conv2dWeightGrad',
      run: (door) => [
        door.conv2dWeightGrad(brightness, brightness, [1, 1, size, size], {
          padding: (size - 1) / 2,
        }),
      ],
      picture: ([result]) => ({
        name: 'weight-gradient',
        caption:
          'the gradient of a 21×21 kernel, with the photograph as input and as output gradient: its autocorrelation',
        raster: magnified(heat(plane(result, 0)), 12),
      }),
    },
  ];
}

/** How often each input pixel is used by one output pixel after a stack of dilated 3×3 layers. */
function griddingStep(): Step {
  const size = 23;
  const impulse = filled([1, 1, size, size], (i) => (i === (size * size - 1) / 2 ? 1 : 0));
  const ones = filled([1, 1, 3, 3], () => 1);
  const view = (door: Door, dilations: readonly number[]) => {
    let seen: ReturnType<Door['conv2dInputGrad']> | Floats = impulse;
    for (const dilation of dilations) {
      seen = door.conv2dInputGrad(seen, ones, [1, 1, size, size], { dilation, padding: dilation });
    }
    return seen;
  };
  return {
    kind: "dilation's view",
    run: (door) => [[4], [2, 2, 2], [1, 2, 5]].map((dilations) => view(door, dilations)),
    picture: (results) => ({
      name: 'dilation-view',
      caption:
        'what one output pixel sees: nine taps at dilation 4; three layers of dilation 2 (a grid of unseen pixels); 1, 2, 5 (no holes)',
      raster: sheet(
        results.map((result) => magnified(heat(plane(result, 0)), 12)),
        3,
      ),
    }),
  };
}

function lineGradients(photo: Floats): Step[] {
  const [, , height, width] = photo.dims;
  const rows = reshaped(permuted(photo, [0, 2, 1, 3]), [height, 3, width]);
  const signals = reshaped(luma(photo), [height, 1, width]);
  const slope = gaussianSlope(2);
  const weight = floats([1, 3, slope.length], repeated(slope, 3));
  const padding = (slope.length - 1) / 2;
  return [
    {
      kind: 'conv1dInputGrad',
      run: (door) => [door.conv1dInputGrad(signals, weight, rows.dims, { padding })],
    },
    {
      kind: 'conv1dWeightGrad',
      run: (door) => [door.conv1dWeightGrad(signals, rows, weight.dims, { padding })],
    },
  ];
}

function volumeGradients(photo: Floats): Step[] {
  const video = clip(photo, clipSize(photo));
  const [, , depth, height, width] = video.dims;
  const outputGradient = filled([1, 2, depth, height, width], (i) => video.data[i] - 0.5);
  const weight = filled([2, 3, 3, 3, 3], (i) => Math.sin(i));
  return [
    {
      kind: 'conv3dInputGrad',
      run: (door) => [door.conv3dInputGrad(outputGradient, weight, video.dims, { padding: 1 })],
    },
    {
      kind: 'conv3dWeightGrad',
      run: (door) => [door.conv3dWeightGrad(outputGradient, video, weight.dims, { padding: 1 })],
    },
  ];
}

/** A transposed convolution's input is the small side: here the photograph halved, its gradient full size. */
function transposedGradients(photo: Floats): Step[] {
  const [, , height, width] = photo.dims;
  const small = crop(photo, { top: 0, left: 0, step: 2, height: height / 2, width: width / 2 });
  const plain = floats([3, 1, 4, 4], repeated(outer(LINEAR_UPSAMPLING, LINEAR_UPSAMPLING), 3));
  const options = { stride: 2, padding: 1, groups: 3 };

  const rows = reshaped(permuted(photo, [0, 2, 1, 3]), [height, 3, width]);
  const smallRows = filled([height, 3, width / 2], (i) => rows.data[2 * i]);
  const line = floats([3, 1, 4], repeated(LINEAR_UPSAMPLING, 3));

  const video = clip(photo, clipSize(photo));
  const smallVideo = halved(video);
  const cube = filled([3, 1, 4, 4, 4], (i) => LINEAR_UPSAMPLING[i % 4] / 4);

  return [
    {
      kind: 'convTranspose1dInputGrad',
      run: (door) => [door.convTranspose1dInputGrad(rows, line, smallRows.dims, options)],
    },
    {
      kind: 'convTranspose1dWeightGrad',
      run: (door) => [door.convTranspose1dWeightGrad(rows, smallRows, line.dims, options)],
    },
    {
      kind: 'convTranspose2dInputGrad',
      run: (door) => [door.convTranspose2dInputGrad(photo, plain, small.dims, options)],
    },
    {
      kind: 'convTranspose2dWeightGrad',
      run: (door) => [door.convTranspose2dWeightGrad(photo, small, plain.dims, options)],
    },
    {
      kind: 'convTranspose3dInputGrad',
      run: (door) => [door.convTranspose3dInputGrad(video, cube, smallVideo.dims, options)],
    },
    {
      kind: 'convTranspose3dWeightGrad',
      run: (door) => [door.convTranspose3dWeightGrad(video, smallVideo, cube.dims, options)],
    },
  ];
}

/** The same picture with mean 0. */
function centred(map: Floats): Floats {
  const mean = map.data.reduce((sum, value) => sum + value, 0) / map.data.length;
  return { dims: map.dims, data: map.data.map((value) => value - mean) };
}
