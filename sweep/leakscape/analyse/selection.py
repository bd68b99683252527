"""Places in a sweep: which dimension a name belongs to, and which index is nearest to a value."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from leakscape.declare import names, units
from leakscape.declare.asked_picture import check_picture
from leakscape.declare.reduction import Reduction
from leakscape.declare.unit_attribute import spelled
from leakscape.errors import DeclarationError
from leakscape.plain import crowded, fault
from leakscape.shown import shown
from leakscape.store.values import loaded

_SAME = 1e-6
"""Relative difference below which a value counts as the one that was asked for."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """One index along one dimension, and how to speak of it.

    Args:
        dimension: the dimension.
        index: the index along it.
        name: the coordinate that was asked for, or the dimension.
        value: the coordinate's value there: a number [unit], a text, or the index itself.
        unit: the coordinate's unit.
        asked: what was asked for [unit], where that is another value; else None.
    """

    dimension: str
    index: int
    name: str
    value: float | str
    unit: str = "1"
    asked: float | None = None


def study_of(dataset: xr.Dataset) -> dict[str, Any]:
    """Return the study that a dataset carries, as tables; without what no study can say."""
    text = told(dataset.attrs, "study", "{}")
    try:
        study = {} if crowded(text) else json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return {}
    if not isinstance(study, dict) or fault(study):
        return {}
    return {key: part for key, part in study.items() if _is_part(key, part)}


def _is_part(key: str, part: Any) -> bool:
    """Tell whether a part of a stored study has the shape that it has in a study."""
    if key == "picture":
        try:
            check_picture(part)
        except DeclarationError:
            return False
    if key == "reduce":
        try:
            Reduction.of(part)
        except DeclarationError:
            return False
    if key in ("fixed", "derived", "picture", "kernel", "population", "where", "outputs"):
        inner = part.get("parameters", []) if isinstance(part, dict) else None
        kept = part.get("keep", []) if isinstance(part, dict) else None
        return _is_rows(inner) and isinstance(kept, list) and all(isinstance(n, str) for n in kept)
    return key != "axes" or _is_rows(part)


def _is_rows(part: Any) -> bool:
    """Tell whether data is a list of names, each with its table."""
    return isinstance(part, list) and all(
        isinstance(row, list) and [*map(type, row)] == [str, dict] for row in part
    )


def status_of(dataset: xr.Dataset) -> xr.Variable | None:
    """Return the status of every point, None in a dataset that another program wrote."""
    found = dataset.data_vars.get("status")
    return found.variable if found is not None and found.dtype == np.uint8 else None


def leaves_out(dataset: xr.Dataset) -> bool:
    """Tell whether a dataset's study has conditions, so that points may be left out."""
    return bool(study_of(dataset).get("where", {}).get("keep")) and status_of(dataset) is not None


def swept_dims(dataset: xr.Dataset) -> tuple[str, ...]:
    """Return the dimensions that are swept: all that are not some output's own."""
    status = status_of(dataset)
    return tuple(map(str, dataset.sizes if status is None else status.dims))


def output_names(dataset: xr.Dataset) -> tuple[str, ...]:
    """Return the names of the outputs, in the order of the store's variables."""
    codes = "status" if status_of(dataset) is not None else None
    return tuple(str(name) for name in dataset.data_vars if name != codes)


def told(attributes: Mapping[Any, Any], key: str, default: str) -> str:
    """Return a text that attributes hold; what is none is not taken."""
    found = attributes.get(key, default)
    return found if isinstance(found, str) else default


def coordinate_names(dataset: xr.Dataset, dims: tuple[Hashable, ...]) -> list[str]:
    """Return the dimensions, and whatever else varies along just one of them."""
    along = [str(n) for n, c in dataset.coords.items() if len(c.dims) == 1 and c.dims[0] in dims]
    return list(dict.fromkeys([*map(str, dims), *along]))


def dimension_of(dataset: xr.Dataset, name: str, output: str, where: str) -> str:
    """Return the dimension that a name means.

    Args:
        dataset: the sweep.
        name: a dimension, or a coordinate along just one.
        output: the output whose dimensions count.
        where: how messages call the argument.

    Returns:
        A dimension of the output.

    Raises:
        DeclarationError: no such name, or the output does not vary along it.
    """
    dims = dataset[output].dims
    if name in dims:
        return name
    if name in dataset.coords and len(dataset[name].dims) == 1:
        dimension = str(dataset[name].dims[0])
        if dimension in dims:
            return dimension
    known = coordinate_names(dataset, dims)
    if name in coordinate_names(dataset, tuple(dataset.sizes)):
        choice = f"use {', '.join(known[:12])}" if known else "it is a single number"
        raise DeclarationError(f"{where}: {output} does not vary along {name}; {choice}")
    raise DeclarationError(
        f"{where}: unknown name, got {shown(name)}; {names.nearest(name, known)}"
    )


def rising(dataset: xr.Dataset) -> xr.Dataset:
    """Return a sweep whose axes rise or fall: one in the order that its study gives is sorted.

    Args:
        dataset: the sweep.
    """
    for name, table in dict(study_of(dataset).get("axes", [])).items():
        if table.get("order") == "given" and name in dataset.indexes:
            dataset = dataset.sortby(name)
    return dataset


