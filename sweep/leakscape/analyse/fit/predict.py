"""What a fit says of conditions that were not recorded: curves, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.analyse.fit.evaluated import predicted, simulated
from leakscape.analyse.fit.on_disk import opened
from leakscape.analyse.fit.posing import met
from leakscape.analyse.fit.problem import Problem
from leakscape.declare import names, units
from leakscape.declare.fit import Fit, from_canonical
from leakscape.declare.recordings import Recordings
from leakscape.declare.table import table_of
from leakscape.declare.tables.frames import is_frame
from leakscape.errors import DeclarationError
from leakscape.shown import shown

Floats = NDArray[np.float64]
LEVELS: Mapping[str, float] = {
    "lower_95": 0.025,
    "lower_68": 0.16,
    "median": 0.5,
    "upper_68": 0.84,
    "upper_95": 0.975,
}
MOST_DRAWS = 1000
"""Draws of the posterior that a band is made of."""
ROW = "row"


def predict(
    result: xr.DataTree | str | Path, conditions: Any, *, noise: bool = False, seed: int = 0
) -> xr.Dataset:
    """Predict what would be recorded under other conditions.

    Args:
        result: of `leakscape.fit`, or the path where it was kept.
        conditions: parameter -> values [its unit in the table], of one length or single; besides,
            the label columns of groups. Or a DataFrame with headers as in the table. Conditions
            that are left out keep the median of the table.
        noise: whether bands hold a new recording, with the scatter of one of the table's, instead
            of the model's value.
        seed: of the noise.

    Returns:
        A dataset along `row`, with for every output `V`: `V` at the best fit, and where there is a
        posterior `V_median`, `V_lower_68`, `V_upper_68`, `V_lower_95`, `V_upper_95`.

    Raises:
        DeclarationError: no fit, an unknown condition or group, or lengths that differ.
    """
    if isinstance(result, str | Path):
        result = opened(result)
    if not isinstance(result, xr.DataTree) or "fit" not in result.attrs:
        raise DeclarationError(
            f"predict: expected the result of a fit, got {shown(type(result).__name__)}; "
            "give what leakscape.fit returned"
        )
    fit = from_canonical(result.attrs["fit"])
    recordings = recordings_of(result, fit)
    wanted = _rows(recordings, conditions)
    return bands(result, fit, recordings, wanted, noise=noise, seed=seed)


def bands(
    result: xr.DataTree,
    fit: Fit,
    recordings: Recordings,
    wanted: Recordings,
    *,
    noise: bool = False,
    seed: int = 0,
) -> xr.Dataset:
    """Return the best fit and the posterior's bands at rows that may not have been recorded."""
    # Behind the rows of the table, so that groups stand in line as they did when it was fitted.
    problem, first = met(fit, _joined(recordings, wanted)), recordings.rows
    best = predicted(problem, _vector(problem, result["best"].to_dataset())[None])[0, first:]
    draws = _draws(problem, result)
    found = None
    if draws is not None:
        mean = predicted(problem, draws)
        found = (simulated(problem, draws, mean, seed) if noise else mean)[:, first:]
    variables: dict[str, Any] = {}
    for place, column in enumerate(problem.outputs):
        unit = {"units": problem.units[column]}
        told = {"long_name": f"{column} predicted by the best fit"}
        variables[column] = (ROW, best[:, place], unit | told)
        for word, level in LEVELS.items() if found is not None else ():
            assert found is not None
            told = {"long_name": f"{column} predicted, {word.replace('_', ' ')} %"}
            if word == "median":
                told = {"long_name": f"{column} predicted, median of the posterior"}
            values = np.quantile(found[:, :, place], level, axis=0)
            variables[f"{column}_{word}"] = (ROW, values, unit | told)
    coords: dict[str, Any] = {
        name: (ROW, values, {"units": unit, "long_name": name})
        for name, (unit, values) in wanted.conditions.items()
    }
    coords |= {
        name: (ROW, np.array(texts, dtype=str), {"long_name": name})
        for name, texts in wanted.labels.items()
    }
    kind = "a new recording" if noise else "the model's value"
    return xr.Dataset(variables, coords, {"fit": fit.name, "bands": kind})


def recordings_of(result: xr.DataTree, fit: Fit) -> Recordings:
    """Return the recordings that a result was fitted to."""
    held = result["observed_data"].to_dataset()
    rows = held.sizes[ROW]
    values = {name: np.asarray(held[name], np.float64) for name in fit.recorded}
    scatter = {
        name: np.asarray(held[f"{name}_error"], np.float64)
        for name, one in fit.recorded.items()
        if isinstance(one.sd, str)
    }
    labels = {
        str(name): tuple(map(str, coordinate.values))
        for name, coordinate in held.coords.items()
        if name not in fit.conditions and name != ROW
    }
    conditions = {
        name: (str(held[name].attrs["units"]), np.asarray(held[name], np.float64))
        for name in fit.conditions
    }
    return Recordings(
        table=str(result.attrs.get("table", "")),
        digest=str(result.attrs.get("table_digest", "")),
        numbers=np.arange(rows),
        conditions=conditions,
        labels=labels,
        units={name: str(held[name].attrs["units"]) for name in fit.recorded},
        values=values,
        scatter=scatter,
        behind={name: np.ones(rows) for name in fit.recorded},
    )


