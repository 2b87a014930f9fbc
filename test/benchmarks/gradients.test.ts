// The benchmark's suite of gradients: the contestants that are installed agree, and ours is held to the definition.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { checkGradientDefinition, checkGradients } from '../../benchmarks/gradients/agreement.ts';
import { GRADIENT_CONTESTANTS } from '../../benchmarks/gradients/contestants.ts';
import { GRADIENTS } from '../../benchmarks/gradients/suite.ts';
import { type GradientTask, gradientOperandsOf, outputDims } from '../../benchmarks/gradients/task.ts';
import { describeWorkload, workOf } from '../../benchmarks/workload.ts';
import { conv2dInputGrad, conv2dWeightGrad } from '../../lib/reference.ts';
import { SMALL_SHAPES } from './small-shapes.ts';

const TASKS: readonly GradientTask[] = SMALL_SHAPES.flatMap((forward) =>
  (['input', 'weight'] as const).map((by) => ({ name: `${forward.name}_${by}`, forward, by })),
);

describe("benchmark's gradients", () => {
  const settings = { threads: 1, reuseOutput: false };

  for (const { name, presence } of GRADIENT_CONTESTANTS) {
    it(`${name} agrees with the definition, where it is installed`, async function () {
      if ('missing' in presence()) this.skip();
      this.timeout(20_000);
      for (const task of TASKS) {
        for (const reuseOutput of [false, true]) {
          const report = await checkGradients(task, [name], { ...settings, reuseOutput });
          expect(report[name]?.complaint, task.name).to.equal(undefined);
          expect(report, task.name).to.have.keys(name);
        }
      }
    });
  }

  it('are held to the definition, element by element', () => {
    const [byInput, byWeight] = TASKS;
    const { forward } = byInput;
    const gradOutput = (task: GradientTask) => ({
      data: gradientOperandsOf(task).gradOutput,
      dims: outputDims(forward),
    });
    const { weight } = gradientOperandsOf(byInput);
    const { input } = gradientOperandsOf(byWeight);
    const results = [
      conv2dInputGrad(
        gradOutput(byInput),
        { data: weight, dims: forward.weight },
        forward.input,
        forward.options,
      ),
      conv2dWeightGrad(
        gradOutput(byWeight),
        { data: input, dims: forward.input },
        forward.weight,
        forward.options,
      ),
    ];
    for (const [i, task] of [byInput, byWeight].entries()) {
      const output = Float32Array.from(results[i].data);
      const operands = gradientOperandsOf(task);
      expect(checkGradientDefinition(task, operands, output), task.name).to.equal(undefined);
      output[output.length - 1] += 2 ** -10;
      expect(checkGradientDefinition(task, operands, output), task.name).to.match(
        /^element \d+ is .* must be/,
      );
      expect(checkGradientDefinition(task, operands, output.subarray(1))).to.match(/elements instead of/);
    }
  });

  it('count as much work as their forward calls', () => {
    const [task] = GRADIENTS;
    expect(task.name).to.equal('stem7x7s2_input');
    expect(workOf(task)).to.deep.equal(workOf(task.forward));
    expect(describeWorkload(task)).to.equal(`input gradient of ${describeWorkload(task.forward)}`);
  });
});
