// Layer: base. SPDX-License-Identifier: MIT
#include "base/padded_index.h"

namespace native_conv {
namespace {

std::int64_t modulo(std::int64_t a, std::int64_t b) { return ((a % b) + b) % b; }

}  // namespace

std::int64_t padded_index(PaddingMode mode, std::int64_t size, std::int64_t at) {
  if (at >= 0 && at < size) return at;
  switch (mode) {
    case PaddingMode::zeros:
      return -1;
    case PaddingMode::replicate:
      return at < 0 ? 0 : size - 1;
    case PaddingMode::circular:
      return modulo(at, size);
    case PaddingMode::symmetric: {
      const std::int64_t folded = modulo(at, 2 * size);
      return folded < size ? folded : 2 * size - 1 - folded;
    }
    case PaddingMode::reflect: {
      if (size == 1) return 0;
      const std::int64_t folded = modulo(at, 2 * size - 2);
      return folded < size ? folded : 2 * size - 2 - folded;
    }
    case PaddingMode::count:
      break;
  }
  return -1;
}

}  // namespace native_conv
