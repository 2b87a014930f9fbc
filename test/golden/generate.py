#!/usr/bin/env python3
"""Golden cases made with PyTorch (Debian's python3-torch 1.13 wrote those beside this file).

    python3 test/golden/generate.py        # rewrites test/golden/*.json; the tests need no Python
"""
# SPDX-License-Identifier: MIT

import json
import pathlib
import sys

import torch

sys.dont_write_bytecode = True  # the only import from here is not worth a cache in the tree

from operators import activation_case, columns, conv, matmul, separable, spatial_separable, transposed  # noqa: E402


def in_both(make, *arguments, **keywords):
    return [make(arguments[0], dtype, *arguments[1:], **keywords) for dtype in ("float32", "float64")]


def convolutions():
    def case(*arguments, **keywords):
        return in_both(conv, *arguments, **keywords)

    yield from case("plain 1d", 1, [2, 3, 11], [4, 3, 3], bias=True)
    yield from case("plain 2d", 2, [1, 3, 6, 7], [4, 3, 3, 3], bias=True)
    yield from case("plain 3d", 3, [1, 2, 4, 5, 4], [3, 2, 3, 2, 3], bias=True)
    yield from case("batch of zero", 2, [0, 3, 5, 5], [2, 3, 3, 3], bias=True)
    yield from case("16 and 17 channels", 2, [1, 17, 4, 5], [16, 17, 3, 3], padding=1)
    yield from case("odd groups", 2, [1, 9, 5, 6], [15, 3, 3, 3], groups=3, padding=1, bias=True)
    yield from case("groups 1d strided", 1, [2, 6, 13], [4, 3, 4], groups=2, stride=3, padding=2)
    yield from case("groups 3d", 3, [1, 4, 3, 4, 3], [6, 2, 2, 3, 2], groups=2, padding=[0, 1, 1])
    yield from case("strided and dilated", 2, [1, 2, 11, 12], [3, 2, 3, 3], stride=[2, 3], dilation=[3, 2], padding=[2, 1])
    yield from case("strided and dilated 3d", 3, [1, 1, 7, 6, 8], [2, 1, 2, 3, 2], stride=[2, 1, 3], dilation=[2, 1, 3], padding=1)
    yield from case("asymmetric padding", 2, [1, 2, 5, 4], [3, 2, 3, 3], padding=[[2, 0], [1, 3]])
    yield from case("cropping padding", 2, [1, 2, 8, 9], [2, 2, 3, 3], padding=[[-2, 1], [0, -3]])
    yield from case("kernel larger than input", 2, [2, 2, 3, 4], [2, 2, 5, 7], padding=[1, 2])
    yield from case("padding wider than kernel", 1, [1, 2, 4], [2, 2, 2], padding=5)
    yield from case("same odd", 2, [1, 2, 6, 5], [3, 2, 3, 5], padding="same")
    yield from case("same even dilated", 2, [1, 2, 7, 8], [3, 2, 4, 2], padding="same", dilation=[1, 3])
    yield from case("valid", 1, [1, 2, 9], [2, 2, 4], padding="valid", stride=2)
    for mode in ["reflect", "replicate", "circular", "symmetric"]:
        yield from case(f"{mode} 1d", 1, [2, 2, 6], [3, 2, 3], padding=[[3, 1]], mode=mode, bias=True)
        yield from case(f"{mode} 2d", 2, [1, 2, 5, 6], [2, 2, 3, 4], padding=[[2, 3], [4, 1]], mode=mode, stride=[1, 2])
        yield from case(f"{mode} 3d", 3, [1, 1, 3, 4, 3], [2, 1, 2, 3, 2], padding=[[1, 2], [0, 1], [2, 2]], mode=mode)
        yield from case(f"{mode} wider than the input", 2, [1, 1, 3, 2], [2, 1, 3, 3], padding=[[7, 4], [3, 6]], mode=mode, dilation=2)
    yield from case("channels last", 2, [2, 3, 5, 6], [4, 3, 3, 3], padding=1, last=True, weight_layout="HWIO", bias=True, residual=True, activation="relu")
    yield from case("channels last 1d OWI", 1, [2, 4, 9], [6, 2, 3], groups=2, last=True, weight_layout="OWI", stride=2)
    yield from case("channels last 3d", 3, [1, 2, 3, 4, 4], [3, 2, 2, 2, 3], last=True, weight_layout="DHWIO", padding=1, mode="reflect")
    yield from case("weight OHWI", 2, [1, 4, 5, 5], [6, 2, 3, 2], groups=2, weight_layout="OHWI", residual=True)
    yield from case("prelu", 2, [1, 2, 4, 5], [5, 2, 3, 3], activation={"type": "prelu"}, bias=True)
    yield from case("silu after residual", 3, [1, 2, 3, 3, 3], [3, 2, 2, 2, 2], activation="silu", residual=True, bias=True)
    yield from case("depthwise 1d", 1, [2, 3, 10], [3, 1, 4], operator="depthwiseConv1d", groups=3, padding=2, stride=2)
    yield from case("depthwise multiplier", 2, [1, 3, 6, 5], [6, 1, 3, 3], operator="depthwiseConv2d", groups=3, padding=1, bias=True, activation="relu6")
    yield from case("depthwise channels last", 2, [1, 5, 7, 6], [10, 1, 3, 5], operator="depthwiseConv2d", groups=5, padding=2, stride=2, last=True, weight_layout="HWIO")
    yield from case("depthwise 3d", 3, [1, 4, 3, 4, 5], [4, 1, 3, 2, 3], operator="depthwiseConv3d", groups=4, padding=1, dilation=[1, 2, 1])
    yield from case("pointwise", 2, [2, 5, 3, 4], [7, 5, 1, 1], operator="pointwiseConv2d", bias=True, activation="relu")
    yield from in_both(separable, "separable", [1, 3, 6, 5], 2, 4, [3, 3])
    yield from in_both(spatial_separable, "spatially separable", [1, 2, 6, 7], 3, 2, [3, 3], 2)


