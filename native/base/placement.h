// Which processor a thread runs on. Layer: base. SPDX-License-Identifier: MIT
#pragma once

namespace native_conv {

// The processor that runs this thread, or -1 where the system does not say.
int current_processor();

// Moves this thread from `processor` to another that it may run on, if there is one. Where the system puts it
// from then on is the system's affair again.
void leave_processor(int processor);

}  // namespace native_conv
