// A kernel that fails, and an export that is no function.
// SPDX-License-Identifier: MIT

export const matmul = () => Promise.reject(new Error('out of ideas'));

export const conv1d = 'soon';