def transposed_convolutions():
    def case(*arguments, **keywords):
        return in_both(transposed, *arguments, **keywords)

    yield from case("transposed 1d", 1, [2, 3, 5], [3, 4, 3], bias=True)
    yield from case("transposed 2d upsampling", 2, [1, 3, 4, 3], [3, 4, 4, 4], stride=2, padding=1)
    yield from case("transposed 2d output padding", 2, [1, 2, 4, 5], [2, 3, 3, 3], stride=[2, 3], padding=1, output_padding=[1, 2], bias=True)
    yield from case("transposed 2d output size", 2, [1, 2, 3, 3], [2, 2, 3, 3], stride=2, padding=1, output_padding=1, output_size=[6, 6])
    yield from case("transposed kernel smaller than stride", 2, [1, 2, 3, 4], [2, 2, 2, 1], stride=3, output_padding=[1, 2], bias=True)
    yield from case("transposed groups dilation", 2, [1, 6, 4, 3], [6, 2, 3, 2], groups=3, dilation=[2, 3], stride=2, padding=1)
    yield from case("transposed cropped per side", 2, [1, 2, 4, 4], [2, 3, 3, 4], stride=2, crop=[[2, 0], [1, 3]], residual=True)
    yield from case("transposed 3d", 3, [1, 3, 2, 3, 2], [3, 2, 2, 3, 2], stride=[2, 1, 2], padding=[0, 1, 0], bias=True, activation="relu")
    yield from case("transposed 3d groups", 3, [1, 4, 2, 2, 3], [4, 1, 3, 2, 2], groups=2, stride=2, output_padding=[1, 0, 1], dilation=[1, 2, 1])
    yield from case("transposed channels last", 2, [2, 3, 3, 4], [3, 5, 3, 3], stride=2, padding=1, last=True, weight_layout="OHWI", bias=True)
    yield from case("transposed groups HWOI", 2, [1, 4, 3, 3], [4, 3, 2, 3], groups=2, stride=2, weight_layout="HWOI")
    yield from case("transposed batch of zero", 2, [0, 2, 3, 3], [2, 3, 2, 2], stride=2)


