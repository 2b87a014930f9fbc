"""The makers of golden cases: each calls PyTorch and describes the same call of ours. generate.py lists the cases.

A case is the arguments and options of one public operator, its expected result, and the absolute error that it may
have. Results are computed in float64 from values of the case's dtype. Data are uniform in [-1, 1), seeded by the
case's name, so that a new case leaves the others as they are. Tensors are {dims, float32 or float64: base64 of the
little-endian values}.
"""
# SPDX-License-Identifier: MIT

import base64
import zlib

import numpy as np
import torch
import torch.nn.functional as F

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
DATA_LAYOUT = {1: "NWC", 2: "NHWC", 3: "NDHWC"}
LITTLE_ENDIAN = {"float32": "<f4", "float64": "<f8"}
ACTIVATIONS = {
    "relu": F.relu, "relu6": F.relu6, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "silu": F.silu,
    "hardSwish": F.hardswish, "elu": F.elu, "gelu": F.gelu,
}
UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}
# Slack over the bound of one chain: the result here has an error of its own, and the epilogue a few roundings.
SLACK = 4


class Case:
    """One call under construction: makes seeded operands and remembers what the tolerance needs."""

    def __init__(self, name, operator, dtype):
        self.name, self.operator, self.dtype = f"{name} {dtype}", operator, dtype
        self.random = np.random.RandomState(zlib.crc32(self.name.encode()))

    def data(self, *dims):
        values = self.random.uniform(-1, 1, dims).astype(self.dtype).astype(np.float64)
        return torch.from_numpy(values)

    def tensor(self, values):
        array = values.detach().numpy() if torch.is_tensor(values) else values
        packed = array.astype(LITTLE_ENDIAN[self.dtype]).tobytes()
        return {"dims": list(array.shape), self.dtype: base64.b64encode(packed).decode()}

    def epilogue(self, y, magnitude, options, arrange, *, bias, residual, activation):
        """activation((y + bias) + residual), its operands made here and put into the options."""
        per_channel = [-1] + [1] * (y.dim() - 2)
        if bias:
            b = self.data(y.shape[1])
            options["bias"] = self.tensor(b)
            y, magnitude = y + b.reshape(per_channel), magnitude + 1
        if residual:
            r = self.data(*y.shape)
            options["residual"] = self.tensor(arrange(r))
            y, magnitude = y + r, magnitude + 1
        if activation is not None:
            y, options["activation"] = self.activate(y, activation)
        return y, magnitude

    def activate(self, y, activation):
        """The result and the option, to which prelu's slopes, one per channel, are added here."""
        if isinstance(activation, str):
            return ACTIVATIONS[activation](y), activation
        if activation["type"] == "leakyRelu":
            return F.leaky_relu(y, activation["alpha"]), activation
        if activation["type"] == "clamp":
            return torch.clamp(y, activation["min"], activation["max"]), activation
        slope = self.data(y.shape[1])
        return F.prelu(y, slope), {**activation, "slope": self.tensor(slope)}

    def finish(self, arguments, options, expected, terms, magnitude):
        """`terms` products are summed, whose absolute values sum to at most `magnitude` (a tensor)."""
        largest = float(magnitude.max()) if magnitude.numel() else 0.0
        return {
            "name": self.name,
            "operator": self.operator,
            "arguments": arguments,
            "options": options,
            "expected": self.tensor(expected),
            "tolerance": (terms + SLACK) * UNIT[self.dtype] * largest * 2,
        }


def per_axis(value, rank):
    return [value] * rank if isinstance(value, int) else list(value)


def pairs(padding, rank):
    return [[p, p] if isinstance(p, int) else list(p) for p in per_axis(padding, rank)]


