#!/usr/bin/env bash
# Configures, builds and runs the native unit tests without Node, in build-PRESET; suites run side by side, and each
# line of their output begins with the number of its suite.
# Usage: scripts/native-tests.sh PRESET (CMakePresets.json)
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset "$1"
cmake --build --preset "$1" --parallel "$(nproc)"
ctest --preset "$1" --parallel "$(nproc)"
