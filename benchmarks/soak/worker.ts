// A worker of the soak run: calls at once and off its event loop, until it is terminated. SPDX-License-Identifier: MIT

import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import * as native from '../../lib/index.ts';
import * as promises from '../../lib/promises.ts';
import { drawFrom } from '../../lib/verify/draw.ts';
import { judge, makeCases } from './cases.ts';

const { seed } = workerData as { readonly seed: number };
const draw = drawFrom(seed + 1);
const cases = makeCases(seed, 1);
for (;;) {
  const chosen = cases[draw(0, cases.length - 1)];
  judge(chosen, chosen.run(native));
  judge(chosen, await chosen.run(promises));
  parentPort?.postMessage(2);
  await sleep(1);
}
