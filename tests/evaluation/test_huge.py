"""Laws of size: what no store can hold is refused when it is planned."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

import leakscape as ls
from leakscape.errors import KernelError, PlanError
from leakscape.evaluation import huge
from leakscape.evaluation.plan import make_plan


def listed(size, *, other=0, coordinate=None):
    """Return a study of a kernel with an own dimension of a size, of two where asked."""

    def kernel(*, x):
        more = {"W": x * jnp.ones(other)} if other else {}
        return {"V": x * jnp.ones(size)} | more

    kernel.parameters = {"x": {"unit": "1"}}
    output = {"unit": "mV", "dimension": "step"}
    kernel.outputs = {"V": output | ({"coordinate": coordinate} if coordinate else {})}
    if other:
        kernel.outputs["W"] = output
    axes = {"x": {"linear": [0, 1], "size": 3, "unit": "1"}}
    return ls.Study(name="listed", kernel=kernel, axes=axes)


def test_a_chunk_of_gigabytes_is_refused_before_anything_is_compiled(tmp_path):
    wanted = r"output V: a chunk may take 134 MB, got 4000 MB for 1 x 1000000000 numbers; shorten s"
    for act in (make_plan, ls.evaluate, lambda study: ls.run(study, tmp_path / "a.zarr")):
        with pytest.raises(PlanError, match=wanted):
            act(listed(10**9))
    assert not list(tmp_path.iterdir())


def test_an_own_dimension_that_just_fits_is_one_chunk_a_point():
    assert make_plan(listed(2**25)).grid.chunks == (1,)
    with pytest.raises(PlanError, match="a chunk may take"):
        make_plan(listed(2**25 + 1))


def test_a_coordinate_that_could_not_be_opened_is_refused(monkeypatch):
    monkeypatch.setattr(huge, "LARGEST_COORDINATE_BYTES", 16)
    with pytest.raises(PlanError, match=r"x: a coordinate may take 0 MB, got 0 MB; shorten x"):
        make_plan(listed(2))


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        ({"size": 4, "other": 5}, r"W must be as long along step as V, 4, got 5"),
        ({"size": 4, "coordinate": [1.0, 2.0]}, r"V must be as long along step .* 2, got 4"),
        ({"size": 0}, r"V must have at least one value along step, got 0"),
    ],
)
def test_lengths_that_contradict_one_another_are_refused_when_planned(made, wanted):
    with pytest.raises(KernelError, match=wanted):
        make_plan(listed(**made))


@pytest.mark.slow
def test_an_axis_of_millions_of_explicit_values_is_refused_before(tmp_path):
    study = listed(2)
    axes = {"x": ls.Axis.values(np.linspace(0.0, 1.0, 2_000_001).tolist())}
    study = ls.Study(name="many", kernel=study.kernel, axes=axes)
    with pytest.raises(PlanError, match=r"in 2000000 entries, got .* write axes as linear or log"):
        ls.run(study, tmp_path / "a.zarr")
    assert not list(tmp_path.iterdir())
