"""Pictures of an analysis: what is drawn is what the dataset holds, in the order of its indices."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection

import leakscape as ls
from leakscape.analyse.sensitivity.intervals import Estimate
from leakscape.analyse.sensitivity.labelled import STATISTICS, dataset, outcomes_told
from leakscape.analyse.sensitivity.outcome import Outcome
from leakscape.errors import DeclarationError
from leakscape.picture import Wish, figure_of, statistics
from leakscape.picture.choose import decide
from leakscape.sweep import Sweep, analysed

V = Outcome(name="V_rest", text="V_rest", unit="mV", long_name="resting potential", reads=())
ABOVE = replace(V, name="V_rest_above_0_mV", text="V_rest > 0 mV", unit="1", long_name="whether")
NAMES = ("P_Na_over_P_K", "K_out", "temperature")
TOTAL, ALONE = np.array([0.2, 0.7, 0.3]), np.array([0.15, 0.6, -0.01])
HALF = np.array([0.01, 0.03, 0.02])
PAIRS = np.array([[np.nan, 0.08, 0.001], [0.08, np.nan, -0.02], [0.001, -0.02, np.nan]])


def result(found, outcomes=(V,), axes=None):
    """Label an analysis as the program does; the numbers are the test's own."""
    coords = {n: (n, values, {"units": "degC"}) for n, values in (axes or {}).items()}
    sizes = [len(values) for values in (axes or {}).values()]
    whole = {"title": "small", "question": "?", "outcomes": outcomes_told(outcomes)}
    counts = {"n_points": 5120, "n_failed": np.zeros(sizes, int)}
    shaped = {
        outcome.name: {
            key: Estimate(*(None if part is None else part[..., None] for part in parts))
            for key, parts in found.items()
        }
        for outcome in outcomes
    }
    return dataset(outcomes, NAMES, tuple(axes or ()), coords, shaped, counts, whole)


SOBOL = result({"S1": (ALONE, HALF), "ST": (TOTAL, HALF), "S2": (PAIRS, 0.01 + 0.0 * PAIRS)})
MORRIS = result({"mu_star": (10 * TOTAL, HALF), "sigma": (20 * TOTAL, HALF)})
WARM = np.linspace(10.0, 37.0, 4)
GROWING = TOTAL[:, None] * (WARM / 40.0)
ALONG = result(
    {"S1": (GROWING, None), "ST": (GROWING, 0.1 * GROWING)}, axes={"temperature_bath": WARM}
)


def drawn(data, **asked):
    made, said = figure_of([("small", data)], Wish(**asked))
    return made, made.axes[0], " ".join(said)


def test_bars_are_the_indices_the_largest_total_on_top():
    made, axes, said = drawn(SOBOL)
    total, alone = ([bar.get_width() for bar in bars] for bars in axes.containers[:3:2])
    assert total == [0.7, 0.3, 0.2]
    assert alone == [0.6, -0.01, 0.15]
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels[1] == "temperature"
    assert r"\mathrm{K}" in labels[0]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first row is the uppermost
    entries = {text.get_text() for legend in made.legends for text in legend.get_texts()}
    assert {"$S_T$ (with interactions)", "$S_1$ (alone)", "95 % interval"} == entries
    assert {"70.0%", "\N{MINUS SIGN}1.0%"} <= {text.get_text() for text in axes.texts}
    assert "5 120 evaluations" in said.replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_an_error_bar_spans_the_interval():
    _, axes, _ = drawn(SOBOL, output="V_rest_S1")
    (bars, whiskers) = axes.containers
    ends = [segment[:, 0] for segment in whiskers.lines[2][0].get_segments()]
    expected = [(0.57, 0.63), (0.14, 0.16), (-0.03, 0.01)]  # of S1 itself, in its own order
    np.testing.assert_allclose(ends, expected, atol=1e-12)
    assert [bar.get_width() for bar in bars] == [0.6, 0.15, -0.01]


def test_panels_of_an_axis_share_one_order():
    crossed = np.array([[0.1, 0.9, 0.9, 0.9], [0.5, 0.2, 0.2, 0.2], [0.3, 0.3, 0.3, 0.3]])
    data = result({"ST": (crossed, None)}, axes={"temperature_bath": WARM})
    made, _, _ = drawn(data, kind="indices", col="temperature_bath")
    widths = np.array([[bar.get_width() for bar in one.containers[0]] for one in made.axes])
    np.testing.assert_array_equal(widths, crossed[[0, 2, 1]].T)  # by the means 0.7, 0.3, 0.275


def test_along_an_axis_an_index_is_a_line_in_its_interval():
    decision = decide(Sweep.of(ALONG), Wish(output="V_rest"))
    chosen = decision.kind, decision.output, decision.x, decision.hue
    assert chosen == ("lines", "V_rest_ST", "temperature_bath", "parameter")
    _, axes, _ = drawn(ALONG)
    lines = [line.get_ydata() for line in axes.lines if len(line.get_ydata()) == len(WARM)]
    np.testing.assert_allclose(lines, GROWING)
    bands = [one for one in axes.collections if isinstance(one, FillBetweenPolyCollection)]
    for band, row in zip(bands, GROWING, strict=True):
        ends = band.get_paths()[0].get_extents()
        assert (ends.ymin, ends.ymax) == pytest.approx((0.9 * row.min(), 1.1 * row.max()))


