"""The result of an analysis as a labelled dataset: one variable per outcome and statistic."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from leakscape.analyse.sensitivity.intervals import Estimate
from leakscape.analyse.sensitivity.outcome import Outcome
from leakscape.analyse.sensitivity.question import Question
from leakscape.declare.population import CELL
from leakscape.declare.unit_attribute import attribute
from leakscape.evaluation.coordinates import coordinates
from leakscape.evaluation.grid import FORMAT
from leakscape.evaluation.results import squared

PARAMETER, OTHER = "parameter", "other_parameter"


@dataclass(frozen=True)
class Statistic:
    """One statistic of an outcome.

    Args:
        groups: how many of its dimensions are parameters.
        words: what it is, before "of" and the outcome.
        unit: "1" for a share; "outcome" or "squared" for the outcome's unit or its square.
    """

    groups: int
    words: str
    unit: str = "1"


STATISTICS: Mapping[str, Statistic] = {
    "S1": Statistic(1, "share of the variance that the parameter explains alone"),
    "ST": Statistic(1, "share of the variance that the parameter explains with interactions"),
    "S2": Statistic(2, "share of the variance that the two explain only together"),
    "shapley": Statistic(1, "share of the variance that falls to the parameter (Shapley effect)"),
    "mu": Statistic(1, "mean elementary effect over the whole range", "outcome"),
    "mu_star": Statistic(1, "mean absolute elementary effect over the whole range", "outcome"),
    "sigma": Statistic(1, "standard deviation of elementary effects", "outcome"),
    "dgsm": Statistic(1, "mean squared derivative, by the parameter in its own unit", "squared"),
    "ST_bound": Statistic(1, "upper bound of ST (Poincare)"),
    "ks": Statistic(1, "largest distance between the distributions in and outside the target"),
    "mean": Statistic(0, "mean", "outcome"),
    "variance": Statistic(0, "variance", "squared"),
}


def dataset(
    question: Question,
    found: Mapping[str, Mapping[str, Estimate]],
    counts: Mapping[str, Any],
    attributes: Mapping[str, Any],
) -> xr.Dataset:
    """Label what was found.

    Args:
        question: what was asked.
        found: outcome -> statistic -> estimate, along (parameters, axes ..., own).
        counts: `n_points` as a number, and other counts along the axes.
        attributes: of the whole, besides those of the study.

    Returns:
        The dataset.
    """
    space, axes = question.space, tuple(question.grid)
    names = np.array([group.name for group in question.groups])
    own = {o.name: _own(question, o, found[o.name]) for o in question.outcomes}
    coords: dict[str, Any] = {
        PARAMETER: (PARAMETER, names, {"long_name": "parameter or group of parameters"})
    }
    kept = {name: (size,) for o in question.outcomes for name, size in own[o.name].items()}
    for label in coordinates(space, {}, FORMAT):
        if CELL not in label.dims:
            coords[label.name] = (label.dims, label.values, dict(label.attributes))
    for outcome in question.outcomes:
        output = space.kernel.outputs.get(outcome.name)
        if output is not None and output.dimension in kept and output.coordinate is not None:
            coords[output.dimension] = (
                (output.dimension,),
                np.asarray(output.coordinate, np.float64),
                {"units": attribute(output.coordinate_unit), "long_name": output.dimension},
            )
    variables: dict[str, Any] = {}
    for outcome in question.outcomes:
        for name, estimate in found[outcome.name].items():
            statistic = STATISTICS[name]
            dims = ((PARAMETER, OTHER)[: statistic.groups], axes, tuple(own[outcome.name]))
            flat = tuple(dim for part in dims for dim in part)
            if statistic.groups == 2:
                coords[OTHER] = (OTHER, names, {"long_name": "parameter or group of parameters"})
            for suffix, values in (("", estimate.value), ("_error", estimate.error)):
                values = values if own[outcome.name] else values[..., 0]
                before = {"": "", "_error": "half-width of the 95 % interval of the "}[suffix]
                variables[f"{outcome.name}_{name}{suffix}"] = (
                    flat,
                    values,
                    {
                        "units": _unit(outcome, statistic),
                        "long_name": f"{before}{statistic.words} of {outcome.long_name}",
                    },
                )
    for name, count in counts.items():
        values = np.asarray(count, np.int64)
        words = {"n_points": "evaluations at each place of the axes", "n_failed": "failed points"}
        variables[name] = (
            axes if values.ndim else (),
            values,
            {"units": "1", "long_name": words.get(name, name)},
        )
    return xr.Dataset(variables, coords=coords, attrs=_attributes(question) | dict(attributes))


def _own(question: Question, outcome: Outcome, found: Mapping[str, Estimate]) -> dict[str, int]:
    if outcome.dimension is None:
        return {}
    return {outcome.dimension: int(found["mean"].value.shape[-1])}


def _unit(outcome: Outcome, statistic: Statistic) -> str:
    if statistic.unit == "1":
        return "1"
    return attribute(squared(outcome.unit) if statistic.unit == "squared" else outcome.unit)


def _attributes(question: Question) -> dict[str, Any]:
    study = question.study
    return {
        "Conventions": "CF-1.11",
        "title": study.name,
        "question": study.question,
        "kernel": study.kernel_name,
        "precision": study.precision,
        "study": study.canonical(),
        "outcomes": json.dumps({o.name: o.text for o in question.outcomes}),
    }
