// deconvolve2d: what was convolved comes back, for any options of the convolution; stopping, progress, signal, messages.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { loadPhoto } from '../../lib/cli/demo/photo.ts';
import { promisedDeconvolution } from '../../lib/deconvolution/deconvolve2d.ts';
import * as native from '../../lib/index.ts';
import * as promises from '../../lib/promises.ts';
import * as reference from '../../lib/reference.ts';
import { Tensor } from '../../lib/tensor.ts';
import { caught, rejected } from '../support/errors.ts';

/** Its frequency response is nowhere below 0.2. */
const BLUR = Tensor.from([[[[0, 1, 0], [1, 6, 1], [0, 1, 0]]]].map((o) => o.map((i) => i.map((row) => row.map((v) => v / 10)))), { type: 'float64' }); // biome-ignore format: a kernel

function worst(a: Tensor, b: Tensor): number {
  expect(a.dims).to.deep.equal(b.dims);
  return Math.max(...a.data.map((value, i) => Math.abs(value - b.data[i])));
}

/** The kernel for each of the channels by itself. */
function perChannel(kernel: Tensor, channels: number): Tensor {
  const [, , height, width] = kernel.dims;
  const data = Float64Array.from(
    { length: channels * kernel.data.length },
    (_, i) => kernel.data[i % kernel.data.length],
  );
  return new Tensor<'float64'>(data, [channels, 1, height, width]);
}

