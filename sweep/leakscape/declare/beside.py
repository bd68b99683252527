"""Columns of a table meet the kernel: some are parameters, the others are kept beside the cells."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from leakscape.declare import names, units
from leakscape.declare.quantities import Quantities
from leakscape.declare.study import Study
from leakscape.declare.table import Table
from leakscape.declare.tables.header import is_unit
from leakscape.errors import DeclarationError
from leakscape.shown import shown

NEARLY = 0.85
"""Likeness of two names from which one is taken for the other, misspelled: K_inn, Kin, K_i."""
_NO_NAME = re.compile(r"[^A-Za-z0-9_]+")
_SIDES = (("_out", "o"), ("_in", "i"))
"""How a side is written in short: Ko or K_o is K_out."""
_Column = TypeVar("_Column")


def with_columns_told_apart(study: Study, quantities: Quantities) -> Study:
    """Tell which columns of a study's table are parameters.

    Args:
        study: the study.
        quantities: its names, and those of its kernel.

    Returns:
        The study, in whose table `columns` are parameters, and what is kept beside the cells are
        `labels` and `values`.

    Raises:
        DeclarationError: no column is a parameter, one is without a number in some row, or is
            nearly called like one; or what is kept has the name of something else.
    """
    population = study.population
    if population is None or population.table is None:
        return study
    table: Table = population.table
    swept = [name for name in (*table.columns, *table.labels) if quantities.knows(name)]
    for name in swept:
        if name in table.gaps:
            raise DeclarationError(table.gaps[name])
    for name, (unit, _) in table.columns.items():
        if name not in swept:
            _refuse_misspelled(table, name, unit, quantities)
    if not swept:
        told = ", ".join([*table.columns, *table.labels][:8])
        raise DeclarationError(
            f"{table.name}: no column is a parameter of kernel {quantities.kernel.name}, got "
            f"{shown(told)}; {names.nearest(told, quantities.kernel.parameters)}"
        )
    for name in swept:
        _refuse_without_unit(table, name, quantities)
    kept = {name: entry for name, entry in table.columns.items() if name not in swept}
    told_apart = replace(
        table,
        columns={name: table.columns[name] for name in table.columns if name in swept},
        values={**table.values, **_named(kept, table.name)},
        labels=_named(table.labels, table.name),
    )
    _refuse_taken(told_apart, study, quantities)
    return replace(study, population=replace(population, table=told_apart))


def _refuse_without_unit(table: Table, name: str, quantities: Quantities) -> None:
    wanted = quantities.unit_of(name)
    if table.columns[name][0] == "1" and not units.same_dimension("1", wanted):
        raise DeclarationError(
            f"{table.name}, column {name}: needs a unit; write {name} [{wanted}]"
        )


def _refuse_misspelled(table: Table, name: str, unit: str, quantities: Quantities) -> None:
    """Refuse what may be meant as a parameter, so that a slip of the pen is no silent default."""
    kernel, parameters = quantities.kernel.name, quantities.kernel.parameters
    front, _, rest = name.rpartition("_")
    if front in parameters and is_unit(rest):
        raise DeclarationError(
            f"{table.name}, column {name}: kernel {kernel} has no parameter {name!r}; "
            f"write {front} [{rest}]"
        )
    folded = {parameter.lower(): parameter for parameter in parameters}
    close = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=NEARLY)
    meant = folded[close[0]] if close else ""
    if not meant or not (unit == "1" or units.same_dimension(unit, parameters[meant].unit)):
        meant = _in_short(name, unit, quantities)
    if meant:
        raise DeclarationError(
            f"{table.name}, column {name}: kernel {kernel} has no parameter {name!r}; did you "
            f"mean {meant}? A column that is only kept needs a name less like it"
        )


def _in_short(name: str, unit: str, quantities: Quantities) -> str:
    """Return the parameter that a column of its dimension means by another spelling, or ""."""
    front = re.split(r"\W+in\W+", name)[0]  # "E_K in mV"
    parameters = quantities.kernel.parameters
    spelled = {_letters(parameter): parameter for parameter in parameters}
    for parameter in parameters:
        for side, short in _SIDES:
            if parameter.endswith(side):
                spelled[_letters(parameter.removesuffix(side)) + short] = parameter
    if "temperature" in parameters:
        spelled |= {"temp": "temperature", "t": "temperature"}
    over = re.fullmatch(r"\s*(\w+?)(?:\s*/\s*|_over_)(\w+)\s*", name)
    if over and {_letters(part) for part in over.groups()} <= spelled.keys():
        top, bottom = (spelled[_letters(part)] for part in over.groups())
        return f"{top}_over_{bottom}"
    meant = spelled.get(_letters(front), "")
    told = unit if front == name else parameters[meant].unit if meant else unit
    return meant if meant and units.same_dimension(told, parameters[meant].unit) else ""


def _letters(name: str) -> str:
    """Return what is left of a name without marks and capitals."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _named(columns: Mapping[str, _Column], table: str) -> dict[str, _Column]:
    """Give columns names that a store can hold: `Cell type` becomes `Cell_type`."""
    found: dict[str, _Column] = {}
    for title, entry in columns.items():
        plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
        name = _NO_NAME.sub("_", plain).strip("_")[: names.LONGEST]
        if name.lower() in ("cell", "cells"):
            raise DeclarationError(
                f"{table}, column {title}: cell is the dimension; write id if it names the cells, "
                "else rename it"
            )
        name = names.check(name or title, f"{table}, column {title}")
        if name in found:
            raise DeclarationError(
                f"{table}: two columns would be called {name}, got {shown(title)}; rename one"
            )
        found[name] = entry
    return found


def _refuse_taken(table: Table, study: Study, quantities: Quantities) -> None:
    """Refuse names that something else in the result has."""
    outputs = quantities.kernel.outputs
    taken: dict[str, str] = dict.fromkeys(quantities.kernel.parameters, "a parameter")
    taken |= dict.fromkeys(table.columns, "another column")
    taken |= dict.fromkeys(_swept_along(study), "a parameter on an axis")
    taken |= {o.dimension: "a dimension" for o in outputs.values() if o.dimension is not None}
    taken |= dict.fromkeys(study.axes, "a dimension")
    taken |= dict.fromkeys(outputs, "an output of the kernel")
    folded = {name.lower(): what for name, what in taken.items()}
    for name in (*table.values, *table.labels):
        if what := folded.get(name.lower()):
            raise DeclarationError(
                f"{table.name}, column {name}: has the name of {what}; rename it, such as "
                f"{name}_measured"
            )
    names.check_distinct([*table.values, *table.labels], f"{table.name}, header")
    if twice := table.values.keys() & table.labels.keys():
        raise DeclarationError(f"{table.name}: two columns are called {min(twice)}; rename one")


def _swept_along(study: Study) -> list[Any]:
    linked = [axis.parameters for axis in study.axes.values() if hasattr(axis, "parameters")]
    return [name for part in linked for name in part]
