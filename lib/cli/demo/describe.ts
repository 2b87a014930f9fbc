// Which algorithms and instruction sets a step's calls used, by `explain`. Layer: command line.
// SPDX-License-Identifier: MIT

import { type Explanation, explain } from '../../index.ts';
import type { OperatorName, OptionsOf } from '../../ops/table.ts';
import type { Floats } from './arrays.ts';
import type { Call, Outcome } from './run.ts';

export function describeOutcome({ calls }: Outcome): { readonly algorithm: string; readonly isa: string } {
  const explanations = calls.map(explainCall);
  const distinct = (name: 'algorithm' | 'isa') =>
    // One a line: the table is wide enough as it is.
    [...new Set(explanations.flatMap((explanation) => explanation[name].split(' + ')))].join(',\n');
  return { algorithm: distinct('algorithm'), isa: distinct('isa') };
}

/** Explains a call that was made; of a gradient, `explain` wants the dims of its forward call. */
function explainCall({ operator, args }: Call): Explanation {
  const options = args[args.length - 1] as OptionsOf<OperatorName>;
  if (operator.endsWith('InputGrad')) {
    const [, weight, inputDims] = args as [Floats, Floats, readonly number[]];
    return explain(operator, inputDims, weight.dims, options);
  }
  if (operator.endsWith('WeightGrad')) {
    const [, input, weightDims] = args as [Floats, Floats, readonly number[]];
    return explain(operator, input.dims, weightDims, options);
  }
  const [input, ...weights] = args.slice(0, -1) as Floats[];
  return explain(
    operator,
    input.dims,
    weights.length === 0 ? undefined : weights.map(({ dims }) => dims),
    options,
  );
}