describe('deconvolve2d, least squares', () => {
  for (const [name, inputDims, kernelDims, options] of [
    ['zero padding', [1, 1, 12, 10], [1, 1, 3, 3], { padding: 1 }],
    ['more outputs than inputs, two channels', [2, 2, 8, 9], [5, 2, 3, 3], { padding: 2 }],
    ['full padding', [1, 1, 9, 9], [1, 1, 4, 3], { padding: [[3, 3], [2, 2]] }], // biome-ignore format: pairs
    ['reflection', [1, 1, 10, 12], [1, 1, 3, 3], { padding: 1, paddingMode: 'reflect' }],
    ['circular', [1, 1, 10, 12], [1, 1, 3, 3], { padding: 'same', paddingMode: 'circular' }],
    ['stride with many channels', [1, 1, 10, 10], [9, 1, 3, 3], { stride: 2, padding: 1, outputSize: 10 }],
    ['dilation', [1, 1, 11, 10], [1, 1, 3, 3], { dilation: 2, padding: 2 }],
    ['groups', [1, 4, 8, 8], [4, 1, 3, 3], { groups: 4, padding: 1 }],
    ['channels last', [1, 8, 7, 2], [3, 2, 3, 3], { layout: 'NHWC', padding: 1 }],
  ] as const) {
    it(`brings back what was convolved: ${name}`, () => {
      const x = Tensor.random(inputDims, { seed: 1, type: 'float64' });
      const kernel = Tensor.random(kernelDims, { seed: 2, type: 'float64' });
      // A dominant middle keeps the system well-conditioned.
      const taps = kernelDims[2] * kernelDims[3];
      for (let i = Math.floor(taps / 2); i < kernel.data.length; i += taps)
        kernel.data[i] += 6 * (i % 2 ? 1 : -1);
      const { outputSize: _, ...forward } = { outputSize: 0, ...options };
      const y = native.conv2d(x, kernel, forward as native.ConvOptions<2>);
      const solving = { ...options, tolerance: 1e-11, iterations: 400 } as native.DeconvolutionOptions;
      const { estimate, residual, stopped } = native.deconvolve2d(y, kernel, solving);
      expect(stopped).to.equal('residual');
      expect(residual).to.be.below(1e-11);
      expect(worst(estimate, x)).to.be.below(1e-8);
    });
  }

  it('solves what has no solution in the sense of least squares, and says so', () => {
    const kernel = Tensor.random([3, 1, 3, 3], { seed: 4, type: 'float64' });
    const y = Tensor.random([1, 3, 6, 6], { seed: 5, type: 'float64' });
    const solved = native.deconvolve2d(y, kernel, { tolerance: 1e-9, iterations: 500, damping: 0.3 });
    expect(solved.stopped).to.equal('gradient');
    expect(solved.residual).to.be.above(0.1);
    // The gradient of ‖Ax − y‖² + λ²‖x‖² vanishes.
    const r = native.conv2d(solved.estimate, kernel);
    for (let i = 0; i < r.data.length; i++) r.data[i] = y.data[i] - r.data[i];
    const gradient = native.conv2dInputGrad(r, kernel, solved.estimate.dims);
    const left = gradient.data.map((value, i) => Math.abs(value - 0.09 * solved.estimate.data[i]));
    expect(Math.max(...left)).to.be.below(1e-7);
  });

  it('stops after so many iterations, begins where it is told, reports progress', () => {
    const x = Tensor.random([1, 1, 16, 16], { seed: 6, type: 'float64' });
    const y = native.conv2d(x, BLUR, { padding: 1 });
    const seen: native.DeconvolutionProgress[] = [];
    const options = {
      padding: 1,
      iterations: 4,
      tolerance: 0,
      onProgress: (p: native.DeconvolutionProgress) => seen.push(p),
    };
    const first = native.deconvolve2d(y, BLUR, options);
    expect(first).to.include({ iterations: 4, stopped: 'iterations' });
    expect(seen.map(({ iteration }) => iteration)).to.deep.equal([1, 2, 3, 4]);
    for (let i = 1; i < 4; i++) expect(seen[i].residual).to.be.below(seen[i - 1].residual);
    expect(seen[3].residual).to.equal(first.residual);
    const copy = first.estimate.data.slice();
    const second = native.deconvolve2d(y, BLUR, { ...options, initial: first.estimate });
    expect(second.residual).to.be.below(first.residual);
    expect(first.estimate.data, 'initial is not written to').to.deep.equal(copy);
    const known = native.deconvolve2d(y, BLUR, { padding: 1, initial: x });
    expect(known).to.include({ iterations: 0, stopped: 'residual' });
  });

  it('knows the zero image', () => {
    const found = native.deconvolve2d(Tensor.zeros([1, 1, 5, 5]), Tensor.random([1, 1, 3, 3]), {
      padding: 1,
    });
    expect(found).to.include({ iterations: 0, residual: 0, stopped: 'residual' });
    expect(found.estimate.type).to.equal('float32');
    const blind = native.deconvolve2d(Tensor.random([1, 1, 5, 5]), Tensor.zeros([1, 1, 3, 3]), {
      padding: 1,
    });
    expect(blind).to.include({ iterations: 0, residual: 1, stopped: 'gradient' });
  });

  it('takes a kernel in every order of its axes', () => {
    const y = Tensor.random([1, 3, 6, 6], { seed: 8 });
    const kernel = Tensor.random([3, 2, 3, 2], { seed: 9 });
    const expected = native.deconvolve2d(y, kernel, { iterations: 4 });
    for (const [weightLayout, order] of [
      ['HWIO', [2, 3, 1, 0]],
      ['OHWI', [0, 2, 3, 1]],
    ] as const) {
      const dims = order.map((axis) => kernel.dims[axis]);
      const turned = Tensor.zeros(dims);
      for (let index = 0; index < kernel.data.length; index++) {
        const position = [
          Math.trunc(index / 12),
          Math.trunc(index / 6) % 2,
          Math.trunc(index / 2) % 3,
          index % 2,
        ];
        const at = order.reduce<number>((offset, axis, i) => offset * dims[i] + position[axis], 0);
        turned.data[at] = kernel.data[index];
      }
      expect(native.deconvolve2d(y, turned, { iterations: 4, weightLayout })).to.deep.equal(expected);
    }
    const wrong = { weightLayout: 'IOHW' } as never;
    expect(caught(() => native.deconvolve2d(y, kernel, wrong)).message).to.match(
      /options\.weightLayout must be/,
    );
  });

  it('gives the same bits through every door', async () => {
    const y = Tensor.random([1, 2, 6, 6], { seed: 8 });
    const kernel = Tensor.random([2, 1, 3, 3], { seed: 9 });
    const options = { groups: 2, padding: 1, iterations: 5, tolerance: 0 };
    const now = native.deconvolve2d(y, kernel, options);
    expect(await promises.deconvolve2d(y, kernel, options)).to.deep.equal(now);
    expect(reference.deconvolve2d(y, kernel, options)).to.deep.equal(now);
  });
});

