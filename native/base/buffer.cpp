// Layer: base. SPDX-License-Identifier: MIT
#include "base/buffer.h"

namespace native_conv {

AlignedBuffer& scratch_buffer(Scratch slot) {
  thread_local std::array<AlignedBuffer, static_cast<std::size_t>(Scratch::count)> buffers;
  return buffers[static_cast<std::size_t>(slot)];
}

}  // namespace native_conv
