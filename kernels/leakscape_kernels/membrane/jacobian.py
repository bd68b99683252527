r"""The Jacobian of a membrane at a potential where its gates rest, and how many modes grow there.

Every gate follows the core (the potential, and calcium inside where that is a variable) and no gate
follows another, so that the Jacobian is an arrow: a core A of one or two variables, and for every
gate j its rate $k_j$, what it does to the core, $u_j$, and what the core does to where it rests,
$w_j$. With $v_j = k_j w_j$

$\det(\lambda - J) = \prod_j (\lambda + k_j)
\det\left(\lambda - A - \sum_j \frac{u_j v_j^T}{\lambda + k_j}\right)$,

whose coefficients follow gate by gate. The number of eigenvalues with a positive real part is the
number of sign changes in the first column of Routh's table; the eigenvalues are not computed. The
last coefficient is the slope of the steady current-voltage curve, $I'_{ss}/C$, times all rates.

References:
    Gantmacher FR (1959) The Theory of Matrices, vol. 2, chapter XV. Chelsea.
    ISBN 978-0-8218-2664-5
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.on_demand import jax, jnp

Polynomial = list[Any]
"""Coefficients of a polynomial in the eigenvalue, the highest power first."""


class Linear(NamedTuple):
    """A membrane linearised where its gates rest, in the order V, calcium if it moves, gates.

    Args:
        current: the steady current less what is injected, outward positive [uA/cm2].
        core: the Jacobian of the core alone, by rows.
        push: what each gate does to the core, by gate.
        pull: what the core does to where each gate rests, by gate.
        rates: 1/tau of each gate [1/ms].
        capacitance: of the membrane [uF/cm2].
    """

    current: Any
    core: list[list[Any]]
    push: list[list[Any]]
    pull: list[list[Any]]
    rates: list[Any]
    capacitance: Any


def linear(gating: Gating, V: Any) -> Linear:
    """Return the membrane linearised at a potential, with all gates where they rest.

    Args:
        gating: the membrane in time.
        V: membrane potential [mV].
    """
    state = gating.state
    C = state.values["capacitance"]
    calcium = state.calcium(V) if state.pool else None
    x = gating.steady(V, calcium)
    value, (by_V, by_x, by_c) = _partials(gating.current, V, x, calcium)
    core, push = [[-by_V / C]], [[-each / C] for each in by_x]
    pull = [[slope] for slope in _slopes(lambda at: gating.steady(at, calcium), V)]
    if state.pool:
        _, (into_V, into_x, into_c) = _partials(gating.change_of_calcium, V, x, calcium)
        core = [[-by_V / C, -by_c / C], [into_V, into_c]]
        push = [[*row, each] for row, each in zip(push, into_x, strict=True)]
        along = _slopes(lambda at: gating.steady(V, at), calcium)
        pull = [[*row, each] for row, each in zip(pull, along, strict=True)]
    return Linear(value, core, push, pull, gating.rates(V, calcium), C)


def _partials(function: Any, V: Any, x: Any, calcium: Any) -> tuple[Any, tuple[Any, Any, Any]]:
    """Return a function's value and its slopes along V, every gate, and calcium if it moves."""
    if calcium is None:
        value, (by_V, by_x) = jax.value_and_grad(
            lambda at, gates: function(at, gates), argnums=(0, 1)
        )(V, x)
        return value, (by_V, by_x, None)
    value, slopes = jax.value_and_grad(function, argnums=(0, 1, 2))(V, x, calcium)
    return value, slopes


def _slopes(function: Any, at: Any) -> list[Any]:
    """Return the slopes of several functions of one number."""
    slopes: list[Any] = jax.jvp(function, (at,), (jnp.ones_like(at),))[1]
    return slopes