describe('deconvolve2d on a photograph', () => {
  it('restores the values, where a transposed convolution restores the shape only', async () => {
    const { image } = await loadPhoto(undefined, 64);
    const sharp = new Tensor<'float64'>(Float64Array.from(image.data), image.dims);
    const kernel = perChannel(BLUR, 3);
    const model = { groups: 3, padding: 'same', paddingMode: 'circular' } as const;
    const blurred = native.conv2d(sharp, kernel, model);
    expect(worst(blurred, sharp)).to.be.above(0.1);

    const transposed = native.convTranspose2d(native.conv2d(sharp, kernel, { groups: 3 }), kernel, {
      groups: 3,
    });
    expect(transposed.dims).to.deep.equal(sharp.dims);
    expect(worst(transposed, sharp)).to.be.above(0.1);

    const solved = native.deconvolve2d(blurred, kernel, { ...model, tolerance: 1e-10 });
    expect(solved.stopped).to.equal('residual');
    expect(worst(solved.estimate, sharp)).to.be.below(1e-8);

    const filtered = native.deconvolve2d(blurred, kernel, { ...model, method: 'wiener', balance: 0 });
    expect(filtered).to.include({ iterations: 1, stopped: 'direct' });
    expect(filtered.residual).to.be.below(1e-12);
    expect(worst(filtered.estimate, sharp)).to.be.below(1e-12);

    const likely = native.deconvolve2d(blurred, kernel, {
      ...model,
      method: 'richardson-lucy',
      iterations: 100,
    });
    expect(likely.residual).to.be.below(2e-3);
    expect(worst(likely.estimate, sharp)).to.be.below(worst(blurred, sharp) / 2);
  });
});

describe('deconvolve2d, Wiener', () => {
  it('takes both layouts, batches, odd sizes, dilation and even kernels', () => {
    const model = { padding: 'same', paddingMode: 'circular', dilation: 2 } as const;
    const kernel = Tensor.from([[[[1, 0.2, 0.1, 0.1]]], [[[0.1, 1, 0.1, 0.3]]]], { type: 'float64' });
    for (const [dims, layout] of [
      [[2, 2, 9, 7], 'NCHW'],
      [[2, 8, 11, 2], 'NHWC'],
    ] as const) {
      const x = Tensor.random(dims, { seed: 3, type: 'float64' });
      const y = native.conv2d(x, kernel, { ...model, groups: 2, layout });
      const { estimate } = native.deconvolve2d(y, kernel, {
        ...model,
        groups: 2,
        layout,
        method: 'wiener',
        balance: 0,
      });
      expect(worst(estimate, x)).to.be.below(1e-12);
    }
  });

  it('lets balance tame noise', () => {
    const model = { padding: 'same', paddingMode: 'circular', method: 'wiener' } as const;
    const box = Tensor.from([[Array.from({ length: 5 }, () => Array.from({ length: 5 }, () => 0.04))]], {
      type: 'float64',
    });
    const x = Tensor.zeros([1, 1, 24, 24], { type: 'float64' });
    for (const i of x.data.keys())
      x.data[i] = Math.sin((Math.PI * i) / 12) * Math.cos((Math.PI * Math.floor(i / 24)) / 12);
    const y = native.conv2d(x, box, { padding: 'same', paddingMode: 'circular' });
    const noise = Tensor.random(y.dims, { seed: 1 });
    for (const i of y.data.keys()) y.data[i] += 0.01 * noise.data[i];
    const tamed = native.deconvolve2d(y, box, { ...model, balance: 0.1 });
    const wild = native.deconvolve2d(y, box, { ...model, balance: 1e-9 });
    expect(worst(tamed.estimate, x)).to.be.below(worst(wild.estimate, x) / 5);
  });
});

describe('deconvolve2d, Richardson-Lucy', () => {
  it('keeps an even image even, borders included, and what is zero zero', () => {
    const even = Tensor.zeros([1, 1, 9, 9], { type: 'float64' });
    even.data.fill(3);
    const y = native.conv2d(even, BLUR, { padding: 1 });
    const found = native.deconvolve2d(y, BLUR, {
      padding: 1,
      method: 'richardson-lucy',
      iterations: 2000,
      tolerance: 1e-9,
    });
    expect(worst(found.estimate, even)).to.be.below(1e-3);
    const dark = native.deconvolve2d(Tensor.zeros([1, 1, 4, 4]), BLUR32, {
      padding: 1,
      method: 'richardson-lucy',
    });
    expect(dark).to.include({ residual: 0, stopped: 'residual' });
  });

  it('stops where nothing changes any more', () => {
    const y = Tensor.random([1, 1, 8, 8], { seed: 2, type: 'float64' });
    for (const i of y.data.keys()) y.data[i] = Math.abs(y.data[i]);
    const options = { padding: 1, method: 'richardson-lucy', tolerance: 1e-3, iterations: 5000 } as const;
    const found = native.deconvolve2d(y, BLUR, options);
    expect(found.stopped).to.equal('change');
    expect(found.iterations).to.be.below(5000);
    expect(found.estimate.data.every((value) => value >= 0)).to.equal(true);
  });
});

const BLUR32 = new Tensor(Float32Array.from(BLUR.data), BLUR.dims);

