// The options of every operator: their types, and one parser that checks each of them and lowers it to what
// geometry needs. Layer: above padding.ts and activation.ts; used by lib/ops. Never mutates what it is given.
// SPDX-License-Identifier: MIT

import {
  type ActivationOption,
  NO_PARSED_ACTIVATION,
  type ParsedActivation,
  parseActivation,
} from './activation.ts';
import { checkChoice, checkInteger, readOptions } from './check.ts';
import { describe, rangeError, typeError } from './errors.ts';
import {
  ALGORITHMS,
  type Algorithm,
  type ChannelOrder,
  DTYPES,
  type DType,
  PADDING_MODES,
  type PaddingMode,
  type Triple,
  type WeightOrder,
} from './geometry.ts';
import {
  type Padding,
  type PaddingOption,
  type PerAxis,
  parsePadding,
  parsePerAxis,
  type Rank,
} from './padding.ts';
import type { TensorLike } from './tensor.ts';
import { readTarget, readView, type View } from './view.ts';

type ByRank<R extends Rank, One, Two, Three> = R extends 1 ? One : R extends 2 ? Two : Three;

/** Order of a tensor's axes: channels first (default) or last. */
export type Layout<R extends Rank> = ByRank<R, 'NCW' | 'NWC', 'NCHW' | 'NHWC', 'NCDHW' | 'NDHWC'>;

/** Order of a weight's axes: O = output channels of all groups, I = input channels of one group. */
export type WeightLayout<R extends Rank> = ByRank<
  R,
  'OIW' | 'WIO' | 'OWI',
  'OIHW' | 'HWIO' | 'OHWI',
  'OIDHW' | 'DHWIO' | 'ODHWI'
>;

/** Order of a transposed convolution's weight axes: I = input channels of all groups, O = output channels of one. */
export type TransposedWeightLayout<R extends Rank> = ByRank<
  R,
  'IOW' | 'WOI' | 'OWI',
  'IOHW' | 'HWOI' | 'OHWI',
  'IODHW' | 'DHWOI' | 'ODHWI'
>;

/** Where the result goes, and how many threads may work on it. */
export interface RunOptions {
  /** Threads for this call; by default the process-wide setting. */
  readonly threads?: number;
  /** Written to and returned; of the result's dims and dtype, sharing no memory with an operand. */
  readonly out?: TensorLike;
}

export interface ExecutionOptions extends RunOptions {
  /** Forces an algorithm; one that cannot run this call throws and says why. Default `'auto'`. */
  readonly algorithm?: Algorithm;
  /** Keeps to algorithms inside the numbers contract: the same bits everywhere. Default `false`. */
  readonly reproducible?: boolean;
}

/** What happens to a result before it is stored: `activation((result + bias) + residual)`. */
export interface EpilogueOptions {
  /** `[O]`, one per output channel (matmul: per column). */
  readonly bias?: TensorLike;
  /** Of the result's dims. */
  readonly residual?: TensorLike;
  readonly activation?: ActivationOption;
}

export interface WindowOptions<R extends Rank> {
  /** Default 1. */
  readonly stride?: PerAxis;
  /** Default 0. */
  readonly padding?: PaddingOption;
  /** Default 1. */
  readonly dilation?: PerAxis;
  readonly layout?: Layout<R>;
}

/** Options of a convolution's gradients. */
export interface ConvGradOptions<R extends Rank> extends WindowOptions<R>, ExecutionOptions {
  /** What the padding repeats: default `'zeros'`. */
  readonly paddingMode?: PaddingMode;
  /** Default 1. */
  readonly groups?: number;
  readonly weightLayout?: WeightLayout<R>;
}

/** Options of convNd, pointwiseConv2d and spatialSeparableConv2d. */
export interface ConvOptions<R extends Rank> extends ConvGradOptions<R>, EpilogueOptions {}

/** Options of depthwise convolutions, whose groups are the input's channels. */
export type DepthwiseConvOptions<R extends Rank> = Omit<ConvOptions<R>, 'groups'>;

/** Options of a transposed convolution's gradients; those of its forward call. */
export interface ConvTransposeGradOptions<R extends Rank> extends WindowOptions<R>, ExecutionOptions {
  /** Here padding crops the result, so that only `'zeros'` makes sense. */
  readonly paddingMode?: 'zeros';
  /** Default 1. */
  readonly groups?: number;
  readonly weightLayout?: TransposedWeightLayout<R>;
  /** Added to the result's size at its end; less than the stride or the dilation. Default 0. */
  readonly outputPadding?: PerAxis;
  /** The result's spatial size, instead of `outputPadding`. */
  readonly outputSize?: PerAxis;
}

export interface ConvTransposeOptions<R extends Rank> extends ConvTransposeGradOptions<R>, EpilogueOptions {}

