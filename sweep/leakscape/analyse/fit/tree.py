"""A fit as one labelled tree in ArviZ's layout: posterior, prior, data, best values, scan.

ArviZ 1 takes the tree as it is; ArviZ 0.23 takes it by `arviz.InferenceData.from_datatree`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.analyse.fit.least_squares import Best
from leakscape.analyse.fit.nuts import Draws
from leakscape.analyse.fit.problem import Problem
from leakscape.analyse.fit.profiles import Profiles
from leakscape.analyse.fit.scan import Scan
from leakscape.analyse.fit.tree_found import best_of, scan_of

Floats = NDArray[np.float64]
CHAIN, DRAW, ROW, PARAMETER = "chain", "draw", "row", "parameter"
STATS: Mapping[str, tuple[str, str]] = {
    "lp": ("1", "logarithm of the posterior density of the normal scores, up to a constant"),
    "diverging": ("1", "whether the trajectory diverged"),
    "acceptance_rate": ("1", "mean acceptance along the trajectory"),
    "n_steps": ("1", "steps of the trajectory"),
    "step_size": ("1", "length of a step, in normal scores"),
}


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What the rows of the table were recorded at.

    Args:
        units: output -> its unit in the table.
        conditions: column of numbers -> (unit, values along the rows).
        labels: column of texts -> texts along the rows.
        there: which cells hold a datum, shape (rows, outputs); None for those that are finite.
    """

    units: Mapping[str, str]
    conditions: Mapping[str, tuple[str, Floats]] = field(default_factory=dict)
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    there: NDArray[np.bool_] | None = None

    def coordinates(self) -> dict[str, Any]:
        """Return the coordinates along the rows."""
        texts = {
            name: (ROW, np.array(list(values), dtype=str), {"long_name": f"{name} of the table"})
            for name, values in self.labels.items()
        }
        numbers = {
            name: (ROW, np.asarray(values), {"units": unit, "long_name": f"{name} of the table"})
            for name, (unit, values) in self.conditions.items()
        }
        return {**numbers, **texts}


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What is known of a fit; None where it was not asked for.

    Args:
        draws: from the posterior.
        prior: draws from the prior, shape (S, D).
        predicted: at each posterior draw, without noise, shape (chains, draws, rows, outputs).
        simulated: the same with noise.
        scan: of the prior.
        best: the best fit.
        best_errors: of the data at the best fit, shape (rows, outputs).
        profiles: of the best fit.
    """

    draws: Draws | None = None
    prior: Floats | None = None
    predicted: Floats | None = None
    simulated: Floats | None = None
    scan: Scan | None = None
    best: Best | None = None
    best_errors: Floats | None = None
    profiles: Profiles | None = None


def tree_of(
    problem: Problem, rows: Rows, attributes: Mapping[str, Any], parts: Parts
) -> xr.DataTree:
    """Pack a fit.

    Args:
        problem: what was fitted.
        rows: what its data were recorded at.
        attributes: name, question, kernel, fit, method, seed, remarks; what is no text or number
            is written as JSON.
        parts: what is known of it.

    Returns:
        A tree with the groups `observed_data` and, as far as they are known, `posterior`, `prior`,
        `posterior_predictive`, `log_likelihood`, `sample_stats`, `convergence`, `best`, `scan`.
        Every variable has `units` and `long_name`; where the parameters have units of their own,
        `units` is "mixed" and the coordinate `unit` says which.
    """
    groups: dict[str, xr.Dataset] = {}
    draws = parts.draws
    if draws is not None:
        groups["posterior"] = by_variable(problem, draws.values)
        groups["sample_stats"] = _stats(draws)
        groups["log_likelihood"] = _along_rows(
            problem, rows, {"": draws.log_likelihood}, "logarithm of the density of {}", unit="1"
        )
        groups["convergence"] = _convergence(problem, draws)
    if parts.prior is not None:
        groups["prior"] = by_variable(problem, parts.prior[None])
    predictive = {"": parts.simulated, "_mean": parts.predicted}
    told = {suffix: values for suffix, values in predictive.items() if values is not None}
    if told:
        groups["posterior_predictive"] = _along_rows(problem, rows, told, "predicted {}")
    errors = problem.error if parts.best_errors is None else parts.best_errors
    groups["observed_data"] = _observed(problem, rows, errors)
    if parts.best is not None:
        found = best_of(problem.unknowns, parts.best, parts.profiles)
        found = found.merge(variables_of(problem, np.asarray(parts.best.values)))
        groups["best"] = found.merge(_at_best(problem, rows, parts.best, errors))
    if parts.scan is not None:
        groups["scan"] = scan_of(problem.unknowns, parts.scan)
    tree = xr.DataTree.from_dict({f"/{name}": group for name, group in groups.items()})
    tree.attrs = {
        name: value if isinstance(value, str | int | float) else json.dumps(value)
        for name, value in attributes.items()
    }
    return tree


def by_variable(problem: Problem, values: Floats) -> xr.Dataset:
    """Label values of the unknowns, shape (chains, draws, D), by variable."""
    labelled = variables_of(problem, values, (CHAIN, DRAW))
    chains, draws = values.shape[:2]
    return labelled.assign_coords({CHAIN: np.arange(chains), DRAW: np.arange(draws)})


def variables_of(problem: Problem, values: Floats, first: tuple[str, ...] = ()) -> xr.Dataset:
    """Label values of the unknowns, shape (..., D): those of one name are one variable."""
    places: dict[str, list[int]] = {}
    for place, unknown in enumerate(problem.unknowns):
        places.setdefault(unknown.name, []).append(place)
    variables: dict[str, Any] = {}
    labels: dict[str, list[str]] = {}
    for name, own in places.items():
        unknown = problem.unknowns[own[0]]
        words = {"units": unknown.unit, "long_name": name, "role": unknown.role}
        words |= {"scale": "log"} if unknown.logarithmic else {}
        if not unknown.dimension:
            variables[name] = (first, values[..., own[0]], words)
            continue
        by_label = {problem.unknowns[place].label: place for place in own}
        order = labels.setdefault(unknown.dimension, list(by_label))
        taken = values[..., [by_label[label] for label in order]]
        variables[name] = ((*first, unknown.dimension), taken, words)
    coords = {
        name: (name, np.array(texts, dtype=str), {"long_name": f"{name} of the table"})
        for name, texts in labels.items()
    }
    return xr.Dataset(variables, coords=coords)


def _along_rows(
    problem: Problem, rows: Rows, told: Mapping[str, Floats], words: str, unit: str = ""
) -> xr.Dataset:
    variables = {}
    for suffix, values in told.items():
        for place, output in enumerate(problem.outputs):
            name = f"{words.format(output)}{', without noise' if suffix else ''}"
            attrs = {"units": unit or rows.units[output], "long_name": name}
            variables[f"{output}{suffix}"] = ((CHAIN, DRAW, ROW), values[..., place], attrs)
    chains, draws = next(iter(told.values())).shape[:2]
    coords = {CHAIN: np.arange(chains), DRAW: np.arange(draws), **rows.coordinates()}
    return xr.Dataset(variables, coords=coords)


def _observed(problem: Problem, rows: Rows, errors: Floats) -> xr.Dataset:
    """Return recordings and their errors, those of a scatter that was fitted at the best fit."""
    observed = np.asarray(problem.observed, np.float64)
    there = np.isfinite(observed) if rows.there is None else rows.there
    variables = {}
    for place, output in enumerate(problem.outputs):
        words = {"units": rows.units[output], "long_name": output}
        held = np.where(there[:, place], observed[:, place], np.nan)
        variables[output] = (ROW, held, words)
        error = np.where(there[:, place], errors[:, place], np.nan)
        words = {**words, "long_name": f"standard error of {output}"}
        variables[f"{output}_error"] = (ROW, error, words)
    return xr.Dataset(variables, coords=rows.coordinates())


def _at_best(problem: Problem, rows: Rows, best: Best, errors: Floats) -> xr.Dataset:
    """Return predictions and standardised residuals, (observed - predicted) / error."""
    predicted = np.asarray(best.predicted)
    variables, data = {}, _observed(problem, rows, errors)
    for place, output in enumerate(problem.outputs):
        words = {"units": rows.units[output], "long_name": f"{output} predicted by the best fit"}
        variables[output] = (ROW, predicted[:, place], words)
        words = {"units": "1", "long_name": f"residual of {output} over its error"}
        residual = (data[output].values - predicted[:, place]) / errors[:, place]
        variables[f"{output}_residual"] = (ROW, residual, words)
    return xr.Dataset(variables, coords=rows.coordinates())


def _stats(draws: Draws) -> xr.Dataset:
    variables = {}
    for name, values in draws.stats.items():
        unit, words = STATS[name]
        variables[name] = ((CHAIN, DRAW), values, {"units": unit, "long_name": words})
    chains, number = draws.values.shape[:2]
    return xr.Dataset(variables, coords={CHAIN: np.arange(chains), DRAW: np.arange(number)})


def _convergence(problem: Problem, draws: Draws) -> xr.Dataset:
    told = {
        "rhat": (draws.rhat, "rank-normalised R-hat"),
        "ess_bulk": (draws.ess_bulk, "effective number of draws for the middle"),
        "ess_tail": (draws.ess_tail, "effective number of draws for the 5 and 95 % quantiles"),
    }
    variables = {
        name: (PARAMETER, values, {"units": "1", "long_name": words})
        for name, (values, words) in told.items()
        if values is not None
    }
    names = np.array([unknown.flat_name for unknown in problem.unknowns], dtype=str)
    return xr.Dataset(variables, coords={PARAMETER: (PARAMETER, names, {"long_name": "unknown"})})
