// How much processor time and memory Linux's control groups leave this process. Layer: base.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace native_conv {

// Processors that the quotas of cgroups v1 and v2 add up to, 1.5 for instance: the least of this process's
// group and of those above it. 0 where nothing limits it. `root` goes before /proc and /sys, for tests.
double processor_quota(const std::string& root = "");

// Bytes of memory that cgroups v1 and v2 leave it, found in the same way. 0 where nothing limits it.
double memory_quota(const std::string& root = "");

}  // namespace native_conv
