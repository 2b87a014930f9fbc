#!/usr/bin/env python3
"""Golden cases of the image operators, made with Pillow and OpenCV (Debian's python3-pil 9.4 and python3-opencv 4.6 wrote
images.json beside this file).

    /usr/bin/python3 test/golden/images.py        # rewrites test/golden/images.json; the tests need no Python

A source image is a seed and a size: value i is the top byte of a linear congruential generator's state i + 1
(Numerical Recipes: s = s * 1664525 + 1013904223 mod 2^32), for float32 images the state divided by 2^24. Small results
are kept whole, in base64, large ones by their SHA-256.
"""
# SPDX-License-Identifier: MIT

import base64
import hashlib
import json
import pathlib

import cv2
import numpy as np
from PIL import Image

KEPT_WHOLE = 120


def states(seed, count):
    out = np.empty(count, np.uint32)
    state = seed
    for i in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = state
    return out


def make(seed, width, height, channels, dtype):
    raw = states(seed, width * height * channels)
    if dtype == "float32":
        values = (raw.astype(np.float64) / 2**24).astype(np.float32)
    else:
        values = (raw >> 24).astype(np.uint8)
    return values.reshape(height, width, channels)


def result(array):
    data = np.ascontiguousarray(array).tobytes()
    sha = {"sha256": hashlib.sha256(data).hexdigest()}
    return sha if len(data) > KEPT_WHOLE else {"base64": base64.b64encode(data).decode()}


def case(operator, name, image, options, expected, arguments=None):
    seed, width, height, channels, dtype = image
    return {
        "operator": operator,
        "name": name,
        "image": {"seed": seed, "width": width, "height": height, "channels": channels, "type": dtype},
        **({"arguments": arguments} if arguments else {}),
        "options": options,
        "type": str(expected.dtype),
        "expected": result(expected),
    }


FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def pillow_resize(array, width, height, resample, box):
    """Each channel as an image of its own, as Pillow itself treats colours without alpha."""
    mode = "F" if array.dtype == np.float32 else "L"
    planes = [Image.fromarray(array[:, :, c], mode) for c in range(array.shape[2])]
    return np.stack([np.asarray(p.resize((width, height), resample, box=box)) for p in planes], axis=2)


def resizes():
    def one(seed, source, size, name, dtype="uint8", box=None):
        image = (seed, *source, dtype)
        array = make(*image)
        expected = pillow_resize(array, *size, FILTERS[name], box)
        options = {"width": size[0], "height": size[1], "filter": name}
        if box:
            options["box"] = {"left": box[0], "top": box[1], "width": box[2] - box[0], "height": box[3] - box[1]}
        return case("resize", f"{name} {source} to {size} {dtype}{' box' if box else ''}", image, options, expected)

    seed = 0
    for name in FILTERS:
        for source, size in [
            ((23, 17, 3), (11, 9)),
            ((13, 9, 1), (31, 20)),
            ((37, 29, 4), (5, 29)),
            ((19, 40, 2), (19, 7)),
            ((16, 16, 3), (1, 1)),
            ((1, 1, 3), (7, 5)),
            ((320, 200, 3), (107, 67)),
            ((501, 33, 1), (64, 3)),
            ((67, 71, 4), (130, 149)),
        ]:
            seed += 1
            yield one(seed, source, size, name)
        yield one(seed, (23, 17, 3), (10, 12), name, box=(2, 3, 19, 15))
        yield one(seed, (23, 17, 3), (10, 12), name, box=(2.5, 3.25, 19.75, 15.5))
        yield one(seed, (23, 17, 3), (9, 8), name, "float32")
        yield one(seed, (7, 6, 2), (11, 13), name, "float32")


BORDERS = {
    "reflect": cv2.BORDER_REFLECT_101,
    "symmetric": cv2.BORDER_REFLECT,
    "replicate": cv2.BORDER_REPLICATE,
    "zeros": cv2.BORDER_CONSTANT,
}
DEPTHS = {"uint8": cv2.CV_8U, "int16": cv2.CV_16S, "float32": cv2.CV_32F}


