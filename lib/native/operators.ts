// The operators of the door `native-conv`, one line each: prepared by lib/ops, run at once by the binary.
// Layer: native, over executor.ts.
// SPDX-License-Identifier: MIT

import { deconvolution } from '../deconvolution/deconvolve2d.ts';
import { prepareCol2im, prepareIm2col } from '../ops/columns.ts';
import { prepareConv1d, prepareConv2d, prepareConv3d } from '../ops/conv.ts';
import { prepareDepthwiseConv1d, prepareDepthwiseConv2d, prepareDepthwiseConv3d } from '../ops/depthwise.ts';
import {
  prepareConv1dInputGrad,
  prepareConv1dWeightGrad,
  prepareConv2dInputGrad,
  prepareConv2dWeightGrad,
  prepareConv3dInputGrad,
  prepareConv3dWeightGrad,
  prepareConvTranspose1dInputGrad,
  prepareConvTranspose1dWeightGrad,
  prepareConvTranspose2dInputGrad,
  prepareConvTranspose2dWeightGrad,
  prepareConvTranspose3dInputGrad,
  prepareConvTranspose3dWeightGrad,
} from '../ops/gradients.ts';
import { prepareMatmul } from '../ops/matmul.ts';
import { preparePointwiseConv2d } from '../ops/pointwise.ts';
import { prepareSeparableConv2d, prepareSpatialSeparableConv2d } from '../ops/separable.ts';
import { prepareConvTranspose1d, prepareConvTranspose2d, prepareConvTranspose3d } from '../ops/transpose.ts';
import { sync } from './executor.ts';

/**
 * Two-dimensional convolution: `y[n,o,i,j] = act(bias[o] + residual[n,o,i,j] + Σ x[n,c,i·s+kh·d−p,j·s+kw·d−p] · w[o,c,kh,kw])`.
 * As everywhere in deep learning the kernel is not flipped (ONNX Conv, PyTorch conv2d).
 *
 * @param input - `[N, C, H, W]`, or `[N, H, W, C]` with `layout: 'NHWC'`.
 * @param weight - `[O, C/g, kH, kW]`, or as `weightLayout` says.
 * @returns `[N, O, oH, oW]` in the input's layout, `oH = ⌊(H + padding − (kH − 1)·dilation − 1) ÷ stride⌋ + 1`.
 * @throws TypeError or RangeError with a `code` that names what is wrong (`ERR_CONV_OPTION`, `_SHAPE`, `_DTYPE`,
 * `_ALGORITHM`, `_TOO_LARGE`, `_OVERLAP`); Error `ERR_CONV_LOAD` if the binary cannot be loaded.
 *
 * @example
 * ```ts
 * import { conv2d, Tensor } from 'native-conv';
 * const y = conv2d(Tensor.zeros([1, 3, 32, 32]), Tensor.zeros([8, 3, 3, 3]), { padding: 1, activation: 'relu' });
 * console.log(y.dims); // [ 1, 8, 32, 32 ]
 * ```
 */
export const conv2d = sync(prepareConv2d);

/**
 * One-dimensional convolution, as {@link conv2d}: `[N, C, W]` by `[O, C/g, kW]` gives `[N, O, oW]`.
 *
 * @example
 * ```ts
 * import { conv1d, Tensor } from 'native-conv';
 * const y = conv1d(Tensor.zeros([1, 80, 3000]), Tensor.zeros([4, 80, 3]), { padding: 1, stride: 2 });
 * console.log(y.dims); // [ 1, 4, 1500 ]
 * ```
 */
export const conv1d = sync(prepareConv1d);

/**
 * Three-dimensional convolution, as {@link conv2d}: `[N, C, D, H, W]` by `[O, C/g, kD, kH, kW]` gives `[N, O, oD, oH, oW]`.
 *
 * @example
 * ```ts
 * import { conv3d, Tensor } from 'native-conv';
 * const y = conv3d(Tensor.zeros([1, 3, 10, 16, 16]), Tensor.zeros([4, 3, 3, 3, 3]));
 * console.log(y.dims); // [ 1, 4, 8, 14, 14 ]
 * ```
 */
export const conv3d = sync(prepareConv3d);