/** The option that only one door has: a signal to cancel with, a precision, a dtype to explain for. */
export interface ExtraOptions {
  readonly native: Readonly<Record<never, never>>;
  readonly async: {
    /** Aborting it stops the call between tiles; the promise then rejects with the signal's reason. */
    readonly signal?: AbortSignal;
  };
  readonly reference: {
    /**
     * What to compute in; by default the operands' dtype. `'float64'` computes float32 operands in float64 and
     * returns a float64 tensor (whatever the static type says): the truth to measure errors against.
     */
    readonly precision?: DType;
  };
  readonly explain: {
    /** The dtype to explain for: `'float32'` (default) or `'float64'`. */
    readonly type?: DType;
  };
}
export type Door = keyof ExtraOptions;

const EXTRA_NAMES: Readonly<Record<Door, readonly string[]>> = {
  native: [],
  async: ['signal'],
  reference: ['precision'],
  explain: ['type'],
};

/** The options that an operator takes, and how its weight's axes are named. */
export interface OptionFamily {
  readonly names: Readonly<Record<Door, ReadonlySet<string>>>;
  /** Padding crops the result, and weight layouts are named from the transposed convolution. */
  readonly transposed: boolean;
}

export function optionFamily(names: readonly string[], transposed = false): OptionFamily {
  const byDoor = Object.entries(EXTRA_NAMES).map(([door, extra]) => [door, new Set([...names, ...extra])]);
  return { names: Object.fromEntries(byDoor), transposed };
}

const RUN = ['out', 'threads'];
const EXECUTION = ['algorithm', 'reproducible', ...RUN];
const EPILOGUE = ['bias', 'activation', 'residual'];
const WINDOW = ['stride', 'padding', 'dilation', 'paddingMode', 'layout'];
const WEIGHTED = [...WINDOW, 'weightLayout', ...EXECUTION];
const TRANSPOSED = [...WEIGHTED, 'groups', 'outputPadding', 'outputSize'];

export const DEPTHWISE_OPTIONS = optionFamily([...WEIGHTED, ...EPILOGUE]);
export const CONV_OPTIONS = optionFamily([...WEIGHTED, 'groups', ...EPILOGUE]);
export const CONV_GRAD_OPTIONS = optionFamily([...WEIGHTED, 'groups']);
export const CONV_TRANSPOSE_OPTIONS = optionFamily([...TRANSPOSED, ...EPILOGUE], true);
export const CONV_TRANSPOSE_GRAD_OPTIONS = optionFamily(TRANSPOSED, true);
export const COLUMNS_OPTIONS = optionFamily(['kernelSize', ...WINDOW, 'reproducible', ...RUN]);
export const COLUMNS_ADJOINT_OPTIONS = optionFamily(
  ['kernelSize', 'outputSize', ...WINDOW, 'reproducible', ...RUN],
  true,
);
export const MATMUL_OPTIONS = optionFamily(['transposeA', 'transposeB', ...EPILOGUE, ...EXECUTION]);

/** Every option of any operator: a name that is known, but not here, gets a message of its own. */
export const KNOWN_NAMES: ReadonlySet<string> = new Set([
  ...CONV_TRANSPOSE_OPTIONS.names.native,
  ...COLUMNS_OPTIONS.names.native,
  ...MATMUL_OPTIONS.names.native,
  ...Object.values(EXTRA_NAMES).flat(),
]);

/** Options after parsing: everything that does not need the operands' dims is decided. */
export interface Settings {
  readonly rank: Rank;
  readonly stride: Triple;
  readonly dilation: Triple;
  readonly padding: Padding;
  readonly paddingMode: PaddingMode;
  readonly groups: number;
  readonly layout: ChannelOrder;
  readonly weightLayout: WeightOrder;
  readonly outputPadding: Triple | null;
  readonly outputSize: Triple | null;
  readonly bias: View | null;
  readonly residual: View | null;
  readonly activation: ParsedActivation;
  readonly algorithm: Algorithm;
  readonly reproducible: boolean;
  readonly threads: number;
  readonly out: View | null;
  /** `out` as the caller passed it, to be returned. */
  readonly outTensor: unknown;
  /** The reference door's precision, or the dtype to explain for. */
  readonly type: DType | null;
  readonly signal: AbortSignal | undefined;
}

const LAYOUTS: Readonly<Record<Rank, Readonly<Record<string, ChannelOrder>>>> = {
  1: { NCW: 'channelsFirst', NWC: 'channelsLast' },
  2: { NCHW: 'channelsFirst', NHWC: 'channelsLast' },
  3: { NCDHW: 'channelsFirst', NDHWC: 'channelsLast' },
};

const WEIGHT_LAYOUTS: Readonly<Record<Rank, Readonly<Record<string, WeightOrder>>>> = {
  1: { OIW: 'OIHW', WIO: 'HWIO', OWI: 'OHWI' },
  2: { OIHW: 'OIHW', HWIO: 'HWIO', OHWI: 'OHWI' },
  3: { OIDHW: 'OIHW', DHWIO: 'HWIO', ODHWI: 'OHWI' },
};

