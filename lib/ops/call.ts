// From a plan (geometry and dims) and operands to a prepared call: dtypes, bias, residual, slope and the result.
// Layer: operators; every family ends here.
// SPDX-License-Identifier: MIT

import type { FloatArray, Gathering, PackedWeight, PreparedCall, Stage } from '../call.ts';
import { checkDims } from '../check.ts';
import { formatDims, rangeError, typeError } from '../errors.ts';
import { type DType, type Geometry, product } from '../geometry.ts';
import type { Settings } from '../options.ts';
import { allocateResult, Tensor } from '../tensor.ts';
import type { Strided, View } from '../view.ts';

/** What a call will compute, known from dims and options alone. */
export interface Plan {
  readonly geometries: readonly Geometry[];
  /** Of the result. */
  readonly dims: readonly number[];
  /** Length of a bias or slope: the channels of the result, or its columns. */
  readonly channels: number;
}

/** A weight as it was passed, or as a layer holds it: packed, in memory that no caller can reach. */
export interface WeightOperand {
  readonly data: FloatArray | PackedWeight;
  readonly dims: readonly number[];
  readonly type: DType;
  readonly memory: FloatArray | null;
  readonly strided?: Strided;
}

/** A prepared call whose result's dtype is known statically. */
export interface PreparedFor<Result extends Tensor> extends PreparedCall {
  readonly result: Result;
}

export interface StageOperands {
  /** `null`: the previous stage's target. */
  readonly source: View | null;
  readonly weight: WeightOperand | null;
}

/**
 * The dtype to compute in: the operands', unless the reference door is asked for more. Without operands (`null`),
 * what is to be explained.
 */
export function computeType(operator: string, operands: DType | null, settings: Settings): DType {
  const precision = settings.type ?? operands ?? 'float32';
  if (precision === 'float64' || operands !== 'float64') return precision;
  const message = "options.precision 'float32' is less than the operands' float64; convert them first";
  throw rangeError('ERR_CONV_OPTION', operator, message);
}

/** Refuses operands of different dtypes. */
export function checkSameType(
  operator: string,
  firstName: string,
  first: DType,
  name: string,
  type: DType,
): void {
  if (type === first) return;
  throw typeError(
    'ERR_CONV_DTYPE',
    operator,
    `${name} is ${type}, ${firstName} is ${first}; convert one of them`,
  );
}

/** Checks the remaining operands against the plan, and makes the call. */
export function assemble(
  operator: string,
  plan: Plan,
  settings: Settings,
  operands: readonly StageOperands[],
): PreparedCall {
  checkDims(operator, 'output', plan.dims);
  const type = operandType(operands);
  const compute = plan.geometries[0].dtype;
  checkEpilogue(operator, plan, settings, type);
  const result = resultTensor(operator, plan, settings, compute, operands);
  const last = operands.length - 1;
  const stages: Stage[] = [];
  const gatherings: Gathering[] = [];
  for (let i = 0; i <= last; i++) {
    const { source, weight } = operands[i];
    stages.push({
      geometry: plan.geometries[i],
      source: convert(operator, source, compute, gatherings),
      weight: convertWeight(operator, weight, compute, gatherings),
      bias: i === last ? convert(operator, settings.bias, compute, gatherings) : null,
      residual: i === last ? convert(operator, settings.residual, compute, gatherings) : null,
      slope: i === last ? convert(operator, settings.activation.slope, compute, gatherings) : null,
      target: i === last ? result.data : null,
    });
  }
  checkUnchanged(operator, result.data, result.dims);
  const { threads, signal } = settings;
  return { operator, stages, gatherings, threads, signal, result };
}

function operandType(operands: readonly StageOperands[]): DType {
  return (operands[0].source as View).type;
}

function checkEpilogue(operator: string, plan: Plan, settings: Settings, type: DType): void {
  const { bias, residual, activation } = settings;
  if (bias !== null) checkOperand(operator, 'options.bias', bias, type, [plan.channels]);
  if (activation.slope !== null) {
    checkOperand(operator, 'options.activation.slope', activation.slope, type, [plan.channels]);
  }
  if (residual !== null) checkOperand(operator, 'options.residual', residual, type, plan.dims);
}

