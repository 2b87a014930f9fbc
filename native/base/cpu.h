// What this processor and this process may use: instruction sets (checked against what the OS has enabled),
// cache sizes, processors. Layer: base. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace native_conv {

// In ascending order of preference; a cap admits every set up to itself.
enum class Isa : int { portable, neon, avx2, avx512 };

const char* isa_name(Isa isa);

// What some processors with an instruction set have besides; kernels that use it stand beside those that do
// not, since few operations gain by it. vnni: AVX-512's sums of products of bytes and words (AVX512_VNNI);
// vbmi: these, and permutations of single bytes (AVX512_VBMI).
enum class Extension : int { none, vnni, vbmi };

// Whether this processor and OS have it.
bool has_extension(Extension extension);

// The instruction sets that this build has kernels for, best first, whether or not the processor has them.
std::vector<Isa> compiled_isas();

// Those of compiled_isas() that this processor and OS support, best first; never empty.
const std::vector<Isa>& available_isas();

// The best instruction set in use: the best available one under the cap. The first call reads the environment
// variable NATIVE_CONV_ISA; an unknown value throws Error(option) that lists the valid ones.
Isa current_isa();

// Caps the instruction set by name. Throws Error(option) on an unknown name, and changes nothing then.
void set_isa_cap(const std::string& name);

struct CacheSizes {
  std::int64_t l1d, l2, l3;  // bytes; of one core, except l3
};
CacheSizes cache_sizes();

// Processors that the scheduler lets this process use: affinity mask and cgroup quota, at least 1.
int usable_processors();

}  // namespace native_conv
