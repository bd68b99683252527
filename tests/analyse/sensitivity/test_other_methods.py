"""Shapley effects, elementary effects, mean squared slopes and distances are the published ones."""

from __future__ import annotations

import math

import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from published import (
    LINEAR,
    between,
    g_function,
    ishigami,
    ishigami_truth,
    kernel,
    linear,
    linear_truth,
    shapley_of,
    study,
)
from scipy import stats

import leakscape as ls

SCATTER, EFFECTS = 2e-3, 0.01
"""How far shares [1] and effects of so many points may lie from the exact ones, the seed fixed."""
SINGLE = 1e-5
"""Differences of numbers in 32 bits over a step of 2/3 [1]."""


def gaussian(weights, deviations, correlation, **fields) -> ls.Study:
    """A weighted sum of normal parameters that are correlated."""
    names = tuple(f"x{i}" for i in range(len(weights)))
    call = kernel(names, lambda *xs: sum(w * x for w, x in zip(weights, xs, strict=True)))
    drawn = {n: {"normal": [0, sd]} for n, sd in zip(names, deviations, strict=True)}
    one = study(call, drawn, **fields)
    return one.with_(population={"correlation": correlation})


def gaussian_truth(weights, deviations, correlation):
    """Return Shapley effects of a sum of normals: conditional variances, over all orders."""
    number = len(weights)
    whole = np.eye(number)
    for key, value in correlation.items():
        i, j = (int(name.strip()[1:]) for name in key.split(","))
        whole[i, j] = whole[j, i] = value
    covariance = np.outer(deviations, deviations) * whole
    with_y = covariance @ np.array(weights)

    def explained(members):
        inside = sorted(members)
        if not inside:
            return 0.0
        part = covariance[np.ix_(inside, inside)]
        return with_y[inside] @ np.linalg.solve(part, with_y[inside])

    return shapley_of(explained, number) / (np.array(weights) @ with_y)


@pytest.mark.slow
def test_two_correlated_parameters_have_the_shapley_effects_of_owen_and_prieur():
    """Owen and Prieur (2017): standard deviations 1 and 2, correlation 0.9."""
    found = ls.sensitivity(
        gaussian((1, 1), (1, 2), {"x0, x1": 0.9}, size=512), "shapley", scrambles=8
    )
    away = np.abs(found.y_shapley - [0.46686, 0.53314])
    assert (away <= 2.0 * found.y_shapley_error).all()
    assert away.max() < 4e-3
    assert float(found.y_shapley.sum()) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("number", [3, 5, 6, 7])
def test_any_number_of_correlated_parameters_has_its_shapley_effects(number):
    """Up to 5 every set is evaluated, beyond that random orders."""
    rng = np.random.default_rng(number)
    weights, deviations = rng.uniform(0.5, 2.0, number), rng.uniform(0.5, 2.0, number)
    correlation = {"x0, x1": 0.7, "x1, x2": -0.4, f"x0, x{number - 1}": 0.2}
    truth = gaussian_truth(weights, deviations, correlation)
    found = ls.sensitivity(gaussian(weights, deviations, correlation, size=2**13), "shapley")
    away = np.abs(found.y_shapley - truth)
    assert away.max() < 6e-3
    assert (away <= 2.5 * found.y_shapley_error).all()


@pytest.mark.slow
def test_independent_parameters_have_half_of_what_two_explain_together():
    truth = ishigami_truth()
    half = truth["S1"] + truth["S2"] / 2.0 * np.array([1.0, 0.0, 1.0])
    found = ls.sensitivity(ishigami(size=2**13), "shapley")
    np.testing.assert_allclose(found.y_shapley, half, atol=SCATTER)
    eight = ls.sensitivity(g_function(size=2**14), "shapley")
    wanted = [0.751519, 0.210477, 0.028880, 0.008772, *[0.000088] * 4]  # exact, rounded
    np.testing.assert_allclose(eight.y_shapley, wanted, atol=2 * SCATTER)
    groups = {"groups": {"pair": ["x1", "x3"]}}
    two = ls.sensitivity(ishigami(size=2**13, sensitivity=groups), "shapley")
    np.testing.assert_allclose(two.y_shapley, [1 - truth["S1"][1], truth["S1"][1]], atol=SCATTER)


