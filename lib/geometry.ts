// The one shape that every operator is lowered to: a 3-D convolution (unused axes are 1), seen from the
// forward convolution. Transposed convolutions and gradients are the same geometry, run in another direction.
// `packGeometry` writes it into the single array that crosses into C++ (native/conv/geometry.h reads it).
// SPDX-License-Identifier: MIT

/** One value per spatial axis: depth, height, width. */
export type Triple = readonly [number, number, number];

/**
 * What is computed. With `input` the large side `[N, C, *input]` and `output` the small side `[N, O, *output]`
 * of the forward convolution:
 * - `conv`: input, weight → output
 * - `convTranspose`: output, weight → input (also the gradient with respect to a convolution's input)
 * - `convWeightGrad`: input, output gradient → weight
 * - `im2col`: input → columns `[N, C·∏kernel, ∏output]`; `col2im`: columns → input
 * - `matmul`: A `[*, M, K]`, B `[*, K, N]` → `[*, M, N]`; it uses the `matmul` part only
 */
export const KINDS = ['conv', 'convTranspose', 'convWeightGrad', 'im2col', 'col2im', 'matmul'] as const;
export type Kind = (typeof KINDS)[number];

export const DTYPES = ['float32', 'float64'] as const;
/** What convolutions compute in. @useDeclaredType */
export type DType = (typeof DTYPES)[number];

/** Order of the tensor axes: `[N, C, D, H, W]` or `[N, D, H, W, C]`. */
export const CHANNEL_ORDERS = ['channelsFirst', 'channelsLast'] as const;
export type ChannelOrder = (typeof CHANNEL_ORDERS)[number];

/**
 * Order of the weight axes, named from the forward convolution: O = its output channels (of all groups),
 * I = its input channels of one group, HW = the kernel (depth, height, width). A transposed convolution's
 * `IOHW`, `HWOI` and `OHWI` are `OIHW`, `HWIO` and `IHWO` here.
 */
export const WEIGHT_ORDERS = ['OIHW', 'HWIO', 'OHWI', 'IHWO'] as const;
export type WeightOrder = (typeof WEIGHT_ORDERS)[number];

export const PADDING_MODES = ['zeros', 'reflect', 'symmetric', 'replicate', 'circular'] as const;
/** What the padding holds: zeros, or a repetition of the input. @useDeclaredType */
export type PaddingMode = (typeof PADDING_MODES)[number];

/**
 * Activations as the executors see them. `clamp` also is relu (0, ∞) and relu6 (0, 6); `leaky` multiplies
 * negative values by `alpha`, or by a slope per channel (prelu).
 */
export const ACTIVATIONS = [
  'none',
  'clamp',
  'leaky',
  'prelu',
  'hardSwish',
  'sigmoid',
  'tanh',
  'silu',
  'elu',
  'gelu',
] as const;
export type ActivationKind = (typeof ACTIVATIONS)[number];

export const ALGORITHMS = [
  'auto',
  'direct',
  'im2col-gemm',
  'implicit-gemm',
  'pointwise',
  'depthwise',
  'winograd-f2',
  'winograd-f4',
  'fft',
  'phases',
  'col2im',
] as const;
/** A name that `explain()` prints, or `'auto'`. @useDeclaredType */
export type Algorithm = (typeof ALGORITHMS)[number];

export interface Activation {
  readonly kind: ActivationKind;
  /** Slope of `leaky`, scale of `elu`; 0 otherwise. */
  readonly alpha: number;
  /** Bounds of `clamp`; 0 otherwise. */
  readonly min: number;
  readonly max: number;
}

/** The operands of `matmul`: strides in elements, 0 where a batch axis is broadcast. */
export interface MatmulGeometry {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly batch: Triple;
  readonly strideA: Triple;
  readonly strideB: Triple;
}

export interface Geometry {
  readonly kind: Kind;
  readonly dtype: DType;
  readonly layout: ChannelOrder;
  readonly weightLayout: WeightOrder;
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  readonly input: Triple;
  readonly kernel: Triple;
  readonly output: Triple;
  readonly stride: Triple;
  readonly dilation: Triple;
  /** Padding before and after the large side; negative crops. */
  readonly padBegin: Triple;
  readonly padEnd: Triple;
  readonly paddingMode: PaddingMode;
  readonly activation: Activation;
  readonly algorithm: Algorithm;
  readonly reproducible: boolean;
  readonly matmul: MatmulGeometry;
}

