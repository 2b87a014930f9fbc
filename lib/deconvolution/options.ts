// The options of deconvolve2d, and its operands checked: what convolution is to be undone, by which method, until when.
// Layer: deconvolution, above ops/.
// SPDX-License-Identifier: MIT

import { checkChoice, checkInteger, readOptions } from '../check.ts';
import { describe, formatDims, rangeError, typeError } from '../errors.ts';
import type { DType, Geometry, PaddingMode } from '../geometry.ts';
import { sameDims } from '../ops/call.ts';
import { largeDims } from '../ops/shapes.ts';
import { convTransposeGeometry } from '../ops/transpose.ts';
import { type Door, optionFamily, parseOptions, type WeightLayout, type WindowOptions } from '../options.ts';
import type { PerAxis } from '../padding.ts';
import type { Tensor, TensorLike } from '../tensor.ts';
import { readView, type View } from '../view.ts';

export interface DeconvolutionProgress {
  readonly iteration: number;
  /** ‖conv2d(estimate) − observed‖ ÷ ‖observed‖ after it. */
  readonly residual: number;
}

/** The convolution that is to be undone, in conv2d's own options. */
interface ConvolutionModel extends WindowOptions<2> {
  /** What the padding repeated: default `'zeros'`. */
  readonly paddingMode?: PaddingMode;
  /** Default 1. */
  readonly groups?: number;
  /** Order of the kernel's axes; default `'OIHW'`. */
  readonly weightLayout?: WeightLayout<2>;
  /** The estimate's spatial size, where the stride leaves a choice. */
  readonly outputSize?: PerAxis;
  /** Threads for each operator; by default the process-wide setting. */
  readonly threads?: number;
  /** Called after each iteration. */
  readonly onProgress?: (progress: DeconvolutionProgress) => void;
}

interface Iteration {
  /** The residual that is small enough. Default 1e-6. */
  readonly tolerance?: number;
  /** The most iterations. Default 100, of Richardson and Lucy's method 30. */
  readonly iterations?: number;
  /** What to begin with, of the estimate's dims: by default zeros, of Richardson and Lucy's method a flat image. */
  readonly initial?: TensorLike;
}

/** Conjugate gradients on the operator and its adjoint (CGLS): minimises ‖conv2d(x) − observed‖² + damping²·‖x‖². */
export interface LeastSquaresOptions extends ConvolutionModel, Iteration {
  readonly method?: 'least-squares';
  /** Default 0. More of it is smoother, and less misled by noise. */
  readonly damping?: number;
}

/** Division in the frequency domain; for circular convolutions of each channel by itself, at stride 1. */
export interface WienerOptions extends ConvolutionModel {
  readonly method: 'wiener';
  /** Weight of the penalty on what is not smooth, or not small. Default 1e-3. */
  readonly balance?: number;
  /** What is penalised: the estimate's Laplacian (default), or the estimate itself. */
  readonly penalty?: 'laplacian' | 'identity';
}

/** Richardson and Lucy's multiplicative updates: for counts, non-negative throughout. */
export interface RichardsonLucyOptions extends ConvolutionModel, Iteration {
  readonly method: 'richardson-lucy';
}

export type DeconvolutionOptions = LeastSquaresOptions | WienerOptions | RichardsonLucyOptions;

