#!/usr/bin/env bash
# Configures and builds native unit tests, one file at a time and behind everything else that runs, so that
# scripts/native-tests.sh finds them built: .ci/run does this beside tests that keep one processor busy.
# Usage: scripts/build-ahead.sh PRESET… (CMakePresets.json)
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
renice -n 19 $$ >/dev/null
for preset in "$@"; do
  started=$SECONDS
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" --parallel 1
  echo "--- preset $preset: built in $((SECONDS - started)) s"
done
