"""The groups of a fit's tree that ArviZ does not know: the best fit, and the scan of the prior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MIXED = "mixed"
"""In place of a unit where each parameter has its own: the coordinate `unit` says it."""


class Flat(Protocol):
    """What is asked of an unknown here."""

    @property
    def flat_name(self) -> str:
        """Name with label."""

    @property
    def unit(self) -> str:
        """Its unit."""


class Best(Protocol):
    """What is asked of a best fit; D unknowns."""

    @property
    def values(self) -> Floats:
        """Of the unknowns, shape (D,)."""

    @property
    def covariance(self) -> Floats:
        """Of the unknowns, shape (D, D)."""

    @property
    def eigenvalues(self) -> Floats:
        """Of the Fisher information of the normal scores, shape (D,)."""

    @property
    def eigenvectors(self) -> Floats:
        """Its directions, shape (direction, D)."""

    @property
    def chi2(self) -> float:
        """Sum of squares of the data's residuals."""

    @property
    def degrees_of_freedom(self) -> int:
        """Data less parameters."""


class Profiles(Protocol):
    """What is asked of profiles; a bound is infinite where the profile does not rise to it."""

    @property
    def values(self) -> Floats:
        """Where they were computed, shape (D, steps)."""

    @property
    def chi2(self) -> Floats:
        """The least sum of squares there, shape (D, steps)."""

    @property
    def lower_68(self) -> Floats:
        """Bounds, shape (D,)."""

    @property
    def upper_68(self) -> Floats:
        """Bounds, shape (D,)."""

    @property
    def lower_95(self) -> Floats:
        """Bounds, shape (D,)."""

    @property
    def upper_95(self) -> Floats:
        """Bounds, shape (D,)."""


class Scan(Protocol):
    """What is asked of a scan; D unknowns."""

    @property
    def points(self) -> int:
        """How many points of the prior it took."""

    @property
    def failed(self) -> int:
        """How many of them had no value."""

    @property
    def ess(self) -> float:
        """Effective number of points."""

    @property
    def log_evidence(self) -> float:
        """Natural logarithm of the evidence."""

    @property
    def log_evidence_error(self) -> float:
        """Half-width of its 95 % interval."""

    @property
    def edges(self) -> Floats:
        """Edges of the bins, shape (D, bins + 1)."""

    @property
    def marginal(self) -> Floats:
        """Shares of the bins, shape (D, bins)."""

    @property
    def pair(self) -> Floats:
        """Shares of pairs of coarser bins, shape (D, D, b, b)."""

    @property
    def profile(self) -> Floats:
        """Largest log-likelihood of a bin, shape (D, bins)."""


def best_of(unknowns: Sequence[Flat], best: Best, profiles: Profiles | None) -> xr.Dataset:
    """Label the best fit, its covariance and its profiles."""
    covariance = np.asarray(best.covariance, np.float64)
    error = np.sqrt(np.diag(covariance))
    parameter, pair = ("parameter",), ("parameter", "other_parameter")
    variables: dict[str, Any] = {
        "error": (parameter, error, _words(MIXED, "standard error, from the covariance")),
        "covariance": (pair, covariance, _words(MIXED, "covariance at the best fit")),
        "correlation": (
            pair,
            covariance / np.outer(error, error),
            _words("1", "correlation at the best fit"),
        ),
        "eigenvalue": (
            ("direction",),
            np.asarray(best.eigenvalues),
            _words("1", "eigenvalue of the Fisher information of the normal scores"),
        ),
        "eigenvector": (
            ("direction", "parameter"),
            np.asarray(best.eigenvectors),
            _words("1", "direction that it belongs to, in normal scores"),
        ),
        "chi2": ((), float(best.chi2), _words("1", "sum of squares of the data's residuals")),
        "degrees_of_freedom": (
            (),
            int(best.degrees_of_freedom),
            _words("1", "data less parameters"),
        ),
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


def scan_of(unknowns: Sequence[Flat], scan: Scan) -> xr.Dataset:
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


def _names(unknowns: Sequence[Flat]) -> dict[str, Any]:
    names = np.array([unknown.flat_name for unknown in unknowns], dtype=str)
    units = np.array([unknown.unit for unknown in unknowns], dtype=str)
    return {
        "parameter": ("parameter", names, {"long_name": "unknown"}),
        "other_parameter": ("other_parameter", names, {"long_name": "unknown"}),
        "unit": ("parameter", units, {"long_name": "unit of the unknown"}),
    }


def _words(unit: str, words: str) -> dict[str, str]:
    return {"units": unit, "long_name": words}
