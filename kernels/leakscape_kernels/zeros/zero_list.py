"""The zeros of a current as a list in slots, and their derivatives."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from leakscape_kernels.on_demand import Array, Bool, Float, Int, Int8, UInt8, jnp
from leakscape_kernels.zeros.tolerance import Current, implicit


class Roots(NamedTuple):
    """The zeros of a current, ascending, in slots of which the first `count` are filled.

    Args:
        V: potential, NaN beyond the count [mV].
        rising: 1 where the current rises through zero, else 0; -1 beyond the count [1].
        fold: whether an extremum of the current is within reach [1].
        count: number of zeros [1].
        status: 1, or `NEAR_FOLD`, `NOT_FINITE`, `NO_ROOT`, `NOT_CONVERGED`, `TOO_MANY_ROOTS` [1].
        below: whether no zero lies below those that were looked for.
        above: likewise above.
    """

    V: Float[Array, " slots"]
    rising: Int8[Array, " slots"]
    fold: Bool[Array, " slots"]
    count: Int[Array, ""]  # type: ignore[assignment]  # hides tuple.count, of no use here
    status: UInt8[Array, ""]
    below: Any = np.True_
    above: Any = np.True_

    @property
    def filled(self) -> Bool[Array, " slots"]:
        """Which slots hold a zero."""
        return self.rising >= 0


def alone(V: Any, rising: Any, fold: Any, status: Any, slots: int) -> Roots:
    """Return a list of one zero.

    Args:
        V: the zero [mV].
        rising: whether the current rises through it.
        fold: whether an extremum of the current is within reach.
        status: of the list.
        slots: most zeros kept.
    """
    first = jnp.arange(slots) == 0
    return Roots(
        V=jnp.where(first, V, jnp.nan),
        rising=jnp.where(first, rising, -1).astype(jnp.int8),
        fold=first & fold,
        count=jnp.int32(1),
        status=status,
    )


def differentiable(current: Current, roots: Roots) -> Roots:
    """Return zeros [mV] with the derivatives of the implicit function."""
    # Empty slots carry a harmless potential, so that no NaN enters a sum of derivatives.
    filled = roots.filled
    harmless = jnp.where(filled[0] & jnp.isfinite(roots.V[0]), roots.V[0], 0.0)
    V = implicit(current, jnp.where(filled, roots.V, harmless))
    return roots._replace(V=jnp.where(filled, V, jnp.nan))