def characteristic(at: Linear) -> tuple[Polynomial, Polynomial]:
    """Return det(lambda - J), and the same without the row and column of V.

    Args:
        at: the membrane linearised.

    Returns:
        the coefficients of both, the highest power first.
    """
    one = jnp.ones_like(at.core[0][0])
    gates: Polynomial = [one]
    if len(at.core) == 1:
        whole = [one, -at.core[0][0]]
        for (u,), (w,), k in zip(at.push, at.pull, at.rates, strict=True):
            whole = _less(_times(whole, k), u * (k * w), gates)
            gates = _times(gates, k)
        return whole, gates
    (a, b), (c, d) = at.core
    matrix = [[[one, -a], [-b]], [[-c], [one, -d]]]
    whole = [one, -(a + d), a * d - b * c]
    for u, w, k in zip(at.push, at.pull, at.rates, strict=True):
        v = [k * w[0], k * w[1]]
        whole = _times(whole, k)
        # The adjugate of two by two: the diagonal changes places, the others their signs.
        whole = _less(whole, v[0] * u[0], matrix[1][1])
        whole = _less(whole, v[1] * u[1], matrix[0][0])
        whole = _less(whole, -v[0] * u[1], matrix[0][1])
        whole = _less(whole, -v[1] * u[0], matrix[1][0])
        matrix = [
            [_less(_times(matrix[i][j], k), u[i] * v[j], gates) for j in range(2)] for i in range(2)
        ]
        gates = _times(gates, k)
    return whole, matrix[1][1]


def _times(polynomial: Polynomial, k: Any) -> Polynomial:
    """Return a polynomial times (lambda + k)."""
    first = [*polynomial, jnp.zeros_like(polynomial[0])]
    return [first[0], *(a + k * b for a, b in zip(first[1:], polynomial, strict=True))]


def _less(polynomial: Polynomial, factor: Any, other: Polynomial) -> Polynomial:
    """Return a polynomial less a multiple of another, which may have a higher power."""
    long = max(len(polynomial), len(other))
    zero = jnp.zeros_like(polynomial[0])
    one = [zero] * (long - len(polynomial)) + polynomial
    two = [zero] * (long - len(other)) + other
    return [a - factor * b for a, b in zip(one, two, strict=True)]


class Routh(NamedTuple):
    """What Routh's table tells.

    Args:
        n_unstable: how many eigenvalues have a positive real part [1].
        square: where a pair crosses the imaginary axis, the square of its frequency [1/ms2].
        column: the first column of the table, the leading coefficient first.
    """

    n_unstable: Any
    square: Any
    column: list[Any]


def routh(polynomial: Polynomial) -> Routh:
    """Return how many roots of a polynomial have a positive real part.

    Args:
        polynomial: its coefficients, the highest power first, which is positive.
    """
    upper, lower = polynomial[0::2], polynomial[1::2]
    column, square = [upper[0]], jnp.full_like(upper[0], jnp.nan)
    while lower:
        if len(upper) == 2 and len(lower) == 1:  # the row of the square: b0 lambda^2 + b1
            square = upper[1] / _pivot(upper[0])
        column.append(lower[0])
        ratio = upper[0] / _pivot(lower[0])
        longer = [*lower[1:], *[jnp.zeros_like(lower[0])] * (len(upper) - len(lower))]
        below = [a - ratio * b for a, b in zip(upper[1:], longer, strict=True)]
        upper, lower = lower, below
    # The last entry is the last coefficient itself, without what rounding left of it.
    column[-1] = polynomial[-1]
    signs = [entry < 0 for entry in column]
    changes = [a ^ b for a, b in itertools.pairwise(signs)]
    return Routh(sum(jnp.asarray(each, jnp.int8) for each in changes), square, column)


def _pivot(entry: Any) -> Any:
    """Return an entry of the first column, tiny where it is exactly 0."""
    return jnp.where(entry == 0, np.finfo(entry.dtype).tiny ** 0.5, entry)


def steady_slope(at: Linear, polynomial: Sequence[Any]) -> Any:
    """Return dI/dV of the steady current-voltage curve [mS/cm2].

    Args:
        at: the membrane linearised.
        polynomial: its characteristic one.
    """
    slope = at.capacitance * polynomial[-1]
    for rate in at.rates:
        slope = slope / rate
    # What calcium brings in follows no gate that calcium moves: its own rate is that of removal.
    return slope if len(at.core) == 1 else slope / -at.core[1][1]
