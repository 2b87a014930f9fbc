#!/usr/bin/env bash
# The native unit tests under valgrind's memcheck, which sees what sanitizers do not: values that depend on memory
# that nobody wrote. It knows no AVX-512: the portable and AVX2 kernels run, of the longest tests one dtype and layout.
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/debian.sh
source scripts/beside.sh
need_packages valgrind clang-16 libclang-rt-16-dev doctest-dev
cmake --preset clang
cmake --build --preset clang --parallel "$(nproc)" --target native_tests
# Mismatched frees are those of native/test/allocation_test.cpp, which replaces operator new.
memcheck() { valgrind --quiet --error-exitcode=1 --show-mismatched-frees=no build-clang/native/test/native_tests --no-intro "$@"; }
# Left out: what looks for the processor's own instruction sets and rounding modes, of which valgrind makes its own, and
# resampling, which multiplies bytes that nobody wrote by weights of zero.
# A comma would part two names.
beside build-clang/memcheck.log memcheck --test-suite=conv,winograd \
  --test-case='*error: float32*first,*weight gradient of winograd*float32'
memcheck --test-suite=base,kernels,winograd,images,threads \
  --test-case-exclude='detection agrees*,every expected instruction set*,*floating-point mode*,resampling*,*weight gradient of winograd*'
finish
