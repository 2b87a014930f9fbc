// The layers: operators with their weights packed once, for many runs. Layer: above layer.ts.
// SPDX-License-Identifier: MIT

import { Layer, type LayerOptions, type MultiplierOption } from './layer.ts';
import { conv1dOperator, conv2dOperator, conv3dOperator } from './ops/conv.ts';
import {
  depthwiseConv1dOperator,
  depthwiseConv2dOperator,
  depthwiseConv3dOperator,
} from './ops/depthwise.ts';
import { separableConv2dOperator } from './ops/separable.ts';
import {
  convTranspose1dOperator,
  convTranspose2dOperator,
  convTranspose3dOperator,
} from './ops/transpose.ts';
import type { ConvOptions, ConvTransposeOptions, DepthwiseConvOptions } from './options.ts';
import type { TensorLike } from './tensor.ts';

/**
 * conv1d with its weight packed.
 *
 * @example
 * ```ts
 * import { Conv1d, Tensor } from 'native-conv';
 * const layer = new Conv1d(Tensor.zeros([4, 2, 3]));
 * console.log(layer.run(Tensor.zeros([1, 2, 8])).dims); // [ 1, 4, 6 ]
 * layer.dispose();
 * ```
 */
export class Conv1d extends Layer {
  /** @param weight - `[O, C/g, *K]`, or in the order that `weightLayout` says. */
  constructor(weight: TensorLike, options?: LayerOptions<ConvOptions<1>>) {
    super(conv1dOperator, [weight], options);
  }
}

/**
 * conv2d with its weight packed.
 *
 * @example
 * ```ts
 * import { Conv2d, Tensor } from 'native-conv';
 * const layer = new Conv2d(Tensor.zeros([4, 2, 3, 3]));
 * console.log(layer.run(Tensor.zeros([1, 2, 8, 8])).dims); // [ 1, 4, 6, 6 ]
 * layer.dispose();
 * ```
 */
export class Conv2d extends Layer {
  /** @param weight - `[O, C/g, *K]`, or in the order that `weightLayout` says. */
  constructor(weight: TensorLike, options?: LayerOptions<ConvOptions<2>>) {
    super(conv2dOperator, [weight], options);
  }
}

/**
 * conv3d with its weight packed.
 *
 * @example
 * ```ts
 * import { Conv3d, Tensor } from 'native-conv';
 * const layer = new Conv3d(Tensor.zeros([4, 2, 3, 3, 3]));
 * console.log(layer.run(Tensor.zeros([1, 2, 8, 8, 8])).dims); // [ 1, 4, 6, 6, 6 ]
 * layer.dispose();
 * ```
 */
export class Conv3d extends Layer {
  /** @param weight - `[O, C/g, *K]`, or in the order that `weightLayout` says. */
  constructor(weight: TensorLike, options?: LayerOptions<ConvOptions<3>>) {
    super(conv3dOperator, [weight], options);
  }
}

/**
 * convTranspose1d with its weight packed.
 *
 * @example
 * ```ts
 * import { ConvTranspose1d, Tensor } from 'native-conv';
 * const layer = new ConvTranspose1d(Tensor.zeros([4, 2, 2]), { stride: 2 });
 * console.log(layer.run(Tensor.zeros([1, 4, 4])).dims); // [ 1, 2, 8 ]
 * layer.dispose();
 * ```
 */
export class ConvTranspose1d extends Layer {
  /** @param weight - `[I, O/g, *K]`, or in the order that `weightLayout` says. */
  constructor(weight: TensorLike, options?: LayerOptions<ConvTransposeOptions<1>>) {
    super(convTranspose1dOperator, [weight], options);
  }
}

/**
 * convTranspose2d with its weight packed.
 *
 * @example
 * ```ts
 * import { ConvTranspose2d, Tensor } from 'native-conv';
 * const layer = new ConvTranspose2d(Tensor.zeros([4, 2, 2, 2]), { stride: 2 });
 * console.log(layer.run(Tensor.zeros([1, 4, 4, 4])).dims); // [ 1, 2, 8, 8 ]
 * layer.dispose();
 * ```
 */
export class ConvTranspose2d extends Layer {
  /** @param weight - `[I, O/g, *K]`, or in the order that `weightLayout` says. */
  constructor(weight: TensorLike, options?: LayerOptions<ConvTransposeOptions<2>>) {
    super(convTranspose2dOperator, [weight], options);
  }
}