@pytest.mark.slow
def test_elementary_effects_are_those_of_endless_trajectories():
    """The exact values of Morris' design on four levels with a step of 2/3."""
    mu, star, sigma = (
        (7.7040541, 0, 0),
        (7.7040541, 7.875, 6.2487961),
        (6.2487961, 7.875, 8.8371322),
    )
    found = ls.sensitivity(ishigami(size=2**12), "morris")
    for name, wanted in (("mu", mu), ("mu_star", star), ("sigma", sigma)):
        np.testing.assert_allclose(found[f"y_{name}"], wanted, atol=2 * EFFECTS)
    assert "y_mean" not in found  # of levels, not of the population
    assert "remark" not in found.attrs  # uniform parameters move over their whole ranges
    eight = ls.sensitivity(g_function(size=2**14), "morris")
    wanted = (2.591506, 1.480861, 0.592344, 0.334388, *[0.034439] * 4)
    np.testing.assert_allclose(eight.y_mu_star, wanted, atol=EFFECTS)
    wanted = (2.718631, 1.670042, 0.690255, 0.391383, *[0.040391] * 4)
    np.testing.assert_allclose(eight.y_sigma, wanted, atol=EFFECTS)
    np.testing.assert_allclose(eight.y_mu, 0.0, atol=2 * EFFECTS)


@pytest.mark.slow
def test_a_linear_model_has_its_weights_for_effects_and_their_squares_for_slopes():
    small = linear(size=64)
    effects = ls.sensitivity(small, "morris", scrambles=4)
    for name in ("mu", "mu_star"):
        np.testing.assert_allclose(effects[f"y_{name}"], LINEAR, rtol=SINGLE)
    np.testing.assert_allclose(effects.y_sigma, 0.0, atol=5e-3)
    slopes = ls.sensitivity(linear(size=64, precision="float64"), "dgsm", scrambles=4)
    np.testing.assert_allclose(slopes.y_dgsm, np.square(LINEAR), rtol=1e-12)
    # The bound of a straight line: 12 / pi^2 of the share, where the variance is 1/12.
    wanted = 12.0 / np.pi**2 * linear_truth()
    np.testing.assert_allclose(slopes.y_ST_bound, wanted, rtol=2e-2)


@pytest.mark.slow
def test_mean_squared_slopes_are_those_of_mpmath():
    def smooth(a, b, c):
        return jnp.exp(a * b) + jnp.log(c) * b**2

    drawn = {"a": {"uniform": [0, 1]}, "b": {"truncated_normal": [0, 1, -1, 2]}}
    drawn["c"] = {"loguniform": [0.5, 4]}
    one = study(kernel(("a", "b", "c"), smooth), drawn, size=2**13, precision="float64")
    found = ls.sensitivity(one, "dgsm")

    exp, log, quad = mpmath.exp, mpmath.log, mpmath.quad
    mass = quad(lambda b: exp(-b * b / 2), [-1, 2])

    def of_ab(function):
        return quad(lambda a, b: function(a, b) * exp(-b * b / 2) / mass, [0, 1], [-1, 2])

    def of_c(function):
        return quad(lambda c: function(c) / (c * log(8)), [0.5, 4])

    truth = (
        of_ab(lambda a, b: (b * exp(a * b)) ** 2),
        of_ab(lambda a, b: (a * exp(a * b)) ** 2)
        + of_ab(lambda a, b: 4 * a * b * exp(a * b)) * of_c(log)
        + of_ab(lambda a, b: 4 * b * b) * of_c(lambda c: log(c) ** 2),
        of_ab(lambda a, b: b**4) * of_c(lambda c: c**-2),
    )
    truth = np.array([float(one) for one in truth])
    np.testing.assert_allclose(found.y_dgsm, truth, rtol=2e-3)
    ishi = ls.sensitivity(ishigami(size=2**13), "dgsm")
    np.testing.assert_allclose(ishi.y_dgsm, [7.719587940719255, 24.5, 10.98730506943205], rtol=1e-3)
    wanted = [2.2303554, 7.0785783, 3.1744694]  # 4 nu / Var
    np.testing.assert_allclose(ishi.y_ST_bound, wanted, rtol=1e-3)
    total = ls.sensitivity(one)
    assert (total.y_ST <= found.y_ST_bound + total.y_ST_error).all()


