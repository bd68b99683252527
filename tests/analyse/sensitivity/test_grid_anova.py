"""Indices of a stored sweep are exact where its axes are Gauss' nodes, and never need a point."""

from __future__ import annotations

import math

import numpy as np
import pytest
from published import (
    ISHIGAMI_NAMES,
    LINEAR,
    ishigami_truth,
    ishigami_value,
    kernel,
    linear_truth,
    shapley_of,
)

import leakscape as ls
from leakscape.analyse.sensitivity import stored_grid
from leakscape.analyse.sensitivity.anova import shapley


def grid(call, axes, **fields) -> ls.Study:
    return ls.Study(name="grid", kernel=call, axes=axes, precision="float64", **fields)


def nodes(low: float, high: float, size: int, kind: str = "gauss") -> dict[str, object]:
    return {kind: [low, high], "size": size, "unit": "1"}


GAUSS = 1e-9
"""Indices by 16 Gauss' nodes a parameter are exact to this [1]: sines are no polynomials."""
ROUNDING, SINGLE = 1e-12, 1e-6
"""What sums of few numbers lose in 64 bits, and values that were stored in 32 [1]."""


def ishigami_grid(size: int) -> ls.Study:
    call = kernel(ISHIGAMI_NAMES, ishigami_value)
    return grid(call, {name: nodes(-math.pi, math.pi, size) for name in ISHIGAMI_NAMES})


def test_ishigami_on_16_nodes_a_parameter_is_exact_to_1e_9(monkeypatch):
    monkeypatch.setattr(stored_grid, "SLAB_BYTES", 5 * 16 * 16 * 8)  # slabs of 5, the last of 1
    truth = ishigami_truth()
    found = ls.sensitivity(ls.evaluate(ishigami_grid(16)), "grid", second_order=True)
    for name in ("S1", "ST"):
        np.testing.assert_allclose(found[f"y_{name}"], truth[name], atol=GAUSS)
        assert f"y_{name}_error" not in found  # nothing is estimated
    assert float(found.y_mean) == pytest.approx(truth["mean"], abs=1e-9)
    assert float(found.y_variance) == pytest.approx(truth["variance"], rel=1e-9)
    pairs = found.y_S2.values
    assert pairs[0, 2] == pairs[2, 0] == pytest.approx(truth["S2"], abs=1e-9)
    assert abs(pairs[0, 1]) < 1e-9
    assert np.isnan(np.diag(pairs)).all()
    # What the two explain only together falls to each by half.
    half = truth["S1"] + truth["S2"] / 2.0 * np.array([1.0, 0.0, 1.0])
    np.testing.assert_allclose(found.y_shapley, half, atol=GAUSS)
    assert int(found.n_points) == 16**3


def test_gauss_nodes_integrate_polynomials_to_twice_their_number_less_one():
    for kind, power in (("gauss", 7), ("log_gauss", 0)):
        axis = ls.Axis.of({kind: [1.0, 3.0], "size": 4, "unit": "1"})
        weights = stored_grid.weights(axis.table(), 4)
        found = weights @ axis.points() ** power
        wanted = (3.0 ** (power + 1) - 1.0) / (2.0 * (power + 1))
        assert found == pytest.approx(wanted, rel=1e-13)
    logs = ls.Axis.log_gauss(1.0, 100.0, size=3)
    middle = stored_grid.weights(logs.table(), 3) @ np.log(logs.points()) ** 5
    assert middle == pytest.approx(np.log(100.0) ** 5 / 6.0, rel=1e-12)


def test_a_shapley_value_is_the_mean_over_all_orders_of_what_a_player_adds():
    rng = np.random.default_rng(1)
    values = rng.normal(size=16)
    wanted = shapley_of(lambda members: values[sum(1 << one for one in members)], 4)
    np.testing.assert_allclose(shapley(values), wanted, rtol=ROUNDING)


