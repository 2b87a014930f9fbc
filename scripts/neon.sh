#!/usr/bin/env bash
# Cross-compiles the native library for aarch64 and runs its unit tests (NEON kernels included) under qemu.
# Installs the cross compiler and qemu on Debian when they are missing and it may.
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/debian.sh
need_packages g++-aarch64-linux-gnu qemu-user doctest-dev
scripts/native-tests.sh neon
