// `native-conv explain`: how a call would be computed, and what it costs. Layer: command line.
// SPDX-License-Identifier: MIT

import { type ExpectedError, type Explanation, explain } from '../index.ts';
import type { OperatorName, OptionsOf } from '../ops/table.ts';
import { drawFacts, formatBytes, formatCount, formatDims } from './table.ts';

export interface ExplainOptions {
  readonly input: readonly number[];
  /** None for im2col and col2im, two for separable convolutions. */
  readonly weight?: readonly (readonly number[])[];
  readonly options?: object;
  readonly json?: boolean;
}

export async function explainCommand(
  operator: string,
  { input, weight, options, json }: ExplainOptions,
): Promise<void> {
  // What the user typed: explain() checks all of it, the name of the operator first.
  const explanation = explain(operator as OperatorName, input, weight, options as OptionsOf<OperatorName>);
  if (json) console.log(JSON.stringify(explanation, undefined, 2));
  else console.log(await drawExplanation(explanation));
}

function drawExplanation(explanation: Explanation): Promise<string> {
  const { refusals, threads } = explanation;
  return drawFacts([
    ['operator', `${explanation.operator}, ${explanation.type}`],
    ['output', formatDims(explanation.dims)],
    ['algorithm', explanation.algorithm],
    [
      'not better',
      refusals.map(({ algorithm, reason }) => `${algorithm}: ${reason}`).join('\n') || 'none is better',
    ],
    ['kernel', explanation.kernel],
    ['ISA', explanation.isa],
    ['threads', String(threads)],
    ['workspace', formatBytes(explanation.workspaceBytes)],
    ['multiply-adds', formatCount(explanation.multiplyAdds)],
    ['bytes moved', formatBytes(explanation.bytesMoved)],
    ['expected error', formatError(explanation.expectedError)],
    ['reproducible', explanation.reproducible ? 'yes: the same bits everywhere' : 'no'],
  ]);
}

function formatError({ units, basis, measuredBy, local }: ExpectedError): string {
  const lines = [`${units} eps·Σ|x||w| (${basis})`];
  if (measuredBy !== undefined) lines.push(`by ${measuredBy}`);
  if (local === false) lines.push('not local: small pixels carry the error of large ones beside them');
  return lines.join('\n');
}
