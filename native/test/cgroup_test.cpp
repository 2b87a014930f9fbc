// Quotas of control groups, read from made-up trees of /proc and /sys. Layer: test. SPDX-License-Identifier:
// MIT
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/cgroup.h"

namespace native_conv::test {
namespace {

namespace fs = std::filesystem;

// A tree of files that is gone after its test.
class Tree {
 public:
  Tree() : root_(fs::temp_directory_path() / ("native-conv-cgroup-" + std::to_string(getpid()))) {}
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree() { fs::remove_all(root_); }

  Tree& write(const std::string& path, const std::string& text) {
    const fs::path file = root_ / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text << "\n";
    return *this;
  }
  double quota() const { return processor_quota(root_.string()); }
  double memory() const { return memory_quota(root_.string()); }

 private:
  fs::path root_;
};

TEST_SUITE("base") {
  TEST_CASE("no control groups, no limit") { CHECK(Tree().quota() == 0); }

  TEST_CASE("cgroup v2: a container sees its own group as the root") {
    Tree tree;
    tree.write("proc/self/cgroup", "0::/").write("sys/fs/cgroup/cpu.max", "150000 100000");
    CHECK(tree.quota() == 1.5);
    tree.write("sys/fs/cgroup/cpu.max", "max 100000");
    CHECK(tree.quota() == 0);
    tree.write("sys/fs/cgroup/cpu.max", "nonsense");
    CHECK(tree.quota() == 0);
    tree.write("sys/fs/cgroup/cpu.max", "100000 0");
    CHECK(tree.quota() == 0);
  }

  TEST_CASE("cgroup v2: the least of a service and the slices above it") {
    Tree tree;
    tree.write("proc/self/cgroup", "0::/system.slice/web.service");
    tree.write("sys/fs/cgroup/system.slice/web.service/cpu.max", "400000 100000");
    CHECK(tree.quota() == 4);
    tree.write("sys/fs/cgroup/system.slice/cpu.max", "300000 100000");
    CHECK(tree.quota() == 3);
    tree.write("sys/fs/cgroup/system.slice/web.service/cpu.max", "50000 100000");
    CHECK(tree.quota() == 0.5);
  }

  TEST_CASE("cgroup v1: by the name of its controllers") {
    Tree tree;
    tree.write("proc/self/cgroup", "11:cpuset:/\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc");
    const std::string mount = "sys/fs/cgroup/cpu,cpuacct";
    tree.write(mount + "/cpu.cfs_quota_us", "-1").write(mount + "/cpu.cfs_period_us", "100000");
    CHECK(tree.quota() == 0);
    tree.write(mount + "/docker/abc/cpu.cfs_quota_us", "200000");
    CHECK(tree.quota() == 0);  // no period
    tree.write(mount + "/docker/abc/cpu.cfs_period_us", "100000");
    CHECK(tree.quota() == 2);
  }

  TEST_CASE("memory: the least of a group and those above it, v1 and v2") {
    Tree tree;
    CHECK(tree.memory() == 0);
    tree.write("proc/self/cgroup", "0::/system.slice/web.service\n9:memory:/docker/abc");
    tree.write("sys/fs/cgroup/system.slice/web.service/memory.max", "max");
    CHECK(tree.memory() == 0);
    tree.write("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712");
    CHECK(tree.memory() == 9223372036854771712.0);
    tree.write("sys/fs/cgroup/system.slice/memory.max", "1073741824");
    CHECK(tree.memory() == 1 << 30);
    tree.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912");
    CHECK(tree.memory() == 1 << 29);
  }

  TEST_CASE("a group outside the namespace is not looked up; lines of another form are passed over") {
    Tree tree;
    tree.write("proc/self/cgroup", "\n::\n0\n0::/../../other\n0::/..");
    tree.write("sys/other/cpu.max", "100000 100000").write("sys/fs/cgroup/cpu.max", "700000 100000");
    CHECK(tree.quota() == 7);
  }
}

}  // namespace
}  // namespace native_conv::test
