r"""A membrane under a step of current: how fast it fires, how soon, how high, and with what error.

The step is run twice, with $2h$ and with h. Of a result $r$ with an error that falls with $h^2$,
$r_h + (r_h - r_{2h})/3$ is free of that error, and the last term is what h alone was wrong by.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from leakscape_kernels.dynamics.crossings import (
    BEFORE,
    STEPS,
    Crossings,
    Level,
    counted,
    none_yet,
)
from leakscape_kernels.dynamics.staggered import Moving, step
from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.on_demand import jax, jnp


@dataclass(frozen=True, kw_only=True)
class Course:
    """How long a step of current lasts and how finely it is computed.

    Args:
        duration: of the step [ms].
        dt: longest step of time of the finer run [ms].
        times: when V is wanted [ms].
        twice: whether there is a coarser run, for the error and to be rid of most of it.
    """

    duration: float
    dt: float
    times: tuple[float, ...] = ()
    twice: bool = True

    @property
    def steps(self) -> int:
        """How many steps of time the finer run has: whole blocks, also with steps twice as long."""
        blocks = self.duration / (2 * STEPS * self.dt)
        return 2 * STEPS * max(1, math.ceil(blocks * (1.0 - 1e-12)))

    @property
    def h(self) -> float:
        """Length of these steps [ms]."""
        return self.duration / self.steps


class _Stretch(NamedTuple):
    """Blocks of one run, up to the one in which V is wanted at a time, or to the last.

    Args:
        h: length of a step [ms].
        begin: the first block.
        end: the one after the last.
        half: the block with which the transient is over.
        middle: the potential of the last block next to which V is wanted.
        beyond: how long after it [steps].
        fresh: whether a run begins here.
    """

    h: Any
    begin: Any
    end: Any
    half: Any
    middle: Any
    beyond: Any
    fresh: Any


class Fired(NamedTuple):
    """What a step of current brought about.

    Args:
        V: membrane potential at the times that were wanted [mV].
        n: spikes.
        rate: one over the mean of the intervals that end in the second half of the step [Hz].
        rate_error: what the finer run alone had wrong about it [Hz].
        latency: from the start of the step to the first spike, NaN without one [ms].
        amplitude: of the last spike, NaN without one [mV].
        finite: whether the potential stayed a number.
    """

    V: Any
    n: Any
    rate: Any
    rate_error: Any
    latency: Any
    amplitude: Any
    finite: Any


class _Read(NamedTuple):
    rate: Any
    latency: Any
    amplitude: Any


def fired(gating: Gating, start: Moving, level: Level, course: Course) -> Fired:
    """Return what a membrane does under a step of current.

    Args:
        gating: the membrane, with the current of the step injected.
        start: its variables before: V [mV], gates [1], calcium [mmol/L].
        level: what a spike crosses [mV].
        course: how long the step lasts [ms].

    Returns:
        rates [Hz], latency [ms], amplitude [mV] and, where times are asked for, V [mV].
    """
    rest = (start.V,) * (BEFORE - 1)
    window = jnp.full(BEFORE + STEPS, start.V) if course.times else None
    begin = start, rest, window, none_yet(start.V, level)

    def along(carry: Any, stretch: _Stretch) -> Any:
        state, coarse = carry
        coarse = _where(stretch.fresh, state[-1], coarse)
        state = _where(stretch.fresh, begin, state)
        # The finer run tells of the same intervals as the coarser one, where that has any.
        known, first = coarse.n_late > 0, coarse.n - coarse.n_late

        def moved(now: Moving, _: Any) -> Any:
            after = step(gating, now, stretch.h)
            return after, after.V

        def ahead(block: Any, state: Any) -> Any:
            now, earlier, window, count = state
            after, new = jax.lax.scan(moved, now, length=STEPS)
            V = *earlier, now.V, *(new[k] for k in range(STEPS))
            late = jnp.where(known, count.n >= first, block >= stretch.half)
            still = ~known | (count.n < coarse.n)
            count = counted(count, level, V, block * STEPS, late, still)
            window = None if window is None else jnp.stack(V)
            return after, V[-BEFORE:-1], window, count

        state = jax.lax.fori_loop(stretch.begin, stretch.end, ahead, state)
        if window is None:
            return (state, coarse), None
        three = jax.lax.dynamic_slice_in_dim(state[2], stretch.middle - 1, 3)
        return (state, coarse), _between(three[0], three[1], three[2], stretch.beyond)

    stretches = _stretches(course, jnp.asarray(start.V).dtype)
    (state, coarse), V = jax.lax.scan(along, (begin, begin[-1]), stretches)
    if V is not None:
        V = V[int(course.twice) : int(course.twice) + len(course.times)]
    fine = state[-1]
    own, other = _read(fine, course.h), _read(coarse, 2.0 * course.h)
    # Where the finer run has spikes fewer, or more, the two may tell of different ones.
    alike, same = fine.n_late == coarse.n_late, fine.n == coarse.n
    if not course.twice:
        alike = same = jnp.zeros((), bool)
    apart = own.rate - other.rate
    return Fired(
        V=V,
        n=fine.n,
        rate=_better(own.rate, other.rate, alike),
        rate_error=jnp.abs(jnp.where(alike, apart / 3.0, apart)),
        latency=_better(own.latency, other.latency, same),
        amplitude=_better(own.amplitude, other.amplitude, same),
        finite=jnp.isfinite(state[0].V),
    )


def _read(count: Crossings, h: float) -> _Read:
    """Return what was counted, in Hz, ms and mV."""
    some, several = count.n > 0, count.n_late > 0
    span = jnp.where(several, (count.last - count.since) * h, 1.0)
    swing = jnp.where(count.n > 1, count.swing, count.highest - count.lowest)
    return _Read(
        rate=jnp.where(several, 1e3 * count.n_late / span, 0.0),
        latency=jnp.where(some, count.first * h, jnp.nan),
        amplitude=jnp.where(some, swing, jnp.nan),
    )


def _better(fine: Any, coarse: Any, same: Any) -> Any:
    """Return a result free of the error that falls with the square of the step, where it can be."""
    return fine + jnp.where(same, (fine - coarse) / 3.0, 0.0)


def _stretches(course: Course, dtype: Any) -> _Stretch:
    """Return the stretches of both runs, one after the other."""
    blocks = course.steps // STEPS
    rows: list[tuple[Any, ...]] = []
    if course.twice:
        rows.append((2.0 * course.h, 0, blocks // 2, blocks // 4, 1, 0.0, True))
    done = 0
    for t in course.times:
        place = t / course.h
        last = min(int(place) // STEPS, blocks - 1)
        within = place - last * STEPS + BEFORE - 1
        # Not next to the potentials before the start, of which V parts with a kink.
        middle = min(max(round(within), BEFORE), BEFORE + STEPS - 2)
        rows.append((course.h, done, last + 1, blocks // 2, middle, within - middle, not done))
        done = last + 1
    rows.append((course.h, done, blocks, blocks // 2, 1, 0.0, not done))
    kinds = dtype, jnp.int32, jnp.int32, jnp.int32, jnp.int32, dtype, bool
    columns = zip(*rows, strict=True)
    return _Stretch(*(jnp.asarray(c, kind) for c, kind in zip(columns, kinds, strict=True)))


def _between(before: Any, at: Any, after: Any, x: Any) -> Any:
    """Return the parabola through three points at a place, counted from the middle one."""
    return at + 0.5 * x * ((after - before) + x * ((after - at) - (at - before)))


def _where(condition: Any, one: Any, other: Any) -> Any:
    """Return one of two trees."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), one, other)
