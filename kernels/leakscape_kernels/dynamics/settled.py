"""What a cell settles at, with a status: by formula but for one unknown, or by its course."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from leakscape_kernels.codes import NOT_CONVERGED, NOT_FINITE, OK, OUTSIDE_DOMAIN, UNBOUNDED
from leakscape_kernels.dynamics.balance import one_unknown
from leakscape_kernels.dynamics.cell import Cell, Inside
from leakscape_kernels.dynamics.course import start
from leakscape_kernels.dynamics.steady import SWOLLEN, reached
from leakscape_kernels.on_demand import jax, jnp
from leakscape_kernels.protocol import Values


class Settled(NamedTuple):
    """A steady state.

    Args:
        V: membrane potential [mV].
        inside: concentrations [mmol/L].
        X: impermeant solutes inside, not above 0 where the cell swells without bound [mmol/L].
        pump: the pumps' net outward current [uA/cm2].
        code: 1, or 10, 11, 13, `UNBOUNDED`.
    """

    V: Any
    inside: Inside
    X: Any
    pump: Any
    code: Any


def settled(cell: Cell, values: Values) -> Settled:
    """Return the steady state, with a status; nothing is a number where it is 10 or more.

    Args:
        cell: its laws.
        values: its parameters [each in its own unit].

    Returns:
        potential [mV], concentrations [mmol/L], the pumps' current [uA/cm2] and the status.
    """
    solution, anyhow = one_unknown(cell), cell.anyhow(values)
    sound = cell.inside(values, anyhow)
    if solution is None:
        inside, X = start(cell, values)
        for c in (*inside, X):
            sound &= c > 0
    (V, inside, pump), found = solution(cell, anyhow) if solution else reached(cell, values)
    total = cell.osmolarity(values)
    X = total - sum(inside)
    eps = float(np.finfo(jnp.asarray(V).dtype).eps)
    # A remainder of the order of rounding is none.
    holds = (16 * eps if solution else 1.0 / SWOLLEN) * total < X
    finite = jnp.isfinite(V) & jnp.isfinite(pump) & jnp.isfinite(X)
    code = jnp.where(holds, OK, UNBOUNDED)
    code = jnp.where(finite, jnp.where(found, code, NOT_CONVERGED), NOT_FINITE)
    code = jnp.where(sound, code, OUTSIDE_DOMAIN).astype(jnp.uint8)
    good = code == OK
    state = Settled(V, inside, X, pump, code)
    # A harmless value first, lest a NaN enter the derivatives of the others.
    masked: Settled = jax.tree.map(lambda x: x if x is code else jnp.where(good, x, jnp.nan), state)
    return masked
