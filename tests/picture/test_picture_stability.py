"""Branches break where solutions appear; a current's zeros are marked by the way it crosses."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leakscape.picture import Wish, figure_of


def draw(dataset: xr.Dataset, **wish: Any) -> tuple[Figure, Axes]:
    figure, _ = figure_of([("one", dataset)], Wish(**wish))
    return figure, figure.axes[0]


def folded() -> xr.Dataset:
    """The roots V of p = V - V^3/3 over p: three between the folds at -2/3 and 2/3."""
    p = np.linspace(-1.0, 1.0, 81) + 1e-9
    roots = np.full((len(p), 4), np.nan)
    stable = np.full((len(p), 4), -1, np.int8)
    for place, value in enumerate(p):
        found = np.roots([-1 / 3, 0, 1, -value])
        real = np.sort(found[np.abs(found.imag) < 1e-9].real)
        roots[place, : len(real)] = real
        stable[place, : len(real)] = np.abs(real) > 1.0
    return xr.Dataset(
        {
            "V_equilibrium": (("p", "equilibrium"), roots, {"units": "mV", "long_name": "V"}),
            "stable": (("p", "equilibrium"), stable, {"units": "1"}),
            "status": (("p",), np.ones(len(p), np.uint8)),
        },
        coords={"p": ("p", p, {"units": "1", "long_name": "p"})},
        attrs={"title": "x", "question": "?", "study": json.dumps({"name": "x", "axes": []})},
    )


def test_stable_branches_are_solid_and_unstable_ones_dashed():
    figure, axes = draw(folded(), output="V_equilibrium", x="p")
    drawn = [line for line in axes.lines if len(line.get_xdata()) > 1]
    solid = [line for line in drawn if line.get_linestyle() == "-"]
    dashed = [line for line in drawn if line.get_linestyle() == "--"]
    assert len(dashed) == 1
    assert np.all(np.abs(dashed[0].get_ydata()) < 1.0)
    drawn_at = [
        (x, y)
        for line in solid
        for x, y in np.c_[line.get_xdata(), line.get_ydata()]
        if np.isfinite(y)
    ]
    assert len(set(drawn_at)) == int((folded().stable == 1).sum())
    assert all(np.all(np.abs(line.get_ydata()) >= 1.0) for line in solid)
    texts = {text.get_text() for legend in figure.legends for text in legend.get_texts()}
    assert {"stable", "unstable"} <= texts


def test_no_line_joins_two_branches():
    _, axes = draw(folded(), output="V_equilibrium", x="p")
    assert max(len(line.get_xdata()) for line in axes.lines) > 1
    for line in axes.lines:
        assert np.all(np.abs(np.diff(line.get_ydata())) < 0.4)


def curve(unit: str) -> xr.Dataset:
    V = np.linspace(-2.0, 2.0, 402)
    return xr.Dataset(
        {
            "I_total": (("V",), V**3 - V, {"units": unit, "long_name": "current"}),
            "status": (("V",), np.ones(len(V), np.uint8)),
        },
        coords={"V": ("V", V, {"units": "mV", "long_name": "membrane potential"})},
        attrs={"title": "x", "question": "?", "study": json.dumps({"name": "x", "axes": []})},
    )


def test_a_current_marks_its_zeros_filled_where_it_rises():
    _, axes = draw(curve("uA/cm2"))
    marks = {
        round(float(line.get_xdata()[0]), 3): line.get_markerfacecolor()
        for line in axes.lines
        if line.get_marker() == "o" and len(line.get_xdata()) == 1
    }
    assert set(marks) == {-1.0, 0.0, 1.0}
    assert marks[0.0] == "white"
    assert marks[-1.0] == marks[1.0] != "white"


@pytest.mark.parametrize("unit", ["mV", "1"])
def test_what_is_no_current_gets_no_marks(unit):
    _, axes = draw(curve(unit))
    assert not [line for line in axes.lines if len(line.get_xdata()) == 1]
