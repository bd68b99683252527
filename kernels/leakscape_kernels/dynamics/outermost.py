"""The lowest or the highest potential at which the steady current of a membrane begins to rise from
inward to outward: where a membrane would be held that has no rest, and what its spikes go through.
"""

from __future__ import annotations

from typing import Any

from leakscape_kernels.membrane.membrane import Membrane
from leakscape_kernels.on_demand import jax, jnp
from leakscape_kernels.protocol import Values
from leakscape_kernels.zeros.refine import zero

LOW, HIGH = -200.0, 100.0
"""Where it is looked for [mV]."""

_CELLS = 256
"""Two zeros closer than a cell, 1.2 mV, may be taken for one or none."""

_STEPS = 6
"""Steps to the zero within a cell: with those at its ends enough for float64."""


def outermost(membrane: Membrane, values: Values, injected: Any, highest: Any) -> Any:
    """Return an equilibrium whose steady current rises, NaN without one [mV].

    Args:
        membrane: the membrane.
        values: its parameters.
        injected: current in place of `I_app`, inward positive [uA/cm2].
        highest: whether it is the highest of them, else the lowest.
    """
    state = membrane.at({**values, "I_app": injected})
    ends = jnp.linspace(LOW, HIGH, _CELLS + 1, dtype=jnp.asarray(injected).dtype)
    negative = jax.vmap(state.total)(ends) < 0
    rises = negative[:-1] & ~negative[1:]
    places = jnp.arange(_CELLS)
    last, first = jnp.max(jnp.where(rises, places, -1)), jnp.min(jnp.where(rises, places, _CELLS))
    cell = jnp.clip(jnp.where(highest, last, first), 0, _CELLS - 1)

    def curve(V: Any) -> tuple[Any, Any]:
        value, slope = jax.jvp(state.total, (V,), (jnp.ones_like(V),))
        return value, slope

    V = zero(curve, ends[cell], ends[cell + 1], jnp.asarray(True), _STEPS)
    return jnp.where(jnp.any(rises), V, jnp.nan)
