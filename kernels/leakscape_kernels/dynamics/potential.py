r"""The potential at which no net current flows, at the solutions that a cell has.

Where leaks and pumps alone make the current there is one, by formula or by Newton's steps. Any
other membrane may have several, and which one holds depends on where the potential was: it follows
its current, $C \dot V = -I(V)$, to where that ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from leakscape_kernels.mechanisms.pathway import CONSTANT_FIELD, NEUTRAL, STEADY
from leakscape_kernels.membrane.at_values import State
from leakscape_kernels.membrane.closed_form import formula
from leakscape_kernels.membrane.membrane import Membrane
from leakscape_kernels.on_demand import jax, jnp

_FIELD_STEPS = 8
"""Newton's steps to the potential of the constant field; who needs more is not converged."""

_STRIDE = 5.0
"""The longest step towards a zero, shorter than a gate takes to open [mV]."""

_STRIDES = 100
"""Steps that are made: what remains after 500 mV is not found."""


def only(membrane: Membrane) -> Callable[[State], Any] | None:
    """Return what gives the only potential without net current [mV], None where there may be more.

    NaN where it was not found.
    """
    found = formula(membrane)
    if found is not None:
        return found
    parts = membrane.parts.values()
    pathways = {part.mechanism.current for part in parts} - {NEUTRAL}
    open_ = all(part.block is None for part in parts)
    return of_field if open_ and pathways == {CONSTANT_FIELD, STEADY} else None


def of_field(state: State) -> Any:
    """Return the zero of monovalent constant fields with a pump: the current rises throughout.

    Args:
        state: the membrane with its parameters' values.

    Returns:
        the potential, NaN where Newton's steps did not settle [mV].
    """
    leaks = state.leaks
    (out, back), kT = leaks.fluxes[1], leaks.kT
    total = out + back

    def current(u: Any) -> Any:
        return leaks.current(u * kT) / total

    u = jnp.log(back / out)
    for _ in range(_FIELD_STEPS):
        value, slope = jax.jvp(current, (u,), (jnp.ones_like(u),))
        u = u - value / slope
    eps = float(np.finfo(u.dtype).eps)
    # Of the order of rounding: the fluxes are of size 1, and u multiplies them.
    settled = jnp.abs(current(u)) <= 64 * eps * (1 + jnp.abs(u))
    return jnp.where(settled, u * kT, jnp.nan)


def followed(state: State, V: Any) -> Any:
    """Return where the potential goes from V with the solutions as they are [mV].

    Downwards where the current is outward, upwards where it is inward, up to a stable zero: the
    next one on the way, unless two lie within a few mV.
    """

    def step(_: Any, V: Any) -> Any:
        value, slope = jax.jvp(state.total, (V,), (jnp.ones_like(V),))
        rising = slope > 0
        newton = jnp.where(rising, value / jnp.where(rising, slope, 1.0), jnp.sign(value) * _STRIDE)
        return V - jnp.clip(newton, -_STRIDE, _STRIDE)

    return jax.lax.fori_loop(0, _STRIDES, step, V)