def test_along_two_axes_the_lines_are_of_the_parameters():
    values = np.ones((3, 4, 12)) * TOTAL[:, None, None]
    data = result({"ST": (values, None)}, axes={"warm": WARM, "late": np.arange(12.0)})
    roles = [
        (one.x, one.hue) for one in (decide(Sweep.of(data), Wish(x=x)) for x in (None, "warm"))
    ]
    assert roles == [("late", "parameter"), ("warm", "parameter")]


def test_of_many_parameters_the_largest_are_lines(monkeypatch):
    many = tuple(f"p{place}" for place in range(12))
    monkeypatch.setitem(globals(), "NAMES", many)
    values = np.where(np.arange(12) < 4, 0.01, 0.2)[:, None] * (WARM / 40.0)
    data = result({"ST": (values, None)}, axes={"temperature_bath": WARM})
    made, _, said = drawn(data)
    entries = {text.get_text() for legend in made.legends for text in legend.get_texts()}
    assert entries == set(many[4:])
    assert "8 of 12 values of parameter" in said


def test_a_matrix_shows_each_pair_once():
    _, axes, said = drawn(SOBOL, kind="interactions")
    shown = axes.images[0].get_array().filled(np.nan)
    np.testing.assert_array_equal(shown, [[0.08, np.nan], [0.001, -0.02]])
    assert {t.get_text(): t.get_color() for t in axes.texts}["0.1%"] == "#1a1a1aa0"
    assert "faint: the 95 % interval holds 0" in said
    assert drawn(SOBOL, output="V_rest_S2")[1].images


def test_screening_sets_the_scatter_against_the_strength():
    _, axes, _ = drawn(MORRIS)
    dots = [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines if line.get_marker()]
    for dot in zip(10 * TOTAL, 20 * TOTAL, strict=True):
        assert dot in dots
    assert decide(Sweep.of(MORRIS), Wish()).kind == "screening"


def test_the_title_asks_what_the_outcome_is_decided_by():
    made, _, _ = drawn(result({"ST": (TOTAL, HALF)}, outcomes=(ABOVE,)), output="V_rest > 0 mV")
    title = next(text.get_text() for text in made.texts if text.get_gid() == "title")
    assert title.startswith("Which parameters decide whether $V_")


def test_two_analyses_are_compared_by_their_dots():
    made, said = figure_of([("one", SOBOL), ("two", SOBOL)], Wish())
    dots = [line for line in made.axes[0].lines if line.get_marker() == "o"]
    np.testing.assert_array_equal([line.get_xdata() for line in dots], [[0.7, 0.3, 0.2]] * 2)
    assert "2 analyses of 5" in said[-1]


def test_what_an_analysis_lacks_is_said():
    for kind in ("interactions", "screening"):
        with pytest.raises(DeclarationError, match=f"kind: {kind} needs .*use indices"):
            drawn(result({"ST": (TOTAL, HALF)}), kind=kind)


def test_every_statistic_of_an_analysis_can_be_called():
    for name in (name for name, one in STATISTICS.items() if one.groups):
        index = analysed.Index(outcome="V_rest", text="V_rest", statistic=name)
        assert "V_rest" in statistics.of_parameters(index)
        shape = (3,) * STATISTICS[name].groups
        assert analysed.best(Sweep.of(result({name: (np.ones(shape), None)}))) == f"V_rest_{name}"


@pytest.mark.slow
def test_what_the_program_finds_is_drawn():
    def cell(*, a, b):
        return {"V": jnp.asarray(2.0 * a + b)}

    cell.parameters = {name: {"unit": "mV", "default": 1.0} for name in "ab"}
    cell.outputs = {"V": {"unit": "mV"}}
    drawn_from = {name: {"uniform": [0, 1], "unit": "mV"} for name in "ab"}
    study = ls.Study(name="small", kernel=cell, population={"size": 256, "parameters": drawn_from})
    _, axes, _ = drawn(ls.sensitivity(study, progress=False))
    widths = [bar.get_width() for bar in axes.containers[0]]
    np.testing.assert_allclose(widths, [0.8, 0.2], atol=0.01)  # 4 : 1


def test_rows_of_dots_are_in_the_order_of_the_indices_from_nothing_on():
    several = figure_of([("one", SOBOL), ("two", SOBOL)], Wish())[0].axes[0]
    both = np.stack([TOTAL, 0.1 * TOTAL], axis=1)
    kinds = result({"ST": (both, None)}, axes={"solution": np.array(["low", "high"])})
    of_labels = figure_of([("kinds", kinds)], Wish())[0].axes[0]
    for axes in (several, of_labels):
        dots = next(line for line in axes.lines if line.get_marker() == "o")
        np.testing.assert_array_equal(dots.get_xdata(), [0.7, 0.3, 0.2])
        assert axes.get_yticklabels()[1].get_text() == "temperature"
        assert axes.get_xlim()[0] <= 0.0


def test_a_map_is_of_the_parameter_that_decides_most():
    values = TOTAL[:, None, None] * np.ones((3, 4, 5))
    data = result({"ST": (values, None)}, axes={"warm": WARM, "late": np.arange(5.0)})
    (place,) = decide(Sweep.of(data), Wish(kind="heatmap")).places
    assert place.value == "K_out"


def test_mean_squared_slopes_have_units_of_their_own_and_are_not_compared():
    data = result({"dgsm": (TOTAL, HALF), "ST_bound": (TOTAL, HALF)})
    assert data.V_rest_dgsm.attrs["units"] == "mV**2 per square of parameter_unit"
    assert decide(Sweep.of(data), Wish()).output == "V_rest_ST_bound"
    with pytest.raises(DeclarationError, match=r"another unit for each.*draw V_rest_ST_bound, or"):
        drawn(data, output="V_rest_dgsm")
