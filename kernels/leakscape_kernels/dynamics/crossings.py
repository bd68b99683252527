r"""Spikes counted while the potential is computed: upward crossings of a level, and swings.

The potential comes in blocks of a few steps, so that most of the work of a step is the membrane's.
A crossing counts once V has risen by a band above the level, and the next one only after V has been
far enough below it, so that rounding at a rest counts nothing. Its moment is where the cubic
through four potentials passes the level, by one of Newton's steps from the straight line. A swing
is the highest less the lowest potential between two crossings, each the top of a parabola through
three.

All times are counted in steps. Crossings have to be further apart than a block.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from leakscape_kernels.on_demand import jnp

STEPS = 8
"""Steps of a block."""

BEFORE = 3
"""Potentials of a block that come before its steps: 2 earlier ones and the one it begins with."""


class Level(NamedTuple):
    """What a spike crosses.

    Args:
        V: the level [mV].
        band: how far V has to rise above it [mV].
        depth: how far V has to fall below it before the next one [mV]; None is the band.
    """

    V: Any
    band: Any
    depth: Any = None

    @property
    def low(self) -> Any:
        """Below which V has to come before it may cross [mV]."""
        return self.V - (self.band if self.depth is None else self.depth)


class Crossings(NamedTuple):
    """What has been counted so far.

    Args:
        armed: whether V was below the level by the band since the last crossing.
        passed: when V last rose through the level, counted or not [steps].
        n: crossings.
        n_late: intervals that end after the transient.
        first: the first crossing [steps].
        since: the crossing with which the first of these intervals begins [steps].
        last: the last crossing [steps].
        swing: between the last crossing and the one before [mV].
        highest: potential since the last crossing [mV].
        lowest: likewise [mV].
    """

    armed: Any
    passed: Any
    n: Any
    n_late: Any
    first: Any
    since: Any
    last: Any
    swing: Any
    highest: Any
    lowest: Any


def none_yet(V: Any, level: Level) -> Crossings:
    """Return the count before anything happened.

    Args:
        V: potential at the start [mV].
        level: what a spike crosses.
    """
    no, never = jnp.zeros((), jnp.int32), jnp.zeros_like(V)
    armed = level.low > V
    return Crossings(armed, never, no, no, never, never, never, never, V, V)


def counted(
    so_far: Crossings, level: Level, V: Sequence[Any], i: Any, late: Any, still: Any
) -> Crossings:
    """Return the count after a look at a block.

    Each time has its own expression: reductions along a short axis would not run in parallel.

    Args:
        so_far: the count before.
        level: what a spike crosses.
        V: potentials at the times i - 2 to i + `STEPS` [mV].
        i: the time at which the block begins [steps].
        late: whether the transient is over.
        still: whether intervals are counted yet.
    """
    high, low = level.V + level.band, level.low
    passed, counts, armed = so_far.passed, jnp.zeros((), bool), so_far.armed
    top = bottom = V[2]
    for k, (before, start, end, after) in enumerate(zip(V, V[1:], V[2:], V[3:], strict=False)):
        rises = (start < level.V) & (end >= level.V)
        place = i + (k - 1) + _place(level.V, before, start, end, after)
        passed = jnp.where(rises, place, passed)
        counts |= armed & (end >= high)
        armed = (armed & (end < high)) | (end < low)
        extreme = _extremum(before, start, end)
        top, bottom = jnp.maximum(top, extreme), jnp.minimum(bottom, extreme)

    again = so_far.n > 0
    highest, lowest = jnp.maximum(so_far.highest, top), jnp.minimum(so_far.lowest, bottom)
    return Crossings(
        armed=armed,
        passed=passed,
        n=so_far.n + counts,
        n_late=so_far.n_late + (counts & late & again & still),
        first=jnp.where(counts & ~again, passed, so_far.first),
        since=jnp.where(counts & ~(late & again), passed, so_far.since),
        last=jnp.where(counts & still, passed, so_far.last),
        swing=jnp.where(counts, highest - lowest, so_far.swing),
        highest=jnp.where(counts, top, highest),
        lowest=jnp.where(counts, V[-1], lowest),
    )


def _place(level: Any, before: Any, start: Any, end: Any, after: Any) -> Any:
    """Return where the cubic through four points, one step apart, passes a level [steps].

    Args:
        level: between the two middle ones [mV].
        before: potential at -1 [mV].
        start: at 0 [mV].
        end: at 1 [mV].
        after: at 2 [mV].
    """
    rise = end - start
    bend = 0.5 * ((rise - start) + before)
    twist = ((after - before) - 3.0 * rise) / 6.0
    # Harmless where V does not rise: the place is not used there.
    x = (level - start) / jnp.where(rise > 0, rise, 1.0)
    beyond = x * (x - 1.0) * (bend + (x + 1.0) * twist)
    slope = rise + (2.0 * x - 1.0) * bend + (3.0 * x * x - 1.0) * twist
    return jnp.clip(x - beyond / jnp.where(slope > 0, slope, 1.0), 0.0, 1.0)


def _extremum(before: Any, at: Any, after: Any) -> Any:
    """Return the top or the bottom of the parabola through three points, the middle one if none.

    Args:
        before: potential at -1 [mV].
        at: at 0 [mV].
        after: at 1 [mV].
    """
    turns = (after - at) * (at - before) < 0
    curvature = jnp.where(turns, (after - at) - (at - before), 1.0)
    return at - jnp.where(turns, (after - before) ** 2 / (8.0 * curvature), 0.0)
