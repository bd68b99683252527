"""Points that a condition leaves out are drawn apart from those that failed."""

from __future__ import annotations

import json

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import leakscape as ls
from leakscape.picture import Wish, figure_of
from leakscape.picture.choose import decide
from leakscape.picture.slices import read
from leakscape.sweep import Sweep


def kernel(*, x, y):
    """V fails above x = 0.8; n lacks y."""
    failed = x > 0.8
    return {
        "V": jnp.where(failed, jnp.nan, -80.0 + 40.0 * x + 5.0 * y),
        "n": jnp.where(failed, -1, jnp.where(x > 0.5, 3, 1)).astype(jnp.int8),
        "status": jnp.where(failed, 13, 1).astype(jnp.uint8),
    }


kernel.parameters = {name: {"unit": "1", "default": 0.0} for name in ("x", "y")}
kernel.outputs = {"V": {"unit": "mV"}, "n": "1"}
AXES = {
    "x": {"linear": [0.0, 1.0], "size": 11, "unit": "1"},
    "y": {"linear": [-1.0, 1.0], "size": 10, "unit": "1"},
}


@pytest.fixture(scope="module")
def swept():
    conditions = ["y > -0.9", "V < 500 mV", "x > 0.05"]  # leaves out y = -1 and x = 0
    return ls.evaluate(
        ls.Study(name="s", kernel=kernel, axes=AXES, outputs=["V", "n"], where=conditions)
    )


@pytest.mark.parametrize("wish", [Wish(output="V", x="x", y="y"), Wish(output="V", x="x", hue="y")])
def test_a_picture_names_them_and_counts_failures_among_the_others(swept, wish):
    figure, _ = figure_of([("s", swept)], wish)
    said = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    shown = int(read(Sweep.of(swept), *order(swept, wish)).codes.size)
    codes = read(Sweep.of(swept), *order(swept, wish)).codes
    gone, failed = int(np.sum(codes == 16)), int(np.sum(codes == 13))
    assert gone
    assert failed
    wanted = 100 * gone / shown
    assert [t for t in said if t.startswith(f"left out by a condition ({wanted:.2g}% of")]
    assert not [text for text in said if "no value: left out" in text]
    wanted = 100 * failed / (shown - gone)
    assert [t for t in said if t.startswith(f"no value: not converged ({wanted:.2g}% of")]


def order(swept, wish):
    decision = decide(Sweep.of(swept), wish)
    return decision, {dim: slice(None) for dim in ("x", "y")}


def test_a_whole_number_is_shown_where_it_stands_for_points_that_are_kept(swept):
    """The first y is left out at every x, and n lacks y: its values are of the others."""
    assert (swept.status.isel(y=0) == 16).all()
    found = read(
        Sweep.of(swept), decide(Sweep.of(swept), Wish(output="n", x="x")), {"x": slice(None)}
    )
    np.testing.assert_array_equal(
        found.values, np.where(swept.x < 0.05, np.nan, np.where(swept.n == -1, np.nan, swept.n))
    )


def gone(dims: dict[str, int], kept: dict[str, list[int]]) -> xr.Dataset:
    """Points that a condition leaves out but for some indices."""
    status = np.full(tuple(dims.values()), 16, np.uint8)
    status[np.ix_(*(kept.get(name, range(size)) for name, size in dims.items()))] = 1
    study = {"where": {"keep": ["a > 0"]}}
    return xr.Dataset(
        {"V": (tuple(dims), np.where(status == 1, 1.0, np.nan)), "status": (tuple(dims), status)},
        coords={name: np.arange(size, dtype=float) for name, size in dims.items()},
        attrs={"study": json.dumps(study)},
    )


@pytest.mark.parametrize(
    ("kept", "at"),
    [
        ({}, {"T": 2, "K": 3}),
        ({"T": [3, 4]}, {"T": 3, "K": 3}),  # one move will do: K stays in the middle
        ({"T": [4], "K": [1, 5]}, {"T": 4, "K": 1}),
        ({"a": [7]}, {"T": 2, "K": 3}),
    ],
)
def test_a_slice_that_conditions_empty_gives_way_to_the_first_that_has_something(kept, at):
    dataset = gone({"a": 40, "b": 30, "T": 5, "K": 6}, kept)
    decision = decide(Sweep.of(dataset), Wish(x="a", y="b"))
    assert {place.dimension: place.index for place in decision.places} == at
    _, said = figure_of([("s", dataset)], Wish(x="a", y="b"))
    assert said[0] == f"at T = {at['T']}, K = {at['K']}"


def test_a_slice_that_was_asked_for_stays_though_conditions_empty_it():
    dataset = gone({"a": 40, "b": 30, "T": 5}, {"T": [4]})
    decision = decide(Sweep.of(dataset), Wish(select={"T": 0}))
    assert [place.index for place in decision.places] == [0]
