"""Populations in groups, shares, pairs and parallel lines: what is drawn is what NumPy counts."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import FillBetweenPolyCollection, LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from scipy.stats import spearmanr

import leakscape as ls
from leakscape.errors import DeclarationError
from leakscape.picture import Wish, figure_of
from leakscape.picture.choose import decide
from leakscape.sweep import Sweep

X, T = np.linspace(0.0, 1.0, 12), np.array([10.0, 20.0, 30.0])


def population(size: int = 200, **attributes: Any) -> xr.Dataset:
    """V and the count n of cells along two axes; every tenth cell has no value."""
    draw = np.random.default_rng(3)
    g, h, k = draw.lognormal(0.0, 0.5, size), draw.uniform(1.0, 2.0, size), draw.normal(0, 1, size)
    V = X[:, None, None] * 10.0 + T[None, :, None] + 3.0 * np.log(g) - 8.0 * h
    status = np.ones(V.shape, np.uint8)
    status[..., ::10] = 11
    V = np.where(status == 1, V, np.nan)
    dims = ("x", "T", "cell")
    study = {
        "population": {"parameters": [["g", {"lognormal": [1, 0.5]}], ["h", {"uniform": [1, 2]}]]},
        "picture": {"contour": ["5 mV", "20 mV"]},
    }
    return xr.Dataset(
        {
            "V": (dims, V, {"units": "mV"}),
            "n": (dims, np.where(V > 10.0, 3, 1).astype(np.int8), attributes),
            "status": (dims, status),
        },
        coords={
            "x": X,
            "T": ("T", T, {"units": "degC"}),
            "g": ("cell", g, {"units": "nS"}),
            "h": ("cell", h),
            "k": ("cell", k * 1e-6, {"units": "cm/s"}),
            "line": ("cell", np.array(["wt", "ko"] * (size // 2), dtype=object)),
        },
        attrs={"study": json.dumps(study)},
    )


def alone(size: int = 200) -> xr.Dataset:
    return population(size).isel(x=3, T=1, drop=True)


def draw(*datasets: xr.Dataset, **wish: Any) -> tuple[Figure, Axes, list[str]]:
    figure, _ = figure_of([(f"sweep {n}", one) for n, one in enumerate(datasets)], Wish(**wish))
    texts = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return figure, figure.axes[0], texts


def filled(axes: Axes) -> list[np.ndarray]:
    """Return the upper edge of each area."""
    areas = [one for one in axes.collections if isinstance(one, FillBetweenPolyCollection)]
    paths = [area.get_paths()[0].vertices for area in areas]
    return [points[-2 : (len(points) - 3) // 2 + 1 : -1, 1] for points in paths]


def steps(axes: Axes) -> list[Any]:
    return [patch.get_data() for patch in axes.patches if isinstance(patch, StepPatch)]


def test_bands_of_a_short_second_axis_have_its_colours() -> None:
    dataset = population()
    assert decide(Sweep.of(dataset), Wish(output="V")).hue == "T"
    _, axes, texts = draw(dataset, output="V", x="x", hue="T")
    medians = [line for line in axes.get_lines() if line.get_marker() == "o"]
    for place, line in enumerate(medians):
        np.testing.assert_allclose(line.get_ydata(), np.nanmedian(dataset.V[:, place], axis=1))
    assert len({line.get_color() for line in medians}) == 3
    tops = filled(axes)[:3]
    np.testing.assert_allclose(tops, np.nanquantile(dataset.V, 0.975, axis=2).T)
    hues = {"T = 10 °C", "T = 20 °C", "T = 30 °C"}
    assert {"95% of cells", "50% of cells", "median"} | hues <= set(texts)


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize("kind", ["histogram", "bands"])
def test_a_label_of_the_cells_makes_groups(kind: str) -> None:
    dataset = population()
    _, axes, texts = draw(dataset, output="V", kind=kind, hue="line", select={"T": 20})
    assert {"wt", "ko"} < set(texts)
    of = dataset.V[:, 1].values
    if kind == "bands":
        medians = [line.get_ydata() for line in axes.get_lines() if line.get_marker() == "o"]
        wanted = [np.nanmedian(of[:, place::2], axis=1) for place in (0, 1)]
        np.testing.assert_allclose(medians, wanted)
    else:
        edges = steps(axes)[0].edges
        for data, place in zip(steps(axes)[::2], (0, 1), strict=True):
            row = of[6, place::2]
            counts = np.histogram(row, edges)[0]
            np.testing.assert_allclose(data.values, 100.0 * counts / np.isfinite(row).sum())


@pytest.mark.parametrize("wish", [{"kind": "bands"}, {"kind": "histogram"}, {"x": "x"}])
def test_a_parameter_that_differs_from_cell_to_cell_makes_no_groups(wish: dict[str, str]) -> None:
    with pytest.raises(DeclarationError, match="hue: g differs from cell to cell"):
        decide(Sweep.of(population()), Wish(output="V", hue="g", **wish))


def test_the_shares_of_classes_are_stacked_and_are_of_the_cells_with_a_value() -> None:
    dataset = population()
    decision = decide(Sweep.of(dataset), Wish(output="n", select={"T": 20}))
    assert (decision.kind, decision.x, decision.hue) == ("shares", "x", "")
    _, axes, texts = draw(dataset, output="n", select={"T": 20})
    of = dataset.V[:, 1].values
    ones = 100.0 * np.sum(of <= 10.0, axis=1) / np.isfinite(of).sum(axis=1)
    tops = filled(axes)
    np.testing.assert_allclose(tops, [ones, np.full(len(X), 100.0)])
    assert axes.get_ylabel() == "Share of cells with a value (%)"
    assert sorted(texts) == ["n = 1", "n = 3", "no value: outside domain (10% of the points shown)"]


def test_a_class_has_the_same_colour_in_every_panel() -> None:
    figure, _, texts = draw(population(), output="n", x="x", col="T")
    assert len(texts) == len(set(texts)) == 3
    first, last = figure.axes[1], figure.axes[2]
    assert (len(first.collections), len(last.collections)) == (2, 1)  # at 30 degC all are 3
    shade = last.collections[0].get_facecolor()
    np.testing.assert_array_equal(shade, first.collections[1].get_facecolor())


def test_classes_are_called_by_their_meanings() -> None:
    told = {"flag_values": np.array([1, 3], np.int8), "flag_meanings": "silent two_states"}
    _, _, texts = draw(population(**told), output="n", select={"T": 20})
    assert {"silent", "two states"} < set(texts)


def test_shares_of_a_real_number_are_those_above_its_levels() -> None:
    dataset = population()
    _, axes, texts = draw(dataset, output="V", kind="shares", select={"T": 30})
    of = dataset.V[:, 2].values
    for line, level in zip(axes.get_lines(), (5.0, 20.0), strict=True):
        wanted = 100.0 * np.sum(of > level, axis=1) / np.isfinite(of).sum(axis=1)
        np.testing.assert_allclose(line.get_ydata(), wanted)
    assert {"V above 5 mV", "V above 20 mV"} < set(texts)
    dataset.attrs.clear()
    with pytest.raises(DeclarationError, match=r"kind: shares of V .* picture\.contour = "):
        draw(dataset, output="V", kind="shares")


def test_a_lone_population_of_whole_numbers_is_one_row_of_shares() -> None:
    dataset = alone()
    _, axes, _ = draw(dataset, output="n")
    ones = 100.0 * np.sum(dataset.V.values <= 10.0) / np.isfinite(dataset.V.values).sum()
    widths = [patch.get_width() for patch in axes.patches]
    np.testing.assert_allclose(widths, [ones, 100.0 - ones])
    assert axes.texts[0].get_text() == f"{ones:.3g}%"


def test_pairs_begin_with_the_parameter_that_matters_most() -> None:
    dataset = alone()
    figure, axes, _ = draw(dataset, output="V", kind="pairs")
    squares = axes.child_axes
    assert len(squares) == 6
    valid = np.isfinite(dataset.V.values)
    rho = {name: spearmanr(dataset[name][valid], dataset.V[valid])[0] for name in "ghk"}
    first, second, _ = sorted(rho, key=lambda name: -abs(rho[name]))
    assert squares[0].texts[0].get_text() == rf"$\rho$ = {rho[first]:.2f}".replace("-", "\u2212")
    grey, dots = squares[1].collections
    drawn = np.asarray(dots.get_offsets())
    np.testing.assert_allclose(drawn[:, 0], dataset[first].values[valid])
    np.testing.assert_allclose(drawn[:, 1], dataset[second].values[valid])
    np.testing.assert_allclose(np.asarray(grey.get_offsets())[:, 0], dataset[first].values[~valid])
    order = np.argsort(dataset.V.values[valid])
    brightness = dots.get_facecolor()[order, :3].sum(axis=1)
    assert np.all(np.diff(brightness) > -1e-9)  # the colours rise with the output
    assert squares[3].get_ylabel() == "k\n($10^{-6}$ cm/s)"
    assert "V (mV)" in [one.get_ylabel() for one in figure.axes]


def test_parallel_lines_run_from_the_least_to_the_largest_of_every_parameter() -> None:
    dataset = alone(1200)
    _, axes, _ = draw(dataset, output="V", kind="parallel")
    failed, valid = (c for c in axes.collections if isinstance(c, LineCollection))
    first = dataset.isel(cell=slice(0, 500))
    known = np.isfinite(first.V.values)
    lines = np.array(valid.get_segments())
    assert lines.shape == (known.sum(), 4, 2)
    assert len(failed.get_segments()) == 50
    names = [text.get_gid() for text in axes.texts if text.get_gid()]
    assert sorted(names) == ["V", "g", "h", "k"]
    h = first.h.values
    heights = (h - h.min()) / np.ptp(h)
    np.testing.assert_allclose(lines[:, names.index("h"), 1], heights[known])
    g = np.log(first.g.values)
    np.testing.assert_allclose(
        lines[:, names.index("g"), 1], ((g - g.min()) / np.ptp(g))[known], atol=1e-12
    )
    ends = [text.get_text() for text in axes.texts]
    assert f"{h.max():.3g}" in ends
    assert f"{first.V.values[known].max():.3g}" in ends


def test_outputs_without_a_common_axis_share_none() -> None:
    wishes = [Wish(output=name, kind="histogram") for name in ("V", "n")]
    figure, _ = figure_of([("cells", alone())], wishes)
    upper, lower = (axes.get_xlim() for axes in figure.axes)
    assert lower[1] < 4.0 < 12.0 < upper[1]


def test_pictures_with_many_axes_have_no_limits() -> None:
    with pytest.raises(ls.SweepError, match="xlim: parallel have many axes; drop xlim"):
        ls.plot(alone(), output="V", kind="parallel", xlim="0:1")


def test_few_cells_are_a_dot_each() -> None:
    dataset = population(20).isel(x=3, drop=True)
    _, axes, texts = draw(dataset, output="V")
    assert not steps(axes)
    dots = [line for line in axes.get_lines() if line.get_marker() == "o"]
    for place, line in enumerate(dots):
        row = dataset.V.values[place]
        np.testing.assert_allclose(line.get_xdata(), row[np.isfinite(row)])
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [
        "T = 10 °C",
        "T = 20 °C",
        "T = 30 °C",
    ]
    middles = [line for line in axes.get_lines() if len(set(line.get_xdata())) == 1]
    drawn = [float(line.get_xdata()[0]) for line in middles[:3]]
    np.testing.assert_allclose(drawn, np.nanmedian(dataset.V, axis=1))
    assert {"one cell", "median"} <= set(texts)


def test_panels_of_histograms_say_their_own_median_and_hide_no_bar() -> None:
    dataset = population(2000)
    figure, _, texts = draw(dataset, output="V", kind="histogram", col="T", select={"x": 0})
    assert texts.count("median") == 1
    panels = figure.axes[:3]
    for place, axes in enumerate(panels):
        row = dataset.V.values[0, place]
        row = row[np.isfinite(row)]
        said = axes.texts[0].get_text().splitlines()
        assert said[0] == f"median {np.median(row):.3g} mV".replace("-", "\u2212")
        assert said[-1] == f"{100.0 * np.mean(row > 20.0):.3g}% above 20 mV"
        assert max(steps(axes)[0].values) < axes.get_ylim()[1]
        np.testing.assert_allclose(steps(axes)[0].values.sum(), 100.0)
        np.testing.assert_allclose(steps(axes)[0].edges, steps(panels[0])[0].edges)


def test_whole_numbers_have_a_bin_each() -> None:
    _, axes, _ = draw(alone(), output="n", kind="histogram")
    np.testing.assert_allclose(steps(axes)[0].edges, [0.5, 1.5, 2.5, 3.5])


def test_overlaid_populations_share_their_bins_and_their_unit() -> None:
    one, two = alone(400), alone(200)
    _, axes, texts = draw(one, two, output="V")
    np.testing.assert_allclose(steps(axes)[0].edges, steps(axes)[2].edges)
    assert {"sweep 0", "sweep 1"} < set(texts)
    two.V.attrs["units"] = "V"
    with pytest.raises(DeclarationError, match="different units; plot them apart"):
        draw(one, two, output="V")


def test_a_lone_cell_along_an_axis_is_a_line() -> None:
    dataset = population(2).isel(cell=[1])
    decision = decide(Sweep.of(dataset), Wish(output="V"))
    assert (decision.kind, decision.x, decision.hue) == ("lines", "x", "T")
    assert decide(Sweep.of(alone(2).isel(cell=[1])), Wish(output="V")).kind == "histogram"