export const NO_ACTIVATION: Activation = { kind: 'none', alpha: 0, min: 0, max: 0 };
export const NO_MATMUL: MatmulGeometry = {
  rows: 0,
  columns: 0,
  depth: 0,
  transposeA: false,
  transposeB: false,
  batch: [1, 1, 1],
  strideA: [0, 0, 0],
  strideB: [0, 0, 0],
};

/** Slots of the packed array, in order. C++ exports the same list, and a test compares the two. */
export const GEOMETRY_FIELDS = [
  'kind',
  'dtype',
  'layout',
  'weightLayout',
  'batch',
  'inChannels',
  'outChannels',
  'groups',
  ...axes('input'),
  ...axes('kernel'),
  ...axes('output'),
  ...axes('stride'),
  ...axes('dilation'),
  ...axes('padBegin'),
  ...axes('padEnd'),
  'paddingMode',
  'activation',
  'alpha',
  'min',
  'max',
  'algorithm',
  'reproducible',
  'rows',
  'columns',
  'depth',
  'transposeA',
  'transposeB',
  'batch0',
  'batch1',
  'batch2',
  'strideA0',
  'strideA1',
  'strideA2',
  'strideB0',
  'strideB1',
  'strideB2',
] as const;

function axes<Name extends string>(name: Name): [`${Name}D`, `${Name}H`, `${Name}W`] {
  return [`${name}D`, `${name}H`, `${name}W`];
}

/** Packs a geometry for C++; enumerations become their index in the lists above. */
export function packGeometry(g: Geometry): Float64Array {
  const m = g.matmul;
  return Float64Array.of(
    KINDS.indexOf(g.kind),
    DTYPES.indexOf(g.dtype),
    CHANNEL_ORDERS.indexOf(g.layout),
    WEIGHT_ORDERS.indexOf(g.weightLayout),
    g.batch,
    g.inChannels,
    g.outChannels,
    g.groups,
    ...g.input,
    ...g.kernel,
    ...g.output,
    ...g.stride,
    ...g.dilation,
    ...g.padBegin,
    ...g.padEnd,
    PADDING_MODES.indexOf(g.paddingMode),
    ACTIVATIONS.indexOf(g.activation.kind),
    g.activation.alpha,
    g.activation.min,
    g.activation.max,
    ALGORITHMS.indexOf(g.algorithm),
    Number(g.reproducible),
    m.rows,
    m.columns,
    m.depth,
    Number(m.transposeA),
    Number(m.transposeB),
    ...m.batch,
    ...m.strideA,
    ...m.strideB,
  );
}

export function product(values: readonly number[]): number {
  return values.reduce((total, value) => total * value, 1);
}

/** Elements of the large side `[N, C, *input]`. */
export function inputLength(g: Geometry): number {
  return g.batch * g.inChannels * product(g.input);
}

/** Elements of the small side `[N, O, *output]`. */
export function outputLength(g: Geometry): number {
  return g.batch * g.outChannels * product(g.output);
}

export function weightLength(g: Geometry): number {
  return g.groups === 0 ? 0 : g.outChannels * (g.inChannels / g.groups) * product(g.kernel);
}

/** Elements of the columns `[N, C·∏kernel, ∏output]`. */
export function columnsLength(g: Geometry): number {
  return g.batch * g.inChannels * product(g.kernel) * product(g.output);
}

/** Elements that a call with this geometry writes. */
export function resultLength(g: Geometry): number {
  switch (g.kind) {
    case 'conv':
      return outputLength(g);
    case 'convTranspose':
    case 'col2im':
      return inputLength(g);
    case 'convWeightGrad':
      return weightLength(g);
    case 'im2col':
      return columnsLength(g);
    case 'matmul':
      return product(g.matmul.batch) * g.matmul.rows * g.matmul.columns;
  }
}

/** Fused multiply-adds that a call with this geometry performs, taps in the padding counted. */
export function multiplyAdds(g: Geometry): number {
  if (g.kind === 'matmul') return resultLength(g) * g.matmul.depth;
  if (g.kind === 'im2col' || g.kind === 'col2im') return 0;
  return g.groups === 0 ? 0 : outputLength(g) * (g.inChannels / g.groups) * product(g.kernel);
}
