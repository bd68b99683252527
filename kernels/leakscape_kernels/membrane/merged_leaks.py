"""The total current of a membrane, with like pathways merged before V is known.

Ohmic leaks add up to one conductance and one reversal potential, constant-field leaks of the same
charge to one pair of one-way fluxes. A search evaluates the total at dozens of potentials; what is
merged costs the same however many leaks there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leakscape_kernels.constants import F
from leakscape_kernels.mechanisms.mechanism import Here
from leakscape_kernels.mechanisms.pathway import CONSTANT_FIELD, NEUTRAL, OHMIC, STEADY, sides
from leakscape_kernels.numerics import bernoulli_pair
from leakscape_kernels.on_demand import jax, jnp

MERGED = (OHMIC, STEADY, CONSTANT_FIELD, NEUTRAL)
"""The pathways that can be merged."""


@dataclass(frozen=True)
class Leaks:
    """Leaks without a gate or a block, added up.

    Args:
        conductance: of the ohmic ones [mS/cm2].
        steady: the current at 0 mV of all but the constant field [uA/cm2].
        fluxes: the outward and the inward flux of constant fields at 0 mV, by charge [uA/cm2].
        kT: the thermal voltage, None without a constant field [mV].
    """

    conductance: Any
    steady: Any
    fluxes: Mapping[int, tuple[Any, Any]]
    kT: Any

    def current(self, V: Any) -> Any:
        """Return their current at a potential [uA/cm2]."""
        return self.conductance * V + self.steady + self._crossing(V)

    def least_slope(self, low: Any, high: Any) -> Any:
        """Return what dI/dV is not below between two potentials [mS/cm2].

        The slope of a constant field is monotone in V, however many ions of a charge cross it.
        """
        slope = self.conductance
        for charges in self.fluxes:
            slope = slope + jnp.minimum(self._slope(charges, low), self._slope(charges, high))
        return slope

    def _slope(self, charges: int, V: Any) -> Any:
        one = Leaks(0.0, 0.0, {charges: self.fluxes[charges]}, self.kT)
        return jax.jvp(one._crossing, (V,), (jnp.ones_like(V),))[1]

    def _crossing(self, V: Any) -> Any:
        current: Any = 0.0
        for charges, (out, back) in self.fluxes.items():
            rising, falling = bernoulli_pair(V * (charges / self.kT))
            current = current + (out * rising - back * falling)
        return current


def summed(seen: Mapping[str, Here], pathways: Mapping[str, Any], injected: Any = 0.0) -> Leaks:
    """Return the sum of leaks, less an injected current.

    Args:
        seen: what each leak sees, by name.
        pathways: the pathway of each of them, one of `MERGED`.
        injected: current into the cell, inward positive [uA/cm2].
    """
    conductance: Any = 0.0
    steady_part: Any = 0.0 - injected
    fluxes: dict[int, tuple[Any, Any]] = {}
    kT: Any = None
    for name, here in seen.items():
        size = here["size"]
        if pathways[name] == OHMIC:
            conductance, steady_part = conductance + size, steady_part - size * here["E"]
        elif pathways[name] == STEADY:
            steady_part = steady_part + size
        elif pathways[name] == CONSTANT_FIELD:
            charges, kT = abs(here["valence"]), here["kT"]
            inside, outside = sides(here)
            out, back = fluxes.get(charges, (0.0, 0.0))
            whole = F * charges * size
            fluxes[charges] = out + whole * inside, back + whole * outside
    return Leaks(conductance, steady_part, fluxes, kT)
