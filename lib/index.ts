// The door `native-conv`: every operator at once, layers, tensors and introspection, run by the native binary, which is
// loaded on first use. Layer: doors; exports only.
// SPDX-License-Identifier: MIT

export {
  type ExpectedError,
  type Explanation,
  explain,
  type StageExplanation,
} from './explain.ts';
export type {
  Layer,
  LayerOptions,
  LayerRunAsyncOptions,
  LayerRunOptions,
  LayerStreamOptions,
  MultiplierOption,
} from './layer.ts';
export {
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  DepthwiseConv1d,
  DepthwiseConv2d,
  DepthwiseConv3d,
  SeparableConv2d,
} from './layers.ts';
export type { NativeInfo, NativeKernel, NativePlan } from './native/binding.ts';
export * from './native/image-operators.ts';
export { type Info, info, setMaxQueued, setThreads, setWorkspaceLimit } from './native/info.ts';
export * from './native/operators.ts';
export * from './public.ts';
