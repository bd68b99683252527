"""Pictures of fits: what is drawn is what the tree holds, with its units, by group."""

from __future__ import annotations

import json

import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.colors import to_rgb
from matplotlib.path import Path
from scipy import stats

from leakscape.picture import Wish, density, priors, profiles, theme
from leakscape.picture.fit_figure import figure_of

MEDIA = ("nitrate", "ammonium")


def drawn(tree, look=None, **asked):
    made, said = figure_of("root", tree, Wish(**asked), look)
    return made, made.axes, " ".join(said)


def line(axes, gid):
    (found,) = (one for one in axes.lines if one.get_gid() == gid)
    return found.get_xydata()


def legend(made):
    return [text.get_text() for text in made.legends[0].get_texts()]


def words(text):
    return text.replace("\n", " ")


@pytest.fixture(scope="module")
def recording(root, as_tree):
    return drawn(as_tree(root), kind="recording")


def test_recordings_stand_where_they_were_taken_with_one_standard_error(recording, root):
    made, (axes,), said = recording
    observed = root["observed_data"]
    for text, bars in zip(MEDIA, axes.containers, strict=True):
        here = observed.nitrogen.values == text
        dots, _, (whiskers,) = bars.lines
        np.testing.assert_array_equal(dots.get_xdata(), observed.K_out.values[here])
        np.testing.assert_array_equal(dots.get_ydata(), observed.V.values[here])
        ends = np.array([segment[:, 1] for segment in whiskers.get_segments()])
        middle, half = observed.V.values[here], observed.V_error.values[here]
        np.testing.assert_allclose(ends, np.stack([middle - half, middle + half], axis=1))
    assert "error bars: 1 standard error" in said
    assert legend(made)[:2] == list(MEDIA)


def test_an_axis_of_a_concentration_is_logarithmic_and_axes_have_units(recording):
    _, (axes,), _ = recording
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == r"$[\mathrm{K}]_{\mathrm{o}}$ (mM)"
    assert axes.get_ylabel() == "V (mV)"


def test_bands_and_the_best_curve_are_those_of_the_tree(recording, root):
    made, (axes,), _ = recording
    curves = root["curves"]
    for place, text in enumerate(MEDIA):
        own = curves.isel(curve_point=curves.nitrogen.values == text)
        best = line(axes, f"best {text}")
        np.testing.assert_array_equal(best, np.stack([own.K_out, own.V], axis=1))
        bands = [one for one in axes.collections if isinstance(one, FillBetweenPolyCollection)]
        for band, level in zip(bands[2 * place : 2 * place + 2], (95, 68), strict=True):
            assert to_rgb(band.get_facecolor()[0][:3]) == to_rgb(theme.NAMED[place])
            high = band.get_paths()[0].vertices[:, 1]
            assert high.max() == own[f"V_upper_{level}"].max()
            assert high.min() == own[f"V_lower_{level}"].min()
        assert len(bands) == 4
    assert {"best fit", "68 % of mean", "95 % of mean"} <= set(legend(made))


def test_curves_that_another_column_tells_apart_are_not_joined(root, as_tree):
    group = root["curves"]
    other = ("curve_point", np.tile(np.repeat(["day 1", "day 2"], 20), 2))
    tree = as_tree(root | {"curves": group.assign_coords(day=other)})
    _, (axes,), _ = drawn(tree, kind="recording")
    found = [one for one in axes.lines if one.get_gid() == "best nitrate"]
    assert [len(one.get_xdata()) for one in found] == [20, 20]
    np.testing.assert_array_equal(found[1].get_xdata(), group.K_out.values[20:40])


def test_without_curves_the_best_prediction_is_a_line_through_the_rows(root, as_tree):
    without = {name: group for name, group in root.items() if name != "curves"}
    made, (axes,), _ = drawn(as_tree(without), kind="recording")
    best = root["best"].V.values
    for text, rows in zip(MEDIA, (slice(0, 5), slice(5, 10)), strict=True):
        found = line(axes, f"best {text}")
        np.testing.assert_array_equal(found[:, 1], best[rows])
    assert not {"68 % of mean", "95 % of mean"} & set(legend(made))