def _rows(recordings: Recordings, given: Any) -> Recordings:
    """Return rows of conditions and labels, without recordings."""
    columns, told = _columns(given)
    known = [*recordings.conditions, *recordings.labels]
    for name in columns:
        if name not in known:
            raise DeclarationError(
                f"predict: the fit has no condition or group {shown(name)}; "
                f"{names.nearest(str(name), known)}"
            )
    lengths = {name: len(column) for name, column in columns.items() if len(column) != 1}
    if len(set(lengths.values())) > 1:
        raise DeclarationError(
            f"predict: conditions differ in length, got {shown(lengths)}; make them equal"
        )
    rows = next(iter(lengths.values()), 1)
    conditions = {}
    for name, (unit, held) in recordings.conditions.items():
        column = columns.get(name, np.array([np.median(held)]))
        factor, offset = units.linear_conversion(told.get(name) or unit, unit)
        try:
            values = np.asarray(column, np.float64) * factor + offset
        except (TypeError, ValueError) as error:
            raise DeclarationError(
                f"predict: {name} needs numbers in {unit}, got {shown(list(column))}"
            ) from error
        if not np.isfinite(values).all():
            raise DeclarationError(f"predict: {name} must be finite, got {shown(list(values))}")
        conditions[name] = (unit, np.broadcast_to(values, (rows,)).copy())
    labels = {}
    for name, texts in recordings.labels.items():
        column = columns.get(name, texts[:1])
        found = [str(text) for text in column]
        for text in found:
            if text not in texts:
                raise DeclarationError(
                    f"predict: {name} has no {shown(text)}; {names.nearest(text, set(texts))}"
                )
        labels[name] = tuple(found if len(found) == rows else found * rows)
    return without_recordings(recordings, conditions, labels, rows)


def _columns(given: Any) -> tuple[dict[str, Any], dict[str, str]]:
    if is_frame(given):
        table = table_of(given)
        columns: dict[str, Any] = {n: values for n, (_, values) in table.columns.items()}
        columns |= {name: list(texts) for name, texts in table.labels.items()}
        return columns, {n: u for n, (u, _) in table.columns.items() if u != "1"}
    if not isinstance(given, Mapping):
        raise DeclarationError(
            f"predict: expected conditions by name, got {shown(given)}; "
            'write {"K_out": [2.5, 5, 10]}'
        )
    return {name: np.atleast_1d(np.asarray(column)) for name, column in given.items()}, {}


def without_recordings(
    recordings: Recordings,
    conditions: Mapping[str, tuple[str, Floats]],
    labels: Mapping[str, tuple[str, ...]],
    rows: int,
) -> Recordings:
    """Return rows at which nothing was recorded, each with the smallest error of the table."""
    return Recordings(
        table=recordings.table,
        digest=recordings.digest,
        numbers=np.arange(rows),
        conditions=conditions,
        labels=labels,
        units=recordings.units,
        values={name: np.zeros(rows) for name in recordings.values},
        scatter={
            name: np.full(rows, np.nanmedian(errors)) for name, errors in recordings.scatter.items()
        },
        behind={name: np.ones(rows) for name in recordings.behind},
    )


def _joined(first: Recordings, second: Recordings) -> Recordings:
    def both(one: Mapping[str, Floats], other: Mapping[str, Floats]) -> dict[str, Floats]:
        return {name: np.concatenate([values, other[name]]) for name, values in one.items()}

    return Recordings(
        table=first.table,
        digest=first.digest,
        numbers=np.arange(first.rows + second.rows),
        conditions={
            name: (unit, np.concatenate([values, second.conditions[name][1]]))
            for name, (unit, values) in first.conditions.items()
        },
        labels={name: texts + second.labels[name] for name, texts in first.labels.items()},
        units=first.units,
        values=both(first.values, second.values),
        scatter=both(first.scatter, second.scatter),
        behind=both(first.behind, second.behind),
    )


def _vector(problem: Problem, held: xr.Dataset) -> Floats:
    """Return the values of all unknowns in line, the last axis of the result."""
    found = []
    for unknown in problem.unknowns:
        variable = held[unknown.name]
        if unknown.dimension:
            variable = variable.sel({unknown.dimension: unknown.label})
        found.append(np.asarray(variable, np.float64))
    return np.stack(found, axis=-1)


def _draws(problem: Problem, result: xr.DataTree) -> Floats | None:
    if "posterior" not in result.children:
        return None
    whole = _vector(problem, result["posterior"].to_dataset()).reshape(-1, len(problem.unknowns))
    step = max(1, len(whole) // MOST_DRAWS)
    return whole[::step]
