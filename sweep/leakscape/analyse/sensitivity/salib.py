"""To SALib and from it: what varies and how, as the problem that its samplers and analyses take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leakscape.analyse.sensitivity.groups import groups_of
from leakscape.declare.catalogue import study_of
from leakscape.declare.distributions import Distribution
from leakscape.declare.population import Population
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError
from leakscape.shown import shown

NAMES: Mapping[str, str] = {
    "uniform": "unif",
    "loguniform": "logunif",
    "normal": "norm",
    "truncated_normal": "truncnorm",
    "lognormal": "lognorm",
}
"""Distribution -> what SALib calls it."""


def to_salib(study: Study | str | Path) -> dict[str, Any]:
    """Return the problem of SALib that a study's population is.

    Args:
        study: the study, its name, or the path of its file.

    Returns:
        `num_vars`, `names`, `bounds`, `dists`, and `groups` where the study has some; numbers in
        the study's units.

    Raises:
        DeclarationError: no population of distributions, a choice of values, a correlation or
            conditions, none of which SALib knows.
    """
    declared = study_of(study, "to_salib")
    population: Population | None = declared.population
    if population is None or population.table is not None:
        raise DeclarationError(
            f"to_salib: {declared.name} has no population with distributions; write [population]"
        )
    if population.correlation:
        raise DeclarationError(
            f"to_salib: the population of {declared.name} has a correlation, which SALib's "
            "problems know nothing of; remove it"
        )
    if declared.where:
        raise DeclarationError(
            f"to_salib: the conditions of {declared.name} leave points out, which SALib's problems "
            "know nothing of; remove [where]"
        )
    bounds, dists = [], []
    for name, drawn in population.parameters.items():
        if drawn.name not in NAMES:
            raise DeclarationError(
                f"to_salib: {name} is a {drawn.name}, which SALib does not know; change it"
            )
        dists.append(NAMES[drawn.name])
        bounds.append(_bounds(drawn))
    names = [*population.parameters]
    problem: dict[str, Any] = {
        "num_vars": len(names),
        "names": names,
        "bounds": bounds,
        "dists": dists,
    }
    if table := declared.sensitivity.get("groups"):
        of = {m: g.name for g in groups_of(table, tuple(names)) for m in g.members}
        problem["groups"] = [of[place] for place in range(len(names))]
    return problem


def from_salib(
    problem: Mapping[str, Any],
    *,
    units: Mapping[str, str] | None = None,
    size: int = 1024,
    seed: int = 0,
) -> Population:
    """Return the population that a problem of SALib is.

    Its groups are no part of a population: they go into `[sensitivity] groups`.

    Args:
        problem: `names`, `bounds` and perhaps `dists`, uniform by default.
        units: parameter -> its unit, which a problem does not tell; "1" for others.
        size: how many base points.
        seed: of the population.

    Returns:
        The population.

    Raises:
        DeclarationError: no problem, or a distribution that has no equal here.
    """
    if not isinstance(problem, Mapping) or not {"names", "bounds"} <= problem.keys():
        raise DeclarationError(
            f"from_salib: expected a problem with names and bounds, got {shown(problem)}"
        )
    names, bounds = list(problem["names"]), list(problem["bounds"])
    dists = list(problem.get("dists") or ["unif"] * len(names))
    if not len(names) == len(bounds) == len(dists):
        raise DeclarationError(
            f"from_salib: names, bounds and dists must be as many, got {len(names)}, "
            f"{len(bounds)} and {len(dists)}"
        )
    kinds = {theirs: ours for ours, theirs in NAMES.items()}
    parameters = {}
    for name, numbers, kind in zip(names, bounds, dists, strict=True):
        if kind not in kinds:
            raise DeclarationError(
                f"from_salib: {name} is a {shown(kind)}, which has no equal here; use one of "
                f"{', '.join(kinds)}"
            )
        ours, values = kinds[kind], [float(number) for number in numbers]
        if ours == "truncated_normal" and len(values) == 4:
            values = [values[2], values[3], values[0], values[1]]
        if ours == "lognormal" and values:
            values[0] = math.exp(values[0])
        parameters[str(name)] = {ours: values, "unit": (units or {}).get(name, "1")}
    return Population(parameters=parameters, size=size, seed=seed)


def _bounds(drawn: Distribution) -> list[float]:
    numbers = list(drawn.numbers)
    if drawn.name == "truncated_normal":
        return [numbers[2], numbers[3], numbers[0], numbers[1]]
    if drawn.name == "lognormal":
        return [math.log(numbers[0]), numbers[1]]
    return numbers