def pad(x, padding, mode):
    """By torch where it can; reflect and circular wider than the axis, and symmetric, by index maps."""
    flat = [p for pair in reversed(padding) for p in pair]
    sizes = x.shape[2:]
    widest = [max(pair) for pair in padding]
    if mode == "zeros":
        return F.pad(x, flat)
    if mode == "replicate" or (mode == "reflect" and all(p < n for p, n in zip(widest, sizes))):
        return F.pad(x, flat, mode=mode)
    if mode == "circular" and all(p <= n for p, n in zip(widest, sizes)):
        return F.pad(x, flat, mode=mode)
    for axis, (before, after) in enumerate(padding):
        if mode == "circular":  # numpy's wrap is wrong for wide padding before 1.25
            index = np.arange(-before, sizes[axis] + after) % sizes[axis]
        else:
            index = np.pad(np.arange(sizes[axis]), (before, after), mode=mode)
        x = x.index_select(axis + 2, torch.from_numpy(index))
    return x


def channels_last(x):
    return x.movedim(1, -1)


def arrange_weight(w, layout):
    """Default order is [0, 1, *K]; the layout's first letter and where the kernel stands name the others."""
    if layout.startswith(("D", "H", "W")):
        return w.movedim((0, 1), (-1, -2))
    return w.movedim(1, -1)


def chosen_options(**values):
    """Those that differ from their defaults, given as (value, default)."""
    return {name: value for name, (value, default) in values.items() if value != default}


def conv(name, dtype, rank, x, w, *, operator=None, groups=1, stride=1, dilation=1, padding=0, mode="zeros",
         bias=False, residual=False, activation=None, last=False, weight_layout=None, grad=None):
    """`x` = [N, C, *S], `w` = [O, C/g, *K] as lists; `grad` makes it a gradient with respect to input or weight."""
    suffix = {"input": "InputGrad", "weight": "WeightGrad", None: ""}[grad]
    case = Case(name, (operator or f"conv{rank}d") + suffix, dtype)
    xs, ws = case.data(*x), case.data(*w)
    strides, dilations = per_axis(stride, rank), per_axis(dilation, rank)

    def run(xv, wv):
        if isinstance(padding, str):
            return CONV[rank](xv, wv, None, strides, padding, dilations, groups)
        return CONV[rank](pad(xv, pairs(padding, rank), mode), wv, None, strides, 0, dilations, groups)

    given = chosen_options(stride=(stride, 1), dilation=(dilation, 1), padding=(padding, 0), paddingMode=(mode, "zeros"),
                           groups=(1 if operator else groups, 1))
    arrange = channels_last if last else lambda t: t
    arrange_w = (lambda t: arrange_weight(t, weight_layout)) if weight_layout else lambda t: t
    if last:
        given["layout"] = DATA_LAYOUT[rank]
    if weight_layout:
        given["weightLayout"] = weight_layout
    if grad is not None:
        return gradient(case, grad, run, xs, ws, given, arrange, arrange_w)

    y, magnitude = case.epilogue(run(xs, ws), run(xs.abs(), ws.abs()), given, arrange,
                                 bias=bias, residual=residual, activation=activation)
    arguments = [case.tensor(arrange(xs)), case.tensor(arrange_w(ws))]
    return case.finish(arguments, given, arrange(y), int(np.prod(w[1:])), magnitude)


def gradient(case, grad, run, xs, ws, given, arrange, arrange_w):
    """`gradOutput` is random; torch's autograd gives the result, and its magnitude from absolute values."""
    gy = case.data(*run(xs, ws).shape)

    def backward(xv, wv, gv):
        xv, wv = xv.clone().requires_grad_(), wv.clone().requires_grad_()
        return torch.autograd.grad(run(xv, wv), xv if grad == "input" else wv, gv)[0]

    result = backward(xs, ws, gy)
    magnitude = backward(xs.abs(), ws.abs(), gy.abs())
    # Each result is the sum of at most this many products.
    terms = int(ws.numel() if grad == "input" else gy.numel())
    if grad == "input":
        arguments = [case.tensor(arrange(gy)), case.tensor(arrange_w(ws)), list(arrange(xs).shape)]
        return case.finish(arguments, given, arrange(result), terms, magnitude)
    arguments = [case.tensor(arrange(gy)), case.tensor(arrange(xs)), list(arrange_w(ws).shape)]
    return case.finish(arguments, given, arrange_w(result), terms, magnitude)


