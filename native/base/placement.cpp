// Layer: base. SPDX-License-Identifier: MIT
#include "base/placement.h"

#if defined(__linux__)
#include <sched.h>

namespace native_conv {

int current_processor() { return sched_getcpu(); }

void leave_processor(int processor) {
  cpu_set_t allowed;
  if (processor < 0 || processor >= CPU_SETSIZE) return;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;  // more processors than a set holds
  if (!CPU_ISSET(processor, &allowed) || CPU_COUNT(&allowed) < 2) return;
  cpu_set_t others = allowed;
  CPU_CLR(processor, &others);
  if (sched_setaffinity(0, sizeof(others), &others) == 0) sched_setaffinity(0, sizeof(allowed), &allowed);
}

}  // namespace native_conv

#else

namespace native_conv {

int current_processor() { return -1; }
void leave_processor(int) {}

}  // namespace native_conv

#endif
