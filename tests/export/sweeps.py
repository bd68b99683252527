"""Sweeps that are told by a closed form at every point, made without the engine."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xarray as xr

from leakscape.sweep import Sweep

X = np.array([0.1, 0.25, 0.5, 1.0])
T = np.array([5.0, 37.0])
NAMES = ["control", "low K, high Na"]
AXES = [
    ["x", {"values": X.tolist(), "unit": "mmol/L"}],
    ["set", {"label": NAMES, "g": {"values": [1.0, 2.0], "unit": "mS/cm2"}}],
    ["t", {"values": T.tolist(), "unit": "degC"}],
]
FAILED, LEFT_OUT, MISSING = (0, 0, 0), (1, 1, 1), (3, 1, 0)
"""Points with status 13, 16 and 0."""


def potential(x: Any, g: Any, t: Any) -> Any:
    """The output V of a point [mV]."""
    return -80.0 + 30.0 * x / g + t / 7.0


def dataset(**study: Any) -> xr.Dataset:
    """A sweep of three axes, one of them linked, with points that have no value."""
    shape = (4, 2, 2)
    V = potential(X[:, None, None], np.array([1.0, 2.0])[:, None], T).astype(np.float32)
    n = np.full(shape, 3, np.int8)
    codes = np.ones(shape, np.uint8)
    for place, code in ((FAILED, 13), (LEFT_OUT, 16), (MISSING, 0)):
        codes[place], V[place], n[place] = code, np.nan, -1
    codes[2, 0, 0] = 3
    roots = np.stack([V, V + 1.0, V + 2.0], axis=-1)
    dims = ("x", "set", "t")
    return xr.Dataset(
        {
            "V": (dims, V, {"units": "mV"}),
            "n": (dims, n, {"units": "1"}),
            "E": (("t",), -0.3 * (T + 273.15), {"units": "mV"}),
            "roots": ((*dims, "root"), roots, {"units": "mV"}),
            "status": (dims, codes),
        },
        coords={
            "x": ("x", X, {"units": "mmol/L"}),
            "set": ("set", NAMES),
            "g": ("set", [1.0, 2.0], {"units": "mS/cm**2"}),
            "t": ("t", T, {"units": "degC"}),
        },
        attrs={"title": "told", "study": json.dumps({"name": "told", "axes": AXES, **study})},
    )


def sweep(**study: Any) -> Sweep:
    """The noun of it."""
    return Sweep.of(dataset(**study))


def reduced() -> xr.Dataset:
    """What a reduction over cells gives: of each temperature statistics, in no order, no status."""
    return xr.Dataset(
        {
            "V_mean": ("t", [-70.0, -60.0], {"units": "mV"}),
            "V_quantile": (("t", "quantile"), [[-60.0, -80.0], [-50.0, -70.0]], {"units": "mV"}),
            "V_n_valid": ("t", [10, 9]),
            "n_failed": ("t", [0, 1], {"n_points": 10}),
        },
        coords={"t": ("t", T, {"units": "degC"}), "quantile": [0.95, 0.05]},
        attrs={
            "study": json.dumps(
                {
                    "axes": [AXES[2]],
                    "reduce": {"over": ["cell"], "V": ["mean", {"quantile": [0.95, 0.05]}]},
                }
            )
        },
    )
