// Options: names, forms and messages, at the reference door and at preparation. Messages are part of the interface.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { prepareIm2col } from '../lib/ops/columns.ts';
import { prepareConv1d, prepareConv2d, prepareConv3d } from '../lib/ops/conv.ts';
import { prepareDepthwiseConv2d } from '../lib/ops/depthwise.ts';
import { prepareConv2dInputGrad } from '../lib/ops/gradients.ts';
import { prepareMatmul } from '../lib/ops/matmul.ts';
import { prepareConvTranspose2d } from '../lib/ops/transpose.ts';
import { conv2d, Tensor } from '../lib/reference.ts';
import { expectError } from './support/errors.ts';

const x = Tensor.zeros([1, 3, 8, 8]);
const w = Tensor.zeros([4, 3, 3, 3]);

/** The geometry that conv2d gets with these options, or what it throws. */
const geometry = (options: unknown) => prepareConv2d('native', x, w, options as never).stages[0].geometry;
const refuses = (
  options: unknown,
  kind: TypeErrorConstructor | RangeErrorConstructor,
  message: string | RegExp,
) => expectError(() => geometry(options), kind, 'ERR_CONV_OPTION', message);

describe('options objects', () => {
  it('may be absent, and undefined values are absent', () => {
    expect(geometry(undefined)).to.deep.equal(geometry({}));
    expect(
      geometry({ stride: undefined, bias: undefined, activation: undefined, out: undefined }),
    ).to.deep.equal(geometry({}));
  });

  it('must be objects', () => {
    for (const options of [null, 1, 'same', [], new Float32Array(1), () => 1]) {
      refuses(options, TypeError, /^conv2d: options must be an object, got /);
    }
  });

  it('have known names only', () => {
    refuses({ strides: 1 }, RangeError, "conv2d: unknown option 'strides'; did you mean 'stride'?");
    refuses(
      { padding_mode: 'zeros' },
      RangeError,
      "conv2d: unknown option 'padding_mode'; did you mean 'paddingMode'?",
    );
    refuses({ dilations: 1 }, RangeError, /did you mean 'dilation'/);
    refuses({ group: 1 }, RangeError, /did you mean 'groups'/);
    refuses({ Layout: 'NHWC' }, RangeError, /did you mean 'layout'/);
    refuses({ zzzzzzzzzzzz: 1 }, RangeError, /^conv2d: unknown option 'zzzzzzzzzzzz'; there are stride, /);
    refuses({ strides: undefined }, RangeError, /unknown option/);
  });

  it('say when a name belongs to another operator or door', () => {
    refuses({ outputPadding: 1 }, RangeError, /^conv2d: options\.outputPadding does not apply here/);
    refuses({ signal: new AbortController().signal }, RangeError, /options\.signal does not apply here/);
    refuses({ precision: 'float64' }, RangeError, /options\.precision does not apply here/);
    const grad = () =>
      prepareConv2dInputGrad('native', Tensor.zeros([1, 4, 6, 6]), w, x.dims, { bias: x } as never);
    expectError(grad, RangeError, 'ERR_CONV_OPTION', /^conv2dInputGrad: options\.bias does not apply here/);
    const depthwise = () =>
      prepareDepthwiseConv2d('native', x, Tensor.zeros([3, 1, 3, 3]), { groups: 3 } as never);
    expectError(
      depthwise,
      RangeError,
      'ERR_CONV_OPTION',
      /^depthwiseConv2d: options\.groups does not apply here/,
    );
  });

  it('are never mutated', () => {
    const frozen = Object.freeze({
      stride: Object.freeze([2, 2]),
      padding: Object.freeze([Object.freeze([1, 0]), Object.freeze([0, 1])]),
    });
    expect(geometry(frozen).output).to.deep.equal([1, 4, 4]);
  });
});

