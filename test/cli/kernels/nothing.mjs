// Exports nothing that is named after an operator.
// SPDX-License-Identifier: MIT

export const convolve = () => null;
