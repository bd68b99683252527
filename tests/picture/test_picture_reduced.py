"""Pictures of reductions: what is drawn is what the dataset holds, and NumPy of every point."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.patches import StepPatch

import leakscape as ls
from leakscape.errors import DeclarationError
from leakscape.picture import Wish, figure_of
from leakscape.picture import draw as draw_stores
from leakscape.picture.bands import nested
from leakscape.picture.choose import decide
from leakscape.sweep import Sweep

ASKED = (
    *("mean", "sd", "argmin", {"histogram": ["-20 mV", "15 mV"], "bins": 14}),
    *({"quantile": [0.95, 0.05, 0.5]}, {"above": ["5 mV", "0 mV"]}, {"below": ["-5 mV"]}),
)


def cell(*, a, b, c):
    """Fails where a and c are large."""
    V = a * jnp.cos(b) + 3.0 * c
    return {"V": jnp.where(a + c > 14.0, jnp.nan, V), "n": jnp.int8(1) + 2 * (V > 0.0)}


cell.parameters = {name: {"unit": "mV", "default": 1.0} for name in "abc"}
cell.outputs = {"V": {"unit": "mV", "long_name": "potential, inside"}, "n": {"unit": "1"}}
AXES = {
    "a": {"linear": [-7, 10], "size": 12, "unit": "mV"},
    "c": {"values": [0, 2, 6], "unit": "mV"},
    "b": {"linear": [0, 3], "size": 41, "unit": "mV"},
}
STUDY = ls.Study(
    name="small", kernel=cell, axes=AXES, reduce={"over": ["b"], "V": ASKED, "n": ["share"]}
)


@pytest.fixture(scope="module")
def small():
    return ls.reduce(STUDY)


@pytest.fixture(scope="module")
def alone():
    return ls.reduce(replace(STUDY, reduce={"over": ["a", "b", "c"], "V": ASKED, "n": ["share"]}))


@pytest.fixture(scope="module")
def every():
    """Every point, by the same formula in NumPy: NaN where it fails."""
    a, c, b = np.meshgrid(
        np.linspace(-7, 10, 12), [0.0, 2.0, 6.0], np.linspace(0, 3, 41), indexing="ij"
    )
    return np.where(a + c > 14.0, np.nan, a * np.cos(b) + 3.0 * c)


def draw(dataset: Any, **wish: Any) -> Any:
    figure, said = figure_of([("small", dataset)], Wish(**wish))
    figure.draw_without_rendering()
    texts = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return figure, figure.axes[0], said, texts


def bands(axes: Any) -> list[Any]:
    """Return lower and upper edge of each band."""
    found = []
    for drawn in axes.collections:
        if isinstance(drawn, FillBetweenPolyCollection):
            points = drawn.get_paths()[0].vertices
            half = (len(points) - 3) // 2
            found.append((points[1 : half + 1, 1], points[-2 : half + 1 : -1, 1]))
    return found


def test_pairs_of_quantiles_leave_out_as_much_below_as_above():
    assert nested(np.array([0.05, 0.25, 0.5, 0.75, 0.95])) == ([(0, 4), (1, 3)], [2])
    assert nested(np.array([0.1, 0.5, 0.8])) == ([], [0, 1, 2])


def test_quantiles_are_drawn_first_as_bands_around_the_median(small, every):
    _, axes, said, texts = draw(small, select={"c": "2"})
    low, middle, high = np.nanquantile(every[:, 1], [0.05, 0.5, 0.95], axis=1)
    np.testing.assert_allclose(axes.get_lines()[0].get_ydata(), middle, atol=1e-5)
    ((bottom, top),) = bands(axes)
    np.testing.assert_allclose(bottom, low, atol=1e-5)
    np.testing.assert_allclose(top, high, atol=1e-5)
    assert texts == ["5% to 95%", "median"]
    assert axes.get_ylabel() == "Potential, inside (mV)"
    assert said == ("at c = 2 mV", "1\u202f476 points reduced to 36")


def test_a_mean_has_a_band_of_one_standard_deviation(small, every):
    _, axes, _, texts = draw(small, output="V_mean", select={"c": "0"})
    mean, sd = np.mean(every[:, 0], axis=1), np.std(every[:, 0], axis=1, ddof=1)
    ((bottom, top),) = bands(axes)
    np.testing.assert_allclose(axes.get_lines()[0].get_ydata(), mean, atol=1e-4)
    np.testing.assert_allclose(top - mean, sd, atol=1e-4)
    np.testing.assert_allclose(mean - bottom, sd, atol=1e-4)
    assert texts == ["mean ± one standard deviation"]


def test_many_means_say_how_wide_their_bands_would_be(small, every):
    _, axes, said, _ = draw(small, output="V_mean", x="c", hue="a")
    assert not bands(axes)
    sd = np.std(every, axis=2, ddof=1)
    assert said[0] == f"standard deviation {np.nanmin(sd):.3g} to {np.nanmax(sd):.3g} mV"


def test_shares_have_a_line_for_each_level_and_an_axis_in_percent(small, every):
    _, axes, _, texts = draw(small, output="V_above", select={"c": "2"})
    for line, level in zip(axes.get_lines(), (0.0, 5.0), strict=True):
        np.testing.assert_allclose(line.get_ydata(), np.mean(every[:, 1] > level, axis=1))
    assert texts == ["above 0 mV", "above 5 mV"]
    assert all(text.get_text().endswith("%") for text in axes.get_yticklabels())
    _, axes, _, _ = draw(small, output="V_below", select={"c": "2"})
    assert axes.get_ylabel() == "Share of valid points with V below \N{MINUS SIGN}5 mV"


def test_shares_of_values_are_named_by_value(small, every):
    _, axes, _, texts = draw(small, output="n_share", select={"c": "0"})
    assert texts == ["n = 1", "n = 3"]
    wanted = np.mean(every[:, 0] > 0.0, axis=1)
    np.testing.assert_allclose(axes.get_lines()[1].get_ydata(), wanted)
    _, axes, _, _ = draw(small, output="n_share", select={"c": "0", "a": "10"})
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["n = 1", "n = 3"]
    shown = [text.get_text() for text in axes.texts]
    assert shown[1] == f"{100 * np.mean(every[-1, 0] > 0):.4g}%"


def test_a_histogram_has_the_edges_and_shares_of_numpys(small, every):
    _, axes, said, texts = draw(small, output="V_histogram", select={"a": "10", "c": "2"})
    steps = next(patch for patch in axes.patches if isinstance(patch, StepPatch))
    counts, edges = np.histogram(every[-1, 1], 14, (-20.0, 15.0))
    np.testing.assert_allclose(steps.get_data().values, 100.0 * counts / 41)
    np.testing.assert_allclose(steps.get_data().edges, edges)
    above = np.mean(every[-1, 1] > 15.0)
    assert said[1] == f"outside the bins: {100 * above:.2g}% above 15 mV"
    assert texts[0].startswith("5% to 95%: ")
    median = np.median(every[-1, 1])
    assert texts[1] == f"median: {median:.4g} mV".replace("-", "\N{MINUS SIGN}")


def test_against_an_axis_each_column_is_a_histogram(small, every):
    figure, axes, _, _ = draw(small, output="V_histogram", x="a", select={"c": "6"})
    shares = next(
        np.ma.asarray(part.get_array()).reshape(14, 12)
        for part in axes.collections
        if part.get_array() is not None and part.get_cmap().name == "Blues"
    )
    for at, column in enumerate(every[:, 2]):
        if np.all(np.isnan(column)):
            assert np.all(shares.mask[:, at])
        else:
            counts = np.histogram(column, 14, (-20.0, 15.0))[0]
            np.testing.assert_allclose(shares[:, at], 100.0 * counts / 41)
    assert figure.axes[1].get_ylabel() == "Share of valid points per bin (%)"


def test_a_short_axis_makes_hues(small):
    decision = decide(Sweep.of(small), Wish(output="V_histogram", select={"a": "1"}))
    assert (decision.kind, decision.hue) == ("counts", "c")
    _, _, _, texts = draw(small, output="V_histogram", select={"a": "1"})
    assert texts[:3] == ["c = 0 mV", "c = 2 mV", "c = 6 mV"]


def test_what_failed_is_said_and_leaves_a_gap(small, every):
    failed = np.isnan(every)
    assert failed.any()
    _, _, said, texts = draw(small, output="V_mean", x="a", y="c")
    assert said[-1] == (
        f"{failed.sum()} failed ({100 * failed.sum() / failed.size:.2g}% of those shown)"
    )
    gaps = 100 * np.mean(failed.all(axis=2))
    assert texts == [f"no value: too few valid points ({gaps:.2g}% of the points shown)"]
    _, _, said, _ = draw(small, output="V_mean", select={"c": "0"})
    assert not [text for text in said if "failed" in text]


def test_what_is_reduced_to_one_is_a_histogram_or_a_row(alone, every):
    assert decide(Sweep.of(alone), Wish()).output == "V_histogram"
    _, axes, _, _ = draw(alone, output="V_quantile")
    low, middle, high = np.nanquantile(every, [0.05, 0.5, 0.95])
    np.testing.assert_allclose(np.ravel(axes.get_lines()[0].get_xdata()), [low, high], atol=1e-5)
    np.testing.assert_allclose(axes.get_lines()[1].get_xdata(), [middle], atol=1e-5)


def test_the_studys_picture_may_name_an_output_or_a_statistic():
    short = replace(STUDY, axes={**AXES, "a": {"values": [1, 2], "unit": "mV"}})
    for told, drawn in (("V", "V_quantile"), ("V_mean", "V_mean"), ("n", "n_share")):
        named = ls.reduce(replace(short, picture={"output": told}))
        assert decide(Sweep.of(named), Wish()).output == drawn
    assert decide(Sweep.of(named), Wish(output="V")).output == "V_quantile"


def test_labels_have_rows_with_deviations(tmp_path):
    linked = {"label": ["low", "high"], "c": {"values": [0, 6], "unit": "mV"}}
    study = replace(
        STUDY,
        axes={"b": AXES["b"], "a": AXES["a"], "dish": linked},
        reduce={"over": ["a", "b"], "V": ["mean", "sd", "argmax"]},
    )
    ls.run(study, tmp_path / "rows.zarr")
    stored = ls.open(tmp_path / "rows.zarr")
    _, axes, _, texts = draw(stored)
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["low", "high"]
    ends = np.asarray(axes.get_lines()[0].get_xdata())
    wanted = stored.V_mean.values[0] + np.array([-1, 1]) * stored.V_sd.values[0]
    np.testing.assert_allclose(ends, wanted)
    assert texts == ["mean ± one standard deviation"]
    with pytest.raises(DeclarationError, match="a_at_V_max"):
        decide(Sweep.of(stored), Wish(output="a_at_V_mxa"))
    drawn = draw_stores([tmp_path / "rows.zarr"], Wish(), tmp_path / "rows.png")
    assert drawn.said[0] == "984 points reduced to 2"


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({"y": "a"}, "y: the bins of V are drawn along y, got a; use x=a"),
        ({"hue": "V_bin"}, "hue: V_bin has an order; use x=V_bin"),
        ({"x": "a", "hue": "c"}, "hue: along a a histogram is drawn by colour; select c, or drop"),
    ],
)
def test_roles_that_a_histogram_has_not_are_refused(small, wish, text):
    with pytest.raises(DeclarationError) as caught:
        decide(Sweep.of(small), Wish(output="V_histogram", **wish))
    assert str(caught.value).startswith(text)


def test_what_is_no_picture_is_refused_in_one_sentence(small, alone):
    with pytest.raises(DeclarationError, match=r"V_mean = .*; reduce to a histogram or quantiles$"):
        draw(alone, output="V_mean")
    wish = {"output": "V_above", "select": {"V_above_level": "5", "a": "-7", "c": "0"}}
    with pytest.raises(DeclarationError, match=r"V_above = 0.* at .*above 5 mV; select less$"):
        draw(small, **wish)
    linked = {"label": ["low", "high"], "c": {"values": [0, 6], "unit": "mV"}}
    study = replace(
        STUDY,
        axes={"a": AXES["a"], "b": AXES["b"], "dish": linked},
        reduce={"over": ["dish", "b"], "V": ["argmax", "mean"]},
    )
    with pytest.raises(DeclarationError, match="'dish_at_V_max' holds texts, not real numbers"):
        draw(ls.reduce(study), output="dish_at_V_max")


def test_histograms_of_several_sweeps_lie_over_one_another(small):
    sweeps = [("one", small), ("two", small)]
    wish = {"output": "V_histogram", "select": {"a": "1", "c": "2"}}
    figure, _ = figure_of(sweeps, Wish(**wish))
    steps = [p for p in figure.axes[0].patches if isinstance(p, StepPatch)]
    assert len(steps) == 4
    with pytest.raises(DeclarationError, match="x: several histograms are overlaid; select a"):
        figure_of(sweeps, Wish(output="V_histogram", x="a"))


def test_histograms_in_other_bins_are_drawn_as_densities(small, every):
    other = ls.reduce(
        replace(
            STUDY, reduce={"over": ["b"], "V": [{"histogram": ["-30 mV", "40 mV"], "bins": 10}]}
        )
    )
    wish = {"output": "V_histogram", "select": {"a": "1", "c": "2"}}
    figure, _ = figure_of([("one", small), ("two", other)], Wish(**wish))
    axes = figure.axes[0]
    drawn = [p.get_data() for p in axes.patches if isinstance(p, StepPatch)][::2]
    points = np.meshgrid(np.linspace(-7, 10, 12))[0]
    values = every[np.argmin(np.abs(points - 1.0)), 1]
    for data, (low, high, bins) in zip(drawn, ((-20, 15, 14), (-30, 40, 10)), strict=True):
        counts, edges = np.histogram(values, bins, (low, high))
        np.testing.assert_allclose(data.values, 100.0 * counts / 41 / np.diff(edges))
    assert axes.get_ylabel() == "Share of valid points per mV (%)"
    assert axes.get_xlim() == (-30.0, 40.0)


def test_counts_of_kept_cells_are_summed():
    cells = {"size": 50, "parameters": {"a": {"uniform": [-7, 7], "unit": "mV"}}}
    over = {"over": ["b"], "V": [{"histogram": ["-20 mV", "15 mV"], "bins": 14}]}
    kept = ls.reduce(replace(STUDY, axes={"b": AXES["b"]}, population=cells, reduce=over))
    _, axes, said, _ = draw(kept)
    points = kept.a.values[:, None] * np.cos(np.linspace(0, 3, 41)) + 3.0
    counts, _ = np.histogram(points, 14, (-20.0, 15.0))
    steps = next(patch for patch in axes.patches if isinstance(patch, StepPatch))
    np.testing.assert_allclose(steps.get_data().values, 100.0 * counts / points.size, rtol=1e-5)
    assert said == ("2\u202f050 points reduced to 50",)


def test_quantiles_of_any_output_are_drawn_before_a_mean():
    study = replace(STUDY, reduce={"over": ["b"], "V": ["mean"], "n": [{"quantile": [0.1, 0.9]}]})
    assert decide(Sweep.of(ls.reduce(study)), Wish()).output == "n_quantile"
