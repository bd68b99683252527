"""Profiles: the least misfit at each value of one unknown, the others fitted anew.

An interval holds the values whose misfit is above the best by less than 1 (68 %) or 3.84 (95 %),
which is exact where the model is linear and needs no covariance anywhere. A side on which the
profile does not rise that far within the prior has no bound, and none is invented: where the model
has no value, nothing is known of the misfit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape.analyse.fit.least_squares import Best
from leakscape.analyse.fit.minimiser import EDGE, Ends, minimise, to_values

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

STEPS = 31
LEVELS = (1.0, 3.841458820694124)
"""Rise of the misfit at the ends of a 68.27 and a 95 % interval: quantiles of chi2, 1 degree of
freedom."""
LEAST_RISE, AIM, MOST_RISE = 7.0, 9.0, 16.0
"""How far a profile goes on each side, in rise of the misfit."""
REACHES, PASSES, POLISHES = 16, 3, 5
"""Rounds that look for the reach, that pass on what neighbours found, and that refine a bound."""
BETTER = 1e-6
"""A misfit lower by more than this is a better fit."""
ELSEWHERE = (0.5, 0.5, 0.25, 0.75, 0.5)
"""Where in its bracket a bound is looked for, in each turn, after a place without a value."""
INCHES = 1e-7
"""A bound is known where its bracket is narrower than this share of the reach."""


@dataclass(frozen=True, eq=False)
class Profiles:
    """The profile of each unknown.

    Args:
        names: flat names of the unknowns, D of them.
        values: of each unknown, ascending, the best among them, (D, steps) [the unknowns' units].
        chi2: the least misfit at each, in the measure of `Best.objective`, (D, steps); infinite
            where the model has no value.
        lower_68, upper_68, lower_95, upper_95: ends of the intervals, (D,) [the unknowns' units];
            infinite where the profile is not seen to rise so far within the prior: it does not, or
            the model has no value there.
        better: values of a better fit than the best, if a profile came upon one, (D,).
        better_objective: its misfit.
    """

    names: tuple[str, ...]
    values: Floats
    chi2: Floats
    lower_68: Floats
    upper_68: Floats
    lower_95: Floats
    upper_95: Floats
    better: Floats | None
    better_objective: float


@dataclass(frozen=True, eq=False)
class _Course:
    """What is profiled: the unknowns' natural scales, the best, and the edges of the priors."""

    problem: Any
    best: Best
    logarithmic: NDArray[np.bool_]

    def natural(self, values: Floats, unknown: Whole) -> Floats:
        """Return values of some unknowns in their natural scale."""
        log = self.logarithmic[unknown]
        return np.where(log, np.log(np.where(log, values, 1.0)), values)

    def value(self, natural: Floats, unknown: Whole) -> Floats:
        """Return their values."""
        log = self.logarithmic[unknown]
        return np.where(log, np.exp(np.where(log, natural, 0.0)), natural)

    def edges(self) -> Floats:
        """Return where each prior ends, in natural scale, (2, D)."""
        count = len(self.best.z)
        z = np.broadcast_to(self.best.z, (2, count, count)).copy()
        every = np.arange(count)
        z[0, every, every], z[1, every, every] = -EDGE, EDGE
        values = to_values(self.problem, z.reshape(-1, count)).reshape(z.shape)
        return np.stack([self.natural(side[every, every], every) for side in values])

    def fit(self, natural: Floats, unknown: Whole, z: Floats) -> Ends:
        """Fit the others where one unknown is held: one row each."""
        every = np.arange(len(unknown))
        held = np.broadcast_to(self.best.values, z.shape).copy()
        held[every, unknown] = self.value(natural, unknown)
        free = np.ones(z.shape, bool)
        free[every, unknown] = False
        return minimise(self.problem, z, free, held)


def profiles(problem: Any, best: Best, steps: int = STEPS) -> Profiles:
    """Profile every unknown of a fit.

    Args:
        problem: the `Problem` that was fitted.
        best: its best fit.
        steps: values of each unknown, odd; the best is the middle one.

    Returns:
        Profiles and intervals. Each reaches as far as a rise of about 9, or to the prior's edge.

    Raises:
        ValueError: `steps` is even or less than 5.
    """
    if steps < 5 or steps % 2 == 0:
        raise ValueError(f"profiles: steps must be odd and at least 5, got {steps}")
    logarithmic = np.array([unknown.logarithmic for unknown in problem.unknowns])
    course = _Course(problem, best, logarithmic)
    side, half, unknowns = _reach(course), steps // 2, len(best.values)
    # Rows: (side, unknown, place outward), sides below and above.
    share = np.arange(1, half + 1) / half
    centre = course.natural(best.values, np.arange(unknowns))
    natural = centre[:, None] + side.reach[..., None] * share
    z = best.z + (side.z - best.z)[:, :, None, :] * share[:, None]
    ends = _pass_on(course, natural, z)
    misfit = ends.objective.reshape(natural.shape)
    ends_z = ends.z.reshape(*natural.shape, unknowns)
    lowest = min(best.objective, float(misfit.min()))
    bounds = _bounds(course, centre, natural, misfit, ends_z, lowest)
    better = None
    if lowest < best.objective - BETTER * max(1.0, abs(best.objective)):
        place = np.unravel_index(int(np.argmin(misfit)), misfit.shape)
        better = to_values(problem, ends_z[place][None])[0]
    every = np.broadcast_to(np.arange(unknowns)[:, None], (unknowns, half))
    below, above = (course.value(part, every) for part in natural)
    middle = np.full((unknowns, 1), best.objective)
    return Profiles(
        names=best.names,
        values=np.concatenate([below[:, ::-1], best.values[:, None], above], axis=1),
        chi2=np.concatenate([misfit[0, :, ::-1], middle, misfit[1]], axis=1),
        lower_68=bounds[0, 0],
        upper_68=bounds[0, 1],
        lower_95=bounds[1, 0],
        upper_95=bounds[1, 1],
        better=better,
        better_objective=lowest,
    )


@dataclass(frozen=True, eq=False)
class _Sides:
    """How far each profile goes: signed reach (2, D) in natural scale, and scores there."""

    reach: Floats
    z: Floats


def _reach(course: _Course) -> _Sides:
    """Look for where each profile has risen enough, all sides at once."""
    best = course.best
    unknowns = len(best.values)
    every = np.arange(unknowns)
    centre = course.natural(best.values, every)
    most = np.abs(course.edges() - centre).ravel()
    unknown, sign = np.tile(every, 2), np.repeat([-1.0, 1.0], unknowns)
    with np.errstate(invalid="ignore"):
        step = 3.0 * np.tile(best.error / best.information.slope, 2)
    step = np.minimum(np.where(np.isfinite(step), step, most), most)
    low, high = np.zeros(step.shape), most.copy()
    z = np.tile(best.z, (2 * unknowns, 1))
    beyond = z.copy()
    open_ = most > 0.0
    for _ in range(REACHES):
        rows = np.flatnonzero(open_)
        if not rows.size:
            break
        ends = course.fit(centre[unknown[rows]] + (sign * step)[rows], unknown[rows], z[rows])
        rise = np.full(step.shape, np.inf)
        rise[rows] = ends.objective - best.objective
        z[rows] = ends.z
        enough = (rise >= LEAST_RISE) & (rise <= MOST_RISE)
        at_edge = (step >= most) & (rise <= MOST_RISE)
        low[rows] = np.where(rise < LEAST_RISE, step, low)[rows]
        high[rows] = np.where(rise > MOST_RISE, step, high)[rows]
        beyond = np.where((open_ & (rise > MOST_RISE) & np.isfinite(rise))[:, None], z, beyond)
        open_ &= ~(enough | at_edge)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.sqrt(AIM / np.maximum(rise, 1e-12))
        wish = step * np.clip(factor, 0.1, 4.0)
        bracketed = (wish > low) & ((wish < high) | (high >= most))
        wish = np.minimum(np.where(bracketed, wish, 0.5 * (low + high)), most)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(step > 0.0, wish / step, 1.0)[:, None]
        z = np.where(open_[:, None], best.z + (z - best.z) * scale, z)
        step = np.where(open_, wish, step)
    # What jumps over the aim, as where another unknown meets its bound, goes beyond it.
    step, z = np.where(open_, high, step), np.where(open_[:, None], beyond, z)
    return _Sides((sign * step).reshape(2, unknowns), z.reshape(2, unknowns, -1))


def _pass_on(course: _Course, natural: Floats, z: Floats) -> Ends:
    """Fit all points, then again from what their neighbours found, until none is better."""
    unknowns = len(course.best.values)
    unknown = np.broadcast_to(np.arange(unknowns)[:, None], natural.shape[1:])
    unknown = np.broadcast_to(unknown, natural.shape).ravel()
    flat, rows = natural.ravel(), z.reshape(-1, unknowns)
    ends = course.fit(flat, unknown, rows)
    for _ in range(PASSES):
        found = ends.z.reshape(z.shape)
        first = np.broadcast_to(course.best.z, z[:, :, :1].shape)
        inner = np.concatenate([first, found[:, :, :-1]], axis=2)
        outer = np.concatenate([found[:, :, 1:], found[:, :, -1:]], axis=2)
        both = [part.reshape(rows.shape) for part in (inner, outer)]
        tried = course.fit(np.tile(flat, 2), np.tile(unknown, 2), np.concatenate(both))
        gained = False
        z_now, objective, converged = ends.z.copy(), ends.objective.copy(), ends.converged.copy()
        for part in (slice(0, len(flat)), slice(len(flat), None)):
            better = tried.objective[part] < objective - BETTER
            gained |= bool(better.any())
            z_now[better] = tried.z[part][better]
            objective[better] = tried.objective[part][better]
            converged[better] = tried.converged[part][better]
        ends = Ends(z_now, objective, converged)
        if not gained:
            break
    return ends


def _bounds(
    course: _Course, centre: Floats, natural: Floats, misfit: Floats, z: Floats, lowest: float
) -> Floats:
    """Return the ends of the intervals, (level, side, unknown), infinite where there is none.

    The outermost crossing within the reach counts, so that an interval holds all values that are
    not rejected there. Each is refined by false position on the root of the rise, which is linear
    where the misfit is a parabola. A crossing lies between two values of the misfit: where the
    model has none, that is no rise.
    """
    levels, sides, unknowns = len(LEVELS), 2, len(centre)
    shape = (levels, sides, unknowns)
    first = np.broadcast_to(centre[:, None], (sides, unknowns, 1))
    places = np.concatenate([first, natural], axis=2)
    base = np.full((sides, unknowns, 1), course.best.objective)
    rise = np.concatenate([base, misfit], axis=2) - lowest
    scores = np.concatenate([np.broadcast_to(course.best.z, z[:, :, :1].shape), z], axis=2)
    goal = np.broadcast_to(np.reshape(LEVELS, (levels, 1, 1)), shape)
    inside = rise[None] < goal[..., None]
    last = inside.shape[-1] - 1 - np.argmax(inside[..., ::-1], axis=-1)
    at = np.minimum(last, inside.shape[-1] - 2)
    side, unknown = np.indices(shape)[1:]
    beyond = (np.arange(inside.shape[-1]) > at[..., None]) & np.isfinite(rise)[None]
    then = np.where(beyond.any(axis=-1), np.argmax(beyond, axis=-1), at + 1)
    near, far = (places[side, unknown, i].ravel() for i in (at, then))
    root = np.sqrt(goal.ravel())
    low, high = (
        np.sqrt(np.maximum(rise[side, unknown, i], 0.0)).ravel() - root for i in (at, then)
    )
    start, which = scores[side, unknown, at].reshape(-1, unknowns), unknown.ravel()
    span = np.abs(far - near)
    guess, lost = near, np.zeros(len(near), bool)
    for turn in range(POLISHES):
        finite = np.isfinite(high) & (high > low)
        share = np.where(finite, -low / np.where(finite, high - low, 1.0), 0.5)
        share = np.where(lost & finite, ELSEWHERE[turn], share)
        guess = near + np.clip(share, 0.0, 1.0) * (far - near)
        if turn == POLISHES - 1 or not (np.abs(far - near) > INCHES * span).any():
            break
        ends = course.fit(guess, which, start)
        here = np.sqrt(np.maximum(ends.objective - lowest, 0.0)) - root
        below, lost = here < 0.0, np.isinf(here)
        above = ~below & (~lost | np.isinf(high))
        near, low = np.where(below, guess, near), np.where(below, here, low)
        far, high = np.where(above, guess, far), np.where(above, here, high)
    closed = (last < inside.shape[-1] - 1) & np.isfinite(high).reshape(shape)
    ends_ = course.value(guess, which).reshape(shape)
    outside = np.array([-np.inf, np.inf])[side]
    return np.where(closed, ends_, outside)
