// The door `native-conv/analysis`: shapes, costs, separability, the convolution matrix, receptive fields and gridding,
// from dims and weights alone. Pure TypeScript: loads no binary and runs in a browser. Layer: doors; exports only.
// SPDX-License-Identifier: MIT

export { type Cost, cost, outputDims, type StageCost } from './analysis/cost.ts';
export { type Coverage, coverage } from './analysis/coverage.ts';
export { type SuggestedDilations, suggestDilations } from './analysis/dilations.ts';
export {
  type FactorOptions,
  factorSpatial,
  type KernelRank,
  type SpatialFactors,
} from './analysis/factor.ts';
export type { WindowLayer } from './analysis/layers.ts';
export {
  type CsrMatrix,
  convolutionMatrix,
  type LinearOperator,
  type MatrixOptions,
  multiplyCsr,
} from './analysis/matrix.ts';
export { type AxisField, type ReceptiveField, receptiveField } from './analysis/receptive-field.ts';
export {
  compareSeparable,
  type Savings,
  type SeparableComparison,
  type SeparableOptions,
} from './analysis/separable.ts';
export * from './public.ts';
