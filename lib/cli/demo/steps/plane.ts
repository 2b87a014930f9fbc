// 2-D: the ways to convolve a photograph, from one dense 3×3 to transposed. Layer: command line.
// SPDX-License-Identifier: MIT

import { clip, crop, type Floats, floats, permuted, reshaped } from '../arrays.ts';
import {
  CLASSIC_3X3,
  gabor,
  gaussian,
  hueRotation,
  LINEAR_UPSAMPLING,
  LUMA,
  motion,
  outer,
  overColour,
  repeated,
} from '../kernels.ts';
import { colour, colourImage, grey, magnified, magnitude, plane, sheet, signed } from '../pictures.ts';
import type { Step } from '../step.ts';

export function planeSteps(photo: Floats): Step[] {
  return [
    ...denseSteps(photo),
    pointwiseStep(photo),
    ...depthwiseSteps(photo),
    ...separableSteps(photo),
    dilatedStep(photo),
    groupedStep(photo),
    transposedStep(photo),
  ];
}

function denseSteps(photo: Floats): Step[] {
  const edges = overColour(
    CLASSIC_3X3.map(([, taps]) => taps),
    3,
  );
  const pixels = permuted(photo, [0, 2, 3, 1]);
  const names = CLASSIC_3X3.map(([name]) => name).join(', ');
  const stripes = Array.from({ length: 16 }, (_, i) =>
    gabor(7, ((i % 8) * Math.PI) / 8, 4.5, i < 8 ? 0 : Math.PI / 2),
  );
  return [
    {
      kind: 'conv2d 3×3',
      run: (door) => [door.conv2d(photo, edges, { padding: 1, paddingMode: 'replicate' })],
      picture: ([result]) => ({
        name: 'conv2d-edges',
        caption: `3 channels through ten 3×3 kernels: ${names}; mid-grey is zero`,
        raster: sheet(
          CLASSIC_3X3.map((_, i) => signed(plane(result, i))),
          5,
        ),
      }),
    },
    {
      kind: 'conv2d 3×3 NHWC',
      run: (door) => [door.conv2d(pixels, edges, { padding: 1, layout: 'NHWC' })],
    },
    {
      kind: 'conv2d 7×7 stride 2',
      run: (door) => [door.conv2d(photo, overColour(stripes, 7), { stride: 2, padding: 3 })],
      picture: ([result]) => ({
        name: 'conv2d-strided',
        caption:
          'the stem of a network: sixteen 7×7 stripe detectors (eight angles, two phases), every second pixel',
        raster: sheet(
          stripes.map((_, i) => magnitude(plane(result, i))),
          8,
        ),
      }),
    },
  ];
}

function pointwiseStep(photo: Floats): Step {
  const matrix = [
    ...LUMA,
    ...[0.5, -0.419, -0.081],
    ...[-0.169, -0.331, 0.5],
    ...[0.393, 0.769, 0.189, 0.349, 0.686, 0.168, 0.272, 0.534, 0.131],
  ];
  return {
    kind: 'pointwiseConv2d 1×1',
    run: (door) => [door.pointwiseConv2d(photo, floats([6, 3], matrix), {})],
    picture: ([result]) => ({
      name: 'pointwise-colours',
      caption: 'a 1×1 convolution is a matrix on the colours: luma, redness, blueness, and sepia',
      raster: sheet(
        [grey(plane(result, 0)), signed(plane(result, 1)), signed(plane(result, 2)), colourImage(result, 1)],
        2,
      ),
    }),
  };
}

function depthwiseSteps(photo: Floats): Step[] {
  const blur = gaussian(2);
  const angles = [0, 1, 2, 3].map((i) => (i * Math.PI) / 4);
  const stripes = angles.flatMap((angle) => gabor(9, angle, 5));
  return [
    {
      kind: 'depthwiseConv2d',
      run: (door) => [
        door.depthwiseConv2d(
          photo,
          floats([3, 1, blur.length, blur.length], repeated(outer(blur, blur), 3)),
          { padding: 'same', paddingMode: 'reflect' },
        ),
      ],
      picture: ([result]) => ({
        name: 'depthwise-blur',
        caption: 'a 13×13 Gaussian on each colour by itself: before and after',
        raster: sheet([colourImage(photo), colourImage(result)], 2),
      }),
    },
    {
      kind: 'depthwiseConv2d ×4',
      run: (door) => [
        door.depthwiseConv2d(photo, floats([12, 1, 9, 9], repeated(stripes, 3)), {
          padding: 4,
          paddingMode: 'symmetric',
        }),
      ],
      picture: ([result]) => ({
        name: 'depthwise-multiplier',
        caption: 'channel multiplier 4: every colour through stripes at 0°, 45°, 90° and 135°',
        raster: sheet(
          angles.map((_, i) => {
            const [red, green, blue] = [i, 4 + i, 8 + i].map((at) => lifted(plane(result, at)));
            return colour(red, green, blue);
          }),
          2,
        ),
      }),
    },
  ];
}

