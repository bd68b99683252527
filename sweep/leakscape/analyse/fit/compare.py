"""Several fits of one table side by side: by evidence, and by how well they predict new data.

The evidence of a model is the mean of its likelihood over its prior, so that it falls with the
width of a prior that the data do not ask for: the widths stand beside it. Leave-one-out asks how
well a fit predicts a datum that it has not seen; it hardly depends on the priors.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from leakscape.analyse.fit.loo import LARGEST_K, Loo, difference, group_of, loo
from leakscape.errors import DeclarationError

FIT, PARAMETER = "fit", "parameter"
PRIOR_LEVELS = (0.025, 0.975)
"""Between these quantiles lies the width of a prior that is shown."""
SIGMAS = 2.0
"""Standard errors by which LOO must differ to decide."""
_WORDS: Mapping[str, str] = {
    "log_evidence": "natural logarithm of the evidence",
    "log_evidence_error": "half-width of its 95 % interval",
    "log_bayes_factor": "logarithm of the evidence over that of the best fit",
    "has_evidence": "whether the prior was scanned, which the evidence comes from",
    "elpd_loo": "expected log density of new data, by leave-one-out (PSIS)",
    "elpd_loo_error": "standard error of it",
    "elpd_difference": "how much lower it is than that of the best fit",
    "elpd_difference_error": "standard error of the difference",
    "p_loo": "effective number of parameters",
    "largest_pareto_k": f"largest Pareto k of the data; above {LARGEST_K} LOO is refused",
    "loo_refused": "whether LOO is refused",
}


def compare(fits: Sequence[xr.DataTree]) -> xr.Dataset:
    """Rank fits of one table.

    Args:
        fits: two or more trees of fits, with posteriors; the evidence is that of their scans.

    Returns:
        A dataset along `fit`, best first by evidence and, where there is none, by LOO: logarithms
        of evidences with the half-widths of their 95 % intervals, `elpd_loo` with its standard
        error, differences from the best, the effective number of parameters, Pareto's k, and
        `prior_lower` and `prior_upper` (fit, parameter), the central 95 % of each prior. A number
        is NaN where `has_evidence` is false or `loo_refused` is true, and bounds where a fit has
        no such parameter. The attribute `remarks` says in sentences what follows, also where the
        two rankings disagree.

    Raises:
        DeclarationError: there are fewer than two fits, two of one name, they are not of the same
            data, one has no posterior, or ArviZ is missing.
    """
    names = _names(fits)
    _refuse_other_data(names, fits)
    loos = {name: loo(fit) for name, fit in zip(names, fits, strict=True)}
    evidences = {
        name: (float(fit["scan/log_evidence"]), float(fit["scan/log_evidence_error"]))
        for name, fit in zip(names, fits, strict=True)
        if "scan" in fit.children
    }
    by_evidence = sorted(evidences, key=lambda name: -evidences[name][0])
    usable = [name for name in names if not loos[name].refused]
    by_loo = sorted(usable, key=lambda name: -loos[name].elpd)
    order = [*by_evidence, *(name for name in (*by_loo, *names) if name not in evidences)]
    order = list(dict.fromkeys(order))
    columns: dict[str, list[Any]] = {name: [] for name in _WORDS}
    for name in order:
        row = _row(name, evidences, by_evidence, loos, by_loo)
        for column, values in columns.items():
            values.append(row[column])
    variables: dict[str, Any] = {
        column: (FIT, np.array(values), {"units": "1", "long_name": _WORDS[column]})
        for column, values in columns.items()
    }
    told = xr.Dataset(variables, coords={FIT: (FIT, np.array(order), {"long_name": "fit"})})
    widths = _priors(dict(zip(names, fits, strict=True)), order)
    found = told.merge(widths)
    found.attrs = {"remarks": json.dumps(_remarks(evidences, by_evidence, loos, by_loo))}
    return found


def _names(fits: Sequence[xr.DataTree]) -> list[str]:
    if len(fits) < 2:
        raise DeclarationError(f"compare: needs at least two fits, got {len(fits)}; give more")
    names = [str(fit.attrs.get("name", "")) for fit in fits]
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise DeclarationError(
            f"compare: names must differ, got {twice[0]!r} twice; change `name` in one of the files"
        )
    return names


def _refuse_other_data(names: Sequence[str], fits: Sequence[xr.DataTree]) -> None:
    """Refuse fits of other data: densities of other data cannot be compared."""
    first = _data(fits[0])
    for name, fit in zip(names[1:], fits[1:], strict=True):
        other = _data(fit)
        same = first.keys() == other.keys() and all(
            first[column][0] == other[column][0]
            and np.array_equal(first[column][1], other[column][1], equal_nan=True)
            for column in first
        )
        if not same:
            raise DeclarationError(
                f"compare: {names[0]} and {name} are not fits of the same data; compare fits with "
                "one table, the same outputs and units"
            )


def _data(fit: xr.DataTree) -> dict[str, tuple[str, Any]]:
    return {
        str(name): (str(values.attrs.get("units")), np.asarray(values))
        for name, values in group_of(fit, "observed_data").data_vars.items()
        if not str(name).endswith("_error")
    }


def _row(
    name: str,
    evidences: Mapping[str, tuple[float, float]],
    by_evidence: Sequence[str],
    loos: Mapping[str, Loo],
    by_loo: Sequence[str],
) -> dict[str, Any]:
    known, told = name in evidences, loos[name]
    value, error = evidences.get(name, (math.nan, math.nan))
    usable = name in by_loo
    less, spread = difference(loos[by_loo[0]], told) if usable else (math.nan, math.nan)
    return {
        "log_evidence": value,
        "log_evidence_error": error,
        "log_bayes_factor": value - evidences[by_evidence[0]][0] if known else math.nan,
        "has_evidence": known,
        "elpd_loo": told.elpd if usable else math.nan,
        "elpd_loo_error": told.error if usable else math.nan,
        "elpd_difference": less,
        "elpd_difference_error": spread,
        "p_loo": told.parameters if usable else math.nan,
        "largest_pareto_k": float(told.pareto_k.max()),
        "loo_refused": not usable,
    }


def _priors(fits: Mapping[str, xr.DataTree], order: Sequence[str]) -> xr.Dataset:
    """Return the central 95 % of each prior, from its draws."""
    bounds = {name: _bounds(fits[name]) for name in order}
    parameters = list(dict.fromkeys(p for own in bounds.values() for p in own))
    units = {p: unit for own in bounds.values() for p, (_, _, unit) in own.items()}
    nowhere = (math.nan, math.nan, "")
    table = [[bounds[name].get(p, nowhere)[:2] for p in parameters] for name in order]
    values = np.array(table, np.float64).reshape(len(order), len(parameters), 2)
    coords = {
        PARAMETER: (PARAMETER, np.array(parameters, dtype=str), {"long_name": "unknown"}),
        "unit": (
            PARAMETER,
            np.array([units[p] for p in parameters], dtype=str),
            {"long_name": "unit of the unknown"},
        ),
    }
    variables = {}
    for place, side in enumerate(("lower", "upper")):
        words = f"{side} bound of the central 95 % of the prior"
        attrs = {"units": "mixed", "long_name": words}
        variables[f"prior_{side}"] = ((FIT, PARAMETER), values[..., place], attrs)
    return xr.Dataset(variables, coords=coords)


def _bounds(fit: xr.DataTree) -> dict[str, tuple[float, float, str]]:
    found: dict[str, tuple[float, float, str]] = {}
    if "prior" not in fit.children:
        return found
    for name, values in group_of(fit, "prior").data_vars.items():
        unit = str(values.attrs.get("units", "1"))
        low, high = values.quantile(PRIOR_LEVELS, dim=("chain", "draw"))
        if not low.ndim:
            found[str(name)] = float(low), float(high), unit
            continue
        for label in low[low.dims[0]].values:
            at = {low.dims[0]: label}
            found[f"{name}[{label}]"] = float(low.sel(at)), float(high.sel(at)), unit
    return found


def _remarks(
    evidences: Mapping[str, tuple[float, float]],
    by_evidence: Sequence[str],
    loos: Mapping[str, Loo],
    by_loo: Sequence[str],
) -> list[str]:
    remarks = []
    for name, told in loos.items():
        if told.refused:
            bad = int(np.sum(~(told.pareto_k <= LARGEST_K)))
            remarks.append(
                f"{name}: LOO is refused, for Pareto k of {bad} of {len(told.pareto_k)} data is "
                f"above {LARGEST_K} (the largest is {told.pareto_k.max():.2f}): single data decide "
                "this fit"
            )
        if name not in evidences:
            remarks.append(f"{name}: its evidence is not known, for its prior was not scanned")
    if len(by_evidence) > 1:
        best, next_best = by_evidence[:2]
        gap = evidences[best][0] - evidences[next_best][0]
        error = math.hypot(evidences[best][1], evidences[next_best][1])
        if not gap > error:
            remarks.append(
                f"the evidences of {best} and {next_best} differ by {gap:.2g}, no more than their "
                f"error of {error:.2g}"
            )
        remarks.append(
            "the evidence depends on the width of the priors: one that is ten times as wide as "
            "the data ask for lowers its logarithm by 2.3"
        )
    if by_evidence and len(by_loo) > 1 and by_evidence[0] in by_loo:
        remarks += _agreement(by_evidence[0], by_loo, loos)
    return remarks


def _agreement(best: str, by_loo: Sequence[str], loos: Mapping[str, Loo]) -> list[str]:
    if by_loo[0] == best:
        return []
    gap, error = difference(loos[best], loos[by_loo[0]])
    if gap > SIGMAS * error:
        return [
            f"the rankings disagree: the evidence is for {best}, LOO is for {by_loo[0]} by "
            f"{gap:.2f} +- {error:.2f}; look at the widths of the priors"
        ]
    return [
        f"the evidence is for {best}, LOO for {by_loo[0]}, but by {gap:.2f} +- {error:.2f}, "
        "which does not decide"
    ]
