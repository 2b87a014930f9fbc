// Layer: base. The files: man 7 cgroups; Linux's Documentation/admin-guide/cgroup-v2.rst (cpu.max,
// memory.max), Documentation/scheduler/sched-bwc.rst (cpu.cfs_quota_us) and
// Documentation/admin-guide/cgroup-v1/memory.rst (memory.limit_in_bytes). SPDX-License-Identifier: MIT
#include "base/cgroup.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace native_conv {
namespace {

using QuotaOf = double (*)(const std::string& folder);

// "QUOTA PERIOD" in microseconds, or "max PERIOD".
double processors_v2(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return 0;
  return std::atof(quota.c_str()) / period;
}

// A quota of -1 is none.
double processors_v1(const std::string& folder) {
  std::ifstream quota_file(folder + "/cpu.cfs_quota_us"), period_file(folder + "/cpu.cfs_period_us");
  double quota = 0, period = 0;
  if (!(quota_file >> quota) || !(period_file >> period) || quota <= 0 || period <= 0) return 0;
  return quota / period;
}

// Of a file with nothing but a number; "max" is none.
double bytes_of(const std::string& file) {
  std::ifstream stream(file);
  double bytes = 0;
  return stream >> bytes ? bytes : 0;
}

double memory_v2(const std::string& folder) { return bytes_of(folder + "/memory.max"); }

// No limit is a number beyond all memory, which is as good.
double memory_v1(const std::string& folder) { return bytes_of(folder + "/memory.limit_in_bytes"); }

double tighter(double a, double b) { return a <= 0 ? b : b <= 0 ? a : a < b ? a : b; }

// The least quota of a group and those above it up to the mount, which is a container's own group.
double least_quota(QuotaOf quota_of, const std::string& mount, std::string group) {
  double least = quota_of(mount);
  // A path that leaves the namespace names no folder of ours.
  if (group.find("..") != std::string::npos) return least;
  for (; group.size() > 1; group.erase(group.rfind('/'))) least = tighter(least, quota_of(mount + group));
  return least;
}

// Of all groups of the process; `controller` is v1's.
double least_quota(const std::string& root, const std::string& controller, QuotaOf v1, QuotaOf v2) {
  const std::string mount = root + "/sys/fs/cgroup";
  std::ifstream groups(root + "/proc/self/cgroup");
  double least = 0;
  // ID:CONTROLLERS:PATH; v2 has no controllers. v1 mounts its controllers by their names.
  for (std::string line; std::getline(groups, line);) {
    std::istringstream fields(line);
    std::string id, controllers, group;
    std::getline(fields, id, ':');
    std::getline(fields, controllers, ':');
    std::getline(fields, group);
    if (controllers.empty()) {
      least = tighter(least, least_quota(v2, mount, group));
    } else if (("," + controllers + ",").find("," + controller + ",") != std::string::npos) {
      least = tighter(least, least_quota(v1, mount + "/" + controllers, group));
    }
  }
  return least;
}

}  // namespace

double processor_quota(const std::string& root) {
  return least_quota(root, "cpu", processors_v1, processors_v2);
}

double memory_quota(const std::string& root) { return least_quota(root, "memory", memory_v1, memory_v2); }

}  // namespace native_conv