/** A signed response made visible as a colour: its magnitude, amplified. */
function lifted(map: { readonly data: ArrayLike<number>; readonly dims: readonly number[] }): Floats {
  const data = Float32Array.from(map.data, (value) => Math.sqrt(Math.abs(value) * 8));
  return { data, dims: map.dims };
}

function separableSteps(photo: Floats): Step[] {
  const blur = gaussian(3);
  const size = blur.length;
  const asItIs = outer(blur, blur).map((_, i) => (i === (size * size - 1) / 2 ? 1 : 0));
  // Each colour becomes itself and its blur; the 1×1 takes twice the one minus the other, and adds saturation.
  const sharpen = [0, 1, 2].flatMap((out) =>
    [0, 1, 2].flatMap((colourIn) => {
      const saturate = (out === colourIn ? 1.3 : 0) - 0.3 * LUMA[colourIn];
      return [2.2 * saturate, -1.2 * saturate];
    }),
  );
  const wide = gaussian(7, 20);
  return [
    {
      kind: 'separableConv2d',
      run: (door) => [
        door.separableConv2d(
          photo,
          floats([6, 1, size, size], repeated([...asItIs, ...outer(blur, blur)], 3)),
          floats([3, 6], sharpen),
          { padding: 'same', paddingMode: 'reflect' },
        ),
      ],
      picture: ([result]) => ({
        name: 'separable-unsharp',
        caption: 'depthwise, then 1×1: every colour minus its blur, and more saturated; before and after',
        raster: sheet([colourImage(photo), colourImage(result)], 2),
      }),
    },
    {
      kind: 'spatialSeparableConv2d',
      run: (door) => [
        door.spatialSeparableConv2d(
          photo,
          floats([3, 1, wide.length, 1], repeated(wide, 3)),
          floats([3, 1, 1, wide.length], repeated(wide, 3)),
          { padding: 20, paddingMode: 'circular', groups: 3 },
        ),
      ],
      picture: ([result]) => ({
        name: 'spatial-separable-blur',
        caption:
          'a 41×41 Gaussian as 41×1 then 1×41: 82 multiplications a pixel instead of 1681; the borders wrap around',
        raster: colourImage(result),
      }),
    },
  ];
}

function dilatedStep(photo: Floats): Step {
  const rates = [1, 2, 4, 8];
  const laplacian = overColour([[-1, -1, -1, -1, 8, -1, -1, -1, -1]], 3);
  return {
    kind: 'conv2d dilated 1…8',
    run: (door) =>
      rates.map((dilation) =>
        door.conv2d(photo, laplacian, { dilation, padding: dilation, paddingMode: 'reflect' }),
      ),
    picture: (results) => ({
      name: 'conv2d-dilated',
      caption: 'the same nine taps at dilation 1, 2, 4 and 8 find fine and then coarse structure',
      raster: sheet(
        results.map((result) => signed(plane(result, 0))),
        2,
      ),
    }),
  };
}

function groupedStep(photo: Floats): Step {
  const [, , height, width] = photo.dims;
  const frames = 10;
  const size = { frames, height: Math.floor(height / 2), width: Math.floor(width / 2) };
  const video = permuted(clip(photo, size), [0, 2, 1, 3, 4]);
  const stack = reshaped(video, [1, 3 * frames, size.height, size.width]);
  const taps = Array.from({ length: frames }, (_, frame) => {
    const shake = motion(9, (frame * Math.PI) / frames);
    return hueRotation((2 * frame * Math.PI) / frames).flatMap((share) => shake.map((tap) => share * tap));
  });
  return {
    kind: 'conv2d 10 groups',
    run: (door) => [
      door.conv2d(stack, floats([3 * frames, 3, 9, 9], taps.flat()), {
        padding: 4,
        paddingMode: 'replicate',
        groups: frames,
      }),
    ],
    picture: ([result]) => ({
      name: 'conv2d-grouped',
      caption: 'ten frames, ten groups: each frame is shaken in a direction and turned to a hue of its own',
      raster: sheet(
        Array.from({ length: frames }, (_, frame) => colourImage(result, frame)),
        5,
      ),
    }),
  };
}

function transposedStep(photo: Floats): Step {
  const [, , height, width] = photo.dims;
  const quarter = { height: height / 4, width: width / 4 };
  const small = crop(photo, { ...quarter, top: height / 16, left: width / 8, step: 1 });
  const taps = repeated(outer(LINEAR_UPSAMPLING, LINEAR_UPSAMPLING), 3);
  const weight = floats([3, 1, 4, 4], taps);
  return {
    kind: 'convTranspose2d ×2 ×2',
    run: (door) => {
      const once = door.convTranspose2d(small, weight, { stride: 2, padding: 1, groups: 3 });
      return [door.convTranspose2d(once, weight, { stride: 2, padding: 1, groups: 3 })];
    },
    picture: ([result]) => ({
      name: 'transposed-upsampling',
      caption: 'a small crop as it is, and four times as large by two transposed convolutions',
      raster: sheet([magnified(colourImage(small), 4), colourImage(result)], 2),
    }),
  };
}
