# Sourced by scripts that have a second processor to use. `beside LOG COMMAND…` runs a command in the background, its
# output in a file; `finish` waits for it, prints that, and fails where the command did. One at a time. Where the script
# ends before, so does the command.
# SPDX-License-Identifier: MIT

beside_pid=
beside_log=

beside() {
  beside_log=$1
  mkdir -p "$(dirname "$beside_log")"
  # A process group of its own, so that all of it can be ended.
  set -m
  "${@:2}" >"$beside_log" 2>&1 </dev/null &
  beside_pid=$!
  set +m
  trap end_beside EXIT
}

end_beside() {
  if [ -n "$beside_pid" ]; then kill -- "-$beside_pid" 2>/dev/null || true; fi
}

finish() {
  local status=0
  wait "$beside_pid" || status=$?
  beside_pid=
  cat "$beside_log"
  return "$status"
}