def test_a_clamp_has_axes_through_the_origin(labelled, as_tree):
    volts = {"V_m": ("row", np.linspace(-120.0, 40.0, 5), {"units": "mV"})}
    current = np.array([-20.0, -1.0, 2.0, 1.0, 3.0])
    told = {"I": ("row", current, "uA/cm2"), "I_error": ("row", np.full(5, 0.3), "uA/cm2")}
    fit = json.dumps({"data": {"conditions": ["V_m"]}})
    tree = as_tree({"observed_data": labelled(told, volts)}, fit=fit)
    made, (axes,), _ = drawn(tree, kind="recording")
    assert [axes.spines[side].get_position() for side in ("top", "right")] == [("data", 0.0)] * 2
    named = {text.get_gid(): text.get_text().strip() for text in axes.texts}
    assert named == {"x label": r"$V_{\mathrm{m}}$ (mV)", "y label": "$I$ (µA/cm²)"}
    assert axes.get_xscale() == "linear"
    assert legend(made) == ["recorded"]


def test_errors_that_are_unknown_are_not_drawn_as_known(root, as_tree):
    observed = root["observed_data"].copy()
    observed["V_error"] = observed.V_error * np.nan
    _, (axes,), said = drawn(as_tree(root | {"observed_data": observed}), kind="recording")
    (whiskers,) = axes.containers[0].lines[2]
    assert all(np.ptp(segment[:, 1]) == 0.0 for segment in whiskers.get_segments())
    assert "the errors of V are unknown" in said


def test_residuals_are_those_of_the_tree_in_bands_of_one_and_two(root, as_tree):
    made, (axes,), _ = drawn(as_tree(root), kind="residuals")
    zero, *dots = axes.lines
    assert set(zero.get_ydata()) == {0.0}
    for text, found in zip(MEDIA, dots, strict=True):
        here = root["observed_data"].nitrogen.values == text
        np.testing.assert_array_equal(found.get_xdata(), root["observed_data"].K_out.values[here])
        np.testing.assert_array_equal(found.get_ydata(), root["best"].V_residual.values[here])
    spans = [sorted({patch.get_y(), patch.get_y() + patch.get_height()}) for patch in axes.patches]
    assert spans == [[-2.0, 2.0], [-1.0, 1.0]]
    assert words(axes.get_ylabel()) == "residual of V / standard error"
    assert r"within $\pm$1" in legend(made)


