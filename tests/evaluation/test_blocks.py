"""A sampled chunk computed in blocks is the one computed at once, whatever divides."""

from __future__ import annotations

import numpy as np
import pytest
from jax import lax
from scipy.special import ndtri
from scipy.stats import qmc

import leakscape as ls
from leakscape.evaluation import blocks, executable


def population(cells, kernel):
    parameters = {
        "a": {"normal": [1.0, 0.1], "unit": "mV"},
        "b": {"lognormal": [2.0, 0.3], "unit": "mV"},
    }
    return ls.Study(
        name="drawn",
        kernel=kernel,
        axes={"x": ls.Axis.linear(0, 1, size=3, unit="mV")},
        population={"size": cells, "seed": 3, "parameters": parameters},
        precision="float64",
    )


def kernel(*, a, b, x):
    return {"whole": a * b + x, "cellwise": a - b, "line": 2.0 * x, "pair": [a + x, b + x]}


kernel.parameters = dict.fromkeys("abx", "mV")
kernel.outputs = {
    "whole": "mV",
    "cellwise": "mV",
    "line": "mV",
    "pair": ls.Output(unit="mV", dimension="side"),
}


@pytest.mark.parametrize(("points", "looped"), [(24, True), (60, True), (10**6, False)])
def test_every_block_size_gives_what_numpy_gives(points, looped, monkeypatch):
    monkeypatch.setattr(blocks, "POINTS", points)  # 8 cells, 20 cells (no divisor), all at once
    executable._computing.cache_clear()
    executable._executable.cache_clear()
    loops, loop = [], lax.fori_loop
    monkeypatch.setattr(lax, "fori_loop", lambda *given: loops.append(given[1]) or loop(*given))
    ds = ls.evaluate(population(50, kernel))
    assert loops == ([-(-50 // (points // 3))] if looped else [])
    drawn = ndtri(qmc.Sobol(2, scramble=True, bits=30, rng=3).random(64)[:50] + 2.0**-31)
    a, b = 1.0 + 0.1 * drawn[:, 0], 2.0 * np.exp(0.3 * drawn[:, 1])
    x = np.linspace(0, 1, 3)[:, None]
    np.testing.assert_allclose(ds.whole, a * b + x, rtol=1e-12)
    np.testing.assert_allclose(ds.cellwise, a - b, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ds.line, 2.0 * x[:, 0], rtol=1e-12)
    np.testing.assert_allclose(ds.pair, np.stack([a + x, b + x], axis=-1), rtol=1e-12)
    assert (ds.status == 1).all()
