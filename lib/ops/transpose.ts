// convTransposeNd: the adjoint of convNd (never "deconvolution": it restores the shape, not the values). Lowered to
// the geometry of the forward convolution whose large side is its output. Layer: operators.
// SPDX-License-Identifier: MIT

import { formatDims, rangeError } from '../errors.ts';
import type { DType, Geometry, Kind } from '../geometry.ts';
import { CONV_TRANSPOSE_OPTIONS, type ConvTransposeOptions, type Settings } from '../options.ts';
import type { Rank } from '../padding.ts';
import { checkDivides, largeDims, splitDims, splitWeight } from './shapes.ts';
import { transposedGeometry } from './transposed-geometry.ts';
import { prepareOneWeight, type WeightedOperator } from './weighted.ts';

type Dims = readonly number[];

/** The geometry that a transposed convolution `[N,I,*S]` by `[I,O/g,*K]` and its gradients share. */
export function convTransposeGeometry(
  operator: string,
  kind: Kind,
  settings: Settings,
  type: DType,
  inputDims: Dims,
  weightDims: Dims,
): Geometry {
  const { rank, layout, groups } = settings;
  const input = splitDims(operator, 'input', inputDims, rank, layout);
  const weight = splitWeight(operator, 'weight', weightDims, rank, settings.weightLayout);
  if (weight.outer !== input.channels) {
    throw rangeError(
      'ERR_CONV_SHAPE',
      operator,
      `weight ${formatDims(weightDims)} expects ${weight.outer} input channels, ` +
        `input ${formatDims(inputDims)} has ${input.channels}`,
    );
  }
  checkDivides(
    operator,
    `input ${formatDims(inputDims)} has ${input.channels} channels`,
    input.channels,
    groups,
  );
  return transposedGeometry(operator, kind, settings, type, {
    batch: input.batch,
    smallChannels: input.channels,
    largeChannels: weight.inner * groups,
    small: input.spatial,
    kernel: weight.kernel,
  });
}

function convTransposeOperator(name: string, rank: Rank): WeightedOperator {
  return {
    name,
    rank,
    options: CONV_TRANSPOSE_OPTIONS,
    weights: ['weight'],
    multiplied: false,
    plan: (settings, type, input, [weight]) => {
      const geometry = convTransposeGeometry(name, 'convTranspose', settings, type, input, weight);
      return { geometries: [geometry], dims: largeDims(geometry, rank), channels: geometry.inChannels };
    },
    channels: (settings, [weight]) => splitWeight(name, 'weight', weight, rank, settings.weightLayout).outer,
  };
}

export const convTranspose1dOperator = convTransposeOperator('convTranspose1d', 1);
export const convTranspose2dOperator = convTransposeOperator('convTranspose2d', 2);
export const convTranspose3dOperator = convTransposeOperator('convTranspose3d', 3);

export const prepareConvTranspose1d = prepareOneWeight<ConvTransposeOptions<1>>(convTranspose1dOperator);
export const prepareConvTranspose2d = prepareOneWeight<ConvTransposeOptions<2>>(convTranspose2dOperator);
export const prepareConvTranspose3d = prepareOneWeight<ConvTransposeOptions<3>>(convTranspose3dOperator);
