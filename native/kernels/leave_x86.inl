// The last act of every kernel of more than 128 bits. Code compiled for SSE waits at its first instruction
// while upper halves of registers are in use, for as long as the kernel just took to finish; g++ 12 clears
// them where a kernel ends in its own loop, but not where it ends in a call that takes vectors. Layer:
// kernels. SPDX-License-Identifier: MIT
NATIVE_CONV_INLINE void leave() { _mm256_zeroupper(); }
