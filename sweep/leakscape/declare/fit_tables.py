"""What a fit looks for and what was recorded, as tables that `show` prints."""

from __future__ import annotations

from leakscape.amounts import number
from leakscape.card import Table
from leakscape.declare.fit import Fit
from leakscape.declare.prior import Prior


def free_of(fit: Fit) -> Table:
    """Return what is free, with its priors."""
    rows = [
        (name, prior.law, ", ".join(map(_told, prior.numbers)), prior.unit, prior.per)
        for name, prior in fit.free.items()
    ]
    return Table(heads=("name", "prior", "numbers", "unit", "per"), rows=(*rows,))


def recorded_of(fit: Fit) -> Table:
    """Return what was recorded, and how well it is known."""
    rows = [
        (column, one.output, one.sd.law if isinstance(one.sd, Prior) else one.sd, _told(one.n))
        for column, one in fit.recorded.items()
    ]
    return Table(heads=("name", "output", "sd", "n"), rows=(*rows,))


def _told(given: float | str) -> str:
    return given if isinstance(given, str) else number(given)
