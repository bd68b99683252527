"""Curves that are no plain ones: spikes in time, and rates that jump from silence."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from leakscape.errors import DeclarationError
from leakscape.picture import Wish, figure_of
from leakscape.picture.choose import decide
from leakscape.picture.strokes import MOST, outline
from leakscape.sweep import Sweep


def dataset(
    name: str, dims: tuple[str, ...], values: Any, told: dict[str, Any], **coords: Any
) -> xr.Dataset:
    """One output over swept axes and, where `time` is among its dimensions, along a time."""
    swept = [dim for dim in dims if dim != "time"]
    shape = [size for dim, size in zip(dims, np.shape(values), strict=True) if dim in swept]
    return xr.Dataset(
        {name: (dims, values, {"units": "1"} | told), "status": (swept, np.ones(shape, np.uint8))},
        coords={
            dim: (dim, at, {"units": "ms" if dim == "time" else "1"}) for dim, at in coords.items()
        },
        attrs={"study": json.dumps({"name": "x", "axes": []}), "question": "?"},
    )


def draw(sweep: xr.Dataset, **wish: Any) -> tuple[Figure, Axes, Any]:
    figure, said = figure_of([("one", sweep)], Wish(**wish))
    return figure, figure.axes[0], said


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for found in figure.legends for text in found.get_texts()]


def spikes(cells: int = 0) -> xr.Dataset:
    """20 000 points along a time, with a spike of one point each 500; or of several cells."""
    t = np.arange(20_000) * 0.025
    V = np.full((max(cells, 1), len(t)), -65.0)
    for cell in range(max(cells, 1)):
        V[cell, 100 + 7 * cell :: 500] = 40.0
    told = {"units": "mV", "long_name": "membrane potential"}
    if not cells:
        return dataset("V", ("time",), V[0], told, time=t)
    return dataset("V", ("I_step", "time"), V, told, I_step=np.arange(cells), time=t)


def test_no_spike_of_one_point_is_lost_among_20_000_and_the_line_is_thin() -> None:
    began = time.process_time()
    figure, axes, _ = draw(spikes())
    figure.canvas.draw()
    assert time.process_time() - began < 2.0  # s
    (line,) = axes.lines
    whole = spikes()
    peak = whole.V.values == 40.0
    x, y = line.get_xdata(), line.get_ydata()
    np.testing.assert_array_equal(x[y == 40.0], whole.time.values[peak])
    assert peak.sum() == 40
    assert len(x) <= 2 * MOST + 2
    assert line.get_marker() == "None"
    assert line.get_linewidth() <= 1.0  # pt
    assert axes.get_xlabel() == "Time (ms)"


def test_an_outline_keeps_ends_and_extremes_and_leaves_a_gap_where_nothing_is() -> None:
    rng = np.random.default_rng(7)
    x, y = np.arange(10_007.0), rng.standard_normal(10_007)
    y[4000:5000] = np.nan
    at, kept = outline(x, y, most=100)
    assert len(at) <= 202
    assert (at[0], at[-1]) == (0.0, 10_006.0)
    np.testing.assert_array_equal(y[at.astype(int)], kept)
    for first in range(0, 10_007, 101):  # every stretch reaches as high and as low as it does
        own, part = kept[(at >= first) & (at < first + 101)], y[first : first + 101]
        if np.isfinite(part).any():
            assert np.nanmax(own) == np.nanmax(part)
            assert np.nanmin(own) == np.nanmin(part)
        else:
            assert np.isnan(own).all()
    np.testing.assert_array_equal(outline(x[:100], y[:100], most=100), [x[:100], y[:100]])


@pytest.mark.parametrize("cells", [3, 40])
def test_a_potential_in_time_is_drawn_along_the_time_whatever_else_is_long(cells: int) -> None:
    figure, axes, said = draw(spikes(cells))
    assert len(axes.lines) == min(cells, 5)
    assert all(line.get_xdata()[-1] > 499.0 for line in axes.lines)
    assert len({line.get_linewidth() for line in axes.lines}) == 1
    assert ("5 of 40 values of $I_{\\mathrm{step}}$" in said) is (cells == 40)
    assert len(legend(figure)) == min(cells, 5)
    figure, _, _ = draw(spikes(3), col="I_step")
    assert [len(panel.lines) for panel in figure.axes] == [1, 1, 1]


def test_a_curve_that_only_relaxes_is_as_wide_as_any_other() -> None:
    t = np.linspace(0.0, 100.0, 5000)
    told = {"units": "mV"}
    calm = dataset("V", ("time",), -65.0 + 10.0 * np.exp(-t / 20.0), told, time=t)
    assert draw(calm)[1].lines[0].get_linewidth() > draw(spikes())[1].lines[0].get_linewidth()


def rates(size: int, gs: int = 0) -> xr.Dataset:
    """Silent up to 6.2, from there 50 and more, silent again from 90 on."""
    step = np.linspace(0.0, 100.0, size)
    rate = np.where((step > 6.2) & (step < 90.0), 50.0 + 10.0 * np.sqrt(step), 0.0)
    told = {"units": "Hz", "long_name": "rate", "role": "rate"}
    if not gs:
        return dataset("rate", ("I_step",), rate, told, I_step=step)
    rows = rate[:, None] * (1.0 + 0.1 * np.arange(gs))
    return dataset("rate", ("I_step", "g"), rows, told, I_step=step, g=np.arange(float(gs)))


@pytest.mark.parametrize("size", [21, 301])
def test_no_line_joins_silence_and_firing_and_silence_is_drawn_at_0(size: int) -> None:
    sweep = rates(size)
    (line,) = draw(sweep)[1].lines
    x, y = line.get_xdata(), line.get_ydata()
    joined = np.isfinite(y[1:]) & np.isfinite(y[:-1])
    assert not np.any(joined & ((y[1:] == 0.0) != (y[:-1] == 0.0)))
    assert np.isnan(y).sum() == 2
    np.testing.assert_array_equal(x[np.isfinite(x)], sweep.I_step.values)
    np.testing.assert_array_equal(y[np.isfinite(y)], sweep.rate.values)
    assert line.get_marker() == "o"
    places = line.get_markevery()
    if size > 25:  # then the points at which it breaks off alone are marked
        gaps = np.flatnonzero(np.isnan(y))
        np.testing.assert_array_equal(places, np.sort([*(gaps - 1), *(gaps + 1)]))


def test_a_rate_without_such_a_role_or_without_a_jump_is_one_line() -> None:
    plain = rates(301)
    del plain.rate.attrs["role"]
    assert np.isfinite(draw(plain)[1].lines[0].get_ydata()).all()
    firing = rates(301).isel(I_step=slice(30, 200))
    (line,) = draw(firing)[1].lines
    assert np.isfinite(line.get_ydata()).all()
    assert line.get_marker() == "None"


def test_each_value_of_a_second_axis_has_a_line_and_no_contour_lies_in_the_jump() -> None:
    figure, axes, _ = draw(rates(301, gs=3))
    assert len(axes.lines) == 3
    assert legend(figure) == ["g = 0", "g = 1", "g = 2"]
    _, axes, _ = draw(rates(301, gs=20))
    lines = [path for found in axes.collections for path in _contours(found)]
    assert lines
    at = rates(301, gs=20)
    firing = at.I_step.values[at.rate.values[:, 0] > 0.0]
    for path in lines:
        assert path[:, 0].min() >= firing[0]
        assert path[:, 0].max() <= firing[-1]


def _contours(found: Any) -> list[Any]:
    if isinstance(found, QuadMesh) or not hasattr(found, "levels"):
        return []
    return [path.vertices for path in found.get_paths() if len(path.vertices)]


@pytest.mark.parametrize(
    ("kind", "sweep", "message"),
    [
        (
            "bifurcation",
            rates(21),
            "kind: bifurcation needs a list of solutions, which of them are stable, and an axis "
            "with numbers; rate varies along I_step: use lines",
        ),
        (
            "heatmap",
            rates(301),
            "kind: heatmap needs two axes, and one value at a point; rate varies along I_step: use "
            "lines",
        ),
        (
            "bars",
            spikes(),
            "kind: bars needs an axis of labels, and one value at a point; V varies along time: "
            "use lines",
        ),
    ],
)
def test_a_kind_that_does_not_fit_says_in_one_sentence_what_it_needs(kind, sweep, message) -> None:
    with pytest.raises(DeclarationError) as told:
        decide(Sweep.of(sweep), Wish(kind=kind))
    assert str(told.value) == message
