// The door `native-conv/reference`: the operators of `native-conv` with the same arguments and the same bits, in
// TypeScript that defines them. Loads no binary and runs in a browser. Layer: doors; exports only.
// SPDX-License-Identifier: MIT

export * from './public.ts';
export * from './reference/image/operators.ts';
export * from './reference/operators.ts';
