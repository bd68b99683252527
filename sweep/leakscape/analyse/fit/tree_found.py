"""The groups of a fit's tree that ArviZ does not know: the best fit, and the scan of the prior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from leakscape.analyse.fit.least_squares import Best
from leakscape.analyse.fit.profiles import Profiles
from leakscape.analyse.fit.scan import Scan
from leakscape.analyse.fit.unknown import Unknown

MIXED = "mixed"
"""In place of a unit where each parameter has its own: the coordinate `unit` says it."""


def best_of(unknowns: Sequence[Unknown], best: Best, profiles: Profiles | None) -> xr.Dataset:
    """Label the best fit, its covariance and its profiles."""
    parameter, pair = ("parameter",), ("parameter", "other_parameter")
    direction = ("direction", "parameter")
    told: tuple[tuple[str, tuple[str, ...], Any, str, str], ...] = (
        ("error", parameter, best.error, MIXED, "standard error, infinite where undetermined"),
        ("covariance", pair, best.covariance, MIXED, "covariance at the best fit"),
        ("correlation", pair, best.correlation, "1", "correlation at the best fit"),
        ("determined", parameter, best.determined, "1", "whether there is a standard error"),
        ("at_bound", parameter, best.at_bound, "1", "-1 or 1 at the lower or upper edge"),
        ("eigenvalue", direction[:1], best.eigenvalue, "1", "eigenvalue of the information"),
        ("eigenvector", direction, best.eigenvector, "1", "its direction, in normal scores"),
        ("chi2", (), float(best.chi2), "1", "sum of squares of the data's residuals"),
        (
            "chi2_with_priors",
            (),
            float(best.chi2_with_priors),
            "1",
            "the same with a term for each prior that is a measurement",
        ),
        (
            "degrees_of_freedom",
            (),
            int(best.degrees_of_freedom),
            "1",
            "data and such priors less determined directions",
        ),
    )
    variables: dict[str, Any] = {
        name: (dims, values, _words(unit, words)) for name, dims, values, unit, words in told
    }
    if profiles is not None:
        steps = ("parameter", "step")
        variables |= {
            "profile_value": (steps, profiles.values, _words(MIXED, "where the profile was taken")),
            "profile_chi2": (steps, profiles.chi2, _words("1", "least chi2 over the others")),
        }
        for name in ("lower_68", "upper_68", "lower_95", "upper_95"):
            side, level = name.split("_")
            words = f"{side} bound of the {level} % interval, by profile"
            variables[name] = (parameter, getattr(profiles, name), _words(MIXED, words))
    return xr.Dataset(variables, coords=_names(unknowns))


def scan_of(unknowns: Sequence[Unknown], scan: Scan) -> xr.Dataset:
    """Label marginals, pairs and profiles of a scan, and what it says of itself."""
    bins, coarse = scan.marginal.shape[1], scan.pair.shape[-1]
    variables: dict[str, Any] = {
        "edge": (("parameter", "bin_edge"), scan.edges, _words(MIXED, "edges of the bins")),
        "marginal": (
            ("parameter", "bin"),
            scan.marginal,
            _words("1", "share of the posterior in a bin"),
        ),
        "profile": (
            ("parameter", "bin"),
            scan.profile,
            _words("1", "largest log-likelihood in a bin"),
        ),
        "coarse_edge": (
            ("parameter", "coarse_bin_edge"),
            scan.edges[:, :: bins // coarse],
            _words(MIXED, "edges of the bins of pairs"),
        ),
        "pair": (
            ("parameter", "other_parameter", "coarse_bin", "other_coarse_bin"),
            scan.pair,
            _words("1", "share of the posterior in a pair of bins"),
        ),
    }
    for name, value, words in (
        ("log_evidence", float(scan.log_evidence), "logarithm of the evidence"),
        (
            "log_evidence_error",
            float(scan.log_evidence_error),
            "half-width of the 95 % interval of the logarithm of the evidence",
        ),
        ("ess", float(scan.ess), "effective number of points"),
        ("n_points", int(scan.points), "points of the prior"),
        ("n_failed", int(scan.failed), "points whose model had no value"),
    ):
        variables[name] = ((), value, _words("1", words))
    return xr.Dataset(variables, coords=_names(unknowns))


def _names(unknowns: Sequence[Unknown]) -> dict[str, Any]:
    names = np.array([unknown.flat_name for unknown in unknowns], dtype=str)
    units = np.array([unknown.unit for unknown in unknowns], dtype=str)
    return {
        "parameter": ("parameter", names, {"long_name": "unknown"}),
        "other_parameter": ("other_parameter", names, {"long_name": "unknown"}),
        "unit": ("parameter", units, {"long_name": "unit of the unknown"}),
    }


def _words(unit: str, words: str) -> dict[str, str]:
    return {"units": unit, "long_name": words}