def gradients():
    for grad in ["input", "weight"]:
        def forward(name, *arguments, **keywords):
            return in_both(conv, f"{grad} gradient {name}", *arguments, grad=grad, **keywords)

        def backward(name, *arguments, **keywords):
            return in_both(transposed, f"{grad} gradient transposed {name}", *arguments, grad=grad, **keywords)

        yield from forward("1d", 1, [2, 4, 9], [6, 2, 3], groups=2, stride=2, padding=2, dilation=2)
        yield from forward("2d", 2, [2, 3, 6, 5], [4, 3, 3, 3], stride=2, padding=[[1, 0], [2, 1]])
        yield from forward("2d unused end", 2, [1, 2, 8, 7], [2, 2, 2, 3], stride=3)
        yield from forward("3d", 3, [1, 2, 4, 4, 5], [4, 1, 2, 3, 2], groups=2, stride=[1, 2, 2], padding=[1, 0, 1])
        yield from forward("cropping", 2, [1, 2, 7, 6], [2, 2, 3, 2], padding=[[-2, 1], [0, -1]])
        yield from forward("batch of zero", 2, [0, 2, 4, 4], [3, 2, 3, 3])
        yield from forward("channels last", 2, [2, 4, 5, 4], [6, 2, 3, 2], groups=2, padding=1, last=True, weight_layout="HWIO")
        for mode in ["reflect", "replicate", "circular", "symmetric"]:
            yield from forward(f"{mode} 1d", 1, [2, 2, 5], [2, 2, 3], padding=[[4, 2]], mode=mode, stride=2)
            yield from forward(f"{mode} 2d", 2, [1, 2, 4, 5], [3, 2, 3, 3], padding=[[2, 1], [3, 2]], mode=mode)
            yield from forward(f"{mode} wide 3d", 3, [1, 1, 2, 3, 2], [2, 1, 2, 2, 3], padding=[[3, 2], [1, 4], [2, 3]], mode=mode)
        yield from backward("1d", 1, [2, 4, 5], [4, 3, 3], groups=2, stride=2, padding=1, output_padding=1)
        yield from backward("2d", 2, [1, 3, 4, 3], [3, 2, 3, 4], stride=2, padding=1, dilation=[2, 1])
        yield from backward("3d", 3, [1, 2, 2, 3, 2], [2, 2, 2, 2, 3], stride=[2, 1, 2], padding=[0, 1, 1])
        yield from backward("cropped channels last", 2, [1, 2, 4, 4], [2, 3, 3, 3], stride=2, crop=[[1, 0], [2, 1]], last=True, weight_layout="OHWI")


def column_cases():
    for fold in [False, True]:
        def case(name, *arguments, **keywords):
            return in_both(columns, f"{'fold' if fold else 'unfold'} {name}", *arguments, fold=fold, **keywords)

        yield from case("1d", [2, 3, 9], [3], stride=2, padding=1, dilation=2)
        yield from case("2d", [2, 2, 5, 6], [3, 2], stride=[2, 1], padding=[1, 2], dilation=[1, 2])
        yield from case("3d", [1, 2, 3, 4, 4], [2, 3, 2], stride=[1, 1, 2], padding=[1, 0, 1])
        yield from case("2d channels last", [1, 3, 4, 5], [2, 2], last=True)


def products():
    def case(*arguments, **keywords):
        return in_both(matmul, *arguments, **keywords)

    yield from case("matmul", [5, 7], [7, 9])
    yield from case("matmul 17 33 16", [17, 33], [33, 16])
    yield from case("addmm", [4, 6], [6, 5], bias=True)
    yield from case("bmm transposed a", [3, 4, 5], [3, 5, 6], transpose_a=True)
    yield from case("bmm transposed b", [2, 5, 3], [2, 3, 4], transpose_b=True, bias=True, activation="gelu")
    yield from case("matmul both transposed", [6, 4], [4, 3], transpose_a=True, transpose_b=True)
    yield from case("matmul broadcast", [2, 1, 3, 4], [3, 4, 5])
    yield from case("matmul broadcast both", [2, 1, 2, 3], [1, 3, 3, 2])
    yield from case("matmul no depth", [3, 0], [0, 4], bias=True)
    named = ["relu", "relu6", "sigmoid", "tanh", "silu", "hardSwish", "elu", "gelu"]
    for name in named:
        yield from in_both(activation_case, name, name)
    yield from in_both(activation_case, "leakyRelu", {"type": "leakyRelu", "alpha": 0.125})
    yield from in_both(activation_case, "clamp", {"type": "clamp", "min": -0.5, "max": 2})
    yield from in_both(activation_case, "prelu", {"type": "prelu"})


FAMILIES = {
    "conv": convolutions,
    "transpose": transposed_convolutions,
    "gradients": gradients,
    "columns": column_cases,
    "products": products,
}


def main():
    torch.set_num_threads(1)
    folder = pathlib.Path(__file__).parent
    for family, make in FAMILIES.items():
        cases = list(make())
        assert len({case["name"] for case in cases}) == len(cases), "names must differ: they seed the data"
        lines = [json.dumps(case, separators=(",", ":")) for case in cases]
        (folder / f"{family}.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
        print(f"{family}.json: {len(lines)} cases")


if __name__ == "__main__":
    main()
