"""The question of an analysis: a study met with its kernel, and what is asked of which outputs.

The population's parameters are swept as given values there, so that any design feeds the same
model that a sweep evaluates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from leakscape.analyse.sensitivity.asked import GROUPED, INDEPENDENT, Asked
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
COUNT = "n_equilibria"
"""The output that tells how many equilibria there are, of a kernel that finds them."""
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
    kept = space.keep if study.reduce is None else tuple(study.reduce.statistics)
    kept = tuple(study.sensitivity.get("output", kept))
    found = outcomes(space.kernel.outputs, tuple(asked) or kept, f"{where}, output")
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


def asked_of(study: Study, asked: Asked) -> Question:
    """Meet a study with what is asked, as far as it suits the method.

    Raises:
        DeclarationError: it does not.
    """
    outputs, method = asked.outputs, asked.method
    where = f"sensitivity of {study.name}"
    if method == "regional":
        target = study.sensitivity.get("target")
        outputs = outputs or (() if target is None else (target,))
        if not outputs:
            raise DeclarationError(
                f"{where}: regional compares points in a target with all others, and there is "
                'none; write [sensitivity] with target = "V_rest < -55 mV"'
            )
    question = pose(study, outputs, groups=method in GROUPED)
    if method == "dgsm":
        for outcome in question.outcomes:
            if outcome.indicator is not None:
                raise DeclarationError(
                    f"{where}: dgsm needs an output with derivatives, and whether {outcome.text} "
                    "is yes or no; use --method sobol"
                )
        named = [outcome.name for outcome in question.outcomes]
        if COUNT in question.space.kernel.outputs and COUNT not in named:
            question = pose(study, (*named, COUNT), groups=False)
    if method == "regional":
        for outcome in question.outcomes:
            if outcome.indicator is None:
                raise DeclarationError(
                    f"{where}: regional needs a condition that points meet or not, got "
                    f'{outcome.text}; write one such as "{outcome.text} < -55 mV"'
                )
    refuse_dependent(question, method)
    return question


def refuse_dependent(question: Question, method: str) -> None:
    """Refuse a population whose parameters are not independent over their whole ranges.

    Args:
        question: what is asked.
        method: which may need them to be.

    Raises:
        DeclarationError: conditions leave points out, or parameters are correlated.
    """
    where = f"sensitivity of {question.study.name}"
    if method in INDEPENDENT and question.study.where:
        raise DeclarationError(
            f"{where}: {method} needs parameters that vary over their whole ranges, and [where] "
            "leaves points out; use --method shapley, or take it out"
        )
    if method in INDEPENDENT and question.population.correlation:
        raise DeclarationError(
            f"{where}: {method} needs parameters that vary independently, and [population] has a "
            "correlation; use --method shapley"
        )


def refuse_folds(question: Question, found: Mapping[str, Mapping[str, Any]]) -> Question:
    """Refuse mean squared slopes where the number of equilibria differs: they diverge at folds.

    Returns:
        The question without the count, unless that was asked for.
    """
    if COUNT not in found:
        return question
    spread = found[COUNT]["variance"].value
    if np.any(spread > 0.0):
        raise DeclarationError(
            f"sensitivity of {question.study.name}: {COUNT} differs within the population, and "
            "where equilibria appear the mean squared derivative is infinite; use --method sobol, "
            "or narrower ranges"
        )
    rest = tuple(outcome for outcome in question.outcomes if outcome.name != COUNT)
    return replace(question, outcomes=rest)


def left_out_groups(question: Question, method: str) -> str:
    """Say that a study's groups do not count where the method has none; "" if it has no groups."""
    if method in GROUPED or not question.study.sensitivity.get("groups"):
        return ""
    return (
        f"The study's groups are left out, as {method} takes each parameter alone; sobol and "
        "shapley take groups."
    )
