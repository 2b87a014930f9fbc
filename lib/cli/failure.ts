// What the command says when it cannot do its work: one line for the user and an exit code, no stack trace
// (unless NATIVE_CONV_DEBUG is set). Layer: command line.
// SPDX-License-Identifier: MIT

/** Exit codes of the command: 1 is a result that is not as it should be, 2 a call that could not be served. */
export const EXIT = { success: 0, difference: 1, failure: 2 } as const;

/** An error whose message is meant for the user as it stands. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's code (`ENOENT`) or the library's (`ERR_CONV_SHAPE`) of an error, if it has one. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
