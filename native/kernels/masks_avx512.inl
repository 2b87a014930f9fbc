// Masks of every lane: GCC 12 warns of the undefined vector that the unmasked forms of some intrinsics start
// from (its bug 105593). Layer: kernels. SPDX-License-Identifier: MIT

constexpr __mmask32 every_word = ~__mmask32{0};
constexpr __mmask16 every_sum = static_cast<__mmask16>(~0u);
constexpr __mmask8 every_double_word = static_cast<__mmask8>(~0u);
constexpr __mmask64 every_byte = ~__mmask64{0};