/**
 * convTranspose3d with its weight packed.
 *
 * @example
 * ```ts
 * import { ConvTranspose3d, Tensor } from 'native-conv';
 * const layer = new ConvTranspose3d(Tensor.zeros([4, 2, 2, 2, 2]), { stride: 2 });
 * console.log(layer.run(Tensor.zeros([1, 4, 4, 4, 4])).dims); // [ 1, 2, 8, 8, 8 ]
 * layer.dispose();
 * ```
 */
export class ConvTranspose3d extends Layer {
  /** @param weight - `[I, O/g, *K]`, or in the order that `weightLayout` says. */
  constructor(weight: TensorLike, options?: LayerOptions<ConvTransposeOptions<3>>) {
    super(convTranspose3dOperator, [weight], options);
  }
}

/**
 * depthwiseConv1d with its weight packed.
 *
 * @example
 * ```ts
 * import { DepthwiseConv1d, Tensor } from 'native-conv';
 * const layer = new DepthwiseConv1d(Tensor.zeros([4, 1, 3]), { padding: 'same', multiplier: 2 });
 * console.log(layer.run(Tensor.zeros([1, 2, 8])).dims); // [ 1, 4, 8 ]
 * layer.dispose();
 * ```
 */
export class DepthwiseConv1d extends Layer {
  /** @param weight - `[C·m, 1, *K]`, or in the order that `weightLayout` says. */
  constructor(weight: TensorLike, options?: LayerOptions<DepthwiseConvOptions<1>> & MultiplierOption) {
    super(depthwiseConv1dOperator, [weight], options);
  }
}

/**
 * depthwiseConv2d with its weight packed.
 *
 * @example
 * ```ts
 * import { DepthwiseConv2d, Tensor } from 'native-conv';
 * const layer = new DepthwiseConv2d(Tensor.zeros([4, 1, 3, 3]), { padding: 'same', multiplier: 2 });
 * console.log(layer.run(Tensor.zeros([1, 2, 8, 8])).dims); // [ 1, 4, 8, 8 ]
 * layer.dispose();
 * ```
 */
export class DepthwiseConv2d extends Layer {
  /** @param weight - `[C·m, 1, *K]`, or in the order that `weightLayout` says. */
  constructor(weight: TensorLike, options?: LayerOptions<DepthwiseConvOptions<2>> & MultiplierOption) {
    super(depthwiseConv2dOperator, [weight], options);
  }
}

/**
 * depthwiseConv3d with its weight packed.
 *
 * @example
 * ```ts
 * import { DepthwiseConv3d, Tensor } from 'native-conv';
 * const layer = new DepthwiseConv3d(Tensor.zeros([4, 1, 3, 3, 3]), { padding: 'same', multiplier: 2 });
 * console.log(layer.run(Tensor.zeros([1, 2, 8, 8, 8])).dims); // [ 1, 4, 8, 8, 8 ]
 * layer.dispose();
 * ```
 */
export class DepthwiseConv3d extends Layer {
  /** @param weight - `[C·m, 1, *K]`, or in the order that `weightLayout` says. */
  constructor(weight: TensorLike, options?: LayerOptions<DepthwiseConvOptions<3>> & MultiplierOption) {
    super(depthwiseConv3dOperator, [weight], options);
  }
}

/**
 * separableConv2d with both weights packed.
 *
 * @example
 * ```ts
 * import { SeparableConv2d, Tensor } from 'native-conv';
 * const layer = new SeparableConv2d(Tensor.zeros([3, 1, 3, 3]), Tensor.zeros([8, 3]), { padding: 1 });
 * console.log(layer.run(Tensor.zeros([1, 3, 8, 8])).dims); // [ 1, 8, 8, 8 ]
 * layer.dispose();
 * ```
 */
export class SeparableConv2d extends Layer {
  /**
   * @param depthwise - `[C·m, 1, kH, kW]`
   * @param pointwise - `[O, C·m]` or `[O, C·m, 1, 1]`
   */
  constructor(
    depthwise: TensorLike,
    pointwise: TensorLike,
    options?: LayerOptions<DepthwiseConvOptions<2>> & MultiplierOption,
  ) {
    super(separableConv2dOperator, [depthwise, pointwise], options);
  }
}