describe('options.stride, dilation and groups', () => {
  it('are a number or one per axis', () => {
    expect(geometry({ stride: 2 }).stride).to.deep.equal([1, 2, 2]);
    expect(geometry({ stride: [2, 3] }).stride).to.deep.equal([1, 2, 3]);
    expect(geometry({ dilation: [1, 3] }).dilation).to.deep.equal([1, 1, 3]);
    expect(
      prepareConv1d('native', Tensor.zeros([1, 1, 9]), Tensor.zeros([1, 1, 2]), { stride: [3] }).stages[0]
        .geometry.stride,
    ).to.deep.equal([1, 1, 3]);
  });

  it('are positive integers', () => {
    refuses({ stride: [1, 0] }, RangeError, 'conv2d: options.stride[1] must be a positive integer, got 0');
    refuses({ stride: -1 }, RangeError, 'conv2d: options.stride must be a positive integer, got -1');
    refuses({ stride: 1.5 }, RangeError, 'conv2d: options.stride must be a positive integer, got 1.5');
    refuses(
      { dilation: Number.NaN },
      RangeError,
      'conv2d: options.dilation must be a positive integer, got NaN',
    );
    refuses({ dilation: Number.POSITIVE_INFINITY }, RangeError, /got Infinity/);
    refuses({ stride: '2' }, TypeError, "conv2d: options.stride must be a positive integer, got '2'");
    refuses({ stride: null }, TypeError, /got null/);
    refuses({ stride: 2n }, TypeError, /got 2n/);
    refuses(
      { stride: [1] },
      RangeError,
      'conv2d: options.stride must be a number or an array of 2, one per spatial axis, got [1]',
    );
    refuses({ stride: [1, 1, 1] }, RangeError, /array of 2/);
    refuses({ stride: [1, [2]] }, TypeError, /options\.stride\[1\]/);
    refuses({ groups: 0 }, RangeError, /options\.groups must be a positive integer, got 0/);
    refuses({ groups: [1] }, TypeError, /options\.groups/);
    expectError(
      () => geometry({ stride: 2 ** 31 }),
      RangeError,
      'ERR_CONV_TOO_LARGE',
      /options\.stride may be at most 2147483647/,
    );
  });
});

describe('options.padding', () => {
  const pads = (padding: unknown, more: object = {}) => {
    const { padBegin, padEnd } = geometry({ padding, ...more });
    return [padBegin.slice(1), padEnd.slice(1)];
  };

  it('is a number, one per axis, or pairs', () => {
    expect(pads(2)).to.deep.equal([
      [2, 2],
      [2, 2],
    ]);
    expect(pads([1, 2])).to.deep.equal([
      [1, 2],
      [1, 2],
    ]);
    expect(
      pads([
        [1, 2],
        [3, 4],
      ]),
    ).to.deep.equal([
      [1, 3],
      [2, 4],
    ]);
    expect(
      pads([
        [-1, 2],
        [0, 0],
      ]),
    ).to.deep.equal([
      [-1, 0],
      [2, 0],
    ]);
    expect(pads('valid')).to.deep.equal([
      [0, 0],
      [0, 0],
    ]);
  });

  it("is 'same' for any stride and dilation, the odd pad at the end, or for 'same-lower' at the beginning", () => {
    expect(pads('same')).to.deep.equal([
      [1, 1],
      [1, 1],
    ]);
    expect(pads('same', { stride: 2 })).to.deep.equal([
      [0, 0],
      [1, 1],
    ]);
    expect(pads('same-lower', { stride: 2 })).to.deep.equal([
      [1, 1],
      [0, 0],
    ]);
    expect(pads('same', { dilation: [1, 2] })).to.deep.equal([
      [1, 2],
      [1, 2],
    ]);
    // (⌈8 ÷ 5⌉ − 1)·5 + 3 fits into 8: nothing to pad.
    expect(pads('same', { stride: 5 })).to.deep.equal([
      [0, 0],
      [0, 0],
    ]);
    expect(geometry({ padding: 'same', stride: 3 }).output).to.deep.equal([1, 3, 3]);
  });

  it('is refused as a bare array of both ends, whose order nobody can know', () => {
    refuses(
      { padding: [1, 2, 3, 4] },
      TypeError,
      "conv2d: options.padding [1,2,3,4] is ambiguous: PyTorch's F.pad would read it as [left,right,top,bottom], " +
        'ONNX as [top,left,bottom,right]; write [[top,bottom],[left,right]]',
    );
    const conv1d = () =>
      prepareConv1d('native', Tensor.zeros([1, 1, 9]), Tensor.zeros([1, 1, 2]), { padding: [1, 2] });
    expectError(conv1d, TypeError, 'ERR_CONV_OPTION', /ambiguous.*\[left,right\].*\[begin,end\]/);
    const volume = Tensor.zeros([1, 1, 4, 4, 4]);
    const conv3d = () => prepareConv3d('native', volume, volume, { padding: [1, 1, 1, 1, 1, 1] });
    expectError(
      conv3d,
      TypeError,
      'ERR_CONV_OPTION',
      /ambiguous.*\[left,right,top,bottom,front,back\].*\[front,top,left,back,bottom,right\]/,
    );
  });

  it('says what else is wrong', () => {
    refuses({ padding: -1 }, RangeError, 'conv2d: options.padding must be a non-negative integer, got -1');
    refuses({ padding: [1] }, RangeError, /array of 2/);
    refuses(
      { padding: 'SAME' },
      RangeError,
      "conv2d: options.padding must be 'valid', 'same' or 'same-lower', got 'SAME'",
    );
    refuses(
      { padding: [[1, 2]] },
      RangeError,
      /2 pairs \[begin,end\], one per spatial axis, got \[\[1,2\]\]/,
    );
    refuses({ padding: [[1, 2], 3] }, RangeError, /2 pairs/);
    refuses(
      {
        padding: [
          [1, 2],
          [1, 2, 3],
        ],
      },
      RangeError,
      /2 pairs/,
    );
    refuses(
      {
        padding: [
          [1, 2],
          [1, 0.5],
        ],
      },
      RangeError,
      'conv2d: options.padding[1][1] must be an integer, got 0.5',
    );
    refuses(
      {
        padding: [
          [1, 2],
          [1, '2'],
        ],
      },
      TypeError,
      /options\.padding\[1\]\[1\]/,
    );
    refuses({ padding: {} }, TypeError, /got an Object/);
  });

  it('repeats the input as paddingMode says, however wide', () => {
    expect(geometry({ padding: 20, paddingMode: 'reflect' }).paddingMode).to.equal('reflect');
    refuses(
      { paddingMode: 'wrap' },
      RangeError,
      /'zeros', 'reflect', 'symmetric', 'replicate' or 'circular', got 'wrap'/,
    );
    const column = Tensor.from([[[[5]]]]);
    const one = Tensor.from([[[[1]]]]);
    expect(conv2d(column, one, { padding: 1, paddingMode: 'reflect' }).toNested()).to.deep.equal([
      [
        [
          [5, 5, 5],
          [5, 5, 5],
          [5, 5, 5],
        ],
      ],
    ]);
  });
});

