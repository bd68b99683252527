"""A cotransporter whose charges cancel: ions cross, no current does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from leakscape_kernels.mechanisms.channel import Size
from leakscape_kernels.mechanisms.mechanism import (
    Here,
    Mechanism,
    everywhere,
    never_falling,
)
from leakscape_kernels.mechanisms.pathway import NEUTRAL
from leakscape_kernels.mechanisms.table_entry import Entry


def cotransporter(
    entry: Entry, carries: Mapping[str, float], cycle: Callable[[Here], Any]
) -> Mechanism:
    """Return a cotransporter without a net current.

    Args:
        entry: what was written: `g` [mS/cm2].
        carries: the outward current of each ion, in parts of `cycle` [1]; they add up to 0.
        cycle: takes what the mechanism sees, returns that current [uA/cm2].

    Raises:
        ValueError: a key is not one that it takes, or the membrane lacks an ion.
    """
    entry.known(("g",))
    for ion in carries:
        if ion not in entry.ions:
            raise ValueError(f"{entry.where}: needs the ion {ion}; add it to ions")
    return Mechanism(
        name=entry.name,
        parameters=entry.own({"g": None}),
        size=Size("g"),
        current=NEUTRAL,
        inside=_on_both_sides(tuple(carries)),
        needs=tuple(carries),
        carries=carries,
        cycle=cycle,
        channel=False,
        rises_to=everywhere,
        least_slope=never_falling,
    )


def _on_both_sides(ions: tuple[str, ...]) -> Callable[[Here], Any]:
    """Return what asks whether ions are on both sides, so that they have reversal potentials."""

    def asked(here: Here) -> Any:
        verdict: Any = True
        for ion in ions:
            verdict &= (here[f"{ion}_in"] > 0) & (here[f"{ion}_out"] > 0)
        return verdict

    return asked
