"""Sobol indices are those that are known in closed form, within the intervals that are given."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from published import (
    ISHIGAMI_NAMES,
    between,
    g_function,
    g_truth,
    ishigami,
    ishigami_truth,
    kernel,
    linear,
    linear_truth,
    study,
)

import leakscape as ls
from leakscape_kernels.batching import where_needed


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize("second", [True, False])
def test_ishigami_has_its_indices_within_their_intervals(second):
    truth, found = ishigami_truth(), ls.sensitivity(ishigami(), second_order=second)
    for name in ("S1", "ST"):
        assert found[f"y_{name}"].dims == ("parameter",)
        away = np.abs(found[f"y_{name}"] - truth[name])
        assert away.max() < 8e-3
        assert (away <= 2.0 * found[f"y_{name}_error"] + 1e-12).all()
        assert found[f"y_{name}_error"].max() < 8e-3
    assert float(found.y_mean) == pytest.approx(truth["mean"], abs=2e-3)
    assert float(found.y_variance) == pytest.approx(truth["variance"], rel=5e-3)
    assert list(found.parameter.values) == list(ISHIGAMI_NAMES)
    assert int(found.n_points) == 16 * 1024 * (8 if second else 5)
    if second:
        pairs = found.y_S2.values
        np.testing.assert_array_equal(pairs, pairs.T)
        assert np.isnan(np.diag(pairs)).all()
        wanted = np.zeros((3, 3))
        wanted[0, 2] = wanted[2, 0] = truth["S2"]
        away = np.abs(pairs - wanted)[~np.eye(3, dtype=bool)]
        assert away.max() < 8e-3
    else:
        assert "y_S2" not in found


def test_axes_and_an_outputs_own_dimension_stay_and_each_place_is_the_study_held_there():
    def call(a, b, scale):
        times = jnp.array([1.0, 2.0])
        return {"course": a * times**2 + scale * b, "y": a + scale * b}

    call.parameters = {"a": "1", "b": "1", "scale": "1"}
    call.outputs = {
        "y": {"unit": "mV", "headline": True},
        "course": {
            "unit": "mV",
            "dimension": "time",
            "coordinate": [1.0, 2.0],
            "coordinate_unit": "s",
        },
    }
    sizes = {"a": {"uniform": [0, 1]}, "b": {"uniform": [0, 1]}}
    scales = np.array([1.0, 2.0, 3.0])
    axes = {"scale": {"values": scales, "unit": "1"}}
    found = ls.sensitivity(study(call, sizes, axes=axes, size=256), output=["y", "course"])
    assert found.y_S1.dims == ("parameter", "scale")
    assert found.course_ST.dims == ("parameter", "scale", "time")
    assert found.course_S1.attrs["units"] == "1"
    assert found.course_variance.attrs["units"] == "mV**2"
    assert found.time.values.tolist() == [1.0, 2.0]
    share = 1.0 / (1.0 + scales**2)  # of a + scale b with equal spreads
    np.testing.assert_allclose(found.y_ST.sel(parameter="a"), share, atol=2e-3)
    late = 16.0 / (16.0 + scales**2)
    np.testing.assert_allclose(found.course_S1.sel(parameter="a", time=2.0), late, atol=5e-3)
    assert found.n_failed.dims == ("scale",)


def test_points_that_are_computed_apart_have_the_indices_of_the_same_formula_in_one_piece():
    def apart(a, b, scale):
        far = where_needed(lambda x: jnp.exp(3.0 * x) * x, a > 0.9, a, a)
        return far + scale * b * b

    def whole(a, b, scale):
        return jnp.where(a > 0.9, jnp.exp(3.0 * a) * a, a) + scale * b * b

    names = ("a", "b", "scale")
    axes = {"scale": {"values": [1.0, 9.0], "unit": "1"}}
    ranges = between(("a", "b"), 0.0, 1.0)
    one, other = (
        ls.sensitivity(study(kernel(names, call), ranges, axes=axes, size=256), scrambles=4)
        for call in (apart, whole)
    )
    for name in ("y_S1", "y_ST", "y_mean", "y_variance"):
        np.testing.assert_allclose(one[name], other[name], rtol=2e-6, atol=2e-6)


@pytest.mark.slow
def test_an_inert_parameter_has_no_index_and_nothing_varies_is_told():
    one = kernel(("a", "b", "idle"), lambda a, b, idle: 1000.0 + a * b + 0.0 * idle)
    ranges = between(("a", "b", "idle"), 0.5, 1.0)
    found = ls.sensitivity(study(one, ranges, size=64))
    for name in ("S1", "ST", "S1_error", "ST_error"):
        assert float(found[f"y_{name}"].sel(parameter="idle")) == 0.0
    same = kernel(("a", "b"), lambda a, b: 3.3 + 0.0 * a * b)
    with pytest.raises(ls.DeclarationError, match=r"y is constant, 3\.3 throughout.*choose"):
        ls.sensitivity(study(same, between(("a", "b"), 0, 1), size=64))


@pytest.mark.slow
def test_a_group_is_one_parameter_and_a_condition_is_an_output_of_yes_and_no():
    groups = {"pair": ["x1", "x3"]}
    found = ls.sensitivity(
        ishigami(sensitivity={"groups": groups}), output=["y", "y > 3.5", "y <= 3.5"]
    )
    assert found.parameter.values.tolist() == ["pair", "x2"]
    share = ishigami_truth()["S1"][1]  # x2 takes part in no interaction
    np.testing.assert_allclose(found.y_S1, [1.0 - share, share], atol=8e-3)
    np.testing.assert_allclose(found.y_ST, [1.0 - share, share], atol=8e-3)
    # Yes and no have the same indices, and one's mean is what the other's lacks.
    high, low = "y_above_3p5", "y_at_most_3p5"
    np.testing.assert_allclose(found[f"{high}_S1"], found[f"{low}_S1"], atol=1e-9)
    assert float(found[f"{high}_mean"] + found[f"{low}_mean"]) == pytest.approx(1.0, abs=1e-12)
    p = float(found[f"{high}_mean"])
    assert float(found[f"{high}_variance"]) == pytest.approx(p * (1.0 - p), rel=1e-3)
    assert found[f"{high}_S1"].attrs["long_name"].endswith("of whether y > 3.5")


@pytest.mark.slow
def test_doubling_ends_where_every_half_width_is_small_enough_or_too_much_is_evaluated():
    small = ishigami(size=64)
    found = ls.sensitivity(small, until=0.02)
    widths = [found[f"y_{name}_error"].max() for name in ("S1", "ST")]
    assert max(widths) < 0.02
    assert found.attrs["base_points"] > 64
    before = ls.sensitivity(ishigami(size=found.attrs["base_points"] // 2))
    assert max(before[f"y_{name}_error"].max() for name in ("S1", "ST")) >= 0.02
    same = ls.sensitivity(ishigami(size=found.attrs["base_points"]))
    np.testing.assert_allclose(found.y_S1, same.y_S1, atol=1e-5)  # other chunks, another centre
    ended = ls.sensitivity(small, until=1e-6, most=50_000)
    assert int(ended.n_points) <= 50_000 < 2 * int(ended.n_points)


def test_points_without_a_value_are_named_or_left_out_with_their_base_points():
    one = kernel(("a", "b"), lambda a, b: jnp.where(a > 0.9, jnp.nan, a + b))
    ranges = between(("a", "b"), 0, 1)
    with pytest.raises(ls.DeclarationError, match=r"y has no value at a = 0\.9\d+, b = .*drop"):
        ls.sensitivity(study(one, ranges, size=256))
    found = ls.sensitivity(study(one, ranges, size=1024), on_invalid="drop")
    points = int(found.n_points)
    # Of A, B, AB_a and AB_b each has one value of a: a tenth of the points fail.
    assert int(found.n_failed) == pytest.approx(points / 10, rel=0.02)
    share = 0.81 / 1.81  # what is left are two independent uniform numbers, one of them shorter
    np.testing.assert_allclose(found.y_S1, [share, 1.0 - share], atol=5e-3)


@pytest.mark.slow
@pytest.mark.parametrize("second", [False, True])
def test_the_g_function_has_its_indices(second):
    truth, found = g_truth(), ls.sensitivity(g_function(size=2**13), second_order=second)
    for name in ("S1", "ST"):
        away = np.abs(found[f"y_{name}"] - truth[name])
        assert away.max() < 1e-3
        assert (away <= 2.5 * found[f"y_{name}_error"] + 1e-12).all()


@pytest.mark.slow
def test_a_linear_model_has_the_shares_of_its_squared_weights():
    found = ls.sensitivity(linear(size=2**12))
    np.testing.assert_allclose(found.y_ST, linear_truth(), atol=1e-4)
    np.testing.assert_allclose(found.y_S1, linear_truth(), atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("acting", [2, 3, 4, 5])
def test_moore_and_mckay_thirty_inputs_of_which_few_act(acting):
    """Morris, Moore and McKay (2006, doi:10.1198/004017006000000191): ST of each 1.1/(1.05 k)."""
    names = tuple(f"x{i}" for i in range(30))
    beta = 12.0 * np.sqrt(0.1 / (acting - 1))
    alpha = np.sqrt(12.0) - 6.0 * np.sqrt(0.1 * (acting - 1))

    def function(*xs):
        act = jnp.stack(xs[:acting])
        pairs = (jnp.sum(act) ** 2 - jnp.sum(act**2)) / 2.0
        return alpha * jnp.sum(act) + beta * pairs

    ranges = between(names, 0.0, 1.0)
    found = ls.sensitivity(study(kernel(names, function), ranges, size=2**12))
    S1, ST = np.zeros(30), np.zeros(30)
    S1[:acting], ST[:acting] = 1.0 / (1.05 * acting), 1.1 / (1.05 * acting)
    np.testing.assert_allclose(found.y_S1, S1, atol=4e-3)
    np.testing.assert_allclose(found.y_ST, ST, atol=1e-3)
    assert (found.y_ST.values[acting:] == 0.0).all()


def rmse(made, truth, sizes, seeds):
    """Return the root of the mean squared error of S1 and ST over one scramble each."""
    errors = []
    for size in sizes:
        away = []
        for seed in seeds:
            found = ls.sensitivity(made(size=size), seed=seed, scrambles=2)
            away += [found[f"y_{n}"].values - truth[n] for n in ("S1", "ST")]
        errors.append(np.sqrt(np.mean(np.square(away))))
    return np.array(errors)


@pytest.mark.slow
@pytest.mark.parametrize(("made", "truth"), [(ishigami, ishigami_truth), (g_function, g_truth)])
def test_errors_fall_faster_than_the_three_quarters_power(made, truth):
    sizes = [2**k for k in range(8, 15)]
    errors = rmse(made, truth(), sizes, range(12))
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert slope < -0.75


@pytest.mark.slow
@pytest.mark.parametrize("second", [False, True])
def test_intervals_cover_as_often_as_they_say(second):
    truth, covered = ishigami_truth(), []
    for seed in range(200):
        found = ls.sensitivity(ishigami(size=512), seed=seed, second_order=second)
        for name in ("S1", "ST"):
            away = np.abs(found[f"y_{name}"] - truth[name])
            covered.append(away <= found[f"y_{name}_error"])
    share = np.mean(covered, axis=0)
    assert share.min() >= 0.90
    assert share.max() <= 0.98
    assert 0.90 <= np.mean(covered) <= 0.98