/**
 * 1×1 convolution: `[N, C, H, W]` by `[O, C/g]` or `[O, C/g, 1, 1]` gives `[N, O, H, W]`. Throws as {@link conv2d}.
 *
 * @example
 * ```ts
 * import { pointwiseConv2d, Tensor } from 'native-conv';
 * const y = pointwiseConv2d(Tensor.zeros([1, 100, 50, 50]), Tensor.zeros([20, 100]));
 * console.log(y.dims); // [ 1, 20, 50, 50 ]
 * ```
 */
export const pointwiseConv2d = sync(preparePointwiseConv2d);

/**
 * One kernel (or m of them) per channel: `[N, C, H, W]` by `[C·m, 1, kH, kW]` gives `[N, C·m, oH, oW]`; output channel o
 * sees input channel ⌊o ÷ m⌋ only. Throws as {@link conv2d}.
 *
 * @example
 * ```ts
 * import { depthwiseConv2d, Tensor } from 'native-conv';
 * const y = depthwiseConv2d(Tensor.zeros([1, 3, 32, 32]), Tensor.zeros([6, 1, 3, 3]), { padding: 'same' });
 * console.log(y.dims); // [ 1, 6, 32, 32 ]
 * ```
 */
export const depthwiseConv2d = sync(prepareDepthwiseConv2d);

/**
 * As {@link depthwiseConv2d}: `[N, C, W]` by `[C·m, 1, kW]` gives `[N, C·m, oW]`.
 *
 * @example
 * ```ts
 * import { depthwiseConv1d, Tensor } from 'native-conv';
 * const y = depthwiseConv1d(Tensor.zeros([1, 3, 32]), Tensor.zeros([3, 1, 5]));
 * console.log(y.dims); // [ 1, 3, 28 ]
 * ```
 */
export const depthwiseConv1d = sync(prepareDepthwiseConv1d);

/**
 * As {@link depthwiseConv2d}: `[N, C, D, H, W]` by `[C·m, 1, kD, kH, kW]` gives `[N, C·m, oD, oH, oW]`.
 *
 * @example
 * ```ts
 * import { depthwiseConv3d, Tensor } from 'native-conv';
 * const y = depthwiseConv3d(Tensor.zeros([1, 3, 4, 8, 8]), Tensor.zeros([3, 1, 3, 3, 3]));
 * console.log(y.dims); // [ 1, 3, 2, 6, 6 ]
 * ```
 */
export const depthwiseConv3d = sync(prepareDepthwiseConv3d);

/**
 * Depthwise, then pointwise convolution (Chollet, arXiv 1610.02357): `[N, C, H, W]` by `[C·m, 1, kH, kW]` and
 * `[O, C·m]` or `[O, C·m, 1, 1]` gives `[N, O, oH, oW]`. Stride, padding and dilation belong to the depthwise stage; bias,
 * residual and activation come last, nothing is applied in between. Throws as {@link conv2d}.
 *
 * @example
 * ```ts
 * import { separableConv2d, Tensor } from 'native-conv';
 * const y = separableConv2d(Tensor.zeros([1, 3, 8, 8]), Tensor.zeros([3, 1, 3, 3]), Tensor.zeros([16, 3]));
 * console.log(y.dims); // [ 1, 16, 6, 6 ]
 * ```
 */
export const separableConv2d = sync(prepareSeparableConv2d);

/**
 * A k×1, then a 1×k convolution: `[N, C, H, W]` by `[M, C/g, kH, 1]` and `[O, M/g, 1, kW]` gives `[N, O, oH, oW]`. Each
 * takes its own axis of stride, padding and dilation; bias, residual and activation come last. Throws as {@link conv2d}.
 *
 * @example
 * ```ts
 * import { spatialSeparableConv2d, Tensor } from 'native-conv';
 * const y = spatialSeparableConv2d(Tensor.zeros([1, 1, 5, 5]), Tensor.zeros([1, 1, 3, 1]), Tensor.zeros([1, 1, 1, 3]));
 * console.log(y.dims); // [ 1, 1, 3, 3 ]
 * ```
 */
export const spatialSeparableConv2d = sync(prepareSpatialSeparableConv2d);

