"""A fit becomes a problem: its names meet a kernel's, and its table is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from leakscape.analyse.fit.line import ROW, Line
from leakscape.analyse.fit.places import Drop, Place
from leakscape.analyse.fit.problem import Problem
from leakscape.declare import names, units
from leakscape.declare.axis import Axis, LinkedAxis
from leakscape.declare.distributions import Distribution
from leakscape.declare.fit import SERIES, Fit
from leakscape.declare.population import Population
from leakscape.declare.prior import Prior
from leakscape.declare.recordings import Recordings, read_recordings
from leakscape.declare.resolve import resolve
from leakscape.declare.space import Space
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError
from leakscape.evaluation.model import Model

_POTENTIAL = "mV"


def pose(fit: Fit, table: Any = None) -> Problem:
    """Meet a fit with its kernel and its table.

    Args:
        fit: the fit.
        table: a DataFrame, a Dataset or a path in place of the table that the fit names.

    Returns:
        The problem.

    Raises:
        DeclarationError: whatever does not fit together, in one sentence.
    """
    return met(fit, read_recordings(fit, table))


def met(fit: Fit, recordings: Recordings) -> Problem:
    """Meet a fit with its kernel, for recordings that were read.

    Args:
        fit: the fit.
        recordings: the table's rows.

    Returns:
        The problem.

    Raises:
        DeclarationError: whatever does not fit together, in one sentence.
    """
    _refuse_strangers(fit, recordings)
    space = resolved(fit, recordings)
    model = Model(space)
    line = Line(fit, recordings)
    places = {name: line.free(name) for name in fit.free if name in model.parameters}
    outputs = tuple(fit.recorded)
    observed = np.stack([_told(fit, recordings, space, n) for n in outputs], axis=1)
    offsets = tuple(line.offset(name, recordings.units[name]) for name in outputs)
    conditions = {name: _condition(line, recordings, name) for name in fit.conditions}
    drop = _drop(line, fit, recordings, space, list(model.parameters))
    scatter, errors = _errors(line, fit, recordings, space)
    df = fit.noise.get("df")
    free_df = line.one("df", df, "noise") if isinstance(df, Prior) else None
    return Problem(
        fit=fit,
        recordings=recordings,
        unknowns=tuple(line.unknowns),
        model=model,
        places={**conditions, **places},
        outputs=outputs,
        kept={name: fit.recorded[name].output for name in outputs},
        observed=np.nan_to_num(observed),
        there=np.isfinite(observed),
        error=errors,
        scatter=scatter,
        offsets=offsets,
        drop=drop,
        df=None if free_df is not None else df,
        df_unknown=free_df,
    )


def resolved(fit: Fit, recordings: Recordings) -> Space:
    """Meet a fit's model with its kernel: as a study whose rows and free parameters are swept.

    Args:
        fit: the fit.
        recordings: its table.

    Raises:
        DeclarationError: whatever does not fit, in the fit's own words.
    """
    axes: dict[str, Any] = {}
    if recordings.conditions:
        rows = {
            name: Axis(
                spacing="values", span=tuple(values), size=len(values), unit=unit, given=True
            )
            for name, (unit, values) in recordings.conditions.items()
        }
        axes[ROW] = LinkedAxis(parameters=rows)
    drawn = {n: _drawn(fit, p) for n, p in fit.free.items() if n not in fit.hyperparameters}
    told: dict[str, str] = {}
    for column, one in fit.recorded.items():
        told.setdefault(one.output, recordings.units[column])
    try:
        study = Study(
            name=fit.name,
            kernel=fit.kernel,
            precision=fit.precision,
            fixed=fit.fixed,
            derived=fit.derived,
            axes=axes,
            population=Population(size=1, parameters=drawn) if drawn else None,
            outputs=tuple(told),
            folder=fit.folder,
        )
        space = resolve(study)
        for column, one in fit.recorded.items():
            own = space.kernel.outputs[one.output]
            if own.dimension is not None:
                raise DeclarationError(
                    f"data.outputs.{column}: {one.output} is an array along {own.dimension}, and a "
                    "table holds one number; use another output"
                )
            if told[one.output] == "1" and not units.same_dimension("1", own.unit):
                raise DeclarationError(
                    f"{recordings.table}: column {column} has no unit; write "
                    f'"{column} [{own.unit}]" in its header'
                )
        _refuse_whole_numbers(fit, Model(space))  # a unit that is asked for makes them decimal
        return resolve(replace(study, output_units=told))
    except DeclarationError as error:
        raise DeclarationError(_own_words(str(error), recordings)) from error


def _own_words(text: str, recordings: Recordings) -> str:
    for theirs, ours in (
        ("population.parameters.", "free."),
        (f"axes.{ROW}.", f"{recordings.table}, column "),
        ("outputs.keep", "data.outputs"),
        ("outputs.units.", "data.outputs, "),
    ):
        text = text.replace(theirs, ours)
    return text


def _drawn(fit: Fit, prior: Prior) -> Distribution:
    """Return a prior as a distribution; if its numbers are free, around the middle of theirs."""
    if not prior.names:
        return prior.distribution
    first = prior.numbers[0]
    middle = first if not isinstance(first, str) else _middle(fit.free[first])
    # Whether a member can leave the bounds is seen when the model is evaluated.
    return Distribution(
        name="uniform", numbers=(middle, np.nextafter(middle, np.inf)), unit=prior.unit
    )


def _middle(prior: Prior) -> float:
    from scipy import special

    return float(prior.distribution.quantile(np.array(0.5), np, special))


def _refuse_whole_numbers(fit: Fit, model: Model) -> None:
    scalar = jax.ShapeDtypeStruct((), np.dtype(fit.precision))
    with jax.enable_x64(fit.precision == "float64"):
        found = jax.eval_shape(lambda *v: model.point({}, *v), *[scalar] * len(model.parameters))
    for column, one in fit.recorded.items():
        if not np.issubdtype(found[one.output].dtype, np.floating):
            raise DeclarationError(
                f"data.outputs.{column}: {one.output} is a whole number, which has no scatter; "
                "fit an output that varies without gaps"
            )


def _told(fit: Fit, recordings: Recordings, space: Space, column: str) -> NDArray[np.float64]:
    """Return what was recorded, in the unit in which the model gives its output."""
    unit = space.study.output_units[fit.recorded[column].output]
    factor, offset = _conversion(recordings.units[column], unit, column)
    return recordings.values[column] * factor + offset


def _conversion(unit: str, target: str, column: str) -> tuple[float, float]:
    if not units.same_dimension(unit, target):
        raise DeclarationError(
            f"data.outputs.{column}: {column} is in {unit}, and another column of the same output "
            f"in {target}; give both in one unit"
        )
    return units.linear_conversion(unit, target)


def _condition(line: Line, recordings: Recordings, name: str) -> Place:
    unit, values = recordings.conditions[name]
    return Place(values=values, offset=line.offset(name, unit))


def _drop(
    line: Line, fit: Fit, recordings: Recordings, space: Space, parameters: Sequence[str]
) -> Drop | None:
    """Return the drop over the resistance in series that a fit names, None without one."""
    given = fit.offsets.get(SERIES)
    if given is None:
        return None
    resistance = Line.unit_of(given)
    potentials = {
        name: unit
        for name, (unit, _) in recordings.conditions.items()
        if units.same_dimension(unit, _POTENTIAL)
    }
    for name, unit in potentials.items():
        for place, column in enumerate(fit.recorded):
            current = space.study.output_units[fit.recorded[column].output]
            product = units.multiply(current, resistance)
            if units.same_dimension(product, unit):
                return Drop(
                    parameter=parameters.index(name),
                    output=place,
                    resistance=line.shift(SERIES, units.linear_conversion(product, unit)[0]),
                )
    held = ", ".join(f"{n} in {u}" for n, u in recordings.units.items())
    raise DeclarationError(
        f"offsets.{SERIES}: needs a recorded current that makes a potential of {resistance}, got "
        f"{held}; give a resistance in Mohm for pA, or kohm cm2 for uA/cm2"
    )


def _errors(
    line: Line, fit: Fit, recordings: Recordings, space: Space
) -> tuple[tuple[int | None, ...], NDArray[np.float64]]:
    """Return the unknown that is every output's scatter, and errors in the outputs' units."""
    scatter: list[int | None] = []
    errors = []
    for column, one in fit.recorded.items():
        unit = space.study.output_units[one.output]
        if isinstance(one.sd, Prior):
            if not units.same_dimension(one.sd.unit, unit):
                raise DeclarationError(
                    f"data.outputs.{column}.sd: {column} is in {unit}, got {one.sd.unit}"
                )
            factor, _ = units.linear_conversion(one.sd.unit, unit)
            scatter.append(line.one(f"sd_{column}", one.sd, "noise"))
            errors.append(factor / np.sqrt(recordings.behind[column]))
            continue
        factor, _ = _conversion(recordings.units[column], unit, column)
        known = recordings.error(column)
        assert known is not None  # only a free scatter has none
        scatter.append(None)
        errors.append(np.where(np.isfinite(known), known, 1.0) * factor)
    return tuple(scatter), np.stack(errors, axis=1)


def _refuse_strangers(fit: Fit, recordings: Recordings) -> None:
    """Refuse offsets of what is no column here, and a resistance without a clamp."""
    known: Mapping[str, Any] = {**fit.recorded, **dict.fromkeys(fit.conditions), SERIES: None}
    for name in fit.offsets:
        if name not in known:
            raise DeclarationError(
                f"offsets.{name}: is no recorded column or condition; {names.nearest(name, known)}"
            )
    clamped = [unit for unit, _ in recordings.conditions.values()]
    if SERIES in fit.offsets and not any(units.same_dimension(u, _POTENTIAL) for u in clamped):
        raise DeclarationError(
            f"offsets.{SERIES}: belongs to a clamp, and no condition is a potential; take it out"
        )