def transposed(name, dtype, rank, x, w, *, groups=1, stride=1, dilation=1, padding=0, output_padding=0, crop=None,
               bias=False, residual=False, activation=None, last=False, weight_layout=None, grad=None, output_size=None):
    """`x` = [N, I, *S], `w` = [I, O/g, *K]; `crop` = pairs per axis, taken from the uncropped result."""
    suffix = {"input": "InputGrad", "weight": "WeightGrad", None: ""}[grad]
    case = Case(name, f"convTranspose{rank}d" + suffix, dtype)
    xs, ws = case.data(*x), case.data(*w)
    arguments = [per_axis(stride, rank), per_axis(padding, rank), per_axis(output_padding, rank), groups,
                 per_axis(dilation, rank)]

    def run(xv, wv):
        y = TRANSPOSED[rank](xv, wv, None, *arguments)
        for axis, (before, after) in enumerate(crop or []):
            y = y.narrow(axis + 2, before, y.shape[axis + 2] - before - after)
        return y

    given = chosen_options(stride=(stride, 1), dilation=(dilation, 1), padding=(crop or padding, 0), groups=(groups, 1),
                           outputPadding=(0 if output_size else output_padding, 0), outputSize=(output_size, None))
    arrange = channels_last if last else lambda t: t

    def arrange_w(t):
        if weight_layout is None:
            return t
        # [I, O, *K] as [O, *K, I], or as [*K, O, I].
        return t.movedim(0, -1) if weight_layout.startswith("O") else t.movedim((0, 1), (-1, -2))

    if last:
        given["layout"] = DATA_LAYOUT[rank]
    if weight_layout:
        given["weightLayout"] = weight_layout
    if grad is not None:
        return gradient(case, grad, run, xs, ws, given, arrange, arrange_w)
    y, magnitude = case.epilogue(run(xs, ws), run(xs.abs(), ws.abs()), given, arrange,
                                 bias=bias, residual=residual, activation=activation)
    terms = int(x[1] // groups * np.prod(w[2:]))
    return case.finish([case.tensor(arrange(xs)), case.tensor(arrange_w(ws))], given, arrange(y), terms, magnitude)


def unfold(x, kernel, stride, padding, dilation):
    """Columns [N, C·∏K, L] by slicing, for any rank (torch's own is for two dimensions only, where it must agree)."""
    rank = len(kernel)
    padded = pad(x, pairs(padding, rank), "zeros")
    counts = [(padded.shape[a + 2] - (kernel[a] - 1) * dilation[a] - 1) // stride[a] + 1 for a in range(rank)]
    taps = []
    for tap in np.ndindex(*kernel):
        window = padded
        for a in range(rank):
            index = torch.arange(counts[a]) * stride[a] + tap[a] * dilation[a]
            window = window.index_select(a + 2, index)
        taps.append(window.reshape(x.shape[0], x.shape[1], 1, -1))
    columns = torch.cat(taps, 2).reshape(x.shape[0], -1, int(np.prod(counts)))
    if rank == 2:
        assert torch.equal(columns, F.unfold(x, kernel, dilation, padding, stride))
    return columns


def columns(name, dtype, x, kernel, *, stride=1, padding=0, dilation=1, fold=False, last=False):
    rank = len(kernel)
    case = Case(name, "col2im" if fold else "im2col", dtype)
    options = {"kernelSize": kernel}
    options.update(chosen_options(stride=(stride, 1), dilation=(dilation, 1), padding=(padding, 0)))
    if last:
        options["layout"] = DATA_LAYOUT[rank]
    arrange = channels_last if last else lambda t: t
    xs = case.data(*x).requires_grad_()
    window = (per_axis(stride, rank), per_axis(padding, rank), per_axis(dilation, rank))
    cols = unfold(xs, kernel, *window)
    if not fold:
        return case.finish([case.tensor(arrange(xs))], options, cols, 0, torch.zeros(0))
    cs = case.data(*cols.shape)
    result = torch.autograd.grad(cols, xs, cs)[0]
    if rank == 2:
        folded = F.fold(cs, x[2:], kernel, window[2], window[1], window[0])
        assert torch.allclose(result, folded, rtol=0, atol=1e-12)
    options["outputSize"] = x[2:]
    terms = int(np.prod(kernel))
    return case.finish([case.tensor(cs)], options, arrange(result), terms, torch.full([1], float(terms)))


def matmul(name, dtype, a, b, *, transpose_a=False, transpose_b=False, bias=False, activation=None):
    """`a` and `b` are the dims of the factors; a transposed one is handed over as its transpose."""
    case = Case(name, "matmul", dtype)
    av, bv = case.data(*a), case.data(*b)
    y, magnitude = torch.matmul(av, bv), torch.matmul(av.abs(), bv.abs())
    options = chosen_options(transposeA=(transpose_a, False), transposeB=(transpose_b, False))
    if bias:
        bs = case.data(b[-1])
        options["bias"] = case.tensor(bs)
        y, magnitude = torch.addmm(bs, av, bv) if y.dim() == 2 else y + bs, magnitude + 1
    if activation is not None:
        y, options["activation"] = case.activate(y, activation)
    arguments = [case.tensor(av.mT if transpose_a else av), case.tensor(bv.mT if transpose_b else bv)]
    return case.finish(arguments, options, y, a[-1], magnitude)


def activation_case(name, dtype, activation):
    """A 1×1 kernel of one hands the values to the activation as they are: 4 channels over [-9, 9] and beside 0."""
    case = Case(f"activation {name}", "conv1d", dtype)
    values = np.concatenate([np.linspace(-9, 9, 73), [-1e-3, -1e-8, 1e-8, 1e-3, 0, -3, 3, 6]])
    values = np.stack([values, values * 1.01, values * 0.1, values * 0.003]).astype(dtype).astype(np.float64)
    xs = torch.from_numpy(values)[None]
    y, option = case.activate(xs, activation)
    options = {"activation": option, "groups": 4}
    return case.finish([case.tensor(xs), case.tensor(torch.ones(4, 1, 1))], options, y, 1, xs.abs())


def separable(name, dtype, x, multiplier, out_channels, kernel):
    case = Case(name, "separableConv2d", dtype)
    xs = case.data(*x)
    dw, pw, b = case.data(x[1] * multiplier, 1, *kernel), case.data(out_channels, x[1] * multiplier), case.data(out_channels)
    full = [[k // 2, k // 2] for k in kernel]

    def run(xv, dv, pv):
        return F.conv2d(F.conv2d(pad(xv, full, "zeros"), dv, groups=x[1]), pv[:, :, None, None])

    y = F.relu(run(xs, dw, pw) + b[:, None, None])
    options = {"padding": full, "bias": case.tensor(b), "activation": "relu"}
    terms = int(np.prod(kernel)) * x[1] * multiplier
    return case.finish([case.tensor(t) for t in (xs, dw, pw)], options, y, terms, run(xs.abs(), dw.abs(), pw.abs()) + 1)


def spatial_separable(name, dtype, x, middle, out_channels, kernel, stride):
    case = Case(name, "spatialSeparableConv2d", dtype)
    xs = case.data(*x)
    column, row = case.data(middle, x[1], kernel[0], 1), case.data(out_channels, middle, 1, kernel[1])

    def run(xv, cv, rv):
        return F.conv2d(F.conv2d(xv, cv, stride=(stride, 1), padding=(1, 0)), rv, stride=(1, stride), padding=(0, 1))

    terms = x[1] * kernel[0] * middle * kernel[1]
    options = {"padding": 1, "stride": stride}
    arguments = [case.tensor(t) for t in (xs, column, row)]
    return case.finish(arguments, options, run(xs, column, row), terms, run(xs.abs(), column.abs(), row.abs()))
