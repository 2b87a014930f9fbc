// The named shapes that tests and benchmarks share: layers of real networks, and filters over whole pictures.
// Each is one operator call with the batch in front; the benchmark's suite is this list, in this order.
// SPDX-License-Identifier: MIT

export type ShapeOperator =
  | 'conv1d'
  | 'conv2d'
  | 'conv3d'
  | 'depthwiseConv2d'
  | 'convTranspose2d'
  | 'convTranspose3d';

/** Options that a named shape may set; the same on every spatial axis, absent means the operator's default. */
export interface ShapeOptions {
  readonly stride?: number;
  readonly padding?: number;
  readonly dilation?: number;
  readonly groups?: number;
}

export interface NamedShape {
  readonly name: string;
  readonly operator: ShapeOperator;
  /** `[N, C, *S]`. */
  readonly input: readonly number[];
  /** `[O, C/g, *K]`; depthwise `[C·m, 1, *K]`; transposed `[I, O/g, *K]`. */
  readonly weight: readonly number[];
  readonly options: ShapeOptions;
}

function shape(
  name: string,
  operator: ShapeOperator,
  input: readonly number[],
  weight: readonly number[],
  options: ShapeOptions = {},
): NamedShape {
  return { name, operator, input, weight, options };
}

export const NAMED_SHAPES: readonly NamedShape[] = [
  // ResNet: the stem, the 3×3 of its four stages, a downsampling 3×3 and the bottleneck's 1×1.
  shape('stem7x7s2', 'conv2d', [1, 3, 224, 224], [64, 3, 7, 7], { stride: 2, padding: 3 }),
  shape('r3x3_64_56', 'conv2d', [1, 64, 56, 56], [64, 64, 3, 3], { padding: 1 }),
  shape('r3x3_128_28', 'conv2d', [1, 128, 28, 28], [128, 128, 3, 3], { padding: 1 }),
  shape('r3x3_256_14', 'conv2d', [1, 256, 14, 14], [256, 256, 3, 3], { padding: 1 }),
  shape('r3x3_512_7', 'conv2d', [1, 512, 7, 7], [512, 512, 3, 3], { padding: 1 }),
  shape('r3x3s2_128_56', 'conv2d', [1, 128, 56, 56], [128, 128, 3, 3], { stride: 2, padding: 1 }),
  shape('p1x1_64_256_56', 'conv2d', [1, 64, 56, 56], [256, 64, 1, 1]),
  shape('p1x1_256_1024_14', 'conv2d', [1, 256, 14, 14], [1024, 256, 1, 1]),
  shape('p1x1_1024_256_14', 'conv2d', [1, 1024, 14, 14], [256, 1024, 1, 1]),
  // MobileNetV2, EfficientNet-B0 and RepLKNet: depthwise.
  shape('dw3_32_112', 'depthwiseConv2d', [1, 32, 112, 112], [32, 1, 3, 3], { padding: 1 }),
  shape('dw3s2_144_56', 'depthwiseConv2d', [1, 144, 56, 56], [144, 1, 3, 3], {
    stride: 2,
    padding: 1,
  }),
  shape('dw5_240_28', 'depthwiseConv2d', [1, 240, 28, 28], [240, 1, 5, 5], { padding: 2 }),
  shape('dw3_960_7', 'depthwiseConv2d', [1, 960, 7, 7], [960, 1, 3, 3], { padding: 1 }),
  shape('dw31_64_64', 'depthwiseConv2d', [1, 64, 64, 64], [64, 1, 31, 31], { padding: 15 }),
  // ResNeXt: 32 groups.
  shape('group32_3x3_256_28', 'conv2d', [1, 256, 28, 28], [256, 8, 3, 3], {
    padding: 1,
    groups: 32,
  }),
  // Segmentation heads: dilated.
  shape('dil2_256_32', 'conv2d', [1, 256, 32, 32], [256, 256, 3, 3], { padding: 2, dilation: 2 }),
  shape('dil4_128_32', 'conv2d', [1, 128, 32, 32], [128, 128, 3, 3], { padding: 4, dilation: 4 }),
  // DCGAN and U-Net: transposed.
  shape('t4x4s2_256_128_16', 'convTranspose2d', [1, 256, 16, 16], [256, 128, 4, 4], {
    stride: 2,
    padding: 1,
  }),
  shape('t2x2s2_512_256_28', 'convTranspose2d', [1, 512, 28, 28], [512, 256, 2, 2], { stride: 2 }),
  shape('t4x4s2_64_3_32', 'convTranspose2d', [1, 64, 32, 32], [64, 3, 4, 4], {
    stride: 2,
    padding: 1,
  }),
  // C3D and a 3-D U-Net: volumes.
  shape('c3d_3_64_16x112', 'conv3d', [1, 3, 16, 112, 112], [64, 3, 3, 3, 3], { padding: 1 }),
  shape('c3d_64_64_8x28', 'conv3d', [1, 64, 8, 28, 28], [64, 64, 3, 3, 3], { padding: 1 }),
  shape('t3d_64_32_8', 'convTranspose3d', [1, 64, 8, 16, 16], [64, 32, 2, 2, 2], { stride: 2 }),
  // Whisper's stem: 30 seconds of sound.
  shape('c1d_80_384_3000', 'conv1d', [1, 80, 3000], [384, 80, 3], { padding: 1 }),
  // Filters over a whole picture.
  shape('filter5x5_3_1080p', 'depthwiseConv2d', [1, 3, 1080, 1920], [3, 1, 5, 5], { padding: 2 }),
  shape('filter3x3_1_1080p', 'conv2d', [1, 1, 1080, 1920], [1, 1, 3, 3], { padding: 1 }),
  shape('batch8_3x3_128_28', 'conv2d', [8, 128, 28, 28], [128, 128, 3, 3], { padding: 1 }),
];

