"""A clamp with a resistance in series: the current decides the potential that it flows at.

V_membrane = V_commanded - offset - R_series I, and I = I(V_membrane). By Newton's method on I, from
the current that was recorded: a fixed number of steps, then the residual says whether it is one.

References:
    Sakmann B, Neher E (1995) Single-channel recording, 2nd ed. Plenum, New York, chapter 2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp

from leakscape.analyse.fit.places import Drop
from leakscape.status import Status

STEPS = 12
"""Newton's method doubles the digits at each; a rectifier takes five from a noisy recording."""
TOLERANCE = 1e-9
"""Of the current, relative to it or to 1 of its unit."""
Rows = Callable[..., tuple[jax.Array, jax.Array]]


def settled(
    drop: Drop,
    at_rows: Rows,
    parameters: Sequence[jax.Array],
    resistance: jax.Array,
    recorded: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """Return what a model gives where its current and the drop that it makes agree.

    Args:
        drop: which parameter is the potential, which output the current.
        at_rows: parameters (n,) -> outputs (n, K), status (n,).
        parameters: of the model, the potential without the drop.
        resistance: (n,) [the potential's unit over the current's].
        recorded: currents to begin from (n,) [their unit].

    Returns:
        Outputs (n, K), NaN where Newton's method did not converge, and status (n,), there 13.
    """
    place, output = drop.parameter, drop.output

    def at(current: jax.Array) -> tuple[jax.Array, jax.Array]:
        given = list(parameters)
        given[place] = given[place] - resistance * current
        return at_rows(*given)

    def step(current: jax.Array, _: None) -> tuple[jax.Array, None]:
        def one(current: jax.Array) -> jax.Array:
            return at(current)[0][:, output]

        value, slope = jax.jvp(one, (current,), (jnp.ones_like(current),))
        return current - (current - value) / (1.0 - slope), None

    current, _ = jax.lax.scan(step, recorded, None, length=STEPS)
    found, status = at(current)
    residual = jnp.abs(found[:, output] - current)
    converged = residual <= TOLERANCE * jnp.maximum(1.0, jnp.abs(current))
    status = jnp.where(converged, status, jnp.maximum(status, jnp.uint8(Status.NOT_CONVERGED)))
    return jnp.where(converged[:, None], found, jnp.nan), status
