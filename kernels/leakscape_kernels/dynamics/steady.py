r"""Where a cell with any membrane settles: its course, followed with ever longer steps.

The logarithms of the amounts of Na and K, and the potential, go by implicit Euler steps that grow
as long as little changes. What they come to is what the course comes to from the same start, so
that of several steady states it is the one in whose reach the start lies; that it is stable is
asked besides. The first steps are of milliseconds, the last of longer than any cell lives, when
they are Newton's.

References:
    Kelley CT, Keyes DE (1998) Convergence analysis of pseudo-transient continuation. SIAM J Numer
    Anal 35:508-523. doi:10.1137/S0036142996304796
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leakscape_kernels.batching import in_blocks
from leakscape_kernels.dynamics.balance import Found
from leakscape_kernels.dynamics.cell import Cell
from leakscape_kernels.dynamics.course import MILLIVOLT, Course, start
from leakscape_kernels.dynamics.small_matrix import inverse
from leakscape_kernels.on_demand import jax, jnp
from leakscape_kernels.protocol import Values

_FIRST, _LAST = 1e-3, 1e12
"""The first step, and the one after which nothing can change [s]."""

_FAR, _NEAR = 0.5, 0.1
"""Changes by a step that is tried again, shorter, and by one after which the next is longer [1]."""

_MOST = 600
"""Steps: about 100 are usual, a jump of the potential takes some 50 more."""

SWOLLEN = 1e6
"""Solutes over impermeant ones at which a cell swells without bound [1]."""

_CLOSE = {4: 2e-3, 8: 1e-9}
"""What the last of Newton's steps may change, by the size of a number [1]."""

Rate = Callable[[Any], Any]


def reached(cell: Cell, values: Values) -> tuple[Found, Any]:
    """Return the stable steady state that a cell comes to, and whether it does.

    A cell that swells without bound counts as found: what is left of its impermeant solutes is
    next to nothing.
    """

    def followed(values: Values) -> Any:
        course = Course(cell, values)
        rate = _rate(course)
        y = jax.lax.while_loop(lambda at: at[3], lambda at: _stepped(rate, at), _begin(course))[0]
        y = y - _newton(rate, y)
        return y, jnp.max(jnp.abs(_newton(rate, y))), _is_stable(rate, y)

    frozen = jax.tree.map(lambda x: jax.lax.stop_gradient(jnp.asarray(x)), dict(values))
    y, change, stable = in_blocks(followed, frozen)
    course = Course(cell, values)
    rate = _rate(course)
    # One more of Newton's steps has the derivatives of the implicit function.
    y = y - jax.lax.stop_gradient(inverse(jax.jacfwd(rate)(y))) @ rate(y)
    at = _amounts(y)
    V, swollen = course.potential(at), at[0] + at[1] > SWOLLEN
    if course.has_potential:
        V = MILLIVOLT * y[2]
    pump = cell.pump_current(course.membrane(at), V)
    found = swollen | (stable & (change < _CLOSE[y.dtype.itemsize]))
    return (V, course.inside(at)[0], pump), found


def _amounts(y: Any) -> Any:
    return jnp.concatenate([jnp.exp(y[:2]), y[2:]])


def _rate(course: Course) -> Rate:
    """Return how fast the logarithms of the amounts change, and the potential [1/s]."""

    def rate(y: Any) -> Any:
        change = course.rate(_amounts(y))
        return jnp.concatenate([change[:2] * jnp.exp(-y[:2]), change[2:]])

    return rate


def _begin(course: Course) -> tuple[Any, Any, Any, Any]:
    """Return the start, on the branch that E_K leads to; a first step [s]; no steps yet; go on."""
    inside, X = start(course.cell, course.values)
    here = course.cell.at(course.values, inside)
    y = course.state(inside, X, course.settled(here, here.E["K"]))
    y = jnp.concatenate([jnp.log(y[:2]), y[2:]])
    return y, jnp.full_like(y[0], _FIRST), jnp.zeros((), jnp.int32), jnp.ones((), bool)


def _stepped(rate: Rate, at: tuple[Any, Any, Any, Any]) -> tuple[Any, Any, Any, Any]:
    """Return the course after one more step, or the same with a shorter one."""
    y, span, number, _ = at
    J = jax.jacfwd(rate)(y)
    if len(y) == 3:
        # Where the current falls as V rises a long step would go backwards.
        falls = J[2, 2] > 0
        span = jnp.where(falls, jnp.minimum(span, 0.5 / jnp.where(falls, J[2, 2], 1.0)), span)
    change = inverse(jnp.eye(len(y), dtype=y.dtype) / span - J) @ rate(y)
    size = jnp.max(jnp.abs(change))
    taken = (size <= _FAR) & jnp.all(jnp.isfinite(rate(y + change)))
    y = jnp.where(taken, y + change, y)
    span = span * jnp.where(taken, jnp.where(size < _NEAR, 3.0, 1.0), 0.25)
    swollen = jnp.exp(y[0]) + jnp.exp(y[1]) > SWOLLEN
    on = (number < _MOST) & (span < _LAST) & ~swollen & (span > 0)
    return y, span, number + 1, on


def _newton(rate: Rate, y: Any) -> Any:
    return inverse(jax.jacfwd(rate)(y)) @ rate(y)


def _is_stable(rate: Rate, y: Any) -> Any:
    """Return whether small changes die away: of the potential at once, of the solutions after."""
    J = jax.jacfwd(rate)(y)
    slow, calm = J[:2, :2], jnp.ones((), bool)
    if len(y) == 3:
        slow, calm = slow - J[:2, 2:] * J[2:, :2] / J[2, 2], J[2, 2] < 0
    area = slow[0, 0] * slow[1, 1] - slow[0, 1] * slow[1, 0]
    return calm & (slow[0, 0] + slow[1, 1] < 0) & (area > 0)