describe('layouts', () => {
  it('fit the rank', () => {
    expect(geometry({ layout: 'NCHW' }).layout).to.equal('channelsFirst');
    refuses({ layout: 'NCW' }, RangeError, "conv2d: options.layout must be 'NCHW' or 'NHWC', got 'NCW'");
    refuses({ layout: 'toString' }, RangeError, /options\.layout/);
    refuses({ layout: 1 }, TypeError, /got 1/);
    refuses(
      { weightLayout: 'IOHW' },
      RangeError,
      "conv2d: options.weightLayout must be 'OIHW', 'HWIO' or 'OHWI', got 'IOHW'",
    );
    const transposed = () =>
      prepareConvTranspose2d('native', x, Tensor.zeros([3, 2, 3, 3]), { weightLayout: 'OIHW' as never });
    expectError(transposed, RangeError, 'ERR_CONV_OPTION', /'IOHW', 'HWOI' or 'OHWI', got 'OIHW'/);
  });
});

describe('options.activation', () => {
  const activation = (value: unknown) => geometry({ activation: value }).activation;

  it('is a name', () => {
    expect(activation('relu')).to.deep.equal({
      kind: 'clamp',
      alpha: 0,
      min: 0,
      max: Number.POSITIVE_INFINITY,
    });
    expect(activation('relu6')).to.deep.equal({ kind: 'clamp', alpha: 0, min: 0, max: 6 });
    expect(activation('elu')).to.deep.equal({ kind: 'elu', alpha: 1, min: 0, max: 0 });
    for (const name of ['sigmoid', 'tanh', 'silu', 'hardSwish', 'gelu'])
      expect(activation(name).kind).to.equal(name);
  });

  it('is an object with numbers, rounded to the dtype', () => {
    expect(activation({ type: 'leakyRelu', alpha: 0.1 })).to.deep.equal({
      kind: 'leaky',
      alpha: Math.fround(0.1),
      min: 0,
      max: 0,
    });
    expect(activation({ type: 'clamp', min: -0.1, max: Number.POSITIVE_INFINITY })).to.deep.equal({
      kind: 'clamp',
      alpha: 0,
      min: Math.fround(-0.1),
      max: Number.POSITIVE_INFINITY,
    });
    const double = { type: 'float64' } as const;
    const options = { activation: { type: 'leakyRelu', alpha: 0.1 } } as const;
    const { stages } = prepareConv2d(
      'native',
      Tensor.zeros([1, 3, 8, 8], double),
      Tensor.zeros([4, 3, 3, 3], double),
      options,
    );
    expect(stages[0].geometry.activation.alpha).to.equal(0.1);
  });

  it('is a slope per channel, or one for all', () => {
    const slope = Tensor.from([1, 2, 3, 4]);
    const { stages } = prepareConv2d('native', x, w, { activation: { type: 'prelu', slope } });
    expect(stages[0].geometry.activation.kind).to.equal('prelu');
    expect(stages[0].slope).to.equal(slope.data);
    expect(activation({ type: 'prelu', slope: Tensor.from([0.5]) })).to.deep.equal({
      kind: 'leaky',
      alpha: 0.5,
      min: 0,
      max: 0,
    });
    const wrong = () => activation({ type: 'prelu', slope: Tensor.from([1, 2]) });
    expectError(
      wrong,
      RangeError,
      'ERR_CONV_SHAPE',
      'conv2d: options.activation.slope must have dims [4], got [2]',
    );
  });

  it('says what is wrong', () => {
    refuses({ activation: 'Relu' }, RangeError, /'relu', 'relu6'.*got 'Relu'/);
    refuses({ activation: 'constructor' }, RangeError, /got 'constructor'/);
    refuses({ activation: 1 }, TypeError, /a name or an object/);
    refuses({ activation: {} }, TypeError, /options\.activation\.type must be/);
    refuses({ activation: { type: 'relu' } }, RangeError, /options\.activation\.type/);
    refuses(
      { activation: { type: 'leakyRelu' } },
      TypeError,
      'conv2d: options.activation.alpha must be a finite number, got undefined',
    );
    refuses({ activation: { type: 'leakyRelu', alpha: Number.NaN } }, RangeError, /got NaN/);
    refuses(
      { activation: { type: 'leakyRelu', alpha: Number.POSITIVE_INFINITY } },
      RangeError,
      /got Infinity/,
    );
    refuses({ activation: { type: 'leakyRelu', slope: 1 } }, RangeError, /unknown option 'slope'/);
    refuses(
      { activation: { type: 'clamp', min: 0, max: Number.NaN } },
      RangeError,
      /options\.activation\.max must be a number \(±Infinity is no bound\), got NaN/,
    );
    refuses({ activation: { type: 'clamp', min: 1 } }, TypeError, /max must be a number/);
    refuses(
      { activation: { type: 'clamp', min: 1, max: 0 } },
      RangeError,
      /min 1 must not be above options\.activation\.max 0/,
    );
  });
});

