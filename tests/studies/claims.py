"""What the tests of the ready-made studies share: a claim, a case, and how to read a sweep."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

import leakscape as ls

R_OVER_F = 1000 * 8.31446261815324 / 96485.33212331001  # mV/K


def kT(temperature):
    return R_OVER_F * (temperature + 273.15)


@dataclass(frozen=True)
class Claim:
    """A number of `expect`: its text, the oracle's value, and how to read it off the sweep.

    A number of another study, or of a finer grid, is read off that one: `study` and `settings`.
    """

    text: str
    oracle: float
    found: Callable[[xr.Dataset], float]
    tolerance: float = 2e-4
    study: str = ""
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """The closed form of V_rest (or E) on the whole grid, and the numbers of `expect`."""

    whole: Callable[[xr.Dataset], xr.DataArray]
    claims: tuple[Claim, ...]
    output: str = "V_rest"


def at(output="V_rest", **place):
    """Read an output at the grid point nearest to a place; texts and indices are exact."""

    def found(ds):
        exact = {k: v for k, v in place.items() if isinstance(v, str)}
        rows = {k: v for k, v in place.items() if k == "parameter_set"}
        near = {k: v for k, v in place.items() if k not in exact and k not in rows}
        point = ds[output].sel(exact).isel(rows)
        assert all(np.isclose(ds[k].sel({k: v}, method="nearest"), v) for k, v in near.items())
        return float(point.sel(near, method="nearest"))

    return found


def crossing(x, y, level):
    """Where y(x) meets a level, by linear interpolation; y rises or falls throughout."""
    order = np.argsort(y)
    return float(np.interp(level, y[order], x[order]))


def along(ds, output, axis, place):
    """Return an axis and an output along it, at the point nearest to a place."""
    texts = {name: value for name, value in place.items() if isinstance(value, str)}
    near = {name: value for name, value in place.items() if name not in texts}
    here = ds[output].sel(texts).sel(near, method="nearest")
    return ds[axis].values, here.values.astype(float)


def zero(output, axis, which=0, *, read="", **place):
    """Read where an output is 0 along an axis, or what another is there, by straight lines."""

    def found(ds):
        x, y = along(ds, output, axis, place)
        k = np.flatnonzero(np.isfinite(y[1:] * y[:-1]) & np.diff(y > 0))[which]
        z = along(ds, read, axis, place)[1] if read else x
        return float(z[k] + y[k] / (y[k] - y[k + 1]) * (z[k + 1] - z[k]))

    return found


def border(output, axis, value, **place):
    """Read the middle of the step of an axis after which an output no longer has a value."""

    def found(ds):
        x, y = along(ds, output, axis, place)
        k = np.flatnonzero(y == value)[-1]
        return float(x[k] + x[k + 1]) / 2

    return found


@functools.cache
def evaluated(name, *settings):
    return ls.evaluate(ls.load(name, settings))


def keeps_its_promise(name, claims):
    """Assert that the sweep gives every claimed number; no claim does without a sweep."""
    assert claims
    for claim in claims:
        with pytest.raises((AttributeError, TypeError)):
            claim.found(None)
        ds = evaluated(claim.study or name, *claim.settings)
        assert claim.found(ds) == pytest.approx(claim.oracle, abs=claim.tolerance), claim.text


def asks_says_and_shows(name, claims):
    """Assert that a study is complete, and that its text has every claimed number."""
    study = ls.load(name)
    assert study.name == name
    assert study.question.endswith("?")
    assert "\n" not in study.question
    for claim in claims:
        assert claim.text in " ".join(study.expect.split()), claim.text
    assert {"output", "x"} <= study.picture.keys()
    ds = evaluated(name)
    shown = study.picture["output"]
    assert ({shown} if isinstance(shown, str) else {*shown}) <= set(ds)
    for role in ("x", "y", "hue"):
        assert study.picture.get(role, study.picture["x"]) in ds.dims


def rounds_to_its_text(claim):
    """Assert that the number in a text is the oracle's to every digit that is given."""
    digits = claim.text.replace("exactly", "").split()[0].lstrip("+")
    decimals = len(digits.partition(".")[2])
    assert float(digits) == pytest.approx(claim.oracle, abs=0.51 * 10**-decimals)
