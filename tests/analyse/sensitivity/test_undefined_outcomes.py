"""An outcome that has no value at some points says how many base points are not in its indices."""

import jax.numpy as jnp
import pytest

import leakscape as ls


def cell(*, a, b):
    """a + b, without a value where a is below a quarter."""
    return {"sum": jnp.where(a < 0.25, jnp.nan, a + b), "all": a - b}


cell.parameters = {"a": {"unit": "1"}, "b": {"unit": "1"}}
cell.outputs = {"sum": {"unit": "1", "may_be_undefined": True}, "all": {"unit": "1"}}


def test_the_part_that_was_dropped_is_told():
    study = ls.Study(
        name="partly",
        question="Of which?",
        kernel=cell,
        population={
            "size": 4096,
            "seed": 1,
            "parameters": {"a": {"uniform": [0, 1]}, "b": {"uniform": [0, 1]}},
        },
        outputs=("sum", "all"),
    )
    found = ls.sensitivity(study, on_invalid="drop", progress=False)
    # Of a base point's points some have a, others its second draw: both have to be above a quarter.
    told = found.attrs["remark"]
    part = float(told.partition("one point or more of ")[2].partition(" %")[0]) / 100
    assert told.startswith("sum has no value at one point or more of ")
    # Scrambled nets of 16 x 4096 base points come closer than their square root.
    assert part == pytest.approx(1 - 0.75**2, abs=0.002)
    assert "all has no value" not in told
    assert float(found.n_failed) == 0


def test_where_every_point_has_a_value_nothing_is_said():
    study = ls.Study(
        name="whole",
        question="Of which?",
        kernel=cell,
        population={
            "size": 256,
            "seed": 1,
            "parameters": {"a": {"uniform": [0.5, 1]}, "b": {"uniform": [0, 1]}},
        },
        outputs=("sum", "all"),
    )
    found = ls.sensitivity(study, on_invalid="drop", progress=False)
    assert "no value" not in found.attrs.get("remark", "")
