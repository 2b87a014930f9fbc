// The sole loader of the binary: finds it with node-gyp-build (prebuilds/ first, then build/Release) on first use,
// and gives it types. If it cannot be loaded, every use throws with the paths tried, the cause and the remedy.
// SPDX-License-Identifier: MIT

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FloatArray } from '../call.ts';
import { createError } from '../errors.ts';
import type { ImageTable } from '../image/call.ts';
import type { PixelArray } from '../image/pixels.ts';
import type { AxisTable } from '../image/resample.ts';
import { takeResultsFrom } from '../memory.ts';
import { allocateResult } from './result-memory.ts';

/** A stage as C++ takes it: seven arguments, so that reading one costs no look-up of properties. */
export type NativeStage = readonly [
  geometry: Float64Array,
  source: FloatArray | null,
  weight: FloatArray | object | null,
  bias: FloatArray | null,
  residual: FloatArray | null,
  slope: FloatArray | null,
  target: FloatArray | null,
];

/** An image call as C++ takes it; lib/image/call.ts says which tables an operation has. */
export type NativeImageCall = readonly [
  geometry: Float64Array,
  source: PixelArray,
  target: PixelArray,
  tables: readonly ImageTable[],
];

/** A strided operand, what it is copied into, and its dims, strides and offset in one array. */
export type NativeGathering = readonly [from: FloatArray, into: FloatArray, layout: Float64Array];

/** The fields of one stage, or of several. */
export type NativeFields = [...NativeStage, ...rest: NativeStage[number][]];

export interface NativeKernel {
  readonly op: string;
  readonly isa: string;
  readonly name: string;
  /** Whether dispatch takes this row now. */
  readonly chosen: boolean;
}

export interface NativeInfo {
  /** The ISA in use, after NATIVE_CONV_ISA. */
  readonly isa: string;
  /** Best first. */
  readonly availableIsas: readonly string[];
  readonly kernels: readonly NativeKernel[];
  readonly threads: number;
  /** Processors that this process may use (affinity and cgroup quota). */
  readonly processors: number;
  /** Threads of the process's pool that have been started; no more than `threads` work at a time. */
  readonly poolThreads: number;
  /** Asynchronous calls of the process that have not settled, waiting and running. */
  readonly queuedCalls: number;
  /** The most that there may be of those; Infinity: no limit. */
  readonly maxQueued: number;
  /** The most scratch that one call may take; Infinity: no limit. */
  readonly workspaceLimit: number;
  /** Scratch that threads hold, for calls that run and for the next ones. */
  readonly scratchBytes: number;
  readonly cacheBytes: { readonly l1d: number; readonly l2: number; readonly l3: number };
  readonly compiler: string;
}

export interface NativePlan {
  readonly algorithm: string;
  readonly kernel: string;
  readonly isa: string;
  readonly threads: number;
  readonly workspaceBytes: number;
  /** Whether this stage and the next one run as one, band by band; both hold their scratch then. */
  readonly fused: boolean;
  /** What lies between this stage and the next one. */
  readonly intermediateBytes: number;
  /** Algorithms that rank before the chosen one, and why each was refused. */
  readonly refusals: readonly { readonly algorithm: string; readonly reason: string }[];
}

/**
 * What build/Release/native_conv.node exports. Errors carry `code` (DESIGN §6) and a message that opens with the operator.
 * A weight packed with `packWeight` may stand for the raw one in any geometry with the same channels,
 * groups, kernel, dtype, weight layout and kind.
 */
