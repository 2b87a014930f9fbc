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

import numpy as np
from PIL import Image

KEPT_WHOLE = 1500


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


def case(operator, name, image, options, expected):
    seed, width, height, channels, dtype = image
    return {
        "operator": operator,
        "name": name,
        "image": {"seed": seed, "width": width, "height": height, "channels": channels, "type": dtype},
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


def main():
    folder = pathlib.Path(__file__).parent
    cases = list(resizes())
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    (folder / "images.json").write_text(f"[\n{lines}\n]\n")


main()
