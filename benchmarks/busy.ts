// Noisy neighbours: processes that each keep a processor busy while the benchmark times, as other services on the same
// machine do.
// SPDX-License-Identifier: MIT

import { type ChildProcess, spawn } from 'node:child_process';

const SPIN = 'for (;;);';

/** Starts so many busy processes; the function that comes back ends them. They end with this process at the latest. */
export function startBusyProcesses(count: number): () => void {
  const processes: ChildProcess[] = Array.from({ length: count }, () =>
    spawn(process.execPath, ['--eval', SPIN], { stdio: 'ignore' }),
  );
  const end = () => {
    for (const one of processes) one.kill('SIGKILL');
  };
  process.once('exit', end);
  return () => {
    process.removeListener('exit', end);
    end();
  };
}