/**
 * Transposed convolution, the adjoint of {@link conv2d} (ONNX ConvTranspose): it restores a shape, not the values.
 *
 * @param input - `[N, I, H, W]`, or channels last.
 * @param weight - `[I, O/g, kH, kW]`, or as `weightLayout` says.
 * @returns `[N, O, oH, oW]`, `oH = (H − 1)·stride + (kH − 1)·dilation + 1 − padding + outputPadding`: padding crops.
 * @throws TypeError or RangeError with a `code` that names what is wrong (`ERR_CONV_OPTION`, `_SHAPE`, `_DTYPE`,
 * `_ALGORITHM`, `_TOO_LARGE`, `_OVERLAP`); Error `ERR_CONV_LOAD` if the binary cannot be loaded.
 *
 * @example
 * ```ts
 * import { convTranspose2d, Tensor } from 'native-conv';
 * const y = convTranspose2d(Tensor.zeros([1, 8, 16, 16]), Tensor.zeros([8, 3, 4, 4]), { stride: 2, padding: 1 });
 * console.log(y.dims); // [ 1, 3, 32, 32 ]
 * ```
 */
export const convTranspose2d = sync(prepareConvTranspose2d);

/**
 * As {@link convTranspose2d}: `[N, I, W]` by `[I, O/g, kW]` gives `[N, O, oW]`.
 *
 * @example
 * ```ts
 * import { convTranspose1d, Tensor } from 'native-conv';
 * const y = convTranspose1d(Tensor.zeros([1, 2, 8]), Tensor.zeros([2, 1, 2]), { stride: 2 });
 * console.log(y.dims); // [ 1, 1, 16 ]
 * ```
 */
export const convTranspose1d = sync(prepareConvTranspose1d);

/**
 * As {@link convTranspose2d}: `[N, I, D, H, W]` by `[I, O/g, kD, kH, kW]` gives `[N, O, oD, oH, oW]`.
 *
 * @example
 * ```ts
 * import { convTranspose3d, Tensor } from 'native-conv';
 * const y = convTranspose3d(Tensor.zeros([1, 2, 2, 4, 4]), Tensor.zeros([2, 1, 2, 2, 2]), { stride: 2 });
 * console.log(y.dims); // [ 1, 1, 4, 8, 8 ]
 * ```
 */
export const convTranspose3d = sync(prepareConvTranspose3d);

/**
 * The gradient of {@link conv1d} with respect to its input: gradOutput `[N, O, oW]` and weight give `inputDims`. Takes the
 * forward call's options but for bias, residual and activation. Throws as {@link conv1d}.
 *
 * @example
 * ```ts
 * import { conv1dInputGrad, Tensor } from 'native-conv';
 * const y = conv1dInputGrad(Tensor.zeros([1, 4, 6]), Tensor.zeros([4, 2, 3]), [1, 2, 8]);
 * console.log(y.dims); // [ 1, 2, 8 ]
 * ```
 */
export const conv1dInputGrad = sync(prepareConv1dInputGrad);

/**
 * The gradient of {@link conv2d} with respect to its input: gradOutput `[N, O, oH, oW]` and weight give `inputDims`. Takes the
 * forward call's options but for bias, residual and activation. Throws as {@link conv2d}.
 *
 * @example
 * ```ts
 * import { conv2dInputGrad, Tensor } from 'native-conv';
 * const y = conv2dInputGrad(Tensor.zeros([1, 4, 6, 6]), Tensor.zeros([4, 2, 3, 3]), [1, 2, 8, 8]);
 * console.log(y.dims); // [ 1, 2, 8, 8 ]
 * ```
 */
export const conv2dInputGrad = sync(prepareConv2dInputGrad);

/**
 * The gradient of {@link conv3d} with respect to its input: gradOutput `[N, O, oD, oH, oW]` and weight give `inputDims`. Takes the
 * forward call's options but for bias, residual and activation. Throws as {@link conv3d}.
 *
 * @example
 * ```ts
 * import { conv3dInputGrad, Tensor } from 'native-conv';
 * const y = conv3dInputGrad(Tensor.zeros([1, 4, 2, 6, 6]), Tensor.zeros([4, 2, 3, 3, 3]), [1, 2, 4, 8, 8]);
 * console.log(y.dims); // [ 1, 2, 4, 8, 8 ]
 * ```
 */
export const conv3dInputGrad = sync(prepareConv3dInputGrad);

/**
 * The gradient of {@link conv1d} with respect to its weight: gradOutput `[N, O, oW]` and input give `weightDims`. Takes the
 * forward call's options but for bias, residual and activation. Throws as {@link conv1d}.
 *
 * @example
 * ```ts
 * import { conv1dWeightGrad, Tensor } from 'native-conv';
 * const y = conv1dWeightGrad(Tensor.zeros([1, 4, 6]), Tensor.zeros([1, 2, 8]), [4, 2, 3]);
 * console.log(y.dims); // [ 4, 2, 3 ]
 * ```
 */