describe('the other options', () => {
  it('are checked', () => {
    refuses({ algorithm: 'fast' }, RangeError, /'auto', 'direct', .* got 'fast'/);
    refuses({ reproducible: 1 }, TypeError, 'conv2d: options.reproducible must be a boolean, got 1');
    refuses({ threads: 0 }, RangeError, /options\.threads must be a positive integer, got 0/);
    const matmul = () =>
      prepareMatmul('native', Tensor.zeros([2, 2]), Tensor.zeros([2, 2]), { transposeA: 'T' as never });
    expectError(matmul, TypeError, 'ERR_CONV_OPTION', /^matmul: options\.transposeA must be a boolean/);
    const columns = () => prepareIm2col('native', x, { kernelSize: [3, 3, 3, 3] });
    expectError(columns, RangeError, 'ERR_CONV_OPTION', /options\.kernelSize must have 1, 2 or 3 values/);
    const signal = () => prepareConv2d('async', x, w, { signal: {} } as never);
    expectError(
      signal,
      TypeError,
      'ERR_CONV_OPTION',
      /options\.signal must be an AbortSignal, got an Object/,
    );
  });

  it('precision computes float32 operands in float64', () => {
    const third = Tensor.from([[[[1 / 3]]]]);
    const y = conv2d(third, third, { precision: 'float64', activation: { type: 'leakyRelu', alpha: 0.1 } });
    expect(y.type).to.equal('float64');
    expect(y.data[0]).to.equal(Math.fround(1 / 3) ** 2);
    const double = Tensor.from([[[[1]]]], { type: 'float64' });
    expect(conv2d(double, double).type).to.equal('float64');
    expectError(
      () => conv2d(double, double, { precision: 'float32' }),
      RangeError,
      'ERR_CONV_OPTION',
      /is less than the operands' float64/,
    );
    expectError(
      () => conv2d(third, third, { precision: 'half' as never }),
      RangeError,
      'ERR_CONV_OPTION',
      /'float32' or 'float64'/,
    );
  });
});
