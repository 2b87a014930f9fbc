// How much of the input one output sees (Araujo, Norris & Sim, "Computing Receptive Fields of Convolutional Neural
// Networks", Distill 2019). Layer: analysis.
// SPDX-License-Identifier: MIT

import { extent } from '../padding.ts';
import { axesOf, parseLayers, type Stack, type WindowLayer } from './layers.ts';

/** Along one axis, in elements of the input. */
export interface AxisField {
  /** From the first element that an output sees to the last. */
  readonly size: number;
  /** From one output's field to the next one's. */
  readonly jump: number;
  /** The centre of the first output's field; 0 is the first element, and in the padding it is negative. */
  readonly start: number;
}

export interface ReceptiveField {
  /** After the last layer, one per axis. */
  readonly axes: readonly AxisField[];
  /** After each layer. */
  readonly layers: readonly (readonly AxisField[])[];
}

/**
 * The receptive field of a stack of convolutions and poolings, first layer first. The rank is that of the first
 * array among the layers' options; with numbers only, it is 2.
 *
 * @throws TypeError or RangeError `ERR_CONV_OPTION` for what is no layer.
 *
 * @example
 * ```ts
 * import { receptiveField } from 'native-conv/analysis';
 * const { axes } = receptiveField([{ kernelSize: 3, dilation: 2, padding: 2 }]);
 * console.log(axes[0]); // { size: 5, jump: 1, start: 0 }
 * ```
 */
export function receptiveField(layers: readonly WindowLayer[]): ReceptiveField {
  const stack = parseLayers('receptiveField', layers);
  const byAxis = axesOf(stack.rank).map((axis) => growth(stack, axis));
  const fields = stack.layers.map((_, layer) => byAxis.map((steps) => steps[layer]));
  return { axes: fields[fields.length - 1], layers: fields };
}

function growth({ layers }: Stack, axis: 0 | 1 | 2): AxisField[] {
  let [size, jump, start] = [1, 1, 0];
  return layers.map(({ kernel, stride, dilation, padBegin }) => {
    const reach = extent(kernel[axis], dilation[axis]) - 1;
    size += reach * jump;
    start += (reach / 2 - padBegin[axis]) * jump;
    jump *= stride[axis];
    return { size, jump, start };
  });
}