describe('deconvolve2d, arguments', () => {
  const y = Tensor.random([1, 1, 6, 6], { seed: 1 });
  const call = native.deconvolve2d as (...all: unknown[]) => unknown;

  it('refuses what makes no sense, by name', () => {
    const wiener = { method: 'wiener', padding: 'same', paddingMode: 'circular' };
    const bad = Tensor.from([[[[1, Number.NaN]]]]);
    const negative = Tensor.from([[[[1, -2]]]]);
    for (const [args, message] of [
      [[y, BLUR], /kernel is float64, observed is float32/],
      [[bad, BLUR32], /observed must be finite, element 1 is NaN/],
      [[y, bad], /kernel must be finite/],
      [[Tensor.zeros([1, 6, 6]), BLUR32], /input must have 4 axes/],
      [[Tensor.zeros([1, 2, 6, 6]), BLUR32], /expects 1 input channels/],
      [
        [y, BLUR32, { method: 'blind' }],
        /options\.method must be 'least-squares', 'wiener' or 'richardson-lucy'/,
      ],
      [[y, BLUR32, { balance: 1 }], /options\.balance does not apply here/],
      [[y, BLUR32, { ...wiener, iterations: 3 }], /options\.iterations does not apply here/],
      [[y, BLUR32, { signal: AbortSignal.abort() }], /options\.signal does not apply here/],
      [[y, BLUR32, { dampening: 1 }], /did you mean 'damping'/],
      [[y, BLUR32, { damping: -1 }], /options\.damping must be a finite number from 0, got -1/],
      [[y, BLUR32, { tolerance: '0' }], /options\.tolerance must be a finite number from 0, got '0'/],
      [[y, BLUR32, { iterations: 0 }], /options\.iterations must be a positive integer/],
      [[y, BLUR32, { onProgress: 1 }], /options\.onProgress must be a function/],
      [
        [y, BLUR32, { initial: y }],
        /options\.initial must have the estimate's dims \[1,1,8,8\], got \[1,1,6,6\]/,
      ],
      [[y, BLUR32, { method: 'wiener' }], /needs paddingMode 'circular'/],
      [[y, BLUR32, { ...wiener, stride: 2 }], /needs stride 1/],
      [[y, BLUR32, { ...wiener, padding: 0 }], /needs an estimate of the observed size/],
      [
        [Tensor.random([1, 2, 6, 6]), Tensor.random([2, 2, 3, 3]), wiener],
        /needs each channel convolved by itself/,
      ],
      [[y, BLUR32, { ...wiener, penalty: 'l1' }], /options\.penalty must be 'laplacian' or 'identity'/],
      [
        [negative, BLUR32, { method: 'richardson-lucy' }],
        /observed must not be negative for 'richardson-lucy', element 1 is -2/,
      ],
      [[y, BLUR32, { stride: 0 }], /options\.stride must be a positive integer/],
    ] as const) {
      const error = caught(() => call(...args));
      expect(error.message).to.match(message);
      expect(error.message).to.match(/^deconvolve2d: /);
    }
  });

  it('lets the event loop turn while it computes, and stops there when it is told to', async () => {
    const [large, blur] = [Tensor.zeros([1, 1, 512, 512]), Tensor.from([[[[1]]]])];
    let turns = 0;
    const count = () => Promise.resolve(turns++);
    await promisedDeconvolution(promises, count)(large, blur, { method: 'richardson-lucy', iterations: 2 });
    console.log(`      ${turns} turns`);
    expect(turns).to.be.above(4);
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    const abort = () => Promise.resolve(controller.abort(reason));
    const refuse = () => expect.fail('it should have stopped before its first product');
    const operators = { conv2d: refuse, conv2dInputGrad: refuse, matmul: refuse };
    const stopped = promisedDeconvolution(operators, abort)(large, blur, { signal: controller.signal });
    expect(await rejected(stopped)).to.equal(reason);
  });

  it('can be cancelled between and within iterations', async () => {
    const reason = new Error('no longer wanted');
    const before = promises.deconvolve2d(y, BLUR32, { signal: AbortSignal.abort(reason) });
    expect(await rejected(before)).to.equal(reason);
    const controller = new AbortController();
    const onProgress = () => controller.abort(reason);
    const during = promises.deconvolve2d(y, BLUR32, { signal: controller.signal, onProgress, tolerance: 0 });
    expect(await rejected(during)).to.equal(reason);
    const throwing = promises.deconvolve2d(y, BLUR32, {
      onProgress: () => {
        throw reason;
      },
    });
    expect(await rejected(throwing)).to.equal(reason);
  });
});
