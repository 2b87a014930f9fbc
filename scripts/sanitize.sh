#!/usr/bin/env bash
# The native unit tests under AddressSanitizer + UndefinedBehaviorSanitizer, and those on several threads
# under ThreadSanitizer: the presets asan and tsan.
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/debian.sh
need_packages doctest-dev clang-16 libclang-rt-16-dev
scripts/native-tests.sh asan
scripts/native-tests.sh tsan
