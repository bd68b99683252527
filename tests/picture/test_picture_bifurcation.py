"""Solutions along an axis: branches that go on, meet at folds, and are never one slot's."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from leakscape.picture import Wish, figure_of
from leakscape.picture.branches import follow
from leakscape.picture.choose import decide
from leakscape.sweep import Sweep


def draw(dataset: xr.Dataset, **wish: Any) -> tuple[Figure, Axes, tuple[str, ...]]:
    figure, said = figure_of([("one", dataset)], Wish(**wish))
    return figure, figure.axes[0], said


def cubic(p: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """The roots V of p = V - V^3/3 over p: three between the folds at -2/3 and 2/3."""
    roots = np.full((*p.shape, 4), np.nan)
    stable = np.full((*p.shape, 4), -1, np.int8)
    for place in np.ndindex(p.shape):
        found = np.roots([-1 / 3, 0, 1, -p[place]])
        real = np.sort(found[np.abs(found.imag) < 1e-9].real)
        roots[place][: len(real)] = real
        stable[place][: len(real)] = np.abs(real) > 1.0
    return roots, stable


def folded(shifts: tuple[float, ...] = (), size: int = 81) -> xr.Dataset:
    """The roots over p, and over a shift of p where there are some."""
    p = np.linspace(-1.0, 1.0, size) + 1e-9
    dims = ("p", "shift") if shifts else ("p",)
    roots, stable = cubic(p[:, None] + np.asarray(shifts) if shifts else p)
    coords: dict[str, Any] = {"p": ("p", p, {"units": "1", "long_name": "p"})}
    if shifts:
        coords["shift"] = ("shift", list(shifts), {"units": "1"})
    return xr.Dataset(
        {
            "V_equilibrium": ((*dims, "equilibrium"), roots, {"units": "mV", "long_name": "V"}),
            "stable": ((*dims, "equilibrium"), stable, {"units": "1"}),
            "status": (dims, np.ones(roots.shape[:-1], np.uint8)),
        },
        coords=coords,
        attrs={"title": "x", "question": "?", "study": json.dumps({"name": "x", "axes": []})},
    )


def branches(axes: Axes) -> tuple[list[Any], list[Any], list[Any]]:
    """Stable branches, unstable ones, and folds."""
    lines = [line for line in axes.lines if line.get_linestyle() != "None"]
    return (
        [line for line in lines if line.get_linestyle() == "-"],
        [line for line in lines if line.get_linestyle() == "--"],
        [line for line in axes.lines if line.get_marker() == "o"],
    )


def legend(figure: Figure) -> set[str]:
    return {text.get_text() for found in figure.legends for text in found.get_texts()}


def test_stable_branches_are_solid_and_unstable_ones_dashed() -> None:
    figure, axes, _ = draw(folded(), output="V_equilibrium", x="p")
    solid, dashed, _ = branches(axes)
    assert (len(solid), len(dashed)) == (2, 1)
    assert np.all(np.abs(dashed[0].get_ydata()) < 1.001)
    assert all(np.all(np.abs(line.get_ydata()) > 0.999) for line in solid)
    for lines, own in ((solid, 1), (dashed, 0)):
        drawn = {point for line in lines for point in zip(*line.get_data(), strict=True)}
        at, slot = np.nonzero(folded().stable.values == own)
        p, V = folded().p.values[at], folded().V_equilibrium.values[at, slot]
        assert set(zip(p, V, strict=True)) <= drawn
    assert {"stable", "unstable", "fold: two solutions meet"} <= legend(figure)


@pytest.mark.parametrize("size", [81, 14])
def test_folds_are_where_the_roots_of_the_cubic_meet_and_both_branches_end_there(size) -> None:
    _, axes, _ = draw(folded(size=size), output="V_equilibrium", x="p")
    solid, dashed, folds = branches(axes)
    step = 2.0 / (size - 1)
    found = sorted((float(one.get_xdata()[0]), float(one.get_ydata()[0])) for one in folds)
    assert len(found) == 2
    for (p, V), wanted in zip(found, [(-2 / 3, -1.0), (2 / 3, 1.0)], strict=True):
        assert abs(p - wanted[0]) < 0.1 * step
        assert abs(V - wanted[1]) < 2.0 * step
        for lines in (solid, dashed):
            ends = [(line.get_xdata()[n], line.get_ydata()[n]) for line in lines for n in (0, -1)]
            assert (p, V) in ends


def test_a_fold_of_the_normal_form_is_exact_between_two_points() -> None:
    x = np.arange(6.0)
    gap = np.sqrt(0.3 * np.clip(3.7 - x, 0.0, None))
    rows = np.where(x < 3.7, np.stack([2.0 + 0.1 * x - gap, 2.0 + 0.1 * x + gap]), np.nan)
    for way in (slice(None), slice(None, None, -1)):
        growing = np.stack([np.zeros(6, int), np.ones(6, int)])
        folds = follow(x[way], rows[:, way], growing, np.ones(6, bool)).folds
        np.testing.assert_allclose([(f.x, f.y, f.apart) for f in folds], [(3.7, 2.37, 1.0)])


def test_two_solutions_that_are_there_at_one_point_alone_meet_halfway_on_both_sides() -> None:
    rows = np.array([[np.nan, 1.0, np.nan], [np.nan, 3.0, np.nan]])
    growing = np.array([[-1, 0, -1], [-1, 1, -1]])
    followed = follow(np.array([0.0, 2.0, 4.0]), rows, growing, np.ones(3, bool))
    assert sorted((fold.x, fold.y) for fold in followed.folds) == [(1.0, 2.0), (3.0, 2.0)]
    assert [(piece.x[0], piece.x[-1]) for piece in followed.pieces] == [(1.0, 3.0), (1.0, 3.0)]


def test_solutions_that_end_at_a_point_that_failed_meet_nowhere() -> None:
    dataset = folded()
    for place in range(30, 50):
        dataset.V_equilibrium[place] = np.nan
        dataset.stable[place] = -1
        dataset.status[place] = 12
    _, axes, _ = draw(dataset, output="V_equilibrium", x="p")
    assert len(branches(axes)[2]) == 2
    assert not any(
        np.any(np.diff(line.get_xdata()) > 0.1) for line in axes.lines if len(line.get_xdata()) > 1
    )


def test_no_line_joins_two_branches() -> None:
    _, axes, _ = draw(folded(), output="V_equilibrium", x="p")
    assert max(len(line.get_xdata()) for line in axes.lines) > 1
    for line in axes.lines:
        assert np.all(np.abs(np.diff(line.get_ydata())) < 0.4)


@pytest.mark.parametrize("wish", [{"hue": "shift"}, {"x": "p", "hue": "shift"}, {"x": "p"}, {}])
def test_every_value_of_a_hue_has_all_its_solutions_in_one_colour(wish: dict[str, str]) -> None:
    shifts = (-0.2, 0.0, 0.3)
    figure, axes, _ = draw(folded(shifts), output="V_equilibrium", **wish)
    solid, dashed, folds = branches(axes)
    colours = {str(line.get_color()) for line in solid}
    assert len(colours) == len(shifts)
    assert [len(lines) for lines in (solid, dashed, folds)] == [6, 3, 6]
    assert {str(line.get_color()) for line in dashed} == colours
    met = sorted(round(float(one.get_xdata()[0]), 3) for one in folds)
    np.testing.assert_allclose(
        met, sorted(sign * 2 / 3 - s for s in shifts for sign in (-1, 1)), atol=2e-3
    )
    assert {"stable", "unstable", "fold: two solutions meet"} < legend(figure)


def test_a_list_of_solutions_is_not_held_at_one_slot_unless_that_is_selected() -> None:
    dataset = folded(tuple(np.linspace(-0.5, 0.5, 21)))
    picture = {"output": "n", "x": "p", "y": "shift"}
    dataset.attrs["study"] = json.dumps({"name": "x", "axes": [], "picture": picture})
    decision = decide(Sweep.of(dataset), Wish(output="V_equilibrium"))
    assert (decision.kind, decision.x) == ("bifurcation", "p")
    assert {place.dimension for place in decision.places} == {"shift"}
    mapped = decide(Sweep.of(dataset), Wish(output="V_equilibrium", x="p", y="shift"))
    assert mapped.kind == "heatmap"
    assert [(place.dimension, place.index) for place in mapped.places] == [("equilibrium", 0)]


def test_a_slot_that_nothing_fills_is_said_to_be_empty() -> None:
    for slot, empty in (("3", True), ("0", False)):
        _, _, said = draw(folded(), output="V_equilibrium", select={"equilibrium": slot})
        assert f"at equilibrium = {slot}" in said
        assert any("no point shown has a value" in text for text in said) is empty


def test_solutions_of_several_sweeps_have_a_colour_each() -> None:
    other = folded()
    other["V_equilibrium"] = other.V_equilibrium + 5.0
    figure, _ = figure_of([("one", folded()), ("two", other)], Wish(output="V_equilibrium"))
    solid, dashed, _ = branches(figure.axes[0])
    assert len({str(line.get_color()) for line in solid}) == 2
    assert [line.get_ydata().mean() > 2.5 for line in dashed] == [False, True]
    assert {"one", "two", "stable", "unstable"} <= legend(figure)
