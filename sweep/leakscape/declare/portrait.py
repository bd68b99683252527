"""How a study and its parts show themselves: from what they declare alone, without the kernel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from leakscape.amounts import amount
from leakscape.card import Card, Section, Table
from leakscape.declare.axis import Axis, LinkedAxis
from leakscape.declare.distributions import LAWS, Distribution
from leakscape.declare.population import Population

if TYPE_CHECKING:
    from leakscape.declare.study import Study

Row = tuple[str, str, str]
MOST_VALUES = 8
"""Values of an axis that are written out."""


@singledispatch
def portrait(thing: object) -> Card:
    """Return the card of a study, an axis or a population."""
    raise TypeError(f"no portrait of {type(thing).__name__}")


@portrait.register
def _(axis: Axis) -> Card:
    return Card(title=f"Axis: {_count(axis.size, 'value')}", texts=(span(axis),))


@portrait.register
def _(axis: LinkedAxis) -> Card:
    facts = [("label", ", ".join(axis.label))] if axis.label else []
    facts += [(name, span(part)) for name, part in axis.parameters.items()]
    title = f"Linked axis: {_count(axis.size, 'row')}"
    return Card(title=title, sections=(Section(heading="Parameters", facts=tuple(facts)),))


@portrait.register
def _(population: Population) -> Card:
    title = f"Population: {_count(population.size, 'cell')}, {_how(population)}"
    heading = "Parameters" if population.table is None else "Columns"
    section = Section(heading=heading, facts=tuple(_columns(population)))
    return Card(title=title, sections=(section,))


def study_card(study: Study) -> Card:
    """Return the card of a study."""
    sections = [
        Section(
            heading=f"Axes: {_count(points(study), 'point')}",
            table=Table(
                heads=("dimension", "size", "values"), rows=dimensions(study), right=("size",)
            ),
        )
    ]
    for heading, told in (("Fixed", study.fixed), ("Derived", study.derived)):
        if told:
            facts = tuple((name, str(value)) for name, value in told.items())
            sections.append(Section(heading=heading, facts=facts))
    if study.where:
        sections.append(Section(heading="Conditions", texts=study.where))
    if study.reduce is not None:
        table = study.reduce.table()
        facts = tuple((name, _listed(entries)) for name, entries in table.items())
        sections.append(Section(heading="Reduced", facts=facts))
    if study.outputs:
        sections.append(Section(heading="Outputs", texts=(", ".join(study.outputs),)))
    return Card(
        title=f"Study {study.name}: {study.kernel_name}, {study.precision}",
        texts=tuple(filter(None, [study.question, study.expect])),
        sections=tuple(sections),
    )


def points(study: Study) -> int:
    """Return how many combinations a study has."""
    cells: int = 1 if study.population is None else study.population.size
    return cells * math.prod(int(axis.size) for axis in study.axes.values())


def dimensions(study: Study) -> tuple[Row, ...]:
    """Return the dimensions of a study: name, size, and what varies along each."""
    rows: list[Row] = []
    for name, axis in study.axes.items():
        if isinstance(axis, LinkedAxis):
            rows.append((name, str(axis.size), ", ".join(axis.label)))
            rows += [("", "", f"{key}: {span(part)}") for key, part in axis.parameters.items()]
        else:
            rows.append((name, str(axis.size), span(axis)))
    population = study.population
    if population is not None:
        how = population.sampling if population.table is None else _how(population)
        rows.append(("cell", str(population.size), how))
        rows += [("", "", f"{name}: {told}") for name, told in _drawn_of(population)]
    return tuple(rows)


def span(axis: Axis) -> str:
    """Say what values an axis has."""
    unit = "" if axis.unit == "1" else f" {axis.unit}"
    if axis.spacing == "values":
        shown = ", ".join(f"{value:.6g}" for value in axis.span[:MOST_VALUES])
        return f"{shown}{', ...' if len(axis.span) > MOST_VALUES else ''}{unit}"
    first, last = axis.span
    return f"{first:.6g} to {last:.6g}{unit}, {axis.spacing}"


def drawn(distribution: Distribution) -> str:
    """Say how a parameter varies from cell to cell."""
    meanings = LAWS[distribution.name].meaning.split(", ")
    if distribution.name == "choice":
        meanings = [""] * len(distribution.numbers)
    numbers = ", ".join(
        f"{meaning} {number:.6g}".strip()
        for meaning, number in zip(meanings, distribution.numbers, strict=True)
    )
    unit = "" if distribution.unit == "1" else f" [{distribution.unit}]"
    return f"{distribution.name}: {numbers}{unit}"


def _how(population: Population) -> str:
    if population.table is not None:
        return f"table {population.table.name}"
    return f"{population.sampling}, seed {population.seed}"


def _drawn_of(population: Population) -> list[tuple[str, str]]:
    return [(name, drawn(entry)) for name, entry in population.parameters.items()]


def _columns(population: Population) -> list[tuple[str, str]]:
    if population.table is None:
        return _drawn_of(population)
    return [(name, f"measured [{unit}]") for name, (unit, _) in population.table.columns.items()]


def _listed(entries: Any) -> str:
    return ", ".join(entry if isinstance(entry, str) else _statistic(entry) for entry in entries)


def _statistic(entry: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{key} {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for key, value in entry.items()
    )


def _count(number: int, what: str) -> str:
    return f"{amount(number)} {what}{'' if number == 1 else 's'}"
