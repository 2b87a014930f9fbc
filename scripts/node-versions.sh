#!/usr/bin/env bash
# The tests that depend on Node.js itself, run by other versions of it with the one binary: Node-API promises that it
# loads in all of them. Usage: scripts/node-versions.sh [VERSION…], by default the oldest that package.json admits and
# the newest. The versions come from npm and stay in build-node/. Needs npm run build first. How much memory stays in
# the process, and what V8 marks, is V8's affair, and left to npm test.
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
versions=("$@")
if [ ${#versions[@]} -eq 0 ]; then versions=(20.19.0 22.12.0 24); fi
specs=(test/{golden,doors,layers,loading,citizen,processes,results,surroundings,native-arguments}.test.ts test/hostile/*.test.ts)
export NATIVE_CONV_RUNS=${NATIVE_CONV_RUNS:-10}
package=node-$(node -p 'process.platform + "-" + process.arch')
for version in "${versions[@]}"; do
  folder=build-node/$version
  node=$PWD/$folder/node_modules/$package/bin/node
  if [ ! -x "$node" ]; then npm install --silent --no-save --prefix "$folder" "$package@$version"; fi
  echo "=== Node.js $("$node" --version)"
  "$node" node_modules/mocha/bin/mocha.js --no-config --import=tsx --reporter ./test/support/reporter.cts \
    --timeout 20000 --forbid-only --fail-zero --grep '^leaks|V8 mark nothing|come back when nothing' --invert "${specs[@]}"
done
