// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/weight_cache.h"

#include <cstring>

namespace native_conv {

WeightCache::WeightCache(const void* weight, std::size_t bytes)
    : raw_(new unsigned char[bytes]), bytes_(static_cast<std::int64_t>(bytes)) {
  if (bytes > 0) std::memcpy(raw_.get(), weight, bytes);
}

}  // namespace native_conv
