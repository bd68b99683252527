r"""Whether a membrane is stable where its gates rest at a potential, and how near it is to change.

Where stability ends along V, either the slope of the steady current-voltage curve passes through 0
(a fold), or a pair of eigenvalues passes the imaginary axis (a Hopf point). There the Hurwitz
determinant $\Delta_{n-1}$, the product of Routh's first column without its last entry, passes
through 0: by Orlando's formula it is, but for its sign, $\prod_{i<j} (\lambda_i + \lambda_j)$. It
passes through 0 elsewhere too, so that it only says where to look; what is stable the count tells.

References:
    Gantmacher FR (1959) The Theory of Matrices, vol. 2, chapter XV. Chelsea.
    ISBN 978-0-8218-2664-5
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.membrane.jacobian import Linear, characteristic, linear, routh, steady_slope
from leakscape_kernels.on_demand import jax, jex, jnp


class Look(NamedTuple):
    """What is seen at one potential.

    Args:
        n_unstable: how many eigenvalues have a positive real part, -1 where that is not known [1].
        slope: dI/dV of the steady current-voltage curve [mS/cm2].
        pairs: the Hurwitz determinant over its size, 0 where a pair crosses the axis [1].
    """

    n_unstable: Any
    slope: Any
    pairs: Any


Looking = Callable[[Any], Look]
"""Takes a potential [mV]."""

Remade = Callable[[Any], Looking]
"""Takes what a look at a membrane closes over, returns that look."""


def look(gating: Gating, V: Any) -> Look:
    """Return what is seen at a potential, all gates where they rest.

    Args:
        gating: the membrane in time.
        V: membrane potential [mV].
    """
    at = linear(gating, V)
    polynomial, _ = characteristic(at)
    table = routh(polynomial)
    known = jnp.isfinite(polynomial[-1]) & jnp.isfinite(at.current)
    for entry in table.column:
        known &= jnp.isfinite(entry)
    count = jnp.where(known, table.n_unstable, -1)
    return Look(count, steady_slope(at, polynomial), _pairs(at, table.column))


def opened(gating: Gating, V: Any) -> tuple[Remade, list[Any]]:
    """Return a look at a membrane as a function of what it closes over, and that.

    It is traced once, and no derivative goes through it.

    Args:
        gating: the membrane in time.
        V: any potential, for its precision [mV].
    """
    traced, shapes = jax.make_jaxpr(lambda at: look(gating, at), return_shape=True)(V)
    structure = jax.tree.structure(shapes)

    @jax.jit
    def called(given: Any, V: Any) -> Look:
        seen = jex.jaxpr_as_fun(jex.ClosedJaxpr(traced.jaxpr, list(given)))(V)
        found: Look = jax.tree.unflatten(structure, seen)
        return found

    def remade(given: Any) -> Looking:
        return lambda V: called(given, V)

    return remade, [jax.lax.stop_gradient(jnp.asarray(each)) for each in traced.consts]


def _pairs(at: Linear, column: list[Any]) -> Any:
    """Return the product of a column without its last entry over that of the sums of the rates.

    The j-th entry has the unit of the j-th power of a rate and is divided by j sums at once, so
    that nothing overflows.
    """
    sizes = [jnp.abs(at.core[i][i]) for i in range(len(at.core))] + at.rates
    found = jnp.ones_like(at.current)
    for j, entry in enumerate(column[1:-1], start=1):
        sums: Any = 1.0
        for i in range(j):
            sums = sums * (sizes[i] + sizes[j])
        found = found * (entry / sums)
    return found
