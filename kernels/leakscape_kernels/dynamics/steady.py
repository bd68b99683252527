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

from functools import partial
from typing import Any, NamedTuple

from leakscape_kernels.batching import in_blocks
from leakscape_kernels.dynamics.balance import Found
from leakscape_kernels.dynamics.cell import Cell
from leakscape_kernels.dynamics.course import MILLIVOLT, Course, start
from leakscape_kernels.dynamics.small_matrix import inverse
from leakscape_kernels.on_demand import jax, jnp
from leakscape_kernels.protocol import Values

_FIRST, _LAST, _LEAST = 1e-3, 1e9, 1e-12
"""The first step, one that is longer than any cell lives, and one that leads nowhere [s]."""

_FAR, _NEAR = 0.5, 0.1
"""Changes by a step that is tried again, shorter, and by one after which the next is longer [1]."""

_MISSED = 0.1
"""What a step may miss of an implicit one, as a part of it [1]."""

_MOST = 600
"""Steps: about 100 are usual, a jump of the potential takes some 50 more."""

SWOLLEN = 1e6
"""Solutes over impermeant ones at which a cell swells without bound [1]."""

_CLOSE = {4: 2e-3, 8: 1e-9}
"""What the last of Newton's steps may change, by the size of a number [1]."""


class _At(NamedTuple):
    """A course on its way.

    Args:
        y: logarithms of the amounts, and the potential.
        rate: how fast they change [1/s].
        slope: the Jacobian of that.
        size: the largest change by the last step.
        span: the length of the next step [s].
        number: of steps.
    """

    y: Any
    rate: Any
    slope: Any
    size: Any
    span: Any
    number: Any


def reached(cell: Cell, values: Values) -> tuple[Found, Any]:
    """Return the stable steady state that a cell comes to, and whether it does.

    A cell that swells without bound counts as found: what is left of its impermeant solutes is
    next to nothing.

    Args:
        cell: its laws.
        values: its parameters [each in its own unit].

    Returns:
        potential [mV], concentrations [mmol/L] and the pumps' current [uA/cm2]; whether it does.
    """

    def followed(values: Values) -> tuple[Any, Any, Any]:
        course = Course(cell, values)
        at = jax.lax.while_loop(_goes_on, partial(_stepped, course), _begin(course))
        towards = inverse(at.slope)
        close = jnp.max(jnp.abs(towards @ at.rate)) < _CLOSE[at.y.dtype.itemsize]
        return at.y, towards, _swells(at.y) | (close & (_growth(at.slope) < 0))

    frozen = jax.tree.map(lambda x: jax.lax.stop_gradient(jnp.asarray(x)), dict(values))
    y, towards, found = in_blocks(followed, frozen)
    course = Course(cell, values)
    # One more of Newton's steps has the derivatives of the implicit function.
    y = y - towards @ _rate(course, y)
    at = _amounts(y)
    V = MILLIVOLT * y[2] if course.has_potential else course.potential(at)
    pump = cell.pump_current(course.membrane(at), V)
    return (V, course.inside(at)[0], pump), found


def _amounts(y: Any) -> Any:
    return jnp.concatenate([jnp.exp(y[:2]), y[2:]])


def _swells(y: Any) -> Any:
    return jnp.exp(y[0]) + jnp.exp(y[1]) > SWOLLEN


def _rate(course: Course, y: Any) -> Any:
    """Return how fast the logarithms of the amounts change, and the potential [1/s]."""
    change = course.rate(_amounts(y))
    return jnp.concatenate([change[:2] * jnp.exp(-y[:2]), change[2:]])


def _begin(course: Course) -> _At:
    """Return the start, on the branch that E_K leads to, with a first step that goes nowhere."""
    inside, X = start(course.cell, course.values)
    here = course.cell.at(course.values, inside)
    y = course.state(inside, X, course.settled(here, here.E["K"]))
    y = jnp.concatenate([jnp.log(y[:2]), y[2:]])
    still = jnp.zeros((len(y), len(y)), y.dtype)
    first, one = jnp.asarray(_FIRST, y.dtype), jnp.ones((), y.dtype)
    return _At(y, still[0], still, one, first, jnp.zeros((), jnp.int32))


def _goes_on(at: _At) -> Any:
    """Return whether more steps are to be made."""
    arrived = (at.span > _LAST) & (at.size < _CLOSE[at.y.dtype.itemsize])
    return (at.number < _MOST) & (at.span > _LEAST) & ~arrived & ~_swells(at.y)


def _stepped(course: Course, at: _At) -> _At:
    """Return the course after one more step, or where it was if that was too long."""
    # Along what grows by itself a long step would go backwards.
    growth = _growth(at.slope)
    grows = growth > 0
    span = jnp.where(grows, jnp.minimum(at.span, 0.5 / jnp.where(grows, growth, 1.0)), at.span)
    solved = inverse(jnp.eye(len(at.y), dtype=span.dtype) / span - at.slope)
    change = solved @ at.rate
    size = jnp.max(jnp.abs(change))
    y = at.y + change

    def both(y: Any) -> tuple[Any, Any]:
        rate = _rate(course, y)
        return rate, rate

    slope, rate = jax.jacfwd(both, has_aux=True)(y)
    # What a second of Newton's steps to the same moment would change.
    missed = jnp.max(jnp.abs(solved @ (rate - change / span)))
    taken = (size <= _FAR) & (missed <= _MISSED * size + _CLOSE[y.dtype.itemsize])
    # The first goes nowhere, to know rate and slope at the start.
    taken = (taken | (at.number == 0)) & jnp.all(jnp.isfinite(rate))
    taken &= jnp.all(jnp.isfinite(slope))
    y, rate, slope, size = (
        jnp.where(taken, new, old)
        for new, old in zip((y, rate, slope, size), (at.y, at.rate, at.slope, at.size), strict=True)
    )
    span = span * jnp.where(taken, jnp.where(size < _NEAR, 3.0, 1.0), 0.25)
    return _At(y, rate, slope, size, span, at.number + 1)


def _growth(slope: Any) -> Any:
    """Return how fast what grows fastest does, below 0 where everything decays [1/s].

    The potential follows at once what the solutions do, unless it runs away itself.
    """
    slow = slope[:2, :2]
    alone = jnp.zeros_like(slope[0, 0])
    if len(slope) == 3:
        alone = slope[2, 2]
        held = jnp.where(alone < 0, alone, -1.0)
        slow = slow - slope[:2, 2:] * slope[2:, :2] / held
    half = 0.5 * (slow[0, 0] + slow[1, 1])
    area = slow[0, 0] * slow[1, 1] - slow[0, 1] * slow[1, 0]
    found = half + jnp.sqrt(jnp.maximum(half * half - area, 0.0))
    return jnp.where(alone > 0, alone, found)
