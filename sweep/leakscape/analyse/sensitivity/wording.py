"""What an analysis found, in words: a table for each outcome, and one sentence that says the most.

Everything is read from the dataset, so that a result that was stored says the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

import numpy as np
import xarray as xr

from leakscape.amounts import amount, number
from leakscape.analyse.sensitivity import pairs
from leakscape.analyse.sensitivity.labelled import PARAMETER, PARAMETER_UNIT
from leakscape.analyse.sensitivity.spans import plus, spans
from leakscape.card import Card, Section, Table
from leakscape.declare.spacing import SPACED
from leakscape.sweep.told import told_study

COLUMNS: Mapping[str, str] = {
    "S1": "alone (S1)",
    "ST": "in all (ST)",
    "shapley": "Shapley effect",
    "mu": "mean effect (mu)",
    "mu_star": "mean size (mu*)",
    "sigma": "spread (sigma)",
    "dgsm": "mean squared slope",
    "ST_bound": "ST at most",
    "ks": "distance (KS)",
}
"""Statistic -> head of its column."""
SORTED_BY = ("ST", "shapley", "mu_star", "ST_bound", "ks")
"""The first of these that is there decides the order of the rows."""
_STEPS = "over steps of two thirds of its distribution, scaled to the whole"
_ENDS = {"uniform", "loguniform", "truncated_normal"}


def card(dataset: xr.Dataset) -> Card:
    """Say what an analysis found.

    Args:
        dataset: what `leakscape.sensitivity` returned.

    Returns:
        A card with a section for each outcome.
    """
    found = [
        section
        for name, text in outcomes(dataset).items()
        for section in (_section(dataset, name, text), *pairs.section(dataset, name, text))
    ]
    texts = tuple(filter(None, (sentence(dataset, name) for name in outcomes(dataset))))
    return Card(
        title=f"{dataset.attrs['title']}: sensitivity by {dataset.attrs['method']}",
        texts=(),
        sections=(*found, Section(heading="In short", texts=(*texts, *remarks(dataset)))),
    )


def outcomes(dataset: xr.Dataset) -> dict[str, str]:
    """Return name -> text of everything that was analysed."""
    return dict(json.loads(dataset.attrs["outcomes"]))


def sentence(dataset: xr.Dataset, name: str) -> str:
    """Return the sentence that says the most of an outcome."""
    text = outcomes(dataset)[name]
    what = f"whether {text}" if text != name else name
    for statistic, words in (
        ("S1", "alone accounts for {share} of the variance of {what}{error}"),
        ("shapley", "accounts for {share} of the variance of {what}{error}, interactions shared"),
        ("mu_star", f"moves {{what}} most: by {{value}} on average{{error}}, {_STEPS}"),
        ("ST_bound", "can account for {share} of the variance of {what} at most"),
        ("ks", "tells points in the target most from the others: a distance of {value}"),
    ):
        if f"{name}_{statistic}" not in dataset:
            continue
        values = dataset[f"{name}_{statistic}"]
        if not np.isfinite(values.values).any():
            return ""
        order = _order(dataset, name, statistic)
        useless = _useless(dataset, name) if statistic == "ST_bound" else []
        first = next((place for place in order if place not in useless), None)
        if first is None:
            told = _vain(dataset, useless, f" of the variance of {what}")
            return f"{told[0].upper()}{told[1:]}; use --method sobol."
        one = values.isel({PARAMETER: first})
        unit = str(values.attrs.get("units", "1"))
        told = words.format(
            share=spans(one.values, 100.0, " %"),
            value=spans(one.values, 1.0, "" if unit == "1" else f" {unit}"),
            what=what,
            error=_error(dataset, name, statistic, first, unit),
        )
        along = [str(d) for d in one.dims]
        held = f"Over the ranges given{f' and along {_listed(along)}' if along else ''}, "
        rest = _interactions(dataset, name) if statistic == "S1" else ""
        rest = f"; {_vain(dataset, useless)}" if useless else rest
        return f"{held}{dataset[PARAMETER].values[first]} {told}{rest}."
    return ""


def _useless(dataset: xr.Dataset, name: str) -> list[int]:
    """Return the parameters whose bound of ST is somewhere above 1, as every ST is below that."""
    values = dataset[f"{name}_ST_bound"].values
    above = (values > 1.0).reshape(len(values), -1).any(axis=1)
    return [int(place) for place in np.flatnonzero(above)]


def _vain(dataset: xr.Dataset, places: list[int], of: str = "") -> str:
    """Say of which parameters a bound of ST tells nothing."""
    names = _listed([str(dataset[PARAMETER].values[place]) for place in places])
    where = " somewhere along the axes" if _axes(dataset) else ""
    return (
        f"the bound of {names} is above 100 %{of}{where}, which tells nothing of what "
        f"{'each' if len(places) > 1 else 'it'} accounts for"
    )


def remarks(dataset: xr.Dataset) -> tuple[str, ...]:
    """Return what else there is to say: what failed, what was not reached, what was left out."""
    found = []
    points = int(dataset.n_points)
    failed = int(dataset.n_failed.sum())
    if failed:
        found.append(
            f"{amount(failed)} points failed and were left out with their base points: the indices "
            "are of the rest."
        )
    unmatched = int(dataset["n_unmatched"].sum()) if "n_unmatched" in dataset else 0
    if unmatched:
        found.append(
            f"For {amount(unmatched)} base points no second point met the conditions: they were "
            "left out."
        )
    until = dataset.attrs.get("until")
    if until is not None and not dataset.attrs["half_width"] < until:
        width = dataset.attrs["half_width"]
        told = "unknown" if math.isnan(width) else f"{width:.2g}"
        found.append(
            f"The half-width is {told}, not yet below {until:g}, after "
            f"{amount(points * math.prod(_axes(dataset).values()))} evaluations; give a larger "
            "--most to go on."
        )
    if remark := dataset.attrs.get("remark"):
        found.append(str(remark))
    return tuple(found)


def _axes(dataset: xr.Dataset) -> dict[str, int]:
    return {str(d): dataset.sizes[d] for d in dataset.n_failed.dims}


def _section(dataset: xr.Dataset, name: str, text: str) -> Section:
    shown = [s for s in COLUMNS if f"{name}_{s}" in dataset]
    by = next(s for s in SORTED_BY if s in shown)
    ranges = _ranges(dataset)
    rows = []
    for place in _order(dataset, name, by):
        label = str(dataset[PARAMETER].values[place])
        cells = []
        for statistic in shown:
            one = dataset[f"{name}_{statistic}"].isel({PARAMETER: place}).values
            error = f"{name}_{statistic}_error"
            by = _by(dataset, place) if statistic == "dgsm" else ""
            of = _unit(dataset, name, statistic) if statistic == "dgsm" else "1"
            cells.append(spans(one, 1.0, f"{'' if of == '1' else f' {of}'}{by}".rstrip()))
            wide = dataset[error].isel({PARAMETER: place}).values if error in dataset else None
            cells.append("" if wide is None or not np.isfinite(wide).any() else plus(wide))
        rows.append((label, ranges.get(label, ""), *cells))
    heads = ["parameter", "range"]
    for statistic in shown:
        unit = _unit(dataset, name, statistic) if statistic != "dgsm" else "1"
        head = COLUMNS[statistic] + ("" if unit == "1" else f" [{unit}]")
        heads += [head, f"+- {statistic}"]
    table = Table(heads=tuple(heads), rows=tuple(rows), right=tuple(heads[2:]))
    return Section(heading=text, table=table)


def _unit(dataset: xr.Dataset, name: str, statistic: str) -> str:
    return str(dataset[f"{name}_{statistic}"].attrs.get("units", "1")).split(" per square of ")[0]


def _by(dataset: xr.Dataset, place: int) -> str:
    """Say by which unit a mean squared slope is."""
    unit = str(dataset[PARAMETER_UNIT].values[place])
    return " " if unit == "1" else f" per ({unit})^2"


def _order(dataset: xr.Dataset, name: str, statistic: str) -> list[int]:
    """Return the places of the parameters, the one that matters most first."""
    values = np.abs(dataset[f"{name}_{statistic}"].values)
    filled = np.where(np.isfinite(values), values, -1.0)
    largest = filled.reshape(len(filled), -1).max(axis=1)
    return [int(i) for i in np.argsort(-largest, kind="stable")]


def _error(dataset: xr.Dataset, name: str, statistic: str, place: int, unit: str) -> str:
    error = f"{name}_{statistic}_error"
    if error not in dataset:
        return ""
    wide = dataset[error].isel({PARAMETER: place}).values
    if not np.isfinite(wide).any():
        return ""
    share = statistic in ("S1", "shapley")
    return f" (+- {plus(wide * (100.0 if share else 1.0))})"


def _interactions(dataset: xr.Dataset, name: str) -> str:
    """Say what no parameter explains alone."""
    rest = 1.0 - dataset[f"{name}_S1"].sum(PARAMETER, skipna=False).values
    rest = np.clip(rest[np.isfinite(rest)] if rest.ndim else rest, 0.0, None)
    if not np.size(rest):
        return ""
    return f"; interactions for {spans(np.round(100.0 * rest, 1), 1.0, ' %')}"


def _ranges(dataset: xr.Dataset) -> dict[str, str]:
    """Return parameter -> how it varies."""
    study = told_study(dataset.attrs)
    tables = dict(study.get("population", {}).get("parameters", {}))
    found = {}
    for name, table in tables.items():
        unit = "" if table.get("unit", "1") == "1" else f" {table['unit']}"
        kind = next(key for key in table if key != "unit")
        numbers = [number(x) for x in table[kind]]
        if kind in _ENDS:
            found[name] = f"{numbers[-2]} to {numbers[-1]}{unit}"
        elif kind == "normal":
            found[name] = f"{numbers[0]} +- {numbers[1]}{unit}"
        elif kind == "lognormal":
            found[name] = f"{numbers[0]}{unit} times or by e^{numbers[1]}"
        else:
            found[name] = f"{', '.join(numbers[:6])}{unit}"
    for axis, table in study.get("axes", {}).items():
        unit = "" if table.get("unit", "1") == "1" else f" {table['unit']}"
        for kind in (*SPACED, "values"):
            if kind in table:
                low, high = (number(x) for x in (min(table[kind]), max(table[kind])))
                found[axis] = f"{low} to {high}{unit}"
        if linked := [name for name, one in table.items() if isinstance(one, Mapping)]:
            found[axis] = f"{_listed(linked)} together"
    for group, members in study.get("sensitivity", {}).get("groups", {}).items():
        found[group] = f"{_listed([str(member) for member in members])} together"
    return found


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
