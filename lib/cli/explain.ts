// `native-conv explain`: how a call would be computed, and what it costs. Layer: command line.
// SPDX-License-Identifier: MIT

import { cost } from '../analysis.ts';
import { type ExpectedError, explain, info } from '../index.ts';
import { type OperatorName, type OptionsOf, planOperator } from '../ops/table.ts';
import { shapeArithmetic, whatBounds } from './arithmetic.ts';
import { drawFacts, formatBytes, formatCount, formatDims } from './table.ts';

export interface ExplainOptions {
  readonly stride?: unknown;
  readonly padding?: unknown;
  readonly dilation?: unknown;
  readonly groups?: unknown;
  /** Every other option of the call. */
  readonly options?: object;
  readonly json?: boolean;
}

/**
 * @param weights none for im2col and col2im, two for separable convolutions.
 */
export async function explainCommand(
  operator: string,
  input: readonly number[],
  weights: readonly (readonly number[])[],
  { json, options, ...named }: ExplainOptions,
): Promise<void> {
  // What the user typed: explain() checks all of it, the name of the operator first.
  const name = operator as OperatorName;
  const given = { ...options, ...named } as OptionsOf<OperatorName>;
  const dims = weights.length > 1 ? weights : weights[0];
  const explanation = explain(name, input, dims, given);
  if (json) {
    console.log(JSON.stringify(explanation, undefined, 2));
    return;
  }
  const price = cost(name, input, dims, given);
  const { refusals } = explanation;
  console.log(
    await drawFacts([
      ['operator', `${explanation.operator}, ${explanation.type}`],
      ['output', formatDims(explanation.dims)],
      ['because', shapeArithmetic(planOperator(name, input, dims, given))],
      ['algorithm', explanation.algorithm],
      [
        'not better',
        refusals.map(({ algorithm, reason }) => `${algorithm}: ${reason}`).join('\n') || 'none is better',
      ],
      ['kernel', explanation.kernel],
      ['ISA', explanation.isa],
      ['threads', String(explanation.threads)],
      ['workspace', formatBytes(explanation.workspaceBytes)],
      ['parameters', formatCount(price.parameters)],
      ['multiply-adds', formatCount(explanation.multiplyAdds)],
      ['of them on data', formatShare(price.multiplications, explanation.multiplyAdds)],
      ['bytes moved', formatBytes(explanation.bytesMoved)],
      ['intensity', `${Number(price.intensity.toPrecision(3))} operations for each byte`],
      ['likely bound by', wrap(whatBounds(explanation, price, info().cacheBytes))],
      ['expected error', formatError(explanation.expectedError)],
      ['reproducible', explanation.reproducible ? 'yes: the same bits everywhere' : 'no'],
    ]),
  );
}

function formatShare(onData: number, all: number): string {
  return onData === all ? 'all' : `${formatCount(onData)}; the others meet zeros of the padding`;
}

function formatError({ units, basis, measuredBy, local }: ExpectedError): string {
  const lines = [`${units} eps·Σ|x||w| (${basis})`];
  if (measuredBy !== undefined) lines.push(`by ${measuredBy}`);
  if (local === false) lines.push('not local: small pixels carry the error of large ones beside them');
  return lines.join('\n');
}

/** Lines of a width that a table can hold. */
function wrap(text: string): string {
  return text.replaceAll(/(.{1,72})(?: |$)/g, '$1\n').trimEnd();
}
