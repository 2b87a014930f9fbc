// The benchmark's suites: shapes that can be run, and lists of layers that amount to the networks that they name.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { lower, multiplyAdds } from '../../benchmarks/geometry.ts';
import { networkMs } from '../../benchmarks/report.ts';
import { contestantsOf, notesOf, SUITES, type SuiteShape } from '../../benchmarks/suites.ts';
import { isGradientTask, isImageTask, workOf } from '../../benchmarks/workload.ts';
import { makeReport } from './fixture.ts';

/** The shapes of a suite of layers. */
function layersOf(name: string): readonly SuiteShape[] {
  const shapes = SUITES.find((suite) => suite.name === name)?.shapes ?? [];
  return shapes.filter((shape): shape is SuiteShape => !isImageTask(shape) && !isGradientTask(shape));
}

/** Multiply-adds of a pass through a suite's convolutions, in millions. */
function millions(name: string): number {
  return layersOf(name).reduce((sum, shape) => sum + (shape.count ?? 1) * multiplyAdds(shape), 0) / 1e6;
}

describe("benchmark's suites", () => {
  it('have each name once, and shapes whose outputs have whole, positive sizes', () => {
    expect(new Set(SUITES.map(({ name }) => name)).size).to.equal(SUITES.length);
    for (const { name: suite, shapes } of SUITES) {
      expect(shapes, suite).not.to.have.lengthOf(0);
      expect(new Set(shapes.map(({ name }) => name)).size, suite).to.equal(shapes.length);
      for (const shape of layersOf(suite)) {
        const sizes = [...lower(shape).output, ...shape.input, ...shape.weight];
        const good = sizes.every((size) => Number.isInteger(size) && size > 0);
        expect(good, `${suite}/${shape.name}: ${sizes}`).to.equal(true);
      }
    }
  });

  it('have as much work as the networks are known for, without their fully connected layers', () => {
    // torchvision's tables of models, less the classifier.
    expect(millions('resnet50')).to.be.closeTo(4089 - 2.05, 1);
    expect(millions('mobilenetv2')).to.be.closeTo(300.8 - 1.28, 0.5);
    // 0.39 G less classifier and squeeze-and-excitation.
    expect(millions('efficientnetb0')).to.be.within(380, 390);
    // 38.5 G with 0.05 G of fully connected layers.
    expect(millions('c3d')).to.be.within(38_200, 38_600);
  });

  it('have maps of the networks of which no total is known', () => {
    const outputs = (name: string) => layersOf(name).map((shape) => lower(shape).output[2]);
    expect(outputs('unet').at(-1)).to.equal(388);
    expect(outputs('dcgan')).to.deep.equal([4, 8, 16, 32, 64, 32, 16, 8, 4, 1]);
    expect(outputs('whisper').slice(0, 2)).to.deep.equal([3000, 1500]);
  });

  it('of images have contestants of their own, and work that can be counted', () => {
    const images = SUITES.filter(({ shapes }) => shapes.some(isImageTask));
    expect(images.map(({ name }) => name)).to.deep.equal(['images']);
    const [suite] = images;
    expect(contestantsOf(suite).map(({ name }) => name)).to.deep.equal([
      'auto',
      'auto-out',
      'opencv.js',
      'sharp',
    ]);
    const [filter] = suite.shapes;
    const values = 1920 * 1080 * 3;
    expect(workOf(filter)).to.deep.equal({ multiplyAdds: 9 * values, bytes: 2 * values });
    for (const shape of suite.shapes) expect(workOf(shape).multiplyAdds, shape.name).to.be.above(1e6);
  });

  it('name neighbours that are there', () => {
    const shapes = layersOf('cliffs');
    const names = shapes.map(({ name }) => name);
    const neighbours = shapes.map(({ neighbour }) => neighbour).filter((name) => name !== undefined);
    expect(neighbours).to.have.lengthOf(names.length / 2);
    expect(names).to.include.members(neighbours);
  });

  it('add up to a pass through the network, if every layer was measured', () => {
    const shapes = layersOf('c3d');
    const times = { auto: Object.fromEntries(shapes.map(({ name }) => [name, 2])) };
    const report = makeReport({ 1: times }, { notes: notesOf(shapes) });
    expect(networkMs(report, 'auto', 1)).to.equal(16);
    expect(networkMs({ ...report, results: report.results.slice(1) }, 'auto', 1)).to.equal(undefined);
    expect(networkMs(makeReport({ 1: times }), 'auto', 1)).to.equal(undefined);
  });
});
