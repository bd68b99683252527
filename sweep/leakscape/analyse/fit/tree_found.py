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
    def error(self) -> Floats:
        """Their standard errors, infinite where nothing determines one, shape (D,)."""

    @property
    def covariance(self) -> Floats:
        """Shape (D, D)."""

    @property
    def correlation(self) -> Floats:
        """Shape (D, D)."""

    @property
    def determined(self) -> NDArray[np.bool_]:
        """Which unknowns have a standard error, shape (D,)."""

    @property
    def at_bound(self) -> NDArray[np.int8]:
        """-1 or 1 at the lower or upper edge of a flat prior, shape (D,)."""

    @property
    def eigenvalue(self) -> Floats:
        """Of the Fisher information in widths of the priors, shape (D,)."""

    @property
    def eigenvector(self) -> Floats:
        """Its directions, shape (direction, D)."""

    @property
    def chi2(self) -> float:
        """Sum of squares of the data's residuals."""

    @property
    def chi2_with_priors(self) -> float:
        """The same with a term for each prior that is a measurement."""

    @property
    def degrees_of_freedom(self) -> int:
        """Data and such priors less determined directions."""

    @property
    def predicted(self) -> Floats:
        """Shape (rows, outputs)."""


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
