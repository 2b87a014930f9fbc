#!/usr/bin/env bash
# Configures, builds and runs the native unit tests without Node, in build-NAME.
# Usage: scripts/native-tests.sh NAME [CMake options…]
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
name=$1
shift
cmake -S . -B "build-$name" -DNATIVE_CONV_ADDON=OFF -DCMAKE_COMPILE_WARNING_AS_ERROR=ON "$@"
cmake --build "build-$name" --parallel "$(nproc)"
ctest --test-dir "build-$name" --verbose
