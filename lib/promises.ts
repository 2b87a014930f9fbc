// The door `native-conv/promises`: the operators of `native-conv` with the same arguments, off the event loop, and
// with `signal` to cancel. Operands must not be written to until the promise settles (SECURITY.md).
// Layer: doors; exports only.
// SPDX-License-Identifier: MIT

export * from './native/image-promised.ts';
export * from './native/promised.ts';
export * from './public.ts';