def filters():
    seed = 1000
    shapes = [(23, 17, 1), (40, 31, 3), (19, 8, 4), (5, 3, 2), (130, 67, 3)]

    def images():
        nonlocal seed
        for shape in shapes:
            seed += 1
            yield (seed, *shape, "uint8"), make(seed, *shape, "uint8")

    kernels = {
        "edges": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
        "dyadic": [[0.0625, 0.125, 0.0625], [0.125, 0.25, 0.125], [0.0625, 0.125, 0.0625]],
        "ninths": [[1 / 9] * 3] * 3,
        "even": [[1, -2, 3, 1], [0, 2, -1, 0]],
        "motion": [[0.2 if x == y else 0 for x in range(5)] for y in range(5)],
        "seven": [[((x * 5 + y * 3) % 7) - 3 for x in range(7)] for y in range(7)],
    }
    for name, kernel in kernels.items():
        weights = np.array(kernel, np.float32)
        for image, array in images():
            for border, code in BORDERS.items():
                for depth in ("uint8", "int16"):
                    if (image[0] + len(border)) % 3 and depth == "int16":
                        continue
                    expected = cv2.filter2D(array, DEPTHS[depth], weights, borderType=code)
                    yield case("filter2d", f"{name} {image[1:4]} {border} {depth}", image, {"border": border, "type": depth}, expected, [kernel])
    image, array = next(images())
    for anchor in [(0, 0), (2, 1)]:
        expected = cv2.filter2D(array, -1, np.array(kernels["emboss"], np.float32), anchor=anchor, delta=7)
        yield case("filter2d", f"anchor {anchor}", image, {"anchor": [anchor[1], anchor[0]], "delta": 7}, expected, [kernels["emboss"]])
    row, column = [1, 4, 6, 4, 1], [-1, 0, 1]
    for image, array in images():
        expected = cv2.sepFilter2D(array, cv2.CV_16S, np.array(row, np.float32), np.array(column, np.float32))
        yield case("sepFilter2d", f"{image[1:4]}", image, {"type": "int16"}, expected, [row, column])
        for size, sigma in [(3, 0), (5, 0), (7, 0), (5, 1.1), (9, 2.5), (None, 0.8), (None, 2), (None, 3.7)]:
            for border in ("reflect", "replicate"):
                expected = cv2.GaussianBlur(array, (size or 0,) * 2, sigma, borderType=BORDERS[border])
                options = {"border": border, **({"kernelSize": size} if size else {}), **({"sigma": sigma} if sigma else {})}
                yield case("gaussianBlur", f"{size} {sigma} {image[1:4]} {border}", image, options, expected)
        for size in (1, 3, 5, 7):
            for dx, dy in [(1, 0), (0, 1), (1, 1), (2, 0)]:
                if max(dx, dy) >= size > 1:
                    continue
                expected = cv2.Sobel(array, cv2.CV_16S, dx, dy, ksize=size)
                yield case("sobel", f"{size} {dx} {dy} {image[1:4]}", image, {"dx": dx, "dy": dy, "kernelSize": size}, expected)
            expected = cv2.Laplacian(array, cv2.CV_16S, ksize=size)
            yield case("laplacian", f"{size} {image[1:4]}", image, {"kernelSize": size}, expected)
        for size in [(1, 1), (3, 3), (4, 2), (5, 5), (16, 16), (17, 16), (31, 31)]:
            for border in ("reflect", "replicate", "zeros"):
                expected = cv2.blur(array, size, borderType=BORDERS[border])
                options = {"kernelSize": [size[1], size[0]], "border": border}
                yield case("boxBlur", f"{size} {image[1:4]} {border}", image, options, expected)
        expected = cv2.blur(array, (4, 3), anchor=(0, 2))
        yield case("boxBlur", f"anchor {image[1:4]}", image, {"kernelSize": [3, 4], "anchor": [2, 0]}, expected)
        for dx in (0, 1):
            expected = cv2.Scharr(array, cv2.CV_16S, dx, 1 - dx)
            yield case("scharr", f"{dx} {image[1:4]}", image, {"dx": dx, "dy": 1 - dx}, expected)
        expected = cv2.Sobel(array, cv2.CV_8U, 1, 0, scale=0.5, delta=128)
        yield case("sobel", f"to uint8 {image[1:4]}", image, {"dx": 1, "scale": 0.5, "delta": 128, "type": "uint8"}, expected)


def main():
    folder = pathlib.Path(__file__).parent
    cases = [*resizes(), *filters()]
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    (folder / "images.json").write_text(f"[\n{lines}\n]\n")


main()