export interface NativeBinding {
  readonly geometryFields: readonly string[];
  /** `stages`: the fields of one stage after another. */
  run(operator: string, threads: number, ...stages: NativeFields): void;
  /**
   * `gatherings` come first. `cancel[0]` set to 1 stops the run between tiles; the promise then rejects with code
   * `ERR_CONV_CANCELLED`.
   */
  runAsync(
    operator: string,
    threads: number,
    cancel: Int32Array,
    gatherings: readonly NativeGathering[] | null,
    ...stages: NativeFields
  ): Promise<void>;
  /** Copies strided operands into C order. */
  gather(operator: string, threads: number, gatherings: readonly NativeGathering[]): void;
  readonly imageFields: readonly string[];
  readonly axisFields: readonly string[];
  /** The table that a packed axis comes to, as lib/image/resample.ts makes it: for the test that compares the two. */
  resampleAxis(axis: Float64Array): Omit<AxisTable, 'outputs'>;
  /** Whether buffers that are transferred away stay alive for asynchronous calls that use them. */
  readonly pinsMemory: boolean;
  runImage(operator: string, call: NativeImageCall, threads: number): void;
  /** As runAsync. */
  runImageAsync(operator: string, call: NativeImageCall, threads: number, cancel: Int32Array): Promise<void>;
  packWeight(operator: string, geometry: Float64Array, weight: FloatArray): object;
  /** Frees a packed weight's memory now; later runs with it throw. */
  releaseWeight(weight: object): void;
  /** Explains the stages of one call, given their geometries. */
  explain(operator: string, threads: number, ...geometries: readonly Float64Array[]): readonly NativePlan[];
  info(): NativeInfo;
  setThreads(threads: number): void;
  /** 0 is no limit. */
  setMaxQueued(calls: number): void;
  /** Infinity is no limit. */
  setWorkspaceLimit(bytes: number): void;
  /** Rejects waiting calls of this environment whose `cancel[0]` is set, without waiting for their turn. */
  dropCancelled(): void;
  /** Whether `resultMemory` works here, and freed memory is not the program's own to manage. */
  readonly keepsResults: boolean;
  /**
   * A buffer of so many bytes, holding anything, in a block of memory that V8's collector does not count for it;
   * `undefined` where memory does not hold it, or where such blocks take as much as they may.
   */
  resultMemory(bytes: number): ArrayBuffer | undefined;
  /** Lets V8 count the blocks that were made for such buffers since; it may begin to mark its heap. */
  countResults(): void;
  /** Frees such buffers' memory that nothing uses any more, on another thread. */
  freeResults(): void;
  /** The same, and gives back the memory of freed results that the C library has kept. */
  giveBackMemory(): void;
  /** Caps the ISA for the process: for tests and cross-checks. */
  setIsa(name: string): void;
}

const require = createRequire(import.meta.url);
/** The package's root, from lib/native/ and from dist/native/. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let loaded: NativeBinding | undefined;

/**
 * The binary, loaded on first use and kept.
 *
 * @throws Error `ERR_CONV_LOAD` if it cannot be loaded: paths tried, cause and remedy. Nothing stands in for it.
 */
export function loadBinding(): NativeBinding {
  loaded ??= load();
  return loaded;
}

function load(): NativeBinding {
  try {
    const nodeGypBuild = require('node-gyp-build') as (directory: string) => NativeBinding;
    const binding = nodeGypBuild(ROOT);
    takeResultsFrom((bytes) => allocateResult(binding, bytes));
    return binding;
  } catch (cause) {
    if (hasOwnCode(cause)) throw cause;
    throw loadError(cause);
  }
}

/** An error that the binary itself threw while it started, as for a bad environment variable. */
function hasOwnCode(cause: unknown): boolean {
  const code = (cause as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' && code.startsWith('ERR_CONV_');
}

function loadError(cause: unknown): Error {
  const platform = `${process.platform}-${process.arch}`;
  const tried = ['build/Release', 'build/Debug', `prebuilds/${platform}`].map(
    (folder) => `  ${join(ROOT, folder, '*.node')}`,
  );
  const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
  return createError(
    'Error',
    'ERR_CONV_LOAD',
    'native-conv',
    [
      `the native binary for ${platform}, Node.js ${process.version}, could not be loaded`,
      `Tried:\n${tried.join('\n')}`,
      `Cause: ${reason}`,
      `Remedy: run "npm rebuild native-conv" with a C++17 compiler, Python 3 and make installed ("npm run build" in a ` +
        'clone), or import "native-conv/reference", which needs no binary.',
    ].join('\n'),
    cause,
  );
}