function checkOperand(
  operator: string,
  name: string,
  view: View,
  type: DType,
  dims: readonly number[],
): void {
  checkSameType(operator, 'the first operand', type, name, view.type);
  if (!sameDims(view.dims, dims)) {
    throw rangeError(
      'ERR_CONV_SHAPE',
      operator,
      `${name} must have dims ${formatDims(dims)}, got ${formatDims(view.dims)}`,
    );
  }
}

export function sameDims(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** The caller's `out`, or a new tensor. */
function resultTensor(
  operator: string,
  plan: Plan,
  settings: Settings,
  type: DType,
  operands: readonly StageOperands[],
): Tensor {
  const { out, outTensor, bias, residual, activation } = settings;
  if (out === null) return allocateResult(operator, plan.dims, type);
  checkSameType(operator, 'the result', type, 'options.out', out.type);
  if (!sameDims(out.dims, plan.dims)) {
    const message = `options.out must have dims ${formatDims(plan.dims)}, got ${formatDims(out.dims)}`;
    throw rangeError('ERR_CONV_SHAPE', operator, message);
  }
  for (const { source, weight } of operands) {
    if (source !== null) checkOverlap(operator, out.data, source.memory, 'an operand');
    if (weight !== null && weight.memory !== null)
      checkOverlap(operator, out.data, weight.memory, 'an operand');
  }
  if (bias !== null) checkOverlap(operator, out.data, bias.memory, 'options.bias');
  if (residual !== null) checkOverlap(operator, out.data, residual.memory, 'options.residual');
  if (activation.slope !== null)
    checkOverlap(operator, out.data, activation.slope.memory, 'options.activation.slope');
  // Our own tensors come back as themselves; whatever else was passed comes back as a tensor over its data.
  return outTensor instanceof Tensor ? outTensor : new Tensor<DType>(out.data, out.dims);
}

function checkOverlap(operator: string, out: FloatArray, other: FloatArray, name: string): void {
  if (out.buffer !== other.buffer || out.byteLength === 0 || other.byteLength === 0) return;
  const apart =
    out.byteOffset + out.byteLength <= other.byteOffset ||
    other.byteOffset + other.byteLength <= out.byteOffset;
  if (apart) return;
  throw rangeError('ERR_CONV_OVERLAP', operator, `options.out shares memory with ${name}`);
}

function convert(
  operator: string,
  view: View | null,
  type: DType,
  gatherings: Gathering[],
): FloatArray | null {
  if (view === null) return null;
  if (view.strided !== undefined && view.type === type) {
    return gathered(operator, view.memory, view, view.strided, gatherings);
  }
  checkUnchanged(operator, view.data, view.dims);
  return view.type === type ? view.data : Float64Array.from(view.data);
}

function convertWeight(
  operator: string,
  weight: WeightOperand | null,
  type: DType,
  gatherings: Gathering[],
): FloatArray | PackedWeight | null {
  if (weight === null) return null;
  const { dims, memory, strided } = weight;
  if (strided !== undefined && memory !== null && weight.type === type) {
    return gathered(operator, memory, weight, strided, gatherings);
  }
  const { data } = weight;
  if (!ArrayBuffer.isView(data)) return data;
  checkUnchanged(operator, data, dims);
  return weight.type === type ? data : Float64Array.from(data);
}

/** Memory for a strided operand, which the executor fills. */
function gathered(
  operator: string,
  from: FloatArray,
  { dims, type }: { readonly dims: readonly number[]; readonly type: DType },
  { strides, offset, reach }: Strided,
  gatherings: Gathering[],
): FloatArray {
  checkUnchanged(operator, from, [reach]);
  const into = allocateResult(operator, dims, type).data;
  gatherings.push({ from, into, dims, strides, offset });
  return into;
}

/** The lengths were checked when the operands were read; a getter that ran since may have taken the memory away. */
function checkUnchanged(operator: string, data: FloatArray, dims: readonly number[]): void {
  const count = product(dims);
  // The buffer is asked too: V8's optimised code has been seen to keep a view's length from before it was detached.
  const end = data.byteOffset + count * data.BYTES_PER_ELEMENT;
  if (data.length === count && (count === 0 || data.buffer.byteLength >= end)) return;
  const message = `a buffer of what has dims ${formatDims(dims)} was detached or resized while the arguments were read`;
  throw rangeError('ERR_CONV_SHAPE', operator, message);
}
