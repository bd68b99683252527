"""A cotransporter as a mechanism of a membrane: ions cross, no current does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leakscape_kernels.formulas.nernst import reversal_potential
from leakscape_kernels.mechanisms.channel import Size
from leakscape_kernels.mechanisms.cotransport import Cotransporter
from leakscape_kernels.mechanisms.mechanism import Here, Mechanism, everywhere, never_falling
from leakscape_kernels.mechanisms.pathway import NEUTRAL
from leakscape_kernels.mechanisms.table_entry import Entry
from leakscape_kernels.nomenclature import VALENCES


@dataclass(frozen=True)
class Cycle:
    """How often a cotransporter goes round.

    Args:
        law: what it carries.
    """

    law: Cotransporter

    def __call__(self, here: Here) -> Any:
        """Return its conductance times its force, outward positive [uA/cm2]."""
        E = {
            ion: reversal_potential(
                VALENCES[ion], here[f"{ion}_in"], here[f"{ion}_out"], here["temperature"]
            )
            for ion in self.law.carried
        }
        return here["size"] * self.law.force(E)

    def inside(self, here: Here) -> Any:
        """Return whether its ions are on both sides, so that they have reversal potentials."""
        verdict: Any = True
        for ion in self.law.carried:
            verdict &= (here[f"{ion}_in"] > 0) & (here[f"{ion}_out"] > 0)
        return verdict


def cotransported(entry: Entry, law: Cotransporter) -> Mechanism:
    """Return the mechanism that a table describes.

    Args:
        entry: what was written: `g` [mS/cm2].
        law: what it carries.

    Raises:
        ValueError: a key is not one that it takes, or the membrane lacks an ion.
    """
    entry.known(("g",))
    for ion in law.carried:
        if ion not in entry.ions:
            raise ValueError(f"{entry.where}: needs the ion {ion}; add it to ions")
    cycle = Cycle(law)
    return Mechanism(
        name=entry.name,
        parameters=entry.own({"g": None}),
        size=Size("g"),
        current=NEUTRAL,
        inside=cycle.inside,
        needs=tuple(law.carried),
        carries={ion: float(charge) for ion, charge in law.charges.items()},
        cycle=cycle,
        channel=False,
        rises_to=everywhere,
        least_slope=never_falling,
    )
