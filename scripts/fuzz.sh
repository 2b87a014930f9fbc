#!/usr/bin/env bash
# Fuzzes geometry, plan and run under AddressSanitizer and UndefinedBehaviorSanitizer.
# Usage: scripts/fuzz.sh [SECONDS=60] [libFuzzer options...]. What it finds worth keeping goes on in
# build-fuzz/corpus; an input that fails is left in build-fuzz/ and is run again by build-fuzz/native/test/fuzz/call_fuzzer FILE.
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/debian.sh
seconds=${1:-60}
shift || true
need_packages clang-16 libclang-rt-16-dev
cmake -S . -B build-fuzz -DNATIVE_CONV_ADDON=OFF -DNATIVE_CONV_TESTS=OFF -DNATIVE_CONV_FUZZ=ON \
  -DNATIVE_CONV_SANITIZE=address,undefined -DCMAKE_CXX_COMPILER=clang++-16 -DCMAKE_COMPILE_WARNING_AS_ERROR=ON
cmake --build build-fuzz --parallel "$(nproc)"
mkdir -p build-fuzz/corpus
build-fuzz/native/test/fuzz/make_corpus build-fuzz/seeds
export UBSAN_OPTIONS=print_stacktrace=1
cd build-fuzz
native/test/fuzz/call_fuzzer -max_total_time="$seconds" -timeout=30 -rss_limit_mb=4096 -print_final_stats=1 "$@" corpus seeds
