// The geometry of a transposed convolution, whose output size the stride leaves open: padding, outputPadding and
// outputSize say which. Layer: operators; over shapes.ts.
// SPDX-License-Identifier: MIT

import { rangeError } from '../errors.ts';
import type { DType, Geometry, Kind, Triple } from '../geometry.ts';
import type { Settings } from '../options.ts';
import { extent, splitSame } from '../padding.ts';
import { AXIS_NAMES, checkAxis, makeGeometry, type Window } from './shapes.ts';

/** A transposed convolution's operands: `small` is its input, and its output is the window's large side. */
export interface TransposedWindow {
  readonly batch: number;
  readonly smallChannels: number;
  readonly largeChannels: number;
  readonly small: Triple;
  readonly kernel: Triple;
}

/**
 * The geometry of a transposed convolution: the forward convolution that it is the adjoint of. The large side is
 * (small − 1)·stride + extent − padding + outputPadding; what outputPadding adds is taken from `padEnd` again, so
 * that the forward convolution fits exactly.
 */
export function transposedGeometry(
  operator: string,
  kind: Kind,
  settings: Settings,
  type: DType,
  window: TransposedWindow,
): Geometry {
  const input: [number, number, number] = [1, 1, 1];
  const begin: [number, number, number] = [0, 0, 0];
  const end: [number, number, number] = [0, 0, 0];
  for (let axis = 0; axis < 3; axis++) {
    const full = fullSize(operator, settings, window, axis);
    if (typeof settings.padding === 'string') {
      const size = sameSize(operator, settings, window, axis);
      // Fewer than stride taps leave elements that no tap reaches; they lie at the end.
      const [first, last] = splitSame(settings.padding, Math.max(0, full - size));
      begin[axis] = first;
      end[axis] = full < size ? full - size : last;
      input[axis] = size;
    } else {
      const cropped = full - settings.padding.begin[axis] - settings.padding.end[axis];
      const added = addedSize(operator, settings, window, axis, cropped);
      begin[axis] = settings.padding.begin[axis];
      end[axis] = settings.padding.end[axis] - added;
      input[axis] = cropped + added;
    }
    if (input[axis] <= 0) throw nothingLeft(operator, settings, axis, full, input[axis]);
  }
  const forward: Window = {
    batch: window.batch,
    inChannels: window.largeChannels,
    outChannels: window.smallChannels,
    input,
    kernel: window.kernel,
  };
  return makeGeometry(kind, settings, type, forward, window.small, { begin, end });
}

/** The large side before cropping. */
function fullSize(operator: string, settings: Settings, window: TransposedWindow, axis: number): number {
  const small = window.small[axis];
  if (small === 0) {
    throw rangeError('ERR_CONV_SHAPE', operator, `the input is empty along ${AXIS_NAMES[axis]}`);
  }
  const full = (small - 1) * settings.stride[axis] + extent(window.kernel[axis], settings.dilation[axis]);
  checkAxis(operator, `the output along ${AXIS_NAMES[axis]}`, full);
  return full;
}

/** With `'same'`: input·stride, or an `outputSize` that the same number of strides covers. */
function sameSize(operator: string, settings: Settings, window: TransposedWindow, axis: number): number {
  const small = window.small[axis];
  const stride = settings.stride[axis];
  if (settings.outputPadding?.[axis]) {
    const message = "options.outputPadding does not go with padding 'same'; give options.outputSize";
    throw rangeError('ERR_CONV_OPTION', operator, message);
  }
  const size = settings.outputSize?.[axis] ?? small * stride;
  checkAxis(operator, `the output along ${AXIS_NAMES[axis]}`, size);
  if (Math.ceil(size / stride) === small) return size;
  throw badOutputSize(operator, axis, size, (small - 1) * stride + 1, small * stride);
}

/** What `outputPadding`, or the difference to `outputSize`, adds at the end. */
function addedSize(
  operator: string,
  settings: Settings,
  window: TransposedWindow,
  axis: number,
  cropped: number,
): number {
  const limit = Math.max(settings.stride[axis], settings.dilation[axis]);
  const name = AXIS_NAMES[axis];
  const wanted = settings.outputSize;
  if (wanted !== null && axis >= 3 - settings.rank) {
    const added = wanted[axis] - cropped;
    if (added >= 0 && added < limit) return added;
    throw badOutputSize(operator, axis, wanted[axis], cropped, cropped + limit - 1);
  }
  const added = settings.outputPadding?.[axis] ?? 0;
  if (added === 0 || added < limit) {
    checkAxis(operator, `the output along ${name} of ${window.small[axis]}`, cropped + added);
    return added;
  }
  const message = `options.outputPadding must be less than the stride or the dilation along ${name}, ${limit}, got ${added}`;
  throw rangeError('ERR_CONV_OPTION', operator, message);
}

function badOutputSize(operator: string, axis: number, got: number, least: number, most: number): Error {
  const message = `options.outputSize along ${AXIS_NAMES[axis]} must be from ${least} to ${most}, got ${got}`;
  return rangeError('ERR_CONV_OPTION', operator, message);
}

function nothingLeft(operator: string, settings: Settings, axis: number, full: number, left: number): Error {
  const crop =
    typeof settings.padding === 'string' ? 0 : settings.padding.begin[axis] + settings.padding.end[axis];
  return rangeError(
    'ERR_CONV_SHAPE',
    operator,
    `padding crops ${crop} along ${AXIS_NAMES[axis]} from an output of ${full}, which leaves ${left}`,
  );
}