export const conv1dWeightGrad = sync(prepareConv1dWeightGrad);

/**
 * The gradient of {@link conv2d} with respect to its weight: gradOutput `[N, O, oH, oW]` and input give `weightDims`. Takes the
 * forward call's options but for bias, residual and activation. Throws as {@link conv2d}.
 *
 * @example
 * ```ts
 * import { conv2dWeightGrad, Tensor } from 'native-conv';
 * const y = conv2dWeightGrad(Tensor.zeros([1, 4, 6, 6]), Tensor.zeros([1, 2, 8, 8]), [4, 2, 3, 3]);
 * console.log(y.dims); // [ 4, 2, 3, 3 ]
 * ```
 */
export const conv2dWeightGrad = sync(prepareConv2dWeightGrad);

/**
 * The gradient of {@link conv3d} with respect to its weight: gradOutput `[N, O, oD, oH, oW]` and input give `weightDims`. Takes the
 * forward call's options but for bias, residual and activation. Throws as {@link conv3d}.
 *
 * @example
 * ```ts
 * import { conv3dWeightGrad, Tensor } from 'native-conv';
 * const y = conv3dWeightGrad(Tensor.zeros([1, 4, 2, 6, 6]), Tensor.zeros([1, 2, 4, 8, 8]), [4, 2, 3, 3, 3]);
 * console.log(y.dims); // [ 4, 2, 3, 3, 3 ]
 * ```
 */
export const conv3dWeightGrad = sync(prepareConv3dWeightGrad);

/**
 * The gradient of {@link convTranspose1d} with respect to its input `[N, I, W]`, whose dims are `inputDims`: a convolution.
 *
 * @example
 * ```ts
 * import { convTranspose1dInputGrad, Tensor } from 'native-conv';
 * const y = convTranspose1dInputGrad(Tensor.zeros([1, 2, 10]), Tensor.zeros([4, 2, 3]), [1, 4, 8]);
 * console.log(y.dims); // [ 1, 4, 8 ]
 * ```
 */
export const convTranspose1dInputGrad = sync(prepareConvTranspose1dInputGrad);

/**
 * The gradient of {@link convTranspose2d} with respect to its input `[N, I, H, W]`, whose dims are `inputDims`: a convolution.
 *
 * @example
 * ```ts
 * import { convTranspose2dInputGrad, Tensor } from 'native-conv';
 * const y = convTranspose2dInputGrad(Tensor.zeros([1, 2, 10, 10]), Tensor.zeros([4, 2, 3, 3]), [1, 4, 8, 8]);
 * console.log(y.dims); // [ 1, 4, 8, 8 ]
 * ```
 */
export const convTranspose2dInputGrad = sync(prepareConvTranspose2dInputGrad);

/**
 * The gradient of {@link convTranspose3d} with respect to its input `[N, I, D, H, W]`, whose dims are `inputDims`: a convolution.
 *
 * @example
 * ```ts
 * import { convTranspose3dInputGrad, Tensor } from 'native-conv';
 * const y = convTranspose3dInputGrad(Tensor.zeros([1, 2, 6, 10, 10]), Tensor.zeros([4, 2, 3, 3, 3]), [1, 4, 4, 8, 8]);
 * console.log(y.dims); // [ 1, 4, 4, 8, 8 ]
 * ```
 */
export const convTranspose3dInputGrad = sync(prepareConvTranspose3dInputGrad);

/**
 * The gradient of {@link convTranspose1d} with respect to its weight, whose dims are `weightDims`.
 *
 * @example
 * ```ts
 * import { convTranspose1dWeightGrad, Tensor } from 'native-conv';
 * const y = convTranspose1dWeightGrad(Tensor.zeros([1, 2, 10]), Tensor.zeros([1, 4, 8]), [4, 2, 3]);
 * console.log(y.dims); // [ 4, 2, 3 ]
 * ```
 */
export const convTranspose1dWeightGrad = sync(prepareConvTranspose1dWeightGrad);

