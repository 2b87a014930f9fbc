// Who takes part in the benchmark: our two, then the peers.
// SPDX-License-Identifier: MIT

import type { Contestant } from './contestant.ts';
import { AUTO, REPRODUCIBLE } from './native-conv.ts';
import { PEERS } from './peers.ts';

export const CONTESTANTS: readonly Contestant[] = [AUTO, REPRODUCIBLE, ...PEERS];

export function contestantNamed(name: string): Contestant {
  const found = CONTESTANTS.find((contestant) => contestant.name === name);
  if (found === undefined) {
    const names = CONTESTANTS.map((contestant) => contestant.name).join(', ');
    throw new RangeError(`there is no contestant '${name}'; there are ${names}`);
  }
  return found;
}
