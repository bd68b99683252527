"""The potential at which stability changes, to rounding, in an interval with one change."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from leakscape_kernels.batching import where_needed
from leakscape_kernels.membrane.stability_look import Looking, Remade
from leakscape_kernels.on_demand import jax, jnp

NONE, FOLD, HOPF = 0, 1, 2
"""What ends a stretch: nothing (the window ends); an eigenvalue that passes 0; a pair that passes
the imaginary axis."""

STEPS = 10
"""Looks at a change: 98 of 100 are found to rounding with fewer."""

_MOST = 100
"""Looks at any other: more than halving alone would take."""

_SHORTER = 64
"""How many times shorter the blocks are in which the others are gathered: they are few."""


class _Point(NamedTuple):
    """What was seen at a potential [mV]; `odd` is whether an odd number of modes grows there."""

    V: Any
    stable: Any
    odd: Any
    slope: Any
    pairs: Any


class _Ends(NamedTuple):
    """The newest point, the other end of the interval, and the point that was an end before."""

    one: _Point
    two: _Point
    three: _Point


def located(
    remade: Remade, given: Any, low: Any, width: Any, leaving: Any, there: Any
) -> tuple[Any, Any]:
    """Return where stability changes [mV], the last stable potential, and what happens there.

    Which side of the change a potential lies on the count of unstable eigenvalues says. Where to
    look next the slope of the current-voltage curve or the Hurwitz determinant says, by inverse
    quadratic interpolation; the interval is halved wherever that is not sure to do better.

    Args:
        remade: returns what looks at the membrane; it closes over nothing that is traced.
        given: what it takes.
        low: lower end of the interval [mV].
        width: of the interval [mV].
        leaving: whether the membrane is stable at the lower end.
        there: whether there is a change in it; if not, the results mean nothing.

    Returns:
        the potential, and `FOLD` or `HOPF`.

    References:
        Chandrupatla TR (1997) A new hybrid quadratic/bisection algorithm for finding the zero of a
        nonlinear function without using derivatives. Adv Eng Softw 28:145-149.
        doi:10.1016/S0965-9978(96)00051-8
    """
    close = 4 * float(np.finfo(low.dtype).eps) * jnp.maximum(jnp.abs(low), jnp.abs(low + width))

    def unsettled(ends: _Ends) -> Any:
        return jnp.abs(ends.one.V - ends.two.V) > close

    def finished(held: Any) -> _Ends:
        given, ends, close = held
        looking = remade(given)

        def more(state: Any) -> Any:
            i, ends = state
            return (i < _MOST) & (jnp.abs(ends.one.V - ends.two.V) > close)

        def step(state: Any) -> Any:
            i, ends = state
            return i + 1, _nearer(looking, ends, close)

        found: _Ends = jax.lax.while_loop(more, step, (jnp.int32(0), ends))[1]
        return found

    looking = remade(given)
    nowhere = jnp.full_like(low, jnp.nan)
    # A first point of the other kind, so that each end takes its place.
    start = _Point(nowhere, ~leaving, ~leaving, nowhere, nowhere)
    outer = low, low + width, leaving
    ends = jax.lax.fori_loop(
        0, STEPS, lambda i, ends: _nearer(looking, ends, close, i, outer), _Ends(*[start] * 3)
    )
    ends = where_needed(
        finished, there & unsettled(ends), (given, ends, close), ends, shorter=_SHORTER
    )
    one, two, _ = ends
    inside, outside = _chosen(one.stable, one, two), _chosen(one.stable, two, one)
    # Of the count itself: a slope near 0 may have either sign by rounding.
    return inside.V, jnp.where(outside.odd, FOLD, HOPF).astype(jnp.int8)


def _nearer(looking: Looking, ends: _Ends, close: Any, i: Any = None, outer: Any = None) -> _Ends:
    """Return the ends of a smaller interval.

    Args:
        looking: sees the membrane at a potential.
        ends: of the present one.
        close: what the distance of the ends comes to in the end [mV].
        i: the number of this step; in the first two the ends are looked at.
        outer: these ends, and whether the lower one is stable, which is not asked again.
    """
    one, two, three = ends
    V = one.V + _share(one, two, three, close) * (two.V - one.V)
    if outer is not None:
        low, high, leaving = outer
        V = jnp.where(i == 0, low, jnp.where(i == 1, high, V))
    at = looking(V)
    stable = at.n_unstable == 0
    if outer is not None:
        stable = jnp.where(i == 0, leaving, jnp.where(i == 1, ~leaving, stable))
    same = stable == one.stable
    new = _Point(V, stable, at.n_unstable % 2 == 1, at.slope, at.pairs)
    return _Ends(new, _chosen(same, two, one), _chosen(same, one, two))


def _chosen(first: Any, one: _Point, two: _Point) -> _Point:
    return _Point(*(jnp.where(first, a, b) for a, b in zip(one, two, strict=True)))


def _share(one: _Point, two: _Point, three: _Point, close: Any) -> Any:
    """Return how far from the newest point to the other end to go, as a share.

    Args:
        one: the newest point.
        two: the other end.
        three: the point that was an end before.
        close: what the distance of the ends comes to in the end [mV].
    """
    outside = _chosen(one.stable, two, one)
    fold = outside.odd
    f1, f2, f3 = (jnp.where(fold, point.slope, point.pairs) for point in (one, two, three))
    crosses = (f1 > 0) ^ (f2 > 0)
    distance, height = (one.V - two.V) / (three.V - two.V), (f1 - f2) / (f3 - f2)
    sure = (height * height < distance) & ((1 - height) ** 2 < 1 - distance)
    slant = (three.V - one.V) / (two.V - one.V)
    curved = f1 / (f2 - f1) * f3 / (f2 - f3) + slant * f1 / (f3 - f1) * f2 / (f3 - f2)
    straight = f1 / (f1 - f2)
    # Before there is a third point, along the straight line.
    share = jnp.where(jnp.isnan(f3), straight, jnp.where(sure, curved, 0.5))
    share = jnp.where(crosses & jnp.isfinite(share), share, 0.5)
    least = jnp.minimum(0.5, 0.5 * close / jnp.abs(two.V - one.V))
    return jnp.clip(share, least, 1 - least)
