// What all layers do: hold weights, packed once into the form that the kernels read, and run on them. Layer: above
// ops/ and native/. Weights, bias and slopes are copied at construction.
// SPDX-License-Identifier: MIT

import { checkInteger, readDims, readOnce, readOptions } from './check.ts';
import { formatDims, rangeError, typeError } from './errors.ts';
import { type Explanation, explainPlan } from './explain.ts';
import { type DType, packGeometry, type Triple } from './geometry.ts';
import { loadBinding } from './native/binding.ts';
import { runNative, runNativeAsync } from './native/executor.ts';
import { checkSameType, type PreparedFor, type WeightOperand } from './ops/call.ts';
import { PlanCache } from './ops/plan-cache.ts';
import { joinDims, splitDims } from './ops/shapes.ts';
import { callWeighted, type WeightedOperator } from './ops/weighted.ts';
import { checkSignal, optionFamily, parseOptions, type RunOptions, type Settings } from './options.ts';
import { openSource, orderedResults } from './stream.ts';
import type { ResultOf, TensorLike } from './tensor.ts';
import { readView, type View } from './view.ts';

/** A layer's options: its operator's, but for those that belong to one run. */
export type LayerOptions<Options> = Omit<Options, 'residual' | 'out'>;

/** A depthwise layer cannot tell its input channels from its weight `[C·m,1,*K]` alone. */
export interface MultiplierOption {
  /** m, the outputs of each channel. Default 1. */
  readonly multiplier?: number;
}

export interface LayerRunOptions extends RunOptions {
  /** Of the result's dims; added before the activation. */
  readonly residual?: TensorLike;
}

export interface LayerRunAsyncOptions extends LayerRunOptions {
  /** Aborting it stops the run between tiles; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface LayerStreamOptions {
  /** Inputs that are worked on at a time, and the most results that wait to be taken. Default: the threads in use. */
  readonly concurrency?: number;
  /** Aborting it stops the runs between tiles; the iteration then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

const STREAM_OPTIONS = new Set(['concurrency', 'signal']);
const RUN_OPTIONS = optionFamily(['residual', 'out', 'threads']);
const ONES: Triple = [1, 1, 1];

/** What all layers do. */
export abstract class Layer {
  readonly #operator: WeightedOperator;
  readonly #settings: Settings;
  readonly #channels: number;
  readonly #dims: readonly (readonly number[])[];
  readonly #type: DType;
  readonly #plans = new PlanCache();
  #weights: readonly WeightOperand[] | null;

  protected constructor(operator: WeightedOperator, weights: readonly TensorLike[], options: unknown) {
    const { name, rank } = operator;
    const views = weights.map((weight, index) => readView(name, operator.weights[index], weight));
    const { multiplier, settings } = parseLayerOptions(operator, options);
    this.#operator = operator;
    this.#settings = settings;
    this.#dims = views.map((view) => view.dims.slice());
    this.#type = views[0].type;
    this.#channels = operator.channels(settings, this.#dims, multiplier);
    this.#weights = packWeights(
      operator,
      settings,
      joinDims(rank, settings.layout, 1, this.#channels, ONES),
      views,
    );
  }

