// Who takes part in the benchmark of layers: our four, then the peers. Those of images: images/contestants.ts.
// SPDX-License-Identifier: MIT

import type { Contestant } from './contestant.ts';
import { AUTO, AUTO_OUT, REPRODUCIBLE, REPRODUCIBLE_OUT } from './native-conv.ts';
import { PEERS } from './peers.ts';

export const CONTESTANTS: readonly Contestant[] = [AUTO, REPRODUCIBLE, AUTO_OUT, REPRODUCIBLE_OUT, ...PEERS];

export function findContestant<C extends { readonly name: string }>(
  contestants: readonly C[],
  name: string,
): C {
  const found = contestants.find((contestant) => contestant.name === name);
  if (found === undefined) {
    const names = contestants.map((contestant) => contestant.name).join(', ');
    throw new RangeError(`there is no contestant '${name}'; there are ${names}`);
  }
  return found;
}
