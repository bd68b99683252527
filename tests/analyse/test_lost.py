"""What is told of a reduction: how many points it took in, and which are in no statistic."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

import leakscape as ls
from leakscape.analyse.findings import find
from leakscape.analyse.lost import find_lost
from leakscape.cli.findings import tell
from leakscape.sweep import Sweep


def kernel(*, x, y):
    """V fails where x + y is above 1.5; W is undefined by itself below 0.5."""
    V = jnp.where(x + y > 1.5, jnp.nan, -80.0 + 40.0 * x)
    return {"V": V, "W": jnp.where(x < 0.5, jnp.nan, x)}


kernel.parameters = {name: {"unit": "1", "default": 0.0} for name in "xy"}
kernel.outputs = {"V": {"unit": "mV"}, "W": {"unit": "1", "may_be_undefined": True}}
X, Y = np.linspace(0.0, 1.0, 101), np.array([0.0, 0.6, 1.0])
STUDY = ls.Study(
    name="lost",
    kernel=kernel,
    axes={
        "x": {"linear": [0.0, 1.0], "size": 101, "unit": "1"},
        "y": {"values": [*Y], "unit": "1"},
    },
    reduce={"over": ["x"], "V": ["mean", {"quantile": [0.1, 0.9]}], "W": ["mean"]},
    where=["x > 0.095"],
    picture={"output": "V", "contour": "-60 mV"},
)
LEFT = np.broadcast_to(X[:, None] < 0.095, (101, 3))
FAILED = (X[:, None] + Y > 1.5 + 1e-9) & ~LEFT


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    place = tmp_path_factory.mktemp("lost") / "lost.zarr"
    ls.run(STUDY, place)
    return place


def test_what_is_in_no_statistic_is_counted_with_where_most_of_it_is(path):
    left, failed, alone = find_lost(Sweep.of(ls.open(path)))
    assert (left.why, left.number, left.of) == ("left out by a condition", LEFT.sum(), 303)
    assert left.where == ()
    assert (failed.why, failed.number) == ("failed", FAILED.sum())
    assert failed.most == pytest.approx(FAILED.sum(axis=0).max() / 101)
    assert [(place.name, place.value) for place in failed.where] == [("y", 1.0)]
    undefined = (X[:, None] < 0.5) & ~LEFT & ~FAILED
    assert (alone.why, alone.number) == ("without a value of W alone", undefined.sum())


def test_findings_speak_of_the_points_that_were_reduced(path, capsys):
    found = find(path)
    assert (found.points, found.reduced) == (3, 303)
    assert [entry.name for entry in found.ranges] == ["V_mean", "V_quantile", "W_mean"]
    tell(path, STUDY)
    said = capsys.readouterr().out
    assert f"failed: {FAILED.sum()} of 303 points" in said
    assert "; most with y = 1: " in said
    assert "303 points reduced to 3, " in said


def test_a_level_is_compared_with_the_mean_at_each_kept_point(path):
    (level,) = find(path, STUDY).levels
    assert level.output == "V_mean"
    means = [-80.0 + 40.0 * X[~(LEFT | FAILED)[:, at]].mean() for at in range(3)]
    assert [share.above for share in level.counting.shares] == [m > -60.0 for m in means]
    unreduced = ls.evaluate(ls.Study(name="all", kernel=kernel, axes=STUDY.axes, outputs=["V"]))
    assert find_lost(Sweep.of(unreduced)) == ()