  /**
   * Runs the layer.
   *
   * @param input - `[N, C, *S]`, or channels last as the layer's `layout` says.
   * @throws as the operator does; TypeError `ERR_CONV_OPTION` after `dispose`.
   */
  run<X extends TensorLike>(input: X, options?: LayerRunOptions): ResultOf<X> {
    return runNative(this.#prepare(input, 'native', options));
  }

  /** Runs the layer off the event loop; rejects where `run` throws, and with the reason of an aborted signal. */
  async runAsync<X extends TensorLike>(input: X, options?: LayerRunAsyncOptions): Promise<ResultOf<X>> {
    return await runNativeAsync(this.#prepare(input, 'async', options));
  }

  /**
   * Runs the layer on one input after another off the event loop, and gives the results in the inputs' order. An input
   * is taken from the source only when fewer than `concurrency` are under way or waiting to be taken. Leaving the
   * loop early, or an error of the source or of a run, stops what is under way and closes the source.
   *
   * @param source - an iterable or async iterable of inputs, as {@link run} takes them.
   *
   * @example
   * ```ts
   * import { Conv1d, Tensor } from 'native-conv';
   * const layer = new Conv1d(Tensor.from([[[1, 1]]]));
   * const frames = [Tensor.from([[[1, 2, 3]]]), Tensor.from([[[4, 5, 6]]])];
   * const sums: string[] = [];
   * for await (const y of layer.stream(frames, { concurrency: 2 })) sums.push(y.data.join());
   * console.log(sums); // [ '3,5', '9,11' ]
   * ```
   */
  stream<X extends TensorLike>(
    source: Iterable<X> | AsyncIterable<X>,
    options?: LayerStreamOptions,
  ): AsyncGenerator<ResultOf<X>, void, undefined> {
    const { name } = this.#operator;
    const { concurrency, signal } = readOptions(name, options, STREAM_OPTIONS);
    return orderedResults(
      openSource(name, source),
      (input, aborted) => this.runAsync(input, { signal: aborted }),
      concurrency === undefined
        ? loadBinding().info().threads
        : checkInteger(name, 'options.concurrency', concurrency, 1),
      signal === undefined ? undefined : checkSignal(name, signal),
    );
  }

  /** Explains a run on an input of these dims. */
  explain(inputDims: readonly number[]): Explanation {
    const dims = readDims(this.#operator.name, 'inputDims', inputDims);
    this.#checkChannels('inputDims', dims);
    const plan = this.#operator.plan(this.#settings, this.#type, dims, this.#dims);
    return explainPlan(this.#operator.name, plan, this.#settings);
  }

  /** Frees the packed weights now instead of at garbage collection. The layer cannot run after that. */
  dispose(): void {
    for (const { data } of this.#weights ?? []) {
      if (!ArrayBuffer.isView(data)) loadBinding().releaseWeight(data.handle as object);
    }
    this.#weights = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #prepare<X extends TensorLike>(
    input: X,
    door: 'native' | 'async',
    options: unknown,
  ): PreparedFor<ResultOf<X>> {
    const { name } = this.#operator;
    if (this.#weights === null) throw typeError('ERR_CONV_OPTION', name, 'the layer has been disposed of');
    const view = readView(name, 'input', input);
    this.#checkChannels('input', view.dims);
    const settings = options === undefined ? this.#settings : this.#runSettings(door, options);
    return callWeighted(this.#operator, this.#plans, settings, view, this.#weights) as PreparedFor<
      ResultOf<X>
    >;
  }

  #checkChannels(what: string, dims: readonly number[]): void {
    const { name, rank } = this.#operator;
    const { channels } = splitDims(name, what, dims, rank, this.#settings.layout);
    if (channels === this.#channels) return;
    const message = `the layer expects ${this.#channels} input channels, ${what} ${formatDims(dims)} has ${channels}`;
    throw rangeError('ERR_CONV_SHAPE', name, message);
  }

  #runSettings(door: 'native' | 'async', options: unknown): Settings {
    const { name, rank } = this.#operator;
    const run = parseOptions(name, door, RUN_OPTIONS, rank, options);
    const { residual, out, outTensor, signal } = run;
    const threads = run.threads || this.#settings.threads;
    return { ...this.#settings, residual, out, outTensor, threads, signal };
  }
}

/** Reads a layer's options. The bias and the slopes are copied: the caller may go on to change them. */
function parseLayerOptions(
  operator: WeightedOperator,
  options: unknown,
): { readonly settings: Settings; readonly multiplier: number } {
  const { name, rank } = operator;
  const names = [...operator.options.names.native].filter(
    (option) => option !== 'residual' && option !== 'out',
  );
  const family = optionFamily(
    operator.multiplied ? [...names, 'multiplier'] : names,
    operator.options.transposed,
  );
  const given = readOnce(options);
  const settings = parseOptions(name, 'native', family, rank, given);
  const { multiplier } = given;
  const { bias, activation } = settings;
  return {
    settings: {
      ...settings,
      bias: bias && copyView(bias),
      activation: { ...activation, slope: activation.slope && copyView(activation.slope) },
    },
    multiplier: multiplier === undefined ? 1 : checkInteger(name, 'options.multiplier', multiplier, 1),
  };
}

function copyView(view: View): View {
  const data = view.data.slice();
  return { data, dims: view.dims.slice(), type: view.type, memory: data };
}

/**
 * Packs each weight for its stage. Packing depends on channels and kernel only, so that one pixel with `'same'`
 * padding stands for any input.
 */
function packWeights(
  operator: WeightedOperator,
  settings: Settings,
  inputDims: readonly number[],
  views: readonly View[],
): readonly WeightOperand[] {
  const { name } = operator;
  const [{ type }] = views;
  const anyInput: Settings = {
    ...settings,
    padding: 'same',
    paddingMode: 'zeros',
    outputPadding: null,
    outputSize: null,
  };
  const dims = views.map((view) => view.dims);
  const { geometries } = operator.plan(anyInput, type, inputDims, dims);
  return views.map((view, stage): WeightOperand => {
    checkSameType(name, operator.weights[0], type, operator.weights[stage], view.type);
    const handle = loadBinding().packWeight(name, packGeometry(geometries[stage]), view.data);
    return { data: { handle }, dims: view.dims.slice(), type, memory: null };
  });
}
