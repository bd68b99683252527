"""What is exported: which outputs, along which dimensions, with which of them held at a value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leakscape.declare import names
from leakscape.errors import DeclarationError
from leakscape.shown import shown
from leakscape.sweep import Place, Sweep
from leakscape.sweep.place import hold
from leakscape.sweep.reduced import is_reduced

_KINDS = "biufUOSTmM"
"""Kinds of values that a cell of a table can hold: numbers, texts and times."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What is exported of a sweep.

    Args:
        sweep: the sweep.
        outputs: the outputs, in the order of the columns.
        whole: the dimensions of the outputs, in order.
        held: where some of them are held.
        apart: what is left out, because it has a dimension of its own: its name -> that dimension.
        coded: whether the rows have a status.
    """

    sweep: Sweep
    outputs: tuple[str, ...]
    whole: tuple[str, ...]
    held: tuple[Place, ...]
    apart: Mapping[str, str]
    coded: bool

    @property
    def dims(self) -> tuple[str, ...]:
        """The dimensions along which there are rows; the last one varies fastest."""
        return tuple(dim for dim in self.whole if dim not in self.places)

    @property
    def shape(self) -> tuple[int, ...]:
        """How long each dimension is."""
        return tuple(int(self.sweep.dataset.sizes[dim]) for dim in self.dims)

    @property
    def rows(self) -> int:
        """How many rows a table of it has."""
        return math.prod(self.shape)

    @property
    def places(self) -> dict[str, int]:
        """Dimension -> the index at which it is held."""
        return {place.dimension: place.index for place in self.held}

    @property
    def coordinates(self) -> tuple[str, ...]:
        """The coordinates of the rows: of each dimension its own, then what else is along it.

        A dimension without a coordinate counts from 0 in a column of its name.
        """
        dims, coords = self.whole, self.sweep.dataset.coords
        found = {str(name): at.dims for name, at in coords.items() if set(at.dims) <= {*dims}}
        found = {dim: (dim,) for dim in dims if dim not in coords} | found

        def rank(name: str) -> tuple[int, bool]:
            last = max((dims.index(str(dim)) for dim in found[name]), default=-1)
            return last, name not in dims

        return tuple(sorted(found, key=rank))


def choose(sweep: Sweep, outputs: Sequence[str], select: Mapping[str, str | float]) -> Chosen:
    """Decide what a table holds: a row per point, and one more dimension at most.

    Args:
        sweep: the sweep.
        outputs: the outputs; by default all that have one value at a point, or, where none has,
            all that share one dimension of their own.
        select: axis -> the value at which it is held.

    Returns:
        What is exported.

    Raises:
        DeclarationError: an unknown name, or outputs that make no one table.
    """
    wanted = named(sweep, outputs)
    swept = _swept(sweep, wanted)
    own = {name: tuple(d for d in _dims(sweep, name) if d not in swept) for name in wanted}
    alone = [name for name in wanted if not own[name]]
    apart = {} if outputs or not alone else {n: ", ".join(own[n]) for n in wanted if own[n]}
    kept = [name for name in wanted if name not in apart]
    further = {own[name] for name in kept if own[name]}
    if len(further) > 1:
        told = ", ".join(f"{name} along {', '.join(own[name])}" for name in kept if own[name])
        raise DeclarationError(
            f"output: a table has room for one dimension beside the points', got {told}; "
            "export them apart"
        )
    dims = (*swept, *next(iter(further), ()))
    return Chosen(
        sweep=sweep,
        outputs=tuple(kept),
        whole=dims,
        held=hold(sweep, dims, select),
        apart=apart,
        coded=sweep.status is not None and not is_reduced(sweep),
    )


def named(sweep: Sweep, outputs: Sequence[str]) -> list[str]:
    """Return the outputs that are named, by default all, in the order of the sweep.

    Raises:
        DeclarationError: there is no such output, or none at all.
    """
    known = [name for name in sweep.outputs if sweep.dataset[name].dtype.kind in _KINDS]
    if not known:
        raise DeclarationError("output: the store holds none, got only coordinates; run it")
    if isinstance(outputs, str):
        raise DeclarationError(
            f'outputs: expected names, got {shown(outputs)}; write ["{outputs}"]'
        )
    for name in outputs:
        if name not in known:
            remedy = names.nearest(name, known)
            raise DeclarationError(f"output: unknown, got {shown(name)}; {remedy}")
    return [name for name in known if name in outputs] if outputs else known


def _dims(sweep: Sweep, name: str) -> tuple[str, ...]:
    return tuple(map(str, sweep.dataset[name].dims))


def _swept(sweep: Sweep, outputs: Sequence[str]) -> tuple[str, ...]:
    """Return the dimensions of a point; another program's points are those of its widest array."""
    if sweep.status is not None:
        return sweep.swept
    return max((_dims(sweep, name) for name in outputs), key=len)
