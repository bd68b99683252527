"""Places in a sweep: which index along a dimension is nearest to a value, or is the usual one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakscape.declare import names, units
from leakscape.errors import DeclarationError
from leakscape.shown import shown
from leakscape.store.values import loaded
from leakscape.sweep.noun import Sweep

_SAME = 1e-6
"""Relative difference below which a value counts as the one that was asked for."""
_ROUNDED = 0.01
"""Relative difference that counts as rounding on an axis of one value, which has no steps."""


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


def asked(select: object) -> dict[str, str | float]:
    """Return what was asked to be held: axis -> value.

    Raises:
        DeclarationError: it is no table of them.
    """
    if select is None:
        return {}
    if not isinstance(select, Mapping):
        raise DeclarationError(
            f"select: expected axis and value, got {shown(select)}; write {{axis: value}}"
        )
    return dict(select)


def place_at(sweep: Sweep, dimension: str, index: int, name: str = "") -> Place:
    """Return the place of an index.

    Args:
        sweep: the sweep.
        dimension: the dimension.
        index: the index along it.
        name: which coordinate speaks for it; by default the dimension's own.
    """
    name = name or dimension
    if name not in sweep.dataset.coords and dimension == "cell" and "id" in sweep.dataset.coords:
        name = "id"
    if name not in sweep.dataset.coords:
        return Place(dimension=dimension, index=index, name=name, value=float(index))
    raw = loaded(sweep.dataset[name].isel({dimension: index}))[()]
    value = str(raw) if sweep.is_text(name) else float(raw)
    return Place(dimension=dimension, index=index, name=name, value=value, unit=sweep.unit_of(name))


def nearest_place(sweep: Sweep, name: str, dimension: str, value: object, where: str) -> Place:
    """Find the index whose coordinate is nearest to a value.

    Args:
        sweep: the sweep.
        name: a coordinate, or a dimension without one, which is then counted from 0.
        dimension: the dimension that it runs along.
        value: a number, a text such as "37 degC" or "37", or a label.
        where: how messages call it.

    Returns:
        The place.

    Raises:
        DeclarationError: no such label, not a number, a unit of another quantity, or a value more
            than half a step outside the axis.
    """
    if name == "cell" and "id" in sweep.dataset.coords:
        name = "id"
    if sweep.is_text(name):
        labels = [str(label) for label in loaded(sweep.dataset[name])]
        if str(value) not in labels:
            remedy = names.nearest(str(value), labels)
            raise DeclarationError(f"{where}: no such label, got {shown(value)}; {remedy}")
        if (many := labels.count(str(value))) > 1:  # a genotype, say, is no one cell's
            raise DeclarationError(
                f"{where}: {shown(value)} is the label of {many} places along {dimension}; "
                f"select one of them by {'id' if 'id' in sweep.dataset.coords else dimension}"
            )
        return place_at(sweep, dimension, labels.index(str(value)), name)
    unit = sweep.unit_of(name)
    try:
        number, given = units.split_quantity(value) if isinstance(value, str) else (value, "")
        wanted = units.finite(number)
        if given:
            wanted = units.convert(wanted, given, unit)
    except DeclarationError as error:
        raise DeclarationError(f"{where}: {error}") from error
    if name in sweep.dataset.coords:
        points = np.asarray(loaded(sweep.dataset[name]), dtype=np.float64)
    else:
        points = np.arange(sweep.dataset.sizes[dimension], dtype=np.float64)
    _refuse_outside(points, wanted, unit, where)
    found = place_at(sweep, dimension, int(np.nanargmin(np.abs(points - wanted))), name)
    off = abs(float(found.value) - wanted)
    exact = off <= _SAME * max(abs(wanted), float(np.ptp(points)))
    return Place(**{**vars(found), "asked": None if exact else wanted})


def _refuse_outside(points: NDArray[np.float64], wanted: float, unit: str, where: str) -> None:
    """Refuse a value that lies outside the axis by more than half of the step at that end."""
    there = np.unique(points[np.isfinite(points)])
    if there.size == 0:
        return
    low, high = float(there[0]), float(there[-1])
    below = above = _ROUNDED * abs(low)
    if there.size > 1:
        below, above = 0.5 * float(there[1] - there[0]), 0.5 * float(there[-1] - there[-2])
    if low - below <= wanted <= high + above:
        return
    said = "" if unit == "1" else f" {unit}"
    ends = f"is {low:g}" if there.size == 1 else f"runs from {low:g} to {high:g}"
    raise DeclarationError(
        f"{where}: the axis {ends}{said}, got {wanted:g}{said}; give a value on it"
    )


def usual_place(sweep: Sweep, dimension: str) -> Place:
    """Choose the index of a dimension that nobody asked about.

    Args:
        sweep: the sweep.
        dimension: the dimension.

    Returns:
        What the study's picture selects, else its fixed value, else the middle; of slots in a
        list, which have no values of their own, the first, since later ones may be empty.
    """
    chosen = dict(sweep.study.get("fixed", {})) | dict(sweep.picture.get("select", {}))
    for name, value in reversed(chosen.items()):
        runs_along = name in sweep.dataset.coords and sweep.dataset[name].dims == (dimension,)
        if name == dimension or runs_along:
            try:
                return nearest_place(sweep, name, dimension, value, f"picture.select.{name}")
            except DeclarationError:  # written for other axes than --set left: the middle will do
                continue
    if dimension not in sweep.dataset.coords and dimension not in sweep.swept:
        return place_at(sweep, dimension, 0)
    return place_at(sweep, dimension, sweep.dataset.sizes[dimension] // 2)


def hold(
    sweep: Sweep, dims: tuple[str, ...], select: Mapping[str, str | float]
) -> tuple[Place, ...]:
    """Find the places at which dimensions are held.

    Args:
        sweep: the sweep.
        dims: the dimensions that may be held.
        select: axis, or what else varies along one dimension -> the value.

    Raises:
        DeclarationError: no such axis, or no such value.
    """
    held: dict[str, Place] = {}
    for name, value in select.items():
        found = sweep.dataset.coords.get(name)
        along = name if found is None or name in dims else found.dims[0] if found.ndim else ""
        if along not in dims:
            remedy = names.nearest(name, sweep.coordinate_names(dims))
            raise DeclarationError(f"select: unknown axis, got {shown(name)}; {remedy}")
        if along in held:
            raise DeclarationError(f"select: {along} is selected twice; keep one")
        held[str(along)] = nearest_place(sweep, name, str(along), value, f"select {name}={value}")
    return tuple(held.values())
