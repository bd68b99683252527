r"""A membrane under a step of current: how fast it fires, how soon, how high, and with what error.

The step is run twice, with $2h$ and with h. Of a result $r$ with an error that falls with $h^2$,
$r_h + (r_h - r_{2h})/3$ is free of that error, and the last term is what h alone was wrong by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from leakscape_kernels.dynamics.crossings import Crossings, Level, counted, none_yet
from leakscape_kernels.dynamics.staggered import Moving, at_rest, step
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
        """How many steps of time the finer run has: an even number."""
        return 2 * max(1, int(np.ceil(self.duration / (2.0 * self.dt) * (1.0 - 1e-12))))

    @property
    def h(self) -> float:
        """Length of these steps [ms]."""
        return self.duration / self.steps


class _Stretch(NamedTuple):
    """Steps of one run up to a time at which V is wanted, or up to its end.

    Args:
        h: length of a step [ms].
        begin: the first step.
        end: the one after the last.
        half: the step at which the transient is over.
        beyond: how long after the last step but one V is wanted [steps].
        fresh: whether a run begins here.
    """

    h: Any
    begin: Any
    end: Any
    half: Any
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
        start: its variables before.
        level: what a spike crosses.
        course: how long the step lasts.
    """
    begin = start, start.V, start.V, none_yet(start.V, level)

    def along(carry: Any, stretch: _Stretch) -> Any:
        state, coarse = carry
        coarse = _where(stretch.fresh, state[-1], coarse)
        state = _where(stretch.fresh, begin, state)

        def ahead(i: Any, state: Any) -> Any:
            now, ago, before, count = state
            after = step(gating, now, stretch.h)
            potentials = before, ago, now.V, after.V
            count = counted(count, level, potentials, i, i > stretch.half)
            return after, now.V, ago, count

        state = jax.lax.fori_loop(stretch.begin, stretch.end, ahead, state)
        V = _between(state[2], state[1], state[0].V, stretch.beyond)
        return (state, coarse), V

    stretches = _stretches(course, jnp.asarray(start.V).dtype)
    (state, coarse), V = jax.lax.scan(along, (begin, begin[-1]), stretches)
    V = V[len(V) - 1 - len(course.times) : -1]
    fine = state[-1]
    own, other = _read(fine, course.h), _read(coarse, 2.0 * course.h)
    # Where one run has a spike more than the other the two tell of different intervals.
    alike = (fine.n == coarse.n) & (fine.n_late == coarse.n_late)
    best = _Read(*(jnp.where(alike, a + (a - b) / 3.0, a) for a, b in zip(own, other, strict=True)))
    if not course.twice:
        best = own
    apart = jnp.abs(own.rate - other.rate)
    return Fired(
        V=V,
        n=fine.n,
        rate=best.rate,
        rate_error=jnp.where(alike, apart / 3.0, apart),
        latency=best.latency,
        amplitude=best.amplitude,
        finite=jnp.isfinite(state[0].V),
    )


def begins_at(gating: Gating, V: Any) -> Moving:
    """Return the variables of a membrane that has long been at a potential.

    Args:
        gating: the membrane.
        V: the potential [mV].
    """
    return at_rest(gating, V)


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


def _stretches(course: Course, dtype: Any) -> _Stretch:
    """Return the stretches of both runs, one after the other."""
    rows = []
    if course.twice:
        rows.append((2.0 * course.h, 0, course.steps // 2 + 1, course.steps // 4, 0.0, True))
    done, half = 0, course.steps // 2
    for t in course.times:
        place = t / course.h
        middle = max(1, min(course.steps, round(place)))
        rows.append((course.h, done, middle + 1, half, place - middle, done == 0))
        done = middle + 1
    rows.append((course.h, done, course.steps + 1, half, 0.0, done == 0))
    h, begin, end, halves, beyond, fresh = (np.asarray(column) for column in zip(*rows, strict=True))
    return _Stretch(
        h=jnp.asarray(h, dtype),
        begin=jnp.asarray(begin, jnp.int32),
        end=jnp.asarray(end, jnp.int32),
        half=jnp.asarray(halves, jnp.int32),
        beyond=jnp.asarray(beyond, dtype),
        fresh=jnp.asarray(fresh),
    )


def _between(before: Any, at: Any, after: Any, x: Any) -> Any:
    """Return the parabola through three points at a place, counted from the middle one."""
    return at + 0.5 * x * ((after - before) + x * ((after - at) - (at - before)))


def _where(condition: Any, one: Any, other: Any) -> Any:
    """Return one of two trees."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), one, other)
