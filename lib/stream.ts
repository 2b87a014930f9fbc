// Ordered results of a source of inputs, some of them worked on at a time. Layer: beside layer.ts.
// SPDX-License-Identifier: MIT

import { describe, typeError } from './errors.ts';

/** The iterator of an iterable or async iterable. */
export function openSource<Input>(
  operator: string,
  source: Iterable<Input> | AsyncIterable<Input>,
  what = 'tensors',
): Iterator<Input> | AsyncIterator<Input> {
  const open: unknown = Object(source)[Symbol.asyncIterator] ?? Object(source)[Symbol.iterator];
  if (typeof open === 'function') return Reflect.apply(open, source, []);
  const message = `source must be an iterable or async iterable of ${what}, got ${describe(source)}`;
  throw typeError('ERR_CONV_OPTION', operator, message);
}

/** A run, or what the source threw in place of an input. */
interface Outcome<Result> {
  settled: boolean;
  readonly result: Promise<Result>;
}

/**
 * Runs inputs as they come, at most `concurrency` of them ahead of the consumer, and gives their results in order. In
 * the end, however that comes, no run is left under way and the source is closed.
 */
export async function* orderedResults<Input, Result>(
  source: Iterator<Input> | AsyncIterator<Input>,
  run: (input: Input, signal: AbortSignal) => Promise<Result>,
  concurrency: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Result, void, undefined> {
  const stop = new AbortController();
  const ahead: Outcome<Result>[] = [];
  let open = true;
  let pulling = false;
  // Events wake the loop, which looks at the state: racing promises would hold on to each of them in a long stream.
  let wake = (): void => {};

  const queue = (result: Promise<Result>): void => {
    const outcome = { settled: false, result };
    const settle = (): void => {
      outcome.settled = true;
      wake();
    };
    result.then(settle, settle);
    ahead.push(outcome);
  };
  /** Takes one input; an error of the source stands for the result that it would have had. */
  const pull = async (): Promise<void> => {
    pulling = true;
    try {
      const next = await source.next();
      if (next.done === true) open = false;
      else if (!stop.signal.aborted) queue(run(next.value, stop.signal));
    } catch (error) {
      open = false;
      queue(Promise.reject(error));
    }
    pulling = false;
    wake();
  };
  const abort = (): void => {
    stop.abort(signal?.reason);
    wake();
  };

  signal?.addEventListener('abort', abort, { once: true });
  try {
    while (open || ahead.length > 0) {
      signal?.throwIfAborted();
      if (open && !pulling && ahead.length < concurrency) void pull();
      if (ahead.length > 0 && ahead[0].settled) {
        yield await (ahead.shift() as Outcome<Result>).result;
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    stop.abort();
    await Promise.allSettled(ahead.map((outcome) => outcome.result));
    // A source that is asked for an input right now closes when it has answered; that may be never.
    const closed = open ? source.return?.() : undefined;
    if (pulling) Promise.resolve(closed).catch(() => undefined);
    else await closed;
  }
}
