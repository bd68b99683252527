"""The question of an analysis: a study met with its kernel, and what is asked of which outputs.

The population's parameters are swept as given values there, so that any design feeds the same
model that a sweep evaluates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from leakscape.analyse.sensitivity.groups import Group, groups_of
from leakscape.analyse.sensitivity.outcome import Outcome, outcomes
from leakscape.declare.distributions import Distribution
from leakscape.declare.population import CELL, Population
from leakscape.declare.resolve import resolve
from leakscape.declare.space import Space
from leakscape.declare.study import Study
from leakscape.declare.table import Table
from leakscape.errors import DeclarationError

MOST_PARAMETERS = 64
RESERVED = ("parameter", "other_parameter")
"""Dimensions of the result, which no axis may be called."""
_HOW = (
    "write [population] with size = 4096 and, under [population.parameters], lines such as "
    'K_out = { uniform = [2, 8], unit = "mmol/L" }'
)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of a study.

    Args:
        study: as it was declared.
        space: the same, with the population's parameters as given values along `cell`.
        drawn: parameter -> its distribution.
        outcomes: what is analysed.
        groups: what the indices are of.
    """

    study: Study
    space: Space = field(repr=False)
    drawn: Mapping[str, Distribution]
    outcomes: tuple[Outcome, ...]
    groups: tuple[Group, ...]

    @property
    def population(self) -> Population:
        """The study's population."""
        population: Population = self.study.population
        return population

    @property
    def grid(self) -> dict[str, int]:
        """The axes that stay dimensions of the result, with their lengths."""
        return {d.name: d.size for d in self.space.dimensions if d.name != CELL}


def pose(study: Study, asked: Sequence[str], *, groups: bool = True) -> Question:
    """Meet a study with what is asked of it.

    Args:
        study: the study; its population says what varies and how.
        asked: outputs and conditions on outputs; by default what the study keeps.
        groups: whether the groups of the study count.

    Returns:
        The question.

    Raises:
        DeclarationError: nothing varies, or something asked for is not there.
    """
    where = f"sensitivity of {study.name}"
    population: Population | None = study.population
    if population is None:
        raise DeclarationError(f"{where}: the study has no population, so nothing varies; {_HOW}")
    if population.table is not None:
        raise DeclarationError(
            f"{where}: the cells of {population.table.name} follow no distribution that could be "
            "drawn from; give the population distributions instead of a table"
        )
    drawn = dict(population.parameters)
    if len(drawn) == 1:
        raise DeclarationError(
            f"{where}: {next(iter(drawn))} alone varies, so it explains everything; "
            "add a second parameter to [population.parameters]"
        )
    if len(drawn) > MOST_PARAMETERS:
        raise DeclarationError(
            f"{where}: at most {MOST_PARAMETERS} parameters, got {len(drawn)}; fix some of them"
        )
    space = resolve(study)
    for dimension in space.dimensions:
        if dimension.name in RESERVED:
            raise DeclarationError(
                f"axes.{dimension.name}: is a dimension of the result; rename it"
            )
    reduced = () if study.reduce is None else tuple(study.reduce.statistics)
    found = outcomes(
        space.kernel.outputs, tuple(asked) or reduced or space.keep, f"{where}, output"
    )
    members = groups_of(study.sensitivity.get("groups", {}) if groups else {}, tuple(drawn))
    if len(members) == 1:
        raise DeclarationError(
            f"{where}: one group holds every parameter, so it explains everything; split it"
        )
    return Question(
        study=study,
        space=given_values(space, found),
        drawn=drawn,
        outcomes=found,
        groups=members,
    )


def given_values(space: Space, found: Sequence[Outcome]) -> Space:
    """Return a space whose population is given by values instead of drawn.

    Args:
        space: the space.
        found: the outcomes, whose outputs are kept.
    """
    read = {name for outcome in found for name in outcome.reads}
    population = space.population
    assert population is not None  # `pose` refuses a study without one
    columns = {n: (d.unit, np.zeros(1)) for n, d in population.parameters.items()}
    table = Table(name="design", digest="design", columns=columns)
    study = replace(space.study, population=Population(table=table), reduce=None)
    return replace(
        space,
        study=study,
        keep=tuple(name for name in space.kernel.outputs if name in read),
        reduction=None,
    )


def refuse_dependent(question: Question, method: str) -> None:
    """Refuse a population whose parameters are not independent over their whole ranges.

    Args:
        question: what is asked.
        method: which needs them to be.

    Raises:
        DeclarationError: conditions leave points out, or parameters are correlated.
    """
    held = []
    if question.study.where:
        held.append("[where] leaves points out")
    if getattr(question.population, "correlation", None):
        held.append("[population] has a correlation")
    if held:
        raise DeclarationError(
            f"sensitivity of {question.study.name}: {method} needs parameters that vary "
            f"independently, and {' and '.join(held)}; use --method shapley"
        )