def test_profiles_are_the_rise_above_the_least_chi2(root, as_tree):
    _, panels, _ = drawn(as_tree(root), kind="profiles")
    best = root["best"]
    assert [words(axes.get_xlabel()) for axes in panels] == [
        *("c0, nitrate (mM)", "c0, ammonium (mM)"),
        *(rf"$K_{{\mathrm{{eff}}}}$, {text} (mM)" for text in MEDIA),
    ]
    for place, axes in enumerate(panels):
        found = line(axes, "profile")
        np.testing.assert_array_equal(found[:, 0], best.profile_value.values[place])
        np.testing.assert_allclose(found[:, 1], np.linspace(-3, 3, 31) ** 2, atol=1e-12)
        value = best[("c0", "K_eff")[place // 2]].values[place % 2]
        np.testing.assert_array_equal(line(axes, "best"), [[value, 0.0]])
        assert axes.get_xscale() == "log"
        levels = [one.get_ydata()[0] for one in axes.lines if len(set(one.get_ydata())) == 1][:2]
        assert levels == [1.0, 3.84]
        texts = {text.get_text(): text.get_position()[1] for text in axes.texts}
        assert texts.keys() == {"68 %", "95 %"}
        assert 1.0 < texts["68 %"] < 3.84 < texts["95 %"]


SIDE = np.linspace(-3.0, 3.0, 13)


@pytest.mark.parametrize(
    ("rise", "said"),
    [
        (SIDE**2, ""),
        (0.1 * np.abs(SIDE), "not determined"),
        (0.0 * SIDE, "not determined"),
        (np.where(SIDE < 0.0, SIDE**2, 0.2), "no upper bound"),
        (np.where(SIDE > 0.0, SIDE**2, 0.2), "no lower bound"),
        (np.where(SIDE < 0.0, SIDE**2, SIDE), "no upper bound at 95 %"),
        (np.abs(SIDE), "no bounds at 95 %"),
        (np.where(SIDE < 0.0, np.inf, SIDE**2), ""),
    ],
)
def test_a_profile_that_does_not_rise_has_no_bound(rise, said):
    assert profiles.verdict(SIDE, rise) == said


def test_a_scan_alone_gives_profiles_between_its_edges(root, as_tree, labelled):
    edges = np.tile(np.geomspace(0.1, 10.0, 5), (4, 1))
    told = {
        "edge": (("parameter", "bin_edge"), edges),
        "profile": (("parameter", "bin"), np.tile([-9.0, -5.0, -4.0, -np.inf], (4, 1))),
    }
    names = {"parameter": ("parameter", root["best"].parameter.values)}
    groups = root | {"scan": labelled(told, names)}
    groups["best"] = root["best"].drop_vars(["profile_value", "profile_chi2"])
    _, (axes, *_), said = drawn(as_tree(groups), kind="profiles")
    middles = np.sqrt(edges[0, :-1] * edges[0, 1:])[:3]
    np.testing.assert_allclose(line(axes, "profile"), np.stack([middles, [10.0, 2.0, 0.0]], 1))
    assert "bin of the scan" in said


def test_a_corner_holds_68_and_95_percent_of_the_draws(root, as_tree):
    made, (axes,), _ = drawn(as_tree(root), kind="corner")
    squares = {square.get_gid(): square for square in axes.child_axes}
    assert len(squares) == 10
    square = squares["c0[nitrate] K_eff[nitrate]"]
    assert (square.get_xscale(), square.get_yscale()) == ("log", "log")
    posterior = root["posterior"].isel(nitrogen=0)
    points = np.stack([posterior.c0.values.ravel(), posterior.K_eff.values.ravel()], axis=1)
    (outlines,) = (one for one in square.collections if one.get_gid() == "shares")
    for share, path in zip((0.95, 0.68), outlines.get_paths(), strict=True):
        inside = np.mean(Path(path.vertices, path.codes).contains_points(points))
        assert inside == pytest.approx(share, abs=0.01)
    (cross,) = square.lines
    np.testing.assert_array_equal(cross.get_xydata(), [[5.0, 1136.0]])
    assert {"68 % of the posterior", "95 % of the posterior", "best value"} == set(legend(made))


def test_a_smoothed_histogram_is_the_density_that_was_drawn_from():
    rng = np.random.default_rng(0)
    at, high = density.curve(rng.normal(3.0, 2.0, 20_000))
    assert np.trapezoid(high, at) == pytest.approx(1.0, abs=0.002)
    np.testing.assert_allclose(high, stats.norm.pdf(at, 3.0, 2.0), atol=0.012)
    at, high = density.curve(rng.uniform(-1.0, 3.0, 20_000))
    assert (at[0], at[-1]) == pytest.approx((-1.0, 3.0), abs=0.02)  # ends steeply, where it ends
    np.testing.assert_allclose(high, 0.25, atol=0.03)


def test_the_share_by_which_a_width_shrank_is_that_of_quantiles():
    share = (np.arange(20_000) + 0.5) / 20_000
    before, after = stats.norm.ppf(share, 0.0, 2.0), stats.norm.ppf(share, 5.0, 0.5)
    assert priors.narrowed(before, after) == "75 % narrower"
    assert priors.narrowed(after, 3.0 * after) == "200 % wider"
    assert priors.narrowed(before, before) == "as wide as the prior"


def test_prior_and_posterior_are_drawn_on_the_scale_of_the_unknown(root, as_tree):
    made, panels, _ = drawn(as_tree(root), kind="priors")
    for axes, name, centre, wide in zip(
        panels, ["c0"] * 2 + ["K_eff"] * 2, (5, 2, 1136, 317), (0.5, 0.5, 0.12, 0.12), strict=True
    ):
        assert axes.get_xscale() == "log"
        x, y = line(axes, "posterior").T
        assert x[np.argmax(y)] == pytest.approx(centre, rel=1.2 * wide)
        assert y.max() == 1.0
        half = np.log(x[y > np.exp(-0.5)])  # of a normal law within 1 standard deviation
        assert np.ptp(half) == pytest.approx(2.0 * wide, rel=0.25)
        low, high = {"c0": (0.01, 100.0), "K_eff": (50.0, 5000.0)}[name]
        seen = line(axes, "prior")[:, 0]
        assert (seen[0], seen[-1]) == pytest.approx((low, high), rel=0.1)
        gone = 1.0 - 2.0 * stats.norm.ppf(0.84) * wide / (0.68 * np.log(high / low))
        assert float(axes.get_title(loc="left").split(" ")[0]) == pytest.approx(100 * gone, abs=2)
    assert legend(made) == ["prior", "posterior", "best value"]
