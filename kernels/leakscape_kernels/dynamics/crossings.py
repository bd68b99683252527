r"""Spikes counted while the potential is computed: upward crossings of a level, and swings.

A crossing counts once V has risen by a band above the level, and the next one only after V has been
as far below it, so that rounding at a rest counts nothing. Its moment is where the cubic through
four potentials passes the level, by one of Newton's steps from the straight line. A swing is the
highest less the lowest potential between two crossings, each the top of a parabola through three.

All times are counted in steps.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from leakscape_kernels.on_demand import jnp


class Level(NamedTuple):
    """What a spike crosses.

    Args:
        V: the level [mV].
        band: how far V has to go beyond it to either side [mV].
    """

    V: Any
    band: Any


class Crossings(NamedTuple):
    """What has been counted so far.

    Args:
        armed: whether V was below the level by the band since the last crossing.
        passed: when V last rose through the level, counted or not [steps].
        n: crossings.
        n_late: of those after the transient, the ones that end an interval.
        first: the first crossing [steps].
        since: the crossing with which the first interval counted in n_late begins [steps].
        last: the last crossing [steps].
        swing: from the last crossing but one to the last [mV].
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
    armed = level.V - level.band > V
    return Crossings(armed, never, no, no, never, never, never, never, V, V)


def counted(
    so_far: Crossings, level: Level, V: tuple[Any, Any, Any, Any], i: Any, late: Any
) -> Crossings:
    """Return the count after a look at the step that ends at time i.

    Args:
        so_far: the count before.
        level: what a spike crosses.
        V: potentials at the times i - 2, i - 1, i and i + 1 [mV].
        i: the time [steps].
        late: whether the transient is over.
    """
    before, start, end, _ = V
    rises = (start < level.V) & (end >= level.V)
    passed = jnp.where(rises, i - 1 + _place(level.V, *V), so_far.passed)
    counts = so_far.armed & (end >= level.V + level.band)
    top = _extremum(before, start, end)
    highest, lowest = jnp.maximum(so_far.highest, top), jnp.minimum(so_far.lowest, top)
    ends_one = counts & late & (so_far.n > 0)
    begins = counts & (jnp.logical_not(late) | (so_far.n == 0))
    return Crossings(
        armed=(so_far.armed & ~counts) | (level.V - level.band > end),
        passed=passed,
        n=so_far.n + counts,
        n_late=so_far.n_late + ends_one,
        first=jnp.where(counts & (so_far.n == 0), passed, so_far.first),
        since=jnp.where(begins, passed, so_far.since),
        last=jnp.where(counts, passed, so_far.last),
        swing=jnp.where(counts, highest - lowest, so_far.swing),
        highest=jnp.where(counts, end, highest),
        lowest=jnp.where(counts, end, lowest),
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
