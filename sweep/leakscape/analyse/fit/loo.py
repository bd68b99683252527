"""How well a fit predicts a datum that it has not seen: PSIS-LOO, by ArviZ 0.23 or 1.

References:
    Vehtari, Gelman & Gabry 2017, Stat. Comput. 27:1413-1432, doi:10.1007/s11222-016-9696-4.
    Vehtari, Simpson, Gelman, Yao & Gabry 2024, J. Mach. Learn. Res. 25(72):1-58 (Pareto k).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.errors import DeclarationError

LARGEST_K = 0.7
"""Pareto k above which the estimate of a datum cannot be relied on (Vehtari et al. 2024)."""
DATA, DATUM = "data", "datum"


@dataclass(frozen=True)
class Loo:
    """The expected log density of new data, by leaving out one at a time.

    Args:
        elpd: its estimate, summed over the data [ln of 1/unit].
        error: standard error of it.
        parameters: effective number of them.
        pointwise: of every datum.
        pareto_k: of every datum.
    """

    elpd: float
    error: float
    parameters: float
    pointwise: NDArray[np.float64]
    pareto_k: NDArray[np.float64]

    @property
    def refused(self) -> bool:
        """Whether it cannot be relied on."""
        return not bool(np.all(self.pareto_k <= LARGEST_K))


def loo(tree: xr.DataTree) -> Loo:
    """Estimate how well a fit predicts.

    Every datum of every output is left out alone; the groups `posterior`, `log_likelihood` and
    `observed_data` are read.

    Args:
        tree: a fit.

    Raises:
        DeclarationError: ArviZ is missing, or the fit has no posterior.
    """
    if "log_likelihood" not in tree.children:
        raise DeclarationError(
            f"compare: {tree.attrs.get('name', 'a fit')} has no posterior, which leave-one-out "
            "needs; fit it with --method scan or nuts"
        )
    arviz = import_arviz()
    parts = {
        "posterior": group_of(tree, "posterior"),
        "log_likelihood": xr.Dataset({DATA: _data(tree)}),
    }
    modern = not hasattr(arviz, "InferenceData")
    given: Any = xr.DataTree.from_dict(parts) if modern else arviz.InferenceData(**parts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a large Pareto k: we say it ourselves
        found = arviz.loo(given, pointwise=True, var_name=DATA)
    if modern:
        named = found.elpd, found.se, found.p, found.elpd_i, found.pareto_k
    else:
        named = found.elpd_loo, found.se, found.p_loo, found.loo_i, found.pareto_k
    elpd, error, parameters, pointwise, pareto = named
    return Loo(
        float(elpd), float(error), float(parameters), np.asarray(pointwise), np.asarray(pareto)
    )


def group_of(tree: xr.DataTree, name: str) -> xr.Dataset:
    """Return a group of a fit."""
    return tree.children[name].to_dataset(inherit=False)


def _data(tree: xr.DataTree) -> xr.DataArray:
    """Return the log density of all data along one dimension; cells without one are left out."""
    observed, likelihood = group_of(tree, "observed_data"), group_of(tree, "log_likelihood")
    columns = []
    for output in likelihood.data_vars:
        there = np.isfinite(observed[output].values)
        columns.append(likelihood[output].values[..., there])
    return xr.DataArray(np.concatenate(columns, axis=-1), dims=("chain", "draw", DATUM))


def import_arviz() -> Any:
    """Import ArviZ, which takes seconds, without what version 0.23 says of its future.

    Raises:
        DeclarationError: it is not installed.
    """
    if find_spec("arviz") is None:
        raise DeclarationError(
            "compare: needs the package arviz, which is not installed; "
            "pip install 'leakscape[bayes]'"
        )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "(?s).*ArviZ is undergoing", category=FutureWarning)
        import arviz
    return arviz


def difference(one: Loo, other: Loo) -> tuple[float, float]:
    """Return how much better `other` predicts the same data, and its standard error."""
    by = other.pointwise - one.pointwise
    return float(by.sum()), float(np.sqrt(len(by) * by.var()))
