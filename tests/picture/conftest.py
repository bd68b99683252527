"""Fits for the pictures, put together by hand: a Nernst potential with a leak, in two media."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

KT = 25.26  # mV, at 20 degC
MEDIA = ("nitrate", "ammonium")
TRUE = {"c0": (5.0, 2.0), "K_eff": (1136.0, 317.0)}  # mmol/L
SPREAD = (0.5, 0.12)  # of ln c0 and ln K_eff
K_OUT = np.array([0.1, 1.5, 5.0, 20.0, 40.0] * 2)
NITROGEN = np.repeat(MEDIA, 5)
RECORDED = np.array([-141, -125, -119, -86, -86, -118, -123, -119, -59, -51], float)
ERROR = np.array([11, 12, 13, 17, 10, 10, 18, 9, 6, 9], float)
FLAT = [f"{name}[{text}]" for name in TRUE for text in MEDIA]
FIT = {
    "name": "root",
    "data": {"conditions": ["K_out"], "outputs": [["V", {}]]},
    "free": [
        ["c0", {"loguniform": [0.01, 100], "unit": "mmol/L", "per": "nitrogen"}],
        ["K_eff", {"loguniform": [50, 5000], "unit": "mmol/L", "per": "nitrogen"}],
    ],
}


def potential(k_out, c0, k_eff):
    return KT * np.log((k_out + c0) / k_eff)


def dataset(variables, coords=(), units="1"):
    """Label variables: (dims, values) or (dims, values, unit)."""
    told = {
        name: (dims, values, {"units": rest[0] if rest else units, "long_name": name})
        for name, (dims, values, *rest) in variables.items()
    }
    return xr.Dataset(told, coords=dict(coords))


def rows(**more):
    known = {
        "K_out": ("row", K_OUT, {"units": "mmol/L", "long_name": "K_out of the table"}),
        "nitrogen": ("row", NITROGEN),
    }
    return known | {name: ("row", *held) for name, held in more.items()}


def root_groups():
    """Return the groups of a fit of root potentials."""
    rng = np.random.default_rng(1)
    chains, draws = 2, 500
    z = rng.standard_normal((2, chains, draws, 2))
    z[1] = 0.6 * z[0] + 0.8 * z[1]
    values = {
        name: np.array(TRUE[name]) * np.exp(SPREAD[place] * z[place])
        for place, name in enumerate(TRUE)
    }
    media = {"nitrogen": ("nitrogen", np.array(MEDIA))}
    drawn = ("chain", "draw", "nitrogen")
    groups = {}
    groups["posterior"] = dataset({n: (drawn, values[n], "mmol/L") for n in TRUE}, media)
    ends = {"c0": (0.01, 100.0), "K_eff": (50.0, 5000.0)}
    prior = {n: np.exp(rng.uniform(*np.log(ends[n]), (1, 2000, 2))) for n in TRUE}
    groups["prior"] = dataset({n: (drawn, prior[n], "mmol/L") for n in TRUE}, media)
    told = {"V": ("row", RECORDED, "mV"), "V_error": ("row", ERROR, "mV")}
    groups["observed_data"] = dataset(told, rows())
    groups["best"] = best()
    groups["curves"] = curves(values)
    return groups


def best():
    at = np.repeat([0, 1], 5)
    predicted = potential(K_OUT, *(np.array(TRUE[n])[at] for n in TRUE))
    centre = np.array([value for pair in TRUE.values() for value in pair])
    wide = np.repeat(SPREAD, 2)
    step = np.linspace(-3.0, 3.0, 31)
    found = {
        **{n: ("nitrogen", np.array(TRUE[n]), "mmol/L") for n in TRUE},
        "error": ("parameter", wide * centre),
        "profile_value": (("parameter", "step"), centre[:, None] * np.exp(np.outer(wide, step))),
        "profile_chi2": (("parameter", "step"), 10.3 + np.tile(step**2, (4, 1))),
        "V": ("row", predicted, "mV"),
        "V_residual": ("row", (RECORDED - predicted) / ERROR),
        "chi2": ((), 10.3),
        "degrees_of_freedom": ((), 6),
    }
    own = {"nitrogen": ("nitrogen", np.array(MEDIA)), "parameter": ("parameter", np.array(FLAT))}
    return dataset(found, own)


def curves(values, points=40):
    place = np.geomspace(0.1, 40.0, points)
    parts = {"V": [], "V_lower_68": [], "V_upper_68": [], "V_lower_95": [], "V_upper_95": []}
    for at, _ in enumerate(MEDIA):
        own = [values[n][..., at].reshape(-1, 1) for n in TRUE]
        mean = potential(place, *own)
        parts["V"].append(potential(place, *(TRUE[n][at] for n in TRUE)))
        for level, tail in ((68, 0.16), (95, 0.025)):
            parts[f"V_lower_{level}"].append(np.quantile(mean, tail, axis=0))
            parts[f"V_upper_{level}"].append(np.quantile(mean, 1.0 - tail, axis=0))
    coords = {
        "K_out": ("curve_point", np.tile(place, 2), {"units": "mmol/L"}),
        "nitrogen": ("curve_point", np.repeat(MEDIA, points)),
    }
    told = {name: ("curve_point", np.concatenate(held), "mV") for name, held in parts.items()}
    return dataset(told, coords)


def tree_of(groups, **attributes):
    """Put groups together as a fit stores them."""
    tree = xr.DataTree.from_dict({f"/{name}": held for name, held in groups.items()})
    told = {"name": "root", "kernel": "ghk_voltage", "method": "scan", "fit": json.dumps(FIT)}
    tree.attrs = told | {"question": "Does the potential follow K outside?"} | attributes
    return tree


@pytest.fixture(scope="session")
def root():
    """Groups of the fit of root potentials, and what puts groups together."""
    return root_groups()


@pytest.fixture(scope="session")
def as_tree():
    """What makes a tree of groups."""
    return tree_of


@pytest.fixture(scope="session")
def labelled():
    """What makes a group of variables with their dimensions, values and units."""
    return dataset