def is_text(dataset: xr.Dataset, name: str) -> bool:
    """Tell whether a coordinate holds labels instead of numbers."""
    return name in dataset.coords and dataset[name].dtype.kind in "UOST"


def unit_of(dataset: xr.Dataset, name: str) -> str:
    """Return the unit of a variable or coordinate, "1" where there is none."""
    if name not in dataset.variables:
        return "1"
    return spelled(told(dataset[name].attrs, "units", "1"))


def is_logarithmic(dataset: xr.Dataset, name: str) -> bool:
    """Tell whether an axis is spaced evenly in the logarithm, or drawn from such a distribution.

    Args:
        dataset: the sweep.
        name: an axis or a sampled parameter.

    Returns:
        What the study says; without one, what the stored values look like.
    """
    study = study_of(dataset)
    tables: dict[str, Any] = dict(study.get("axes", []))
    tables |= dict(study.get("population", {}).get("parameters", []))
    for table in [*tables.values()]:  # the parameters of a linked axis are tables inside a table
        tables |= {key: entry for key, entry in table.items() if isinstance(entry, Mapping)}
    table = tables.get(name, {})
    logarithmic = bool({"log", "loguniform", "lognormal"} & set(table))
    if ("values" not in table and table and not logarithmic) or is_text(dataset, name):
        return False
    if name not in dataset.coords or dataset[name].size > 10_000_000:
        return logarithmic
    values = np.asarray(loaded(dataset[name]), dtype=np.float64)
    if logarithmic:
        return not np.any(values <= 0.0)
    if values.ndim != 1 or values.size < 4 or not np.all(values > 0.0):
        return False
    if max(values[0], values[-1]) < 10.0 * min(values[0], values[-1]):
        return False
    steps = np.diff(np.log(values))
    return bool(np.all(np.sign(steps) == np.sign(steps[0])) and np.ptp(steps) < abs(steps.mean()))


def place_at(dataset: xr.Dataset, dimension: str, index: int, name: str = "") -> Place:
    """Return the place of an index.

    Args:
        dataset: the sweep.
        dimension: the dimension.
        index: the index along it.
        name: which coordinate speaks for it; by default the dimension's own.
    """
    name = name or dimension
    if name not in dataset.coords and dimension == "cell" and "id" in dataset.coords:
        name = "id"
    if name not in dataset.coords:
        return Place(dimension=dimension, index=index, name=name, value=float(index))
    raw = loaded(dataset[name].isel({dimension: index}))[()]
    value = str(raw) if is_text(dataset, name) else float(raw)
    return Place(
        dimension=dimension, index=index, name=name, value=value, unit=unit_of(dataset, name)
    )


def nearest_place(
    dataset: xr.Dataset, name: str, dimension: str, value: object, where: str
) -> Place:
    """Find the index whose coordinate is nearest to a value.

    Args:
        dataset: the sweep.
        name: a coordinate, or a dimension without one, which is then counted from 0.
        dimension: the dimension that it runs along.
        value: a number, a text such as "37 degC" or "37", or a label.
        where: how messages call it.

    Returns:
        The place.

    Raises:
        DeclarationError: no such label, not a number, or a unit of another quantity.
    """
    if name == "cell" and "id" in dataset.coords:
        name = "id"
    if is_text(dataset, name):
        labels = [str(label) for label in loaded(dataset[name])]
        if str(value) not in labels:
            remedy = names.nearest(str(value), labels)
            raise DeclarationError(f"{where}: no such label, got {shown(value)}; {remedy}")
        if (many := labels.count(str(value))) > 1:  # a genotype, say, is no one cell's
            raise DeclarationError(
                f"{where}: {shown(value)} is the label of {many} places along {dimension}; "
                f"select one of them by {'id' if 'id' in dataset.coords else dimension}"
            )
        return place_at(dataset, dimension, labels.index(str(value)), name)
    unit = unit_of(dataset, name)
    try:
        number, given = units.split_quantity(value) if isinstance(value, str) else (value, "")
        wanted = units.finite(number)
        if given:
            wanted = units.convert(wanted, given, unit)
    except DeclarationError as error:
        raise DeclarationError(f"{where}: {error}") from error
    if name in dataset.coords:
        points = np.asarray(loaded(dataset[name]), dtype=np.float64)
    else:
        points = np.arange(dataset.sizes[dimension], dtype=np.float64)
    found = place_at(dataset, dimension, int(np.nanargmin(np.abs(points - wanted))), name)
    off = abs(float(found.value) - wanted)
    exact = off <= _SAME * max(abs(wanted), float(np.ptp(points)))
    return Place(**{**vars(found), "asked": None if exact else wanted})


def usual_place(dataset: xr.Dataset, dimension: str) -> Place:
    """Choose the index of a dimension that nobody asked about.

    Args:
        dataset: the sweep.
        dimension: the dimension.

    Returns:
        What the study's picture selects, else its fixed value, else the middle.
    """
    study = study_of(dataset)
    chosen = dict(study.get("fixed", {})) | dict(study.get("picture", {}).get("select", {}))
    for name, value in reversed(chosen.items()):
        runs_along = name in dataset.coords and dataset[name].dims == (dimension,)
        if name == dimension or runs_along:
            try:
                return nearest_place(dataset, name, dimension, value, f"picture.select.{name}")
            except DeclarationError:  # written for other axes than --set left: the middle will do
                continue
    return place_at(dataset, dimension, dataset.sizes[dimension] // 2)