def test_text_axes_and_times_stay_and_evenly_spaced_values_are_trapezoids(tmp_path):
    def call(a, b, scale):
        return {"course": a * np.array([1.0, 2.0]) + scale * b, "y": a + scale * b}

    call.parameters = {"a": "1", "b": "1", "scale": "1"}
    call.outputs = {"course": {"unit": "mV", "dimension": "time"}, "y": "mV"}
    axes = {
        "a": {"linear": [0, 1], "size": 5, "unit": "1"},
        "kind": {"label": ["one", "two"], "scale": {"values": [1, 2], "unit": "1"}},
        "b": nodes(0, 1, 3),
    }
    ls.run(grid(call, axes), tmp_path / "g.zarr", progress=False)
    found = ls.sensitivity(tmp_path / "g.zarr", "grid", output=["y", "course", "y > 0.5 mV"])
    assert found.y_S1.dims == ("parameter", "kind")
    assert found.course_S1.dims == ("parameter", "kind", "time")
    assert found.parameter.values.tolist() == ["a", "b"]
    assert "kind holds labels, no numbers: left out" in found.attrs["remark"]
    weights = np.array([0.5, 1, 1, 1, 0.5]) / 4
    of_a = weights @ (np.linspace(0, 1, 5) - 0.5) ** 2
    for kind, scale in (("one", 1), ("two", 2)):
        share = of_a / (of_a + scale**2 / 12)
        assert float(found.y_S1.sel(parameter="a", kind=kind)) == pytest.approx(share)
        late = 4 * of_a / (4 * of_a + scale**2 / 12)
        assert float(found.course_ST.sel(parameter="a", kind=kind, time=1)) == pytest.approx(late)


def test_parameters_that_change_together_are_one_by_the_name_of_their_axis():
    call = kernel(("a", "b", "c"), lambda a, b, c: a + b + c)
    spaced = {"linear": [0, 1], "size": 5, "unit": "1"}
    listed = {"values": [0, 0.25, 0.5, 0.75, 1], "unit": "1"}
    for other, ends in ((spaced, 0.5), (listed, 1.0)):
        axes = {"pair": {"a": spaced, "b": other}, "c": nodes(0, 1, 3)}
        found = ls.sensitivity(ls.evaluate(grid(call, axes)), "grid")
        assert found.parameter.values.tolist() == ["pair", "c"]
        # 2 t + c with t on five points: trapezoids where both are spaced so, else all alike.
        at, counts = np.linspace(0, 1, 5), np.array([ends, 1, 1, 1, ends])
        of_pair = 4.0 * np.average((at - 0.5) ** 2, weights=counts)
        share = of_pair / (of_pair + 1.0 / 12.0)
        np.testing.assert_allclose(found.y_S1, [share, 1.0 - share], rtol=1e-9)


def test_what_is_no_grid_is_refused():
    call = kernel(("a", "b"), lambda a, b: 1.0 / (a > 0.5) + 0.0 * b)
    axes = {"a": nodes(0, 1, 4), "b": nodes(0, 1, 4)}
    failed = ls.evaluate(grid(call, axes))
    one = ls.evaluate(grid(call, {"a": nodes(0.6, 1, 4)}))
    cases = {
        r"8 of its points are failed, and a quadrature needs every one": failed,
        r"needs two axes of numbers or more, got a; sweep another": one,
        r"needs the path of a finished sweep, got 'none\.zarr'; leakscape run": "none.zarr",
        r"there is no output 'z'": ls.evaluate(ishigami_grid(2)),
    }
    for words, given in cases.items():
        with pytest.raises(ls.DeclarationError, match=words):
            ls.sensitivity(given, "grid", output="z" if "'z'" in words else ())


@pytest.mark.slow
def test_a_linear_model_and_a_sweep_of_format_and_float32_agree(tmp_path):
    names = tuple(f"x{i}" for i in range(5))
    call = kernel(names, lambda *xs: sum(c * x for c, x in zip(LINEAR, xs, strict=True)))
    study = ls.Study(name="lin", kernel=call, axes={name: nodes(0, 1, 5) for name in names})
    ls.run(study, tmp_path / "lin.zarr", progress=False)
    found = ls.sensitivity(tmp_path / "lin.zarr", "grid", store=tmp_path / "found.zarr")
    for name in ("S1", "ST", "shapley"):
        np.testing.assert_allclose(found[f"y_{name}"], linear_truth(), atol=SINGLE)
    assert (tmp_path / "found.zarr" / "zarr.json").exists()
    with pytest.raises(ls.DeclarationError, match=r"is a sweep, whose points.*--method grid"):
        ls.sensitivity(tmp_path / "lin.zarr")
