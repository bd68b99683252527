r"""How the amounts and the potential of a cell move.

Amounts are in parts of the impermeant one. Chloride is not integrated but follows from the charge,
which therefore holds to rounding however long a course is. Where a membrane may have several
potentials without net current the potential moves too, $C \dot V = -I$: it keeps the one that it
has until that ends, and then goes to another within milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from leakscape_kernels.dynamics.cell import FMOL_PER_S, MMOL_PER_L, Cell, Inside
from leakscape_kernels.dynamics.potential import followed, only
from leakscape_kernels.membrane.at_values import State
from leakscape_kernels.on_demand import jnp
from leakscape_kernels.protocol import Values

MILLIVOLT = 25.0
"""The unit of a potential beside amounts [mV]."""

_PER_SECOND = 1000.0
"""1 uA/cm2 over 1 uF/cm2 [mV/s]."""


@dataclass(frozen=True)
class Course:
    """The equations of one cell.

    A state is a vector: the amounts of Na and K, and where the potential moves that, over 25 mV.

    Args:
        cell: its laws.
        values: its parameters.
        volume: of the water inside, where a stiff wall keeps it; None in osmotic equilibrium [um3].
    """

    cell: Cell
    values: Values
    volume: Any = None

    @cached_property
    def has_potential(self) -> bool:
        """Whether the potential is part of the state."""
        return only(self.cell.membrane) is None

    def state(self, inside: Inside, X: Any, V: Any) -> Any:
        """Return the state with these concentrations [mmol/L], at a potential [mV]."""
        amounts = [inside.Na / X, inside.K / X]
        return jnp.stack(amounts + ([V / MILLIVOLT] if self.has_potential else []))

    def inside(self, y: Any) -> tuple[Inside, Any]:
        """Return concentrations [mmol/L] and volume [um3] of a state."""
        parts = Inside(y[0], y[1], y[0] + y[1] + self.values["valence_X"])
        whole, volume = MMOL_PER_L * self.values["n_X"], self.volume
        if volume is None:
            volume = whole * (sum(parts) + 1.0) / self.cell.osmolarity(self.values)
        return Inside(*(whole * part / volume for part in parts)), volume

    def membrane(self, y: Any) -> State:
        """Return the membrane with the solutions of a state."""
        return self.cell.at(self.values, self.inside(y)[0])

    def potential(self, y: Any) -> Any:
        """Return the potential that a state comes to with the solutions as they are [mV]."""
        here = self.membrane(y)
        return self.settled(here, MILLIVOLT * y[2] if self.has_potential else 0.0)

    def settled(self, membrane: State, V: Any) -> Any:
        """Return the potential without net current that one leads to, if there are several [mV]."""
        law = only(self.cell.membrane)
        return followed(membrane, V) if law is None else law(membrane)

    def rate(self, y: Any) -> Any:
        """Return how fast a state changes [1/s]."""
        values, here = self.values, self.membrane(y)
        V = MILLIVOLT * y[2] if self.has_potential else self.settled(here, 0.0)
        moved = self.cell.currents(here, V)
        scale = -FMOL_PER_S * values["area"] / values["n_X"]
        change = [scale * moved.Na, scale * moved.K]
        if self.has_potential:
            change.append(here.total(V) * (-_PER_SECOND / MILLIVOLT) / values["capacitance"])
        return jnp.stack(change)


def start(cell: Cell, values: Values) -> tuple[Inside, Any]:
    """Return the solutions that a cell sets out with, the impermeant one too [mmol/L].

    Charge and osmolarity leave no choice for K and for the impermeant solutes.
    """
    z, total = values["valence_X"], cell.osmolarity(values)
    Na, Cl = values["Na_start"], values["Cl_start"]
    inside = Inside(Na, ((1.0 + z) * Cl - z * total) / (1.0 - z) - Na, Cl)
    return inside, total - sum(inside)
