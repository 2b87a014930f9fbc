// The seed of the property tests beside it: fixed by FAST_CHECK_SEED, otherwise new each run; test titles print it.
// SPDX-License-Identifier: MIT

export const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 0x7fffffff);
