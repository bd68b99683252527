"""Points to reduce: a small kernel that fails for some, on axes of odd lengths."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

import leakscape as ls
from leakscape.evaluation.in_memory import evaluate


def cell(*, a, b, c):
    """A potential that fails for some, one that is undefined for others, and a count."""
    V = a * jnp.cos(3.0 * b) + c
    return {
        "V": jnp.where(V < -8.0, jnp.nan, V),
        "E": jnp.where(b > 2.0, jnp.nan, V + b),
        "number": jnp.int8(1) + 2 * (V > 0.0).astype(jnp.int8) - 5 * (V > 4.0).astype(jnp.int8),
    }


cell.parameters = {name: {"unit": "mV", "default": 1.0} for name in "abc"}
cell.outputs = {
    "V": {"unit": "mV", "long_name": "potential"},
    "E": {"unit": "mV", "may_be_undefined": True},
    "number": {"unit": "1"},
}
ALL = (
    *("mean", "sd", "variance", "min", "max", "argmin", "argmax"),
    *({"above": ["0 mV", "2 mV"]}, {"below": ["-3 mV"]}, {"between": ["-1 mV", "1 mV"]}),
    *({"histogram": ["-5 mV", "5 mV"], "bins": 7}, {"quantile": [0.0, 0.05, 0.5, 0.9, 1.0]}),
)
FEW = ("mean", "argmin", {"quantile": [0.0, 0.05, 0.5, 0.9, 1.0]})
AXES = {
    "a": ls.Axis.linear(-7, 9, size=5, unit="mV"),
    "b": ls.Axis.linear(0, 3, size=11, unit="mV"),
    "c": ls.Axis.values([-3, 0.5, 2], unit="mV"),
}


def study(over, precision="float32", **changes):
    fields = {
        "name": "small",
        "kernel": cell,
        "precision": precision,
        "axes": AXES,
        "reduce": {"over": over, "V": ALL, "E": FEW, "number": ["share", "mean"]},
    }
    return ls.Study(**(fields | changes))


def points(like):
    """The same study, every point of it: the oracle's input."""
    fields = {k: getattr(like, k) for k in ("name", "kernel", "precision", "axes", "population")}
    return evaluate(ls.Study(**fields, outputs=["V", "E", "number"]))


def rows(whole, name, over, keep):
    """Values of the kept points in float64, NaN where they do not count: shape (kept ..., over)."""
    values = whole[name].where(whole.status < 10).transpose(*keep, *over).values
    values = np.where(np.isfinite(values), values, np.nan)
    return values.reshape(*values.shape[: len(keep)], -1)


def agrees(found, whole, over, name):
    """Compare every statistic of an output with NumPy's."""
    keep = [d for d in whole.status.dims if d not in over]
    over = [d for d in whole.status.dims if d in over]
    values = rows(whole, name, over, keep)
    for place in np.ndindex(values.shape[:-1]):
        at = found.isel(dict(zip(keep, place, strict=True)))
        row = values[place]
        some = row[~np.isnan(row)]
        assert at[f"{name}_n_valid"] == len(some)
        if not len(some):
            assert np.isnan(at[f"{name}_mean"])
            continue
        wide = some.astype(float)
        spread = max(wide.std(), 1e-300)
        assert float(at[f"{name}_mean"]) == pytest.approx(wide.mean(), abs=1e-6 * spread)
        np.testing.assert_array_equal(
            at[f"{name}_quantile"], np.quantile(wide, [0.0, 0.05, 0.5, 0.9, 1.0])
        )
        for word, first in (("min", np.nanargmin(row)), ("max", np.nanargmax(row))):
            index = np.unravel_index(first, [whole.sizes[d] for d in over])
            for dim, i in zip(over, index, strict=True):
                if dim in AXES and f"{dim}_at_{name}_{word}" in at:
                    assert at[f"{dim}_at_{name}_{word}"] == whole[dim][i]
        if f"{name}_sd" in at:
            agrees_too(at, name, some)


def agrees_too(at, name, some):
    """Compare the rest of all statistics of one kept point, given its valid values."""
    wide = some.astype(float)
    assert float(at[f"{name}_sd"]) == pytest.approx(wide.std(ddof=1), rel=1e-6)
    assert float(at[f"{name}_variance"]) == pytest.approx(wide.var(ddof=1), rel=1e-6)
    assert (float(at[f"{name}_min"]), float(at[f"{name}_max"])) == (some.min(), some.max())
    np.testing.assert_array_equal(at[f"{name}_above"], [(some > 0).mean(), (some > 2).mean()])
    np.testing.assert_array_equal(at[f"{name}_below"], [(some < -3).mean()])
    assert float(at[f"{name}_between"]) == ((some >= -1) & (some <= 1)).mean()
    counts, edges = np.histogram(some, 7, (-5.0, 5.0))
    np.testing.assert_array_equal(at[f"{name}_histogram"], counts)
    np.testing.assert_array_equal(at[f"{name}_bin_low"], edges[:-1])
    np.testing.assert_array_equal(at[f"{name}_bin_high"], edges[1:])
    assert at[f"{name}_below_range"] == (some < -5).sum()
    assert at[f"{name}_above_range"] == (some > 5).sum()
