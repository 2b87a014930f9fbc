#!/usr/bin/env bash
# The native unit tests under AddressSanitizer + UndefinedBehaviorSanitizer, and those on several threads
# under ThreadSanitizer.
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
export UBSAN_OPTIONS=print_stacktrace=1
scripts/native-tests.sh asan -DNATIVE_CONV_SANITIZE=address,undefined
scripts/native-tests.sh tsan -DNATIVE_CONV_SANITIZE=thread
