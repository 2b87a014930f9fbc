#!/usr/bin/env bash
# The native unit tests built by clang, the other compiler that native/ is written for (16 or later).
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/debian.sh
need_packages clang-16 libclang-rt-16-dev doctest-dev
scripts/native-tests.sh clang
