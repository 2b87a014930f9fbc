// `native-conv info`: version, instruction sets, threads, caches, kernels. Layer: command line.
// SPDX-License-Identifier: MIT

import { info } from '../index.ts';
import { drawFacts, drawTable, formatBytes } from './table.ts';

export async function infoCommand({ json }: { readonly json?: boolean }): Promise<void> {
  const facts = info();
  if (json) {
    console.log(JSON.stringify(facts, undefined, 2));
    return;
  }
  const { l1d, l2, l3 } = facts.cacheBytes;
  console.log(
    await drawFacts([
      ['version', facts.version],
      ['ISA', `${facts.isa} (available: ${facts.availableIsas.join(', ')})`],
      ['threads', `${facts.threads} (processors that this process may use: ${facts.processors})`],
      ['caches', `L1d ${formatBytes(l1d)}, L2 ${formatBytes(l2)}, L3 ${formatBytes(l3)}`],
      ['compiler', facts.compiler],
    ]),
  );
  const rows = facts.kernels.map(({ op, isa, name, chosen }) => [op, isa, name, chosen ? 'yes' : '']);
  console.log(
    await drawTable(
      [{ title: 'operation' }, { title: 'ISA' }, { title: 'kernel' }, { title: 'chosen' }],
      rows,
    ),
  );
}
