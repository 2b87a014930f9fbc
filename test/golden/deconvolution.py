#!/usr/bin/env python3
"""Golden deconvolutions made with scikit-image's and SciPy's own functions (Debian's python3-skimage 0.19, python3-scipy
1.10 wrote deconvolution.json beside this file).

    python3 test/golden/deconvolution.py   # the tests need no Python

Kernels here are conv2d's, which are not flipped; scikit-image convolves, so it is given them flipped.
"""
# SPDX-License-Identifier: MIT

import base64
import json
import pathlib

import numpy as np
from scipy.ndimage import correlate
from scipy.signal import correlate2d
from scipy.sparse.linalg import LinearOperator, lsqr
from skimage.restoration import richardson_lucy, wiener

RANDOM = np.random.RandomState(20261124)


def tensor(array):
    packed = np.ascontiguousarray(array, dtype="<f8").tobytes()
    return {"dims": [1, 1, *array.shape], "float64": base64.b64encode(packed).decode()}


def image(height, width):
    """Smooth shapes and a few points, all positive."""
    y, x = np.mgrid[0:height, 0:width]
    smooth = 0.4 + 0.3 * np.sin(x / 3.1) * np.cos(y / 4.3)
    return smooth + 0.3 * (RANDOM.uniform(size=(height, width)) > 0.95)


def kernel(height, width):
    values = RANDOM.uniform(0.1, 1, (height, width))
    return values / values.sum()


def case(name, observed, k, options, expected, margin=0, tolerance=1e-9):
    """`margin`: rows and columns at the borders that are not compared, since boundaries are treated differently."""
    return {
        "name": name, "observed": tensor(observed), "kernel": tensor(k), "options": options,
        "expected": tensor(expected), "margin": margin, "tolerance": tolerance,
    }


def wiener_case(name, shape, size, balance, penalty):
    k = kernel(*size)
    observed = correlate(image(*shape), k, mode="wrap") + RANDOM.normal(0, 0.01, shape)
    reg = None if penalty == "laplacian" else np.ones((1, 1))
    expected = wiener(observed, np.flip(k), balance, reg=reg, clip=False)
    options = {"method": "wiener", "padding": "same", "paddingMode": "circular", "balance": balance, "penalty": penalty}
    return case(f"skimage.restoration.wiener {name}", observed, k, options, expected)


def lucy_skimage_case(name, shape, size, iterations):
    k = kernel(*size)
    observed = correlate2d(image(*shape), k, mode="same")
    expected = richardson_lucy(observed, np.flip(k), num_iter=iterations, clip=False)
    options = {"method": "richardson-lucy", "padding": "same", "iterations": iterations, "tolerance": 0, "initial": 0.5}
    return case(f"skimage.restoration.richardson_lucy {name}", observed, k, options, expected,
                margin=2 * iterations * max(size) // 2 + 2)


def lucy_scipy_case(name, shape, size, iterations):
    """The same updates, divided by the adjoint of ones, which scikit-image leaves out."""
    k = kernel(*size)

    def forward(x):
        return correlate2d(x, k, mode="valid")

    def adjoint(y):
        return correlate2d(y, np.flip(k), mode="full")

    observed = RANDOM.poisson(50 * forward(image(*shape))).astype(float)
    x, seen = np.full(shape, 20.0), adjoint(np.ones_like(observed))
    for _ in range(iterations):
        x = x * adjoint(observed / forward(x)) / seen
    options = {"method": "richardson-lucy", "iterations": iterations, "tolerance": 0, "initial": 20.0}
    return case(f"scipy.signal.correlate2d, Richardson-Lucy {name}", observed, k, options, x)


def lsqr_case(name, shape, size, damping):
    k = kernel(*size)
    observed = correlate2d(image(*shape), k, mode="valid") + RANDOM.normal(0, 0.01, [n - m + 1 for n, m in zip(shape, size)])

    def forward(x):
        return correlate2d(x.reshape(shape), k, mode="valid").ravel()

    def adjoint(y):
        return correlate2d(y.reshape(observed.shape), np.flip(k), mode="full").ravel()

    count = (observed.size, shape[0] * shape[1])
    operator = LinearOperator(count, matvec=forward, rmatvec=adjoint, dtype=float)
    found = lsqr(operator, observed.ravel(), damp=damping, atol=1e-14, btol=1e-14, iter_lim=5000)[0]
    options = {"method": "least-squares", "damping": damping, "tolerance": 1e-12, "iterations": 5000}
    return case(f"scipy.sparse.linalg.lsqr {name}", observed, k, options, found.reshape(shape), tolerance=1e-7)


CASES = [
    wiener_case("3×3 on even sizes", (16, 12), (3, 3), 1e-2, "laplacian"),
    wiener_case("5×3 on odd sizes", (15, 21), (5, 3), 1e-1, "laplacian"),
    wiener_case("3×5, identity", (12, 17), (3, 5), 1e-2, "identity"),
    lucy_skimage_case("3×3", (40, 36), (3, 3), 3),
    lucy_skimage_case("5×3", (44, 48), (5, 3), 2),
    lucy_scipy_case("5×3", (14, 12), (5, 3), 12),
    lsqr_case("damped", (12, 14), (3, 3), 0.1),
    lsqr_case("strongly damped", (10, 9), (4, 2), 1.0),
]

if __name__ == "__main__":
    path = pathlib.Path(__file__).with_name("deconvolution.json")
    path.write_text(json.dumps(CASES, ensure_ascii=False, indent=1) + "\n")