/**
 * The gradient of {@link convTranspose2d} with respect to its weight, whose dims are `weightDims`.
 *
 * @example
 * ```ts
 * import { convTranspose2dWeightGrad, Tensor } from 'native-conv';
 * const y = convTranspose2dWeightGrad(Tensor.zeros([1, 2, 10, 10]), Tensor.zeros([1, 4, 8, 8]), [4, 2, 3, 3]);
 * console.log(y.dims); // [ 4, 2, 3, 3 ]
 * ```
 */
export const convTranspose2dWeightGrad = sync(prepareConvTranspose2dWeightGrad);

/**
 * The gradient of {@link convTranspose3d} with respect to its weight, whose dims are `weightDims`.
 *
 * @example
 * ```ts
 * import { convTranspose3dWeightGrad, Tensor } from 'native-conv';
 * const y = convTranspose3dWeightGrad(Tensor.zeros([1, 2, 6, 10, 10]), Tensor.zeros([1, 4, 4, 8, 8]), [4, 2, 3, 3, 3]);
 * console.log(y.dims); // [ 4, 2, 3, 3, 3 ]
 * ```
 */
export const convTranspose3dWeightGrad = sync(prepareConvTranspose3dWeightGrad);

/**
 * The patches of `[N, C, *S]` as columns `[N, C·∏K, L]`, L positions of the window (PyTorch's unfold); 1-D to 3-D.
 *
 * @example
 * ```ts
 * import { im2col, Tensor } from 'native-conv';
 * const y = im2col(Tensor.zeros([1, 3, 4, 4]), { kernelSize: 3 });
 * console.log(y.dims); // [ 1, 27, 4 ]
 * ```
 */
export const im2col = sync(prepareIm2col);

/**
 * The adjoint of {@link im2col}: columns `[N, C·∏K, L]` summed where they overlap, `[N, C, *outputSize]` (PyTorch's fold).
 *
 * @example
 * ```ts
 * import { col2im, Tensor } from 'native-conv';
 * const y = col2im(Tensor.zeros([1, 27, 4]), { outputSize: [4, 4], kernelSize: 3 });
 * console.log(y.dims); // [ 1, 3, 4, 4 ]
 * ```
 */
export const col2im = sync(prepareCol2im);

/**
 * Matrix product `[*, M, K]·[*, K, N]` = `[*, M, N]`; batch axes broadcast as NumPy's do. `bias` is `[N]`, one per column.
 *
 * @example
 * ```ts
 * import { matmul, Tensor } from 'native-conv';
 * const y = matmul(Tensor.zeros([5, 2, 3]), Tensor.zeros([3, 4]));
 * console.log(y.dims); // [ 5, 2, 4 ]
 * ```
 */
export const matmul = sync(prepareMatmul);

/**
 * The inverse of {@link conv2d}: an estimate of the image that gave `observed` when it was convolved with `kernel`. Where
 * {@link convTranspose2d} restores the shape, this restores the values, as far as the kernel has left them to be known.
 * Computes in float64, and rounds the estimate once.
 *
 * @param observed - `[N, O, oH, oW]`, or channels last as `layout` says: the convolution's result.
 * @param kernel - `[O, C/g, kH, kW]`: its weight.
 * @param options - the convolution's own (`stride`, `padding`, `paddingMode`, `dilation`, `groups`, `layout`), the `method`
 * and what it takes: `'least-squares'` (default) `damping`, `tolerance`, `iterations`, `initial`; `'wiener'` `balance`,
 * `penalty`; `'richardson-lucy'` `tolerance`, `iterations`, `initial`; and `onProgress`.
 * @returns the `estimate` `[N, C, H, W]`, its relative `residual`, the `iterations` done, and why they `stopped`.
 * @throws TypeError or RangeError with a `code`, as {@link conv2d}; also for values that are not finite, and where a method
 * does not fit the convolution.
 *
 * @example
 * ```ts
 * import { conv2d, deconvolve2d, Tensor } from 'native-conv';
 * const sharp = Tensor.random([1, 1, 16, 16], { seed: 1 });
 * const kernel = Tensor.from([[[[0, 1, 0], [1, 6, 1], [0, 1, 0]]]]);
 * const { estimate, stopped } = deconvolve2d(conv2d(sharp, kernel, { padding: 1 }), kernel, { padding: 1 });
 * const error = Math.max(...estimate.data.map((value, i) => Math.abs(value - sharp.data[i])));
 * console.log(stopped, error < 1e-5); // residual true
 * ```
 */
export const deconvolve2d = deconvolution('native', { conv2d, conv2dInputGrad, matmul });
