"""Shapley effects of a population that conditions truncate are those of the truncated one."""

from __future__ import annotations

import numpy as np
import pytest
from published import between, kernel, study
from scipy import stats

import leakscape as ls

TWO = kernel(("a", "b"), lambda a, b: a + 2.0 * b)
UNIT = between(("a", "b"), 0, 1)
WITHIN = 2.5
"""Half-widths that an estimate may lie from the truth, of several at a time, the seed fixed."""


def truth(weights, values):
    """Return mean, variance and both Shapley effects of values on a fine grid with weights.

    By their definition, without any sample: the variance of what is known once one parameter is.
    """
    weights = weights / weights.sum()
    mean = np.sum(weights * values)
    whole = np.sum(weights * (values - mean) ** 2)

    def known(axis):
        share = weights.sum(axis=axis)
        there = share > 0.0
        one = (weights * values).sum(axis=axis)[there] / share[there]
        return np.sum(share[there] * (one - mean) ** 2)

    first, second = known(1), known(0)
    effects = np.array([first + whole - second, second + whole - first]) / (2.0 * whole)
    return mean, whole, effects


def grid(low, high, size=1600):
    at = low + (high - low) * (np.arange(size) + 0.5) / size
    return np.meshgrid(at, at, indexing="ij")


def agree(found, wanted, name="y"):
    for statistic, value in zip(("mean", "variance", "shapley"), wanted, strict=True):
        one = f"{name}_{statistic}"
        away = np.abs(found[one].values - value)
        assert (away <= WITHIN * found[f"{one}_error"].values).all(), (one, found[one].values)


@pytest.mark.slow
def test_a_triangle_is_that_of_quadrature():
    a, b = grid(0.0, 1.0)
    wanted = truth((a + b < 1.0).astype(float), a + 2.0 * b)
    np.testing.assert_allclose(wanted[2], [0.125, 0.875], atol=1e-3)  # by hand: 1/48 of 1/6
    found = ls.sensitivity(study(TWO, UNIT, size=4096, where=["a + b < 1"]), "shapley")
    agree(found, wanted)
    assert float(found.y_shapley_error.max()) < 6e-3
    assert int(found.n_unmatched) < 16
    assert float(found.y_shapley.sum()) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.slow
def test_a_half_space_of_correlated_normals_is_that_of_quadrature():
    a, b = grid(-6.0, 6.0)
    density = stats.multivariate_normal([0, 0], [[1.0, 0.6], [0.6, 1.0]]).pdf(np.dstack([a, b]))
    wanted = truth(density * (a + b > 0.5), np.exp(0.5 * a) + b)
    drawn = {name: {"normal": [0, 1]} for name in ("a", "b")}
    call = kernel(("a", "b"), lambda a, b: np.e ** (0.5 * a) + b)
    made = study(call, drawn, size=4096, where=["a + b > 0.5"])
    made = made.with_(population={"correlation": {"a, b": 0.6}})
    found = ls.sensitivity(made, "shapley")
    agree(found, wanted)
    assert float(found.y_shapley_error.max()) < 0.01


@pytest.mark.slow
def test_random_orders_of_seven_normals_keep_to_a_condition_of_two():
    """What is neither conditioned on nor correlated with it keeps its own part of a sum."""
    names = tuple(f"x{i}" for i in range(7))
    call = kernel(names, lambda *xs: sum(xs))
    made = study(call, {n: {"normal": [0, 1]} for n in names}, size=1024, where=["x0 + x1 > 0.5"])
    made = made.with_(population={"correlation": {"x2, x3": 0.7}})
    a, b = grid(-6.0, 6.0)
    density = np.exp(-(a * a + b * b) / 2.0) * (a + b > 0.5)
    mean, whole, (one, other) = truth(density, a + b)
    parts = np.array([one * whole, other * whole, 1.7, 1.7, 1.0, 1.0, 1.0])
    found = ls.sensitivity(made, "shapley")
    agree(found, (mean, parts.sum(), parts / parts.sum()))
    assert float(found.y_shapley_error.max()) < 0.03


@pytest.mark.slow
def test_at_each_place_of_an_axis_the_points_are_those_that_are_kept_there():
    """Axes, labels, parameters and outputs may be in conditions; a place has points of its own."""
    call = kernel(("a", "b", "c", "most"), lambda a, b, c, most: a + c * b)
    axes = {
        "most": {"values": [0.5, 1.0], "unit": "1"},
        "kind": {"label": ["one", "two", "none"], "c": {"values": [1, 2, 3], "unit": "1"}},
    }
    kept = ["a + b < most", "kind != none", "y > 0.1", "b - a > -most / 2"]
    made = study(call, UNIT, size=1024, axes=axes, where=kept)
    found = ls.sensitivity(made, "shapley")
    assert found.y_shapley.dims == ("parameter", "most", "kind")
    a, b = grid(0.0, 1.0)
    for most in (0.5, 1.0):
        for kind, c in (("one", 1.0), ("two", 2.0)):
            inside = (a + b < most) & (a + c * b > 0.1) & (b - a > -most / 2.0)
            at = {"most": most, "kind": kind}
            agree(found.sel(at), truth(inside.astype(float), a + c * b))
    assert np.isnan(found.y_shapley.sel(kind="none")).all()


@pytest.mark.slow
def test_conditions_of_two_studies_with_one_code_are_told_apart():
    drawn = {"size": 256, "sensitivity": {"target": "y > 1"}}
    low, high = (
        ls.sensitivity(study(TWO, UNIT, where=[f"a > {least}"], **drawn), "regional")
        for least in (0.25, 0.75)
    )
    counted = [int(f.y_above_1_n_target + f.y_above_1_n_other) for f in (low, high)]
    np.testing.assert_allclose(counted, [0.75 * 4096, 0.25 * 4096], rtol=0.01)
    axes = {"kind": {"label": ["one", "two"], "c": {"values": [1, 2], "unit": "1"}}}
    call = kernel(("a", "b", "c"), lambda a, b, c: a + c * b)
    found = ls.sensitivity(study(call, UNIT, axes=axes, where=["kind != one"], **drawn), "regional")
    assert np.isnan(found.y_above_1_ks.sel(kind="one")).all()
    assert (found.y_above_1_ks.sel(kind="two") > 0.0).all()


@pytest.mark.slow
def test_conditions_that_leave_nothing_or_fix_a_parameter_are_refused():
    with pytest.raises(ls.DeclarationError, match=r"\[where\] leaves out every point.*loosen"):
        ls.sensitivity(study(TWO, UNIT, size=64, where=["a + b > 3"]), "shapley", scrambles=2)
    thin = study(TWO, UNIT, size=1024, where=["b - a between -0.0001 and 0.0001"])
    with pytest.raises(ls.DeclarationError, match=r"% of the base points 1024 candidates hold no"):
        ls.sensitivity(thin, "shapley", scrambles=2)


@pytest.mark.slow
def test_a_kept_point_that_fails_is_named_as_it_was_drawn():
    call = kernel(("a", "b"), lambda a, b: np.e ** (1000.0 * (a > 0.9)) + b)
    made = study(call, UNIT, size=256, where=["a > 0.8"])
    with pytest.raises(ls.DeclarationError, match=r"y has no value at a = 0\.9\d+, b = "):
        ls.sensitivity(made, "shapley")
    found = ls.sensitivity(made, "shapley", on_invalid="drop")
    assert int(found.n_failed) > 0
    assert np.isfinite(found.y_shapley).all()