@pytest.mark.slow
def test_mean_squared_slopes_are_refused_where_equilibria_appear():
    cell = ls.load("kir_bistability").with_(
        axes={"g_leak": None, "K_out": None}, outputs=["V_rest"], picture={}
    )
    drawn = {"K_out": {"uniform": [4.0, 6.0], "unit": "mmol/L"}}
    wide = drawn | {"g_leak": {"uniform": [0.005, 0.1], "unit": "mS/cm2"}}
    with pytest.raises(ls.DeclarationError, match=r"n_equilibria differs within the population"):
        ls.sensitivity(cell.with_(population={"size": 64, "parameters": wide}), "dgsm")
    narrow = drawn | {"g_leak": {"uniform": [0.2, 0.3], "unit": "mS/cm2"}}
    found = ls.sensitivity(cell.with_(population={"size": 64, "parameters": narrow}), "dgsm")
    assert (found.V_rest_dgsm > 0.0).all()
    assert "n_equilibria_dgsm" not in found


@pytest.mark.slow
def test_distances_are_those_of_kolmogorov_and_smirnov():
    one = kernel(("a", "b"), lambda a, b: a + 0.25 * b)
    drawn = {"a": {"uniform": [0, 1]}, "b": {"lognormal": [1, 0.1]}}
    target = {"target": "y > 0.75"}
    found = ls.sensitivity(study(one, drawn, size=1024, sensitivity=target), "regional")
    u = (np.arange(2000) + 0.5) / 2000
    a, b = np.meshgrid(u, np.exp(0.1 * stats.norm.ppf(u)), indexing="ij")
    inside = a + 0.25 * b > 0.75
    for name, values in (("a", a), ("b", b)):
        hit, rest = np.sort(values[inside]), np.sort(values[~inside])
        at = np.unique(np.quantile(values, np.linspace(0, 1, 4000)))
        apart = np.searchsorted(hit, at) / len(hit) - np.searchsorted(rest, at) / len(rest)
        distance = float(found.y_above_0p75_ks.sel(parameter=name))
        assert distance == pytest.approx(np.abs(apart).max(), abs=5e-3)
    points = int(found.n_points)
    assert int(found.y_above_0p75_n_target + found.y_above_0p75_n_other) == points
    assert float(found.y_above_0p75_mean) == pytest.approx(inside.mean(), abs=2e-3)


@pytest.mark.slow
def test_conditions_leave_points_out_of_the_distances():
    one = kernel(("a", "b"), lambda a, b: a + b)
    drawn = between(("a", "b"), 0, 1)
    part = study(one, drawn, size=2048, sensitivity={"target": "y > 1"}, where=["a > 0.5"])
    found = ls.sensitivity(part, "regional")
    whole = study(
        one,
        {"a": {"uniform": [0.5, 1]}, "b": {"uniform": [0, 1]}},
        size=2048,
        sensitivity={"target": "y > 1"},
    )
    wanted = ls.sensitivity(whole, "regional")
    np.testing.assert_allclose(found.y_above_1_ks, wanted.y_above_1_ks, atol=0.01)
    assert int(found.n_failed) == 0
    counted = int(found.y_above_1_n_target + found.y_above_1_n_other)
    assert counted == pytest.approx(int(found.n_points) / 2, rel=1e-3)


