"""The table of a fit, laid out as lmfit prints it, from a fit's result or from its tree."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.amounts import quantity
from leakscape.analyse.fit.least_squares import Best
from leakscape.analyse.fit.profiles import Profiles
from leakscape.analyse.fit.told import LEVELS, NOT_DETERMINED, intervals

Floats = NDArray[np.float64]

LEAST_CORRELATION = 0.1
"""Smaller correlations are not printed."""
ZERO = 1e-6
"""A value that is less than this share of its standard error is printed as 0."""


@dataclass(frozen=True, eq=False)
class _Told:
    """What the table is made of; `bounds` maps a level to lower and upper ends."""

    statistics: Mapping[str, str]
    names: tuple[str, ...]
    units: tuple[str, ...]
    values: Floats
    error: Floats
    at_bound: NDArray[np.int8]
    correlation: Floats
    bounds: Mapping[str, tuple[Floats, Floats]]
    bounds_of: str
    remarks: tuple[str, ...]


def fit_report(fit: Best | xr.DataTree, profiles: Profiles | None = None) -> str:
    """Write the table of a fit.

    Args:
        fit: a best fit, or the tree of a whole fit.
        profiles: intervals to print with a best fit; a tree has its own.

    Returns:
        Lines of statistics, variables (best, standard error, relative error), intervals and
        correlations, as lmfit heads them. The intervals of a tree are those of its posterior, where
        it has one, and of its profiles else. An unknown without a standard error says why.
    """
    told = _of_tree(fit) if isinstance(fit, xr.DataTree) else _of_best(fit, profiles)
    return "\n".join(_lines(told))


def _of_best(best: Best, profiles: Profiles | None) -> _Told:
    count, converged = len(best.converged), int(best.converged.sum())
    bounds = {}
    if profiles is not None:
        bounds = {
            level: (getattr(profiles, f"lower_{level}"), getattr(profiles, f"upper_{level}"))
            for level in LEVELS
        }
    return _Told(
        statistics={
            "starts converged": f"{converged} of {count}",
            "data points": str(best.n_data),
            "variables": str(len(best.names)),
            "chi-square": f"{best.chi2:.8g}",
            "reduced chi-square": _reduced(best.chi2_with_priors, best.degrees_of_freedom),
        },
        names=best.names,
        units=best.units,
        values=best.values,
        error=best.error,
        at_bound=best.at_bound,
        correlation=best.correlation,
        bounds=bounds,
        bounds_of="profiles",
        remarks=best.remarks,
    )


def _of_tree(tree: xr.DataTree) -> _Told:
    best = tree["best"].to_dataset()
    names = tuple(str(name) for name in best["parameter"].values)
    found = [_scalar(best, name) for name in names]
    bounds = {level: intervals(tree, level) for level in LEVELS}
    chi2, freedom = float(best["chi2"]), int(best["degrees_of_freedom"])
    observed = tree["observed_data"].to_dataset()
    outputs = [name for name in observed.data_vars if not str(name).endswith("_error")]
    data = sum(int(np.isfinite(observed[name].values).sum()) for name in outputs)
    at_bound = best["at_bound"].values if "at_bound" in best else np.zeros(len(names), np.int8)
    total = float(best["chi2_with_priors"]) if "chi2_with_priors" in best else chi2
    return _Told(
        statistics={
            "fitting method": str(tree.attrs.get("method", "lm")),
            "data points": str(data),
            "variables": str(len(names)),
            "chi-square": f"{chi2:.8g}",
            "reduced chi-square": _reduced(total, freedom),
        },
        names=names,
        units=tuple(unit for _, unit in found),
        values=np.array([value for value, _ in found]),
        error=best["error"].values,
        at_bound=at_bound,
        correlation=best["correlation"].values,
        bounds={level: both for level, both in bounds.items() if both is not None},
        bounds_of="posterior" if "posterior" in tree.children else "profiles",
        remarks=tuple(json.loads(tree.attrs.get("remarks", "[]"))),
    )


def _scalar(best: xr.Dataset, name: str) -> tuple[float, str]:
    """Return value and unit of an unknown by its flat name, such as K_in[nitrate]."""
    variable, _, label = name.partition("[")
    array = best[variable]
    if label:
        (dimension,) = array.dims
        places = np.flatnonzero(best[dimension].values.astype(str) == label.removesuffix("]"))
        array = array.isel({dimension: int(places[0])})
    return float(array), str(array.attrs.get("units", "1"))


def _reduced(chi2: float, freedom: int) -> str:
    return f"{chi2 / freedom:.8g}" if freedom > 0 else "no degree of freedom is left"


def _lines(told: _Told) -> Iterator[str]:
    yield "[[Fit Statistics]]"
    width = max(len(key) for key in told.statistics)
    for key, text in told.statistics.items():
        mark = "  " if key.endswith("square") else "# "
        yield f"    {mark}{key:<{width}} = {text}"
    yield "[[Variables]]"
    width = max(len(name) for name in told.names) + 1
    for place, name in enumerate(told.names):
        yield f"    {name + ':':<{width}} {_variable(told, place)}"
    if told.bounds:
        yield f"[[Intervals]] of the {told.bounds_of}"
        for place, name in enumerate(told.names):
            ends = "; ".join(
                f"{level} %: {_interval(low[place], high[place], told.units[place])}"
                for level, (low, high) in told.bounds.items()
            )
            # What is open along a ridge ends where the priors of others do, which tells nothing.
            if not np.isfinite(told.error[place]) and not told.at_bound[place]:
                ends = NOT_DETERMINED
            yield f"    {name + ':':<{width}} {ends}"
    pairs = list(_pairs(told))
    if pairs:
        yield f"[[Correlations]] (unreported correlations are < {LEAST_CORRELATION:.3f})"
        width = max(len(pair) for pair, _ in pairs)
        for pair, r in pairs:
            yield f"    {pair:<{width}} = {r:+.4f}"
    if told.remarks:
        yield "[[Remarks]]"
        yield from (f"    {remark}" for remark in told.remarks)


def _variable(told: _Told, place: int) -> str:
    value, error, unit = told.values[place], told.error[place], told.units[place]
    tiny = np.isfinite(error) and abs(value) < ZERO * error
    best = "0" if tiny else f"{value:.8g}"
    after = "" if unit == "1" else f" {unit}"
    if told.at_bound[place]:
        side = "upper" if told.at_bound[place] > 0 else "lower"
        return f"{best}{after} (at the {side} edge of its prior)"
    if not np.isfinite(error):
        return f"{best}{after} ({NOT_DETERMINED})"
    share = f" ({100.0 * error / abs(value):.2f}%)" if value and not tiny else ""
    return f"{best} +/- {error:.8g}{after}{share}"


def _interval(low: float, high: float, unit: str) -> str:
    if np.isinf(low) and np.isinf(high):
        return "open on both sides"
    if np.isinf(low):
        return f"below {quantity(high, unit)}"
    if np.isinf(high):
        return f"above {quantity(low, unit)}"
    return f"{quantity(low)} to {quantity(high, unit)}"


def _pairs(told: _Told) -> Iterator[tuple[str, float]]:
    """Return pairs and their correlations, the strongest first."""
    found: list[tuple[str, Any]] = [
        (f"C({told.names[i]}, {told.names[j]})", told.correlation[i, j])
        for i, j in zip(*np.triu_indices(len(told.names), 1), strict=True)
    ]
    yield from sorted(
        (pair for pair in found if abs(pair[1]) >= LEAST_CORRELATION), key=lambda x: -abs(x[1])
    )
