"""The total current of a membrane, with like pathways merged before V is known.

Ohmic leaks add up to one conductance and one reversal potential, constant-field leaks of the same
charge to one pair of one-way fluxes. A search evaluates the total at dozens of potentials; what is
merged costs the same however many leaks there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp

from leakscape_kernels.constants import F
from leakscape_kernels.mechanisms.mechanism import Here
from leakscape_kernels.mechanisms.pathway import constant_field, ohmic, sides, steady
from leakscape_kernels.numerics import bernoulli_pair

Current = Callable[[Any], Any]
"""A current density as a function of V [uA/cm2]."""


def summed(open_leaks: Mapping[str, Here], pathways: Mapping[str, Any], others: Current) -> Current:
    """Return the sum of leaks and of whatever else there is.

    Args:
        open_leaks: what each leak without a gate or a block sees, by name.
        pathways: the pathway of each of them.
        others: the current of everything else.
    """
    conductance: Any = 0.0
    steady_part: Any = 0.0
    fluxes: dict[int, tuple[Any, Any]] = {}
    kT: Any = None
    for name, here in open_leaks.items():
        size = here["size"]
        if pathways[name] is ohmic:
            conductance, steady_part = conductance + size, steady_part - size * here["E"]
        elif pathways[name] is steady:
            steady_part = steady_part + size
        else:
            charges, kT = abs(here["valence"]), here["kT"]
            inside, outside = sides(here)
            out, back = fluxes.get(charges, (0.0, 0.0))
            whole = F * charges * size
            fluxes[charges] = out + whole * inside, back + whole * outside

    def total(V: Any) -> Any:
        current = others(V) + (conductance * V + steady_part)
        for charges, (out, back) in fluxes.items():
            rising, falling = bernoulli_pair(V * (charges / kT))
            current = current + (out * rising - back * falling)
        return jnp.asarray(current)

    return total


MERGED = (ohmic, steady, constant_field)
"""The pathways that can be merged."""
