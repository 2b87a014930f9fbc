// Work in steps, between which the event loop may turn: a generator yields where it can be left for a while.
// Layer: beside check.ts.
// SPDX-License-Identifier: MIT

/** What yields between its steps and returns its result. */
export type Stepwise<Result> = Generator<void, Result, void>;

/** How long JavaScript computes for an asynchronous call before the event loop turns. */
export const MOST_MS = 0.3;

/** The result of all steps, here and now. */
export function finish<Result>(steps: Stepwise<Result>): Result {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/**
 * The result of all steps, in turns of the event loop.
 *
 * @param turn - lets the event loop turn once.
 */
export async function finishInTurns<Result>(
  steps: Stepwise<Result>,
  turn: () => Promise<unknown>,
): Promise<Result> {
  let since = performance.now();
  let step = steps.next();
  while (!step.done) {
    if (performance.now() - since > MOST_MS) {
      await turn();
      since = performance.now();
    }
    step = steps.next();
  }
  return step.value;
}