/** Twins of the shapes above whose sizes fit no tile: odd channels, maps and kernels; strided and padded. */
export const TWIN_SHAPES: readonly NamedShape[] = [
  shape('r3x3_17_57', 'conv2d', [1, 17, 57, 57], [65, 17, 3, 3], { padding: 1 }),
  shape('r3x3_33_41', 'conv2d', [1, 33, 41, 37], [17, 33, 3, 3]),
  shape('r7x5s3_31_29', 'conv2d', [2, 31, 29, 43], [47, 31, 7, 5], { stride: 3, padding: 2 }),
  shape('p1x1_65_257_13', 'conv2d', [1, 65, 13, 13], [257, 65, 1, 1]),
  shape('p1x1s2_64_48_55', 'conv2d', [1, 64, 55, 55], [48, 64, 1, 1], { stride: 2 }),
  shape('dw3_17_111', 'depthwiseConv2d', [1, 17, 111, 113], [17, 1, 3, 3], { padding: 1 }),
  shape('dw5s2_19_63', 'depthwiseConv2d', [3, 19, 63, 65], [38, 1, 5, 5], { stride: 2, padding: 2 }),
  shape('group5_3x3_35_27', 'conv2d', [2, 35, 27, 27], [55, 7, 3, 3], { padding: 1, groups: 5 }),
  shape('dil3_33_31', 'conv2d', [1, 33, 31, 31], [33, 33, 3, 3], { padding: 3, dilation: 3 }),
  shape('t5x5s3_33_17_15', 'convTranspose2d', [2, 33, 15, 17], [33, 17, 5, 5], { stride: 3, padding: 1 }),
  shape('t3x3d2_20_9_21', 'convTranspose2d', [1, 20, 21, 21], [20, 9, 3, 3], { dilation: 2 }),
  shape('c3d_5_33_9x27', 'conv3d', [1, 5, 9, 27, 29], [33, 5, 3, 3, 3], { padding: 1, stride: 2 }),
  shape('t3d_17_31_5', 'convTranspose3d', [1, 17, 5, 9, 7], [17, 31, 3, 3, 3], { stride: 2, padding: 1 }),
  shape('c1d_17_33_999', 'conv1d', [2, 17, 999], [33, 17, 5], { padding: 2, stride: 2 }),
];
