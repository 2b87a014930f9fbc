#!/usr/bin/env python3
"""Golden cases of toTensor, made with Pillow and NumPy (Debian's python3-pil 9.4 and python3-numpy 1.24): published
preprocessing of models, written out.

    /usr/bin/python3 test/golden/tensors.py       # rewrites test/golden/tensors.json; the tests need no Python

Source images are made as golden/images.py makes them. Kept are a SHA-256 of the tensor's bytes and its first values.
"""
# SPDX-License-Identifier: MIT

import hashlib
import json
import pathlib

import numpy as np
from PIL import Image, ImageOps

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
BILINEAR, BICUBIC = Image.Resampling.BILINEAR, Image.Resampling.BICUBIC
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def make(seed, width, height, channels):
    values = np.empty(width * height * channels, np.uint8)
    state = seed
    for i in range(values.size):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = state >> 24
    values = values.reshape(height, width, channels)
    return Image.fromarray(values[:, :, 0] if channels == 1 else values, MODES[channels])


def shortest(image, size, resample):
    """torchvision.transforms.Resize(size)."""
    w, h = image.size
    long = int(size * max(w, h) / min(w, h))
    return image.resize((size, long) if w <= h else (long, size), resample)


def centre(image, size):
    """torchvision.transforms.CenterCrop(size)."""
    left, top = int(round((image.width - size) / 2.0)), int(round((image.height - size) / 2.0))
    return image.crop((left, top, left + size, top + size))


def normalise(image, mean, std):
    x = (np.asarray(image).astype(np.float64) / 255 - np.array(mean)) / np.array(std)
    return x.transpose(2, 0, 1)[None]


def letterbox(image, size, colour):
    """Ultralytics' LetterBox, with Pillow's resize."""
    ratio = min(size / image.width, size / image.height)
    w, h = round(image.width * ratio), round(image.height * ratio)
    left, top = round((size - w) / 2 - 0.1), round((size - h) / 2 - 0.1)
    out = Image.new("RGB", (size, size), colour)
    out.paste(image.resize((w, h), BILINEAR), (left, top))
    return out


def cases():
    def case(name, image, options, x, dtype="float32"):
        data = np.ascontiguousarray(x.astype(np.float32).astype(dtype) if dtype != "uint8" else x.astype(dtype))
        seed, width, height, channels = image
        return {
            "name": name,
            "image": {"seed": seed, "width": width, "height": height, "channels": channels, "type": "uint8"},
            "options": options,
            "dims": list(data.shape),
            "first": [float(v) for v in data.reshape(-1)[:4].astype(np.float64)],
            "sha256": hashlib.sha256(data.tobytes()).hexdigest(),
        }

    for seed, size in [(1, (301, 257)), (2, (257, 402)), (3, (640, 333))]:
        image = make(seed, *size, 3)
        yield case("imagenet", (seed, *size, 3), {"preset": "imagenet"}, normalise(centre(shortest(image, 256, BILINEAR), 224), *IMAGENET))
        yield case("clip", (seed, *size, 3), {"preset": "clip"}, normalise(centre(shortest(image, 224, BICUBIC), 224), *CLIP))
    image = make(4, 119, 87, 3)
    boxed = letterbox(image, 96, (114, 114, 114))
    contain = {"resize": {"width": 96, "height": 96, "fit": "contain"}, "pad": 114}
    yield case("letterbox", (4, 119, 87, 3), contain, normalise(boxed, (0, 0, 0), (1, 1, 1)))
    yield case("letterbox, half", (4, 119, 87, 3), {**contain, "type": "float16"}, normalise(boxed, (0, 0, 0), (1, 1, 1)), "float16")
    channels_last = {**contain, "type": "uint8", "layout": "NHWC", "channels": "bgr"}
    yield case("letterbox, bytes", (4, 119, 87, 3), channels_last, np.asarray(boxed)[None, :, :, ::-1], "uint8")
    fitted = np.asarray(ImageOps.fit(image, (50, 64), BICUBIC))[None].transpose(0, 3, 1, 2)
    cover = {"resize": {"width": 50, "height": 64, "fit": "cover", "filter": "bicubic"}, "type": "uint8"}
    yield case("cover", (4, 119, 87, 3), cover, fitted, "uint8")
    gray = np.asarray(image.resize((33, 21), BILINEAR).convert("L"))[None, None]
    yield case("gray", (4, 119, 87, 3), {"resize": {"width": 33, "height": 21}, "channels": "gray", "type": "uint8"}, gray, "uint8")
    image = make(5, 71, 64, 4)
    under = Image.new("RGB", image.size, (200, 100, 7))
    under.paste(image.convert("RGB"), mask=image.getchannel("A"))
    blend = {"resize": {"width": 40, "height": 30}, "alpha": "blend", "background": [200, 100, 7], "type": "uint8"}
    yield case("alpha", (5, 71, 64, 4), blend, np.asarray(under.resize((40, 30), BILINEAR))[None].transpose(0, 3, 1, 2), "uint8")


def main():
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases())
    (pathlib.Path(__file__).parent / "tensors.json").write_text(f"[\n{lines}\n]\n")


main()
