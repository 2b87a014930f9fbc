#!/usr/bin/env bash
# Fuzzes geometry, plan and run under AddressSanitizer and UndefinedBehaviorSanitizer: the fuzzer of the preset clang.
# Usage: scripts/fuzz.sh [SECONDS=60] [libFuzzer options...]. What it finds worth keeping goes on in
# build-clang/corpus. The first build takes minutes, most of them for the kernels, which scripts/clang.sh builds too. An
# input that fails is left in build-clang/ and is run again by
# build-clang/native/test/fuzz/call_fuzzer FILE.
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/debian.sh
seconds=${1:-60}
shift || true
need_packages clang-16 libclang-rt-16-dev doctest-dev
cmake --preset clang
cmake --build --preset clang --parallel "$(nproc)" --target call_fuzzer make_corpus
cd build-clang
mkdir -p corpus
native/test/fuzz/make_corpus seeds
export UBSAN_OPTIONS=print_stacktrace=1
native/test/fuzz/call_fuzzer -max_total_time="$seconds" -timeout=30 -rss_limit_mb=4096 -print_final_stats=1 "$@" corpus seeds
