"""The result of an analysis as a labelled dataset: one variable per outcome and statistic."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from leakscape.analyse.sensitivity.intervals import Estimate
from leakscape.analyse.sensitivity.outcome import Outcome
from leakscape.analyse.sensitivity.question import Question
from leakscape.declare.population import CELL
from leakscape.declare.study import Study
from leakscape.declare.unit_attribute import attribute
from leakscape.evaluation.coordinates import coordinates
from leakscape.evaluation.grid import FORMAT
from leakscape.evaluation.results import squared

PARAMETER, OTHER, PARAMETER_UNIT = "parameter", "other_parameter", "parameter_unit"


@dataclass(frozen=True)
class Statistic:
    """One statistic of an outcome.

    Args:
        groups: how many of its dimensions are parameters.
        words: what it is, before "of" and the outcome.
        unit: "1" for a share; "outcome" or "squared" for the outcome's unit or its square; "slope"
            for its square by that of the parameter's unit, another one for each parameter.
    """

    groups: int
    words: str
    unit: str = "1"


SCALED = "of steps of two thirds of the distribution, scaled to the whole"
"""How far a parameter moves for an elementary effect, and what the effect is of."""

STATISTICS: Mapping[str, Statistic] = {
    "S1": Statistic(1, "share of the variance that the parameter explains alone"),
    "ST": Statistic(1, "share of the variance that the parameter explains with interactions"),
    "S2": Statistic(2, "share of the variance that the two explain only together"),
    "shapley": Statistic(1, "share of the variance that falls to the parameter (Shapley effect)"),
    "mu": Statistic(1, f"mean elementary effect, {SCALED},", "outcome"),
    "mu_star": Statistic(1, f"mean absolute elementary effect, {SCALED},", "outcome"),
    "sigma": Statistic(1, "standard deviation of elementary effects", "outcome"),
    "dgsm": Statistic(1, "mean squared derivative, by the parameter in its own unit", "slope"),
    "ST_bound": Statistic(1, "upper bound of ST (Poincare)"),
    "ks": Statistic(1, "largest distance between the distributions in and outside the target"),
    "n_target": Statistic(0, "number of points that meet the condition"),
    "n_other": Statistic(0, "number of points that do not meet the condition"),
    "mean": Statistic(0, "mean", "outcome"),
    "variance": Statistic(0, "variance", "squared"),
}

COUNTED: Mapping[str, str] = {
    "n_points": "evaluations at each place of the axes",
    "n_failed": "failed points",
    "n_unmatched": "base points left out, as no second point of theirs met the conditions",
}


def dataset(
    outcomes: Sequence[Outcome],
    names: Sequence[str],
    axes: tuple[str, ...],
    coords: Mapping[str, Any],
    found: Mapping[str, Mapping[str, Estimate]],
    counts: Mapping[str, Any],
    attributes: Mapping[str, Any],
) -> xr.Dataset:
    """Label what was found.

    Args:
        outcomes: what was analysed.
        names: of the parameters and groups that the indices are of.
        axes: the axes that stay dimensions.
        coords: their labels, and those of the outcomes' own dimensions.
        found: outcome -> statistic -> estimate, along (parameters, axes ..., own); without an error
            where it is exact.
        counts: numbers of points, each one number or along the axes.
        attributes: of the whole.

    Returns:
        The dataset.
    """
    words = {"long_name": "parameter or group of parameters"}
    labels: dict[str, Any] = {PARAMETER: (PARAMETER, np.array(names), words)}
    variables: dict[str, Any] = {}
    for outcome in outcomes:
        own = () if outcome.dimension is None else (outcome.dimension,)
        for name, estimate in found[outcome.name].items():
            statistic = STATISTICS[name]
            if statistic.groups == 2:
                labels[OTHER] = (OTHER, np.array(names), words)
            dims = (*(PARAMETER, OTHER)[: statistic.groups], *axes, *own)
            for suffix, values in (("", estimate.value), ("_error", estimate.error)):
                if values is None:
                    continue
                before = "half-width of the 95 % interval of the " if suffix else ""
                variables[f"{outcome.name}_{name}{suffix}"] = (
                    dims,
                    values if own else values[..., 0],
                    {
                        "units": _unit(outcome, statistic),
                        "long_name": f"{before}{statistic.words} of {outcome.long_name}",
                    },
                )
    for name, count in counts.items():
        values = np.asarray(count, np.int64)
        variables[name] = (
            axes if values.ndim else (),
            values,
            {"units": "1", "long_name": COUNTED[name]},
        )
    return xr.Dataset(variables, coords=labels | dict(coords), attrs=dict(attributes))


def coords_of(question: Question) -> dict[str, Any]:
    """Return the labels of a question's axes, and of its outcomes' own dimensions."""
    coords: dict[str, Any] = {}
    for label in coordinates(question.space, {}, FORMAT):
        if CELL not in label.dims:
            coords[label.name] = (label.dims, label.values, dict(label.attributes))
    for outcome in question.outcomes:
        output = question.space.kernel.outputs.get(outcome.name)
        if output is not None and output.dimension and output.coordinate is not None:
            coords[output.dimension] = (
                (output.dimension,),
                np.asarray(output.coordinate, np.float64),
                {"units": attribute(output.coordinate_unit), "long_name": output.dimension},
            )
    return coords


def units_of(question: Question) -> dict[str, Any]:
    """Return the label that says the unit of each parameter, by which derivatives are taken."""
    found = np.array([entry.unit for entry in question.drawn.values()])
    return {PARAMETER_UNIT: (PARAMETER, found, {"long_name": "unit of the parameter"})}


def attributes_of(study: Study, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return what the attributes of a result say of its study."""
    return {
        "Conventions": "CF-1.11",
        "title": study.name,
        "question": study.question,
        "kernel": study.kernel_name,
        "precision": study.precision,
        "study": study.canonical(),
        "outcomes": outcomes_told(outcomes),
    }


def outcomes_told(outcomes: Sequence[Outcome]) -> str:
    """Return name and text of outcomes as JSON."""
    return json.dumps({outcome.name: outcome.text for outcome in outcomes})


def _unit(outcome: Outcome, statistic: Statistic) -> str:
    if statistic.unit == "1":
        return "1"
    unit = attribute(outcome.unit if statistic.unit == "outcome" else squared(outcome.unit))
    return f"{unit} per square of {PARAMETER_UNIT}" if statistic.unit == "slope" else unit
