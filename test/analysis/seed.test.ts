// Every figure of the text that the project grew from, by the analysis door and the operators.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import {
  compareSeparable,
  convolutionMatrix,
  cost,
  coverage,
  factorSpatial,
  outputDims,
  receptiveField,
} from '../../lib/analysis.ts';
import * as reference from '../../lib/reference.ts';
import { Tensor } from '../../lib/tensor.ts';

describe('the claims of the textbook', () => {
  it('3×3 from 1 to 10 channels has 3·3·1·10 parameters, from 3 to 10 has 3·3·3·10', () => {
    expect(cost('conv2d', [1, 1, 28, 28], [10, 1, 3, 3]).parameters).to.equal(90);
    expect(cost('conv2d', [1, 3, 28, 28], [10, 3, 3, 3]).parameters).to.equal(270);
  });

  it('each kernel sees one channel, and the results are summed', () => {
    const x = Tensor.random([1, 3, 6, 6], { seed: 1, type: 'float64' });
    const w = Tensor.random([1, 3, 3, 3], { seed: 2, type: 'float64' });
    const whole = reference.conv2d(x, w).data;
    const single = [0, 1, 2].map((c) => {
      const plane = new Tensor(x.data.slice(36 * c, 36 * (c + 1)), [1, 1, 6, 6]);
      return reference.conv2d(plane, new Tensor(w.data.slice(9 * c, 9 * (c + 1)), [1, 1, 3, 3])).data;
    });
    for (const [i, value] of whole.entries()) {
      expect(value).to.be.closeTo(single[0][i] + single[1][i] + single[2][i], 1e-14);
    }
  });

  it('3×3 over 4×4 is one product of four kernel positions with a vector of 16', () => {
    const kernel = Tensor.from([[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]]); // biome-ignore format: a kernel
    expect(convolutionMatrix('conv2d', [1, 1, 4, 4], kernel).toNested()).to.deep.equal([
      [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0, 0],
      [0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0],
      [0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0],
      [0, 0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9],
    ]);
  });

  it('1×1: 500×500×100 through 20 filters gives 500×500×20', () => {
    expect(outputDims('pointwiseConv2d', [1, 500, 500, 100], [20, 100], { layout: 'NHWC' })).to.deep.equal([
      1, 500, 500, 20,
    ]);
  });

  it('a bottleneck of 1×1 convolutions has fewer parameters', () => {
    const wide = cost('conv2d', [1, 256, 14, 14], [256, 256, 3, 3], { padding: 1 });
    const stages = [
      cost('pointwiseConv2d', [1, 256, 14, 14], [64, 256]),
      cost('conv2d', [1, 64, 14, 14], [64, 64, 3, 3], { padding: 1 }),
      cost('pointwiseConv2d', [1, 64, 14, 14], [256, 64]),
    ];
    expect(stages[2].dims).to.deep.equal(wide.dims);
    expect(stages.reduce((sum, { parameters }) => sum + parameters, 0)).to.equal(69632);
    expect(wide.parameters).to.equal(589824);
  });

  it('spatially separable: 81 multiplications, against 45 + 27 = 72', () => {
    const { standard, spatial } = compareSeparable([1, 1, 5, 5], [1, 1, 3, 3]);
    expect(standard.dims).to.deep.equal([1, 1, 3, 3]);
    expect(spatial.dims).to.deep.equal([1, 1, 3, 3]);
    expect(standard.multiplications).to.equal(81);
    expect(spatial.stages.map(({ multiplications }) => multiplications)).to.deep.equal([45, 27]);
    expect(spatial.multiplications).to.equal(72);
  });

  it('not every kernel can be split', async () => {
    const blur = await factorSpatial(Tensor.from([[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]])); // biome-ignore format: a kernel
    const edges = await factorSpatial(Tensor.from([[[[0, 1, 0], [1, -4, 1], [0, 1, 0]]]])); // biome-ignore format: a kernel
    expect(blur.separable).to.equal(true);
    expect(edges.separable).to.equal(false);
  });

  it('depthwise and pointwise have fewer parameters', () => {
    const { standard, depthwise } = compareSeparable([1, 3, 32, 32], [64, 3, 3, 3], { padding: 1 });
    expect(standard.parameters).to.equal(64 * 3 * 9);
    expect(depthwise.parameters).to.equal(3 * 9 + 3 * 64);
    expect(depthwise.savings.parameters).to.equal((64 * 27) / (27 + 192));
  });

  it('dilation 2 makes 3×3 see 5×5 with 9 parameters', () => {
    expect(receptiveField([{ kernelSize: 3, dilation: 2 }]).axes.map(({ size }) => size)).to.deep.equal([
      5, 5,
    ]);
    expect(cost('conv2d', [1, 1, 9, 9], [1, 1, 3, 3], { dilation: 2 }).parameters).to.equal(9);
    expect(outputDims('conv2d', [1, 1, 5, 5], [1, 1, 3, 3], { dilation: 2 })).to.deep.equal([1, 1, 1, 1]);
  });

  it('stacked dilations leave a checkerboard of unseen pixels', () => {
    const { picture, holes } = coverage([
      { kernelSize: 3, dilation: 2 },
      { kernelSize: 3, dilation: 2 },
    ]);
    expect(holes).to.be.above(0);
    const rows = picture.split('\n');
    for (const [y, row] of rows.entries()) {
      for (const [x, character] of [...row].entries()) {
        expect(character === '·', `${y}, ${x}`).to.equal(y % 2 === 1 || x % 2 === 1);
      }
    }
  });

  it('dilation sees more at the same resolution and cost', () => {
    const plain = cost('conv2d', [1, 1, 32, 32], [1, 1, 3, 3], { padding: 1 });
    const dilated = cost('conv2d', [1, 1, 32, 32], [1, 1, 3, 3], { padding: 2, dilation: 2 });
    expect(dilated.dims).to.deep.equal(plain.dims);
    expect(dilated.multiplyAdds).to.equal(plain.multiplyAdds);
  });

  it('transposed convolution gives back the shape and not the values', () => {
    const x = Tensor.random([1, 1, 6, 6], { seed: 3 });
    const w = Tensor.random([1, 1, 3, 3], { seed: 4 });
    const back = reference.convTranspose2d(reference.conv2d(x, w), w);
    expect(back.dims).to.deep.equal(x.dims);
    expect(Math.max(...back.data.map((value, i) => Math.abs(value - x.data[i])))).to.be.above(0.1);
  });

  it('3-D: kernel D×H×W over 10 RGB frames', () => {
    const clip = Tensor.random([1, 3, 10, 6, 6], { seed: 5, type: 'float64' });
    const kernel = Tensor.random([1, 3, 3, 3, 3], { seed: 6, type: 'float64' });
    const y = reference.conv3d(clip, kernel);
    expect(y.dims).to.deep.equal([1, 1, 8, 4, 4]);
    const channels = [0, 1, 2].map((c) => {
      const frames = new Tensor(clip.data.slice(360 * c, 360 * (c + 1)), [1, 1, 10, 6, 6]);
      return reference.conv3d(frames, new Tensor(kernel.data.slice(27 * c, 27 * (c + 1)), [1, 1, 3, 3, 3]))
        .data;
    });
    const sums = channels[0].map((value, i) => value + channels[1][i] + channels[2][i]);
    for (const [i, value] of y.data.entries()) expect(value).to.be.closeTo(sums[i], 1e-13);
  });
});