/** The option that only `native-conv/promises` has. */
export interface DeconvolutionSignal {
  /** Aborting it stops the work; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export type Method = 'least-squares' | 'wiener' | 'richardson-lucy';

/** A deconvolution to be done: operands in float64, options checked. */
export interface DeconvolutionProblem extends DeconvolutionSettings {
  readonly observed: Tensor<'float64'>;
  readonly kernel: Tensor<'float64'>;
  readonly initial: Tensor<'float64'> | null;
}

/** A call whose arguments are checked, but not the values of its operands. */
export interface DeconvolutionCall extends DeconvolutionSettings {
  readonly views: {
    readonly observed: View;
    readonly kernel: View;
    /** Where the kernel's axes O, I, H, W are. */
    readonly axes: readonly number[];
    readonly initial: View | null;
  };
}

interface DeconvolutionSettings {
  /** conv2d's. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly geometry: Geometry;
  /** Of the estimate. */
  readonly dims: readonly number[];
  /** Of the operands, and so of the result. */
  readonly type: DType;
  readonly method: Method;
  readonly tolerance: number;
  readonly iterations: number;
  readonly damping: number;
  readonly balance: number;
  readonly penalty: 'laplacian' | 'identity';
  readonly onProgress: ((progress: DeconvolutionProgress) => void) | null;
  readonly signal: AbortSignal | undefined;
}

export const NAME = 'deconvolve2d';

const METHODS = ['least-squares', 'wiener', 'richardson-lucy'] as const;
const PENALTIES = ['laplacian', 'identity'] as const;
const MODEL = ['stride', 'padding', 'dilation', 'paddingMode', 'layout', 'groups', 'threads'];
const COMMON = ['method', ...MODEL, 'outputSize', 'onProgress', 'weightLayout'];
const ITERATION = ['tolerance', 'iterations', 'initial'];
const OWN: Readonly<Record<Method, readonly string[]>> = {
  'least-squares': [...ITERATION, 'damping'],
  wiener: ['balance', 'penalty'],
  'richardson-lucy': ITERATION,
};
const ALL = new Set([...COMMON, ...Object.values(OWN).flat(), 'signal']);
/** Where a kernel's axes O, I, H, W are in each order. */
const KERNEL_AXES = { OIHW: [0, 1, 2, 3], HWIO: [3, 2, 0, 1], OHWI: [0, 3, 1, 2] } as const;
const KERNEL_ORDERS = ['OIHW', 'HWIO', 'OHWI'] as const;
const MODEL_FAMILY = optionFamily([...MODEL, 'outputSize']);

/** Checks arguments, all but the values of operands. */
export function readDeconvolution(
  door: Door,
  observed: unknown,
  kernel: unknown,
  options: unknown,
): DeconvolutionCall {
  const y = readView(NAME, 'observed', observed);
  const k = readView(NAME, 'kernel', kernel);
  if (k.type !== y.type) {
    const message = `kernel is ${k.type}, observed is ${y.type}; convert one of them`;
    throw typeError('ERR_CONV_DTYPE', NAME, message);
  }
  const any = readOptions(NAME, options, ALL);
  const method = checkChoice(NAME, 'options.method', any.method ?? 'least-squares', METHODS);
  const names = [...COMMON, ...OWN[method], ...(door === 'async' ? ['signal'] : [])];
  const given = readOptions(NAME, any, new Set(names), ALL);
  const order = checkChoice(NAME, 'options.weightLayout', given.weightLayout ?? 'OIHW', KERNEL_ORDERS);
  const axes = KERNEL_AXES[order];
  // A kernel of another rank is left to the check of its dims.
  const kernelDims = k.dims.length === axes.length ? axes.map((axis) => k.dims[axis]) : k.dims;
  const pick = (wanted: readonly string[]) =>
    Object.fromEntries(wanted.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]));
  const settings = parseOptions(NAME, door, MODEL_FAMILY, 2, pick([...MODEL, 'outputSize', 'signal']));
  // The estimate stands to what was observed as a transposed convolution's output to its input.
  const geometry = convTransposeGeometry(NAME, 'convTranspose', settings, 'float64', y.dims, kernelDims);
  const dims = largeDims(geometry, 2);
  return {
    views: {
      observed: y,
      kernel: k,
      axes,
      initial: given.initial === undefined ? null : readInitial(given.initial, dims),
    },
    options: pick(MODEL),
    geometry,
    dims,
    type: y.type,
    method,
    tolerance: readNumber('tolerance', given.tolerance ?? 1e-6),
    iterations: checkInteger(
      NAME,
      'options.iterations',
      given.iterations ?? (method === 'richardson-lucy' ? 30 : 100),
      1,
    ),
    damping: readNumber('damping', given.damping ?? 0),
    balance: readNumber('balance', given.balance ?? 1e-3),
    penalty: checkChoice(NAME, 'options.penalty', given.penalty ?? 'laplacian', PENALTIES),
    onProgress: readCallback(given.onProgress),
    signal: given.signal as AbortSignal | undefined,
  };
}

function readInitial(value: unknown, dims: readonly number[]): View {
  const view = readView(NAME, 'options.initial', value);
  if (sameDims(view.dims, dims)) return view;
  const message = `options.initial must have the estimate's dims ${formatDims(dims)}, got ${formatDims(view.dims)}`;
  throw rangeError('ERR_CONV_SHAPE', NAME, message);
}

function readNumber(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY) return value;
  const message = `options.${name} must be a finite number from 0, got ${describe(value)}`;
  throw (typeof value === 'number' ? rangeError : typeError)('ERR_CONV_OPTION', NAME, message);
}

function readCallback(value: unknown): DeconvolutionProblem['onProgress'] {
  if (value === undefined) return null;
  if (typeof value === 'function') return value as (progress: DeconvolutionProgress) => void;
  throw typeError('ERR_CONV_OPTION', NAME, `options.onProgress must be a function, got ${describe(value)}`);
}
