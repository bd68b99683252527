"""What a condition leaves out counts nowhere: in no range, no share, no crossing."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

import leakscape as ls
from leakscape.analyse.findings import find, find_levels
from leakscape.evaluation import plan
from leakscape.sweep import Sweep


def kernel(*, x, y):
    """V fails below x = 0.25; E lacks y; n counts from 1 to 3, and is -1 where V fails."""
    failed = x < 0.25
    return {
        "V": jnp.where(failed, jnp.nan, -80.0 + 40.0 * x + 5.0 * y),
        "E": -100.0 * x,
        "n": jnp.where(failed, -1, jnp.where(y > 0.0, 3, 1)).astype(jnp.int8),
        "status": jnp.where(failed, 13, 1).astype(jnp.uint8),
    }


kernel.parameters = {name: {"unit": "1", "default": 0.0} for name in ("x", "y")}
kernel.outputs = {"V": {"unit": "mV"}, "E": {"unit": "mV"}, "n": "1"}
X = np.linspace(0.0, 1.0, 41)
Y = np.linspace(-1.0, 1.0, 9)
V = np.where(X < 0.25, np.nan, -80.0 + 40.0 * X)[:, None] + 5.0 * Y
AXES = {
    "x": {"linear": [0.0, 1.0], "size": 41, "unit": "1"},
    "y": {"linear": [-1.0, 1.0], "size": 9, "unit": "1"},
}


def study(*conditions, **fields):
    given = {"name": "s", "kernel": kernel, "axes": AXES, "outputs": ["V", "E", "n"]}
    return ls.Study(**given | fields, where=conditions)


@pytest.fixture(params=[2**23, 300], ids=["one chunk", "many chunks"])
def path(request, monkeypatch, tmp_path):
    monkeypatch.setattr(plan, "CHUNK_BYTES", request.param)
    return tmp_path / "s.zarr"


def test_ranges_and_shares_are_those_of_the_points_that_are_kept(path):
    """Kept: x from 0.1 to 0.8, V up to -55 mV where there is any; below 0.25 points fail."""
    ls.run(study("x between 0.09 and 0.81", "V <= -54.9 mV"), path)
    found = find(path)
    inside = np.broadcast_to(((X > 0.09) & (X < 0.81))[:, None], V.shape)
    keep = inside & ~(V > -54.9)
    assert found.n_left_out == found.status[16] == np.sum(~keep)
    assert found.status[13] == np.sum(np.isnan(V) & keep)
    assert sum(found.status.values()) == found.points == V.size
    ranges = {entry.name: entry for entry in found.ranges}
    kept = V[keep]
    assert ranges["V"].minimum == pytest.approx(np.nanmin(kept), rel=1e-6)
    assert ranges["V"].maximum == pytest.approx(np.nanmax(kept), rel=1e-6)
    assert ranges["V"].share == pytest.approx(np.mean(np.isfinite(kept)))
    # E lacks y, so that the condition on V does not reach it: it keeps all of its values inside.
    assert (ranges["E"].minimum, ranges["E"].maximum) == pytest.approx((-80.0, -10.0))
    assert ranges["E"].share == 1.0
    # A whole number says by -1 that a point failed, as it did before; none is of a point left out.
    assert (ranges["n"].minimum, ranges["n"].maximum) == (-1.0, 3.0)
    sound = ls.run(study("x >= 0.25", "y > 0"), path.with_name("n.zarr"))
    assert (sound.n == -1).any()
    (n,) = (entry for entry in find(path.with_name("n.zarr")).ranges if entry.name == "n")
    assert (n.minimum, n.maximum, n.share) == (3.0, 3.0, 1.0)


def test_where_every_point_is_left_out_there_is_no_range_and_no_share(path):
    ls.run(study("V > 500 mV", "x >= 0.25"), path)
    found = find(path)
    assert found.status == {16: V.size}
    assert found.n_left_out == found.points
    (V_range,) = (entry for entry in found.ranges if entry.name == "V")
    assert np.isnan(V_range.minimum)
    assert V_range.share is None


@pytest.mark.parametrize(("output", "level"), [("V", "-60 mV"), ("n", "2"), ("E", "-50 mV")])
def test_shares_above_a_level_are_of_the_points_that_are_kept(path, output, level):
    picture = {"output": output, "contour": level}
    dataset = ls.run(study("x > 0.26", "V <= -54.9 mV", picture=picture), path)
    number = float(level.split()[0])
    values = {"V": V, "n": np.where(Y > 0, 3, 1)[None].repeat(41, 0), "E": -100.0 * X}[output]
    keep = (X > 0.26)[:, None] & ~(V > -54.9) if output != "E" else X > 0.26
    (found,) = find_levels(Sweep.of(dataset))
    (share,) = found.counting.shares
    assert share.counted == np.sum(keep)
    assert share.lost == 0
    assert share.above == pytest.approx(np.mean(values[keep] > number + 1e-4))


def test_no_line_crosses_a_level_into_points_that_are_left_out(path):
    """n is 1 up to y = 0 and 3 above, and -1 where it is left out: no crossing of 2 from there."""
    picture = {"output": "n", "contour": "2", "select": {"x": "0.9", "y": "0.5"}}
    left = find_levels(Sweep.of(ls.run(study("x > 0.3", "y > 0.1", picture=picture), path)))[0]
    assert [entry.passages for entry in left.along] == [(), ()]
    assert [entry.above for entry in left.along] == [True, True]
    kept = find_levels(
        Sweep.of(ls.run(study("x > 0.3", picture=picture), path.with_name("k.zarr")))
    )[0]
    (y,) = (entry for entry in kept.along if entry.axis == "y")
    assert [(round(p.low, 3), round(p.high, 3)) for p in y.passages] == [(0.0, 0.25)]


def test_a_crossing_between_points_that_are_kept_is_refined_as_without_conditions(path):
    """-80 + 40 x + 5 y = -60 at y = 0: x = 0.5, between two points of a coarser grid."""
    axes = AXES | {"x": {"linear": [0.25, 1.0], "size": 8, "unit": "1"}}
    picture = {"output": "V", "contour": "-60 mV", "select": {"y": "0"}}
    wanted = study("x < 0.9", "V < -50 mV", axes=axes, outputs=["V"], picture=picture)
    ls.run(wanted, path)
    (level,) = find(path, wanted).levels
    (x,) = (entry for entry in level.along if entry.axis == "x")
    (passage,) = x.passages
    assert passage.low <= 0.5 <= passage.high
    assert passage.high - passage.low < 1e-6
