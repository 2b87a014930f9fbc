#!/usr/bin/env bash
# Fuzzes what packed geometries reach in the binary, of calls and of images, under AddressSanitizer and
# UndefinedBehaviorSanitizer: the fuzzers of the preset clang.
# Usage: scripts/fuzz.sh [SECONDS=30] [libFuzzer options...]. They run side by side, and the output of the second is
# printed when both are done. What they find worth keeping goes on in build-clang/corpus. The first build takes minutes,
# most of them for the kernels, which scripts/clang.sh builds too. An input that fails is left in build-clang/ and is
# run again by build-clang/native/test/fuzz/FUZZER FILE.
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/debian.sh
source scripts/beside.sh
seconds=${1:-30}
shift || true
need_packages clang-16 libclang-rt-16-dev doctest-dev
cmake --preset clang
cmake --build --preset clang --parallel "$(nproc)" --target call_fuzzer image_fuzzer make_corpus
cd build-clang
native/test/fuzz/make_corpus seeds
export UBSAN_OPTIONS=print_stacktrace=1
# Usage: fuzz NAME; the seeds are in seeds/NAMEs.
fuzz() {
  mkdir -p "corpus/$1s"
  echo "--- $1_fuzzer, $seconds s"
  "native/test/fuzz/$1_fuzzer" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=4096 -print_final_stats=1 \
    "${@:2}" "corpus/$1s" "seeds/$1s"
}
beside image.log fuzz image "$@"
fuzz call "$@"
finish
