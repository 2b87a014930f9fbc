// Expects a call to throw an error of this library: its class, its code and its message.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import type { ErrorCode } from '../../lib/errors.ts';

export function expectError(
  call: () => unknown,
  kind: ErrorConstructor | TypeErrorConstructor | RangeErrorConstructor,
  code: ErrorCode,
  message: string | RegExp,
): void {
  let thrown: unknown;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, 'nothing was thrown').to.be.instanceOf(kind);
  const error = thrown as Error & { readonly code: string };
  expect(error.constructor).to.equal(kind);
  expect(error.code).to.equal(code);
  if (typeof message === 'string') expect(error.message).to.equal(message);
  else expect(error.message).to.match(message);
}

/** What a call throws. */
export function caught(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  return expect.fail('nothing was thrown');
}

/** What a promise rejects with. */
export function rejected(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.fail('nothing was thrown'),
    (error: Error) => error,
  );
}