/** The forward convolution's O is the transposed one's I (geometry.ts). */
const TRANSPOSED_WEIGHT_LAYOUTS: Readonly<Record<Rank, Readonly<Record<string, WeightOrder>>>> = {
  1: { IOW: 'OIHW', WOI: 'HWIO', OWI: 'IHWO' },
  2: { IOHW: 'OIHW', HWOI: 'HWIO', OHWI: 'IHWO' },
  3: { IODHW: 'OIHW', DHWOI: 'HWIO', ODHWI: 'IHWO' },
};

const ONES: Triple = [1, 1, 1];

/** Checks names, then reads every option; what an operator does not take has been refused by name, so it is absent. */
export function parseOptions(
  operator: string,
  door: Door,
  family: OptionFamily,
  rank: Rank,
  options: unknown,
): Settings {
  const given = readOptions(operator, options, family.names[door], KNOWN_NAMES);
  const { stride, dilation, outputPadding, outputSize, bias, residual, activation, threads, out } = given;
  if (outputPadding !== undefined && outputSize !== undefined) {
    throw rangeError(
      'ERR_CONV_OPTION',
      operator,
      'options.outputPadding and options.outputSize exclude each other',
    );
  }
  return {
    rank,
    stride: stride === undefined ? ONES : parsePerAxis(operator, 'options.stride', stride, rank, 1, 1),
    dilation:
      dilation === undefined ? ONES : parsePerAxis(operator, 'options.dilation', dilation, rank, 1, 1),
    padding: parsePadding(operator, given.padding, rank),
    paddingMode: parsePaddingMode(operator, given.paddingMode, family.transposed),
    groups: given.groups === undefined ? 1 : checkInteger(operator, 'options.groups', given.groups, 1),
    layout: parseNamed(operator, 'options.layout', given.layout, LAYOUTS[rank], 'channelsFirst'),
    weightLayout: parseNamed(
      operator,
      'options.weightLayout',
      given.weightLayout,
      (family.transposed ? TRANSPOSED_WEIGHT_LAYOUTS : WEIGHT_LAYOUTS)[rank],
      'OIHW',
    ),
    outputPadding:
      outputPadding === undefined
        ? null
        : parsePerAxis(operator, 'options.outputPadding', outputPadding, rank, 0, 0),
    outputSize:
      outputSize === undefined ? null : parsePerAxis(operator, 'options.outputSize', outputSize, rank, 1, 1),
    bias: bias === undefined ? null : readView(operator, 'options.bias', bias),
    residual: residual === undefined ? null : readView(operator, 'options.residual', residual),
    activation: activation === undefined ? NO_PARSED_ACTIVATION : parseActivation(operator, activation),
    algorithm:
      given.algorithm === undefined
        ? 'auto'
        : checkChoice(operator, 'options.algorithm', given.algorithm, ALGORITHMS),
    reproducible: parseBoolean(operator, 'reproducible', given.reproducible),
    threads: threads === undefined ? 0 : checkInteger(operator, 'options.threads', threads, 1),
    out: out === undefined ? null : readTarget(operator, 'options.out', out),
    outTensor: out,
    type: parseType(operator, given),
    signal: given.signal === undefined ? undefined : checkSignal(operator, given.signal),
  };
}

/** A boolean option, `false` by default. */
export function parseBoolean(operator: string, name: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw typeError('ERR_CONV_OPTION', operator, `options.${name} must be a boolean, got ${describe(value)}`);
}

/** The rank that `kernelSize` or `outputSize` gives by its length. */
export function rankOf(operator: string, name: string, value: unknown): Rank | null {
  if (!Array.isArray(value)) return null;
  const rank = value.length;
  if (rank === 1 || rank === 2 || rank === 3) return rank;
  throw rangeError('ERR_CONV_OPTION', operator, `${name} must have 1, 2 or 3 values, got ${describe(value)}`);
}

function parseNamed<Value extends string>(
  operator: string,
  name: string,
  value: unknown,
  table: Readonly<Record<string, Value>>,
  byDefault: Value,
): Value {
  if (value === undefined) return byDefault;
  if (typeof value === 'string' && Object.hasOwn(table, value)) return table[value];
  checkChoice(operator, name, value, Object.keys(table));
  return byDefault;
}

function parsePaddingMode(operator: string, value: unknown, transposed: boolean): PaddingMode {
  if (value === undefined) return 'zeros';
  const mode = checkChoice(operator, 'options.paddingMode', value, PADDING_MODES);
  if (!transposed || mode === 'zeros') return mode;
  const message = `options.paddingMode must be 'zeros', since padding crops the result here, got '${mode}'`;
  throw rangeError('ERR_CONV_OPTION', operator, message);
}

function parseType(operator: string, given: Readonly<Record<string, unknown>>): DType | null {
  for (const name of ['precision', 'type'] as const) {
    if (given[name] !== undefined) return checkChoice(operator, `options.${name}`, given[name], DTYPES);
  }
  return null;
}

export function checkSignal(operator: string, value: unknown): AbortSignal {
  const signal = value as AbortSignal | null;
  if (typeof signal?.aborted === 'boolean' && typeof signal.addEventListener === 'function') return signal;
  throw typeError(
    'ERR_CONV_OPTION',
    operator,
    `options.signal must be an AbortSignal, got ${describe(value)}`,
  );
}