REFUSED = {
    "no target": ({}, "regional", r"there is none; write \[sensitivity\] with target = "),
    "a target that is none": ({"output": "y"}, "regional", r"needs a condition.*got y; write"),
    "no derivative": ({"output": "y > 1"}, "dgsm", r"needs an output with derivatives.*yes or no"),
    "until without shares": ({"until": 0.1}, "morris", r"is of shares of a variance, which morris"),
    "no pairs": ({"second_order": True}, "shapley", r"shapley has no indices of pairs; use sobol"),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_a_method_cannot_do_is_refused(wrong):
    given, method, words = REFUSED[wrong]
    with pytest.raises(ls.DeclarationError, match=words):
        ls.sensitivity(ishigami(), method, **given)


@pytest.mark.parametrize("method", ["sobol", "morris", "dgsm"])
def test_correlated_parameters_are_sent_to_shapley(method):
    with pytest.raises(ls.DeclarationError, match=r"has a correlation; use --method shapley"):
        ls.sensitivity(gaussian((1, 1), (1, 2), {"x0, x1": 0.9}), method)


def test_a_population_is_drawn_with_its_correlation_in_every_use():
    names = ("a", "b", "c")
    drawn = {"a": {"lognormal": [1, 0.5]}, "b": {"uniform": [2, 3]}, "c": {"uniform": [0, 1]}}
    one = study(kernel(names, lambda *xs: sum(xs)), drawn, size=4096)
    one = one.with_(population={"correlation": {"a, b": 0.7}})
    cells = ls.evaluate(one)
    rank = stats.spearmanr(np.stack([cells[name] for name in names], axis=1)).statistic
    assert rank[0, 1] == pytest.approx(6.0 / math.pi * math.asin(0.35), abs=2e-3)  # 0.683
    assert abs(rank[0, 2]) < 0.01
    for name in names:  # each keeps its distribution
        law = drawn[name]
        flat = stats.norm.cdf(np.log(cells[name]) / 0.5) if name == "a" else cells[name] % 1.0
        assert stats.kstest(flat, "uniform").statistic < 5e-3, law
    assert ls.Study(**{**one.tables(), "kernel": one.kernel}).population == one.population


CORRELATIONS = {
    "beyond 1": ({"a, b": 1.0}, r"a, b: must be between -1 and 1, got 1\.0; change it"),
    "no pair": ({"a": 0.5}, r"expected two parameters, got 'a'; write \{ \"g_K, g_Na\" = 0\.7"),
    "itself": ({"a, a": 0.5}, r"expected two parameters, got 'a, a'"),
    "what does not vary": ({"a, d": 0.5}, r"the population has no parameter 'd'"),
    "twice": ({"a, b": 0.5, "b, a": 0.4}, r"a and b are there twice; keep one"),
    "not together": (
        {"a, b": 0.9, "b, c": 0.9, "a, c": -0.9},
        r"must be positive definite, and its smallest eigenvalue is -0\.8; weaken one",
    ),
}


@pytest.mark.parametrize("wrong", CORRELATIONS)
def test_correlations_that_cannot_be_are_refused(wrong):
    table, words = CORRELATIONS[wrong]
    drawn = between(("a", "b", "c"), 0, 1)
    with pytest.raises(ls.DeclarationError, match=words):
        ls.Population(size=8, parameters=drawn, correlation=table)


@pytest.mark.slow
def test_effects_of_parameters_without_ends_say_where_they_are_cut():
    one = kernel(("a", "b"), lambda a, b: 2.0 * a + b)
    drawn = {"a": {"normal": [0, 1]}, "b": {"uniform": [0, 1]}}
    found = ls.sensitivity(study(one, drawn, size=64), "morris", scrambles=2)
    assert found.attrs["remark"].startswith("The whole range of a is from 0.5% to 99.5% of the")
    # Levels 0.005, 1/3, 2/3 and 0.995; from one to the one two up, by the step of 2/3.
    ends = stats.norm.ppf(0.005 + 0.99 * np.arange(4) / 3.0)
    wanted = 2.0 * np.mean([ends[2] - ends[0], ends[3] - ends[1]]) / (2.0 / 3.0)
    assert float(found.y_mu.sel(parameter="a")) == pytest.approx(wanted, rel=1e-5)
