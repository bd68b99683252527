"""What was summed so far, for every scramble apart, and how far that is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from leakscape import interrupt
from leakscape.amounts import quantity
from leakscape.analyse.sensitivity.accepted import MOST_TRIES
from leakscape.analyse.sensitivity.sampler import Partial, Sampler
from leakscape.errors import DeclarationError
from leakscape.evaluation.in_order import in_order

MOST_UNMATCHED = 0.01
"""Share of the base points that may lack a second point; the indices are off by about as much."""
Arrays = dict[str, dict[str, NDArray[Any]]]


class Progress(Protocol):
    """What is told how far an analysis is."""

    def started(self, total: int, done: int, points_per_task: int) -> None:
        """Say how much there is to do."""

    def advanced(self, done: int) -> None:
        """Say how much is done."""

    def says(self, text: str) -> None:
        """Say what was reached."""


@dataclass
class Tally:
    """Sums along (scramble, axes ..., what the sum is of ..., the outcome's own dimension).

    Args:
        scrambles: how many.
        done: base points of each scramble that are summed at every place.
        task: how many tasks of the doubling under way are summed besides.
        centres: outcome -> what is subtracted from it before it is summed, along (axes ..., own).
        sums: outcome -> name of a sum -> its values; under "" counts of points.
    """

    scrambles: int
    done: int = 0
    task: int = 0
    centres: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    sums: Arrays = field(default_factory=dict)

    @property
    def failed(self) -> NDArray[np.float64]:
        """Points that failed, along the axes."""
        counted: NDArray[np.float64] = self.sums[""]["failed"].sum(axis=0)
        return counted

    def dropped(self, outcome: str) -> float:
        """Return what part of the base points an outcome has no value for, by itself.

        Args:
            outcome: its name.

        Returns:
            0 where points failed or were left out too, which is told apart from this, and for an
            outcome with a dimension of its own, whose list may be shorter.
        """
        counts = self.sums[outcome]["n"]
        others = sum(float(self.sums[""][why].sum()) for why in ("failed", "left_out", "unmatched"))
        if others or counts.shape[-1] > 1 or not self.done:
            return 0.0
        return 1.0 - float(counts.sum()) / (self.done * counts.size)

    @property
    def unmatched(self) -> NDArray[np.float64]:
        """Base points for which no second point met the conditions, along the axes."""
        counted: NDArray[np.float64] = self.sums[""]["unmatched"].sum(axis=0)
        return counted


@dataclass(frozen=True)
class Task:
    """One chunk of a doubling: see `Sampler.partial`."""

    scramble: int
    block: int
    chunk: int
    inside: tuple[int, int]


def tasks(sampler: Sampler, scrambles: int, first: int, last: int) -> list[Task]:
    """List what has to be done for base points first to last - 1 of every scramble."""
    n, found = sampler.base_points, []
    for scramble in range(scrambles):
        for block in range(sampler.grid.tasks):
            for chunk in range(first // n, -(-last // n)):
                inside = max(0, first - chunk * n), min(n, last - chunk * n)
                found.append(Task(scramble, block, chunk, inside))
    return found


def centre(sampler: Sampler, tally: Tally) -> None:
    """Take the mean of a pilot, the first base points of the first scramble, as the centre.

    What is summed are deviations from it, so that a mean far from 0 costs no digits.
    """
    shape, size = sampler.grid.shape, sampler.question.population.size
    tally.centres = {
        name: np.zeros((*shape, own), np.float64) for name, own in sampler.shape.own.items()
    }
    for block in range(sampler.grid.tasks):
        zero = _of_block(sampler, block, tally.centres)
        inside = 0, min(size, sampler.base_points)
        found = sampler.partial(0, block, 0, inside, zero)
        where, within = _places(sampler, block)
        for name, centres in tally.centres.items():
            pilot = found[name]["pilot"] / np.maximum(found[name]["n"], 1.0)
            centres[where] = _unrolled(sampler, pilot)[within]


def advance(
    sampler: Sampler,
    tally: Tally,
    upto: int,
    *,
    drop: bool,
    bar: Progress,
    save: Callable[[], None],
) -> None:
    """Sum base points of every scramble up to some number.

    Args:
        sampler: what sums a chunk.
        tally: what is summed so far; it is added to.
        upto: base points of each scramble.
        drop: whether points without a value are left out with their base point.
        bar: is told how far it is.
        save: is called after each task.

    Raises:
        DeclarationError: a point has no value, and `drop` is not set.
    """
    todo = tasks(sampler, tally.scrambles, tally.done, upto)
    first = tally.task
    bar.started(len(todo), first, sampler.base_points * sampler.kept * sampler.design.variants)

    def work(number: int, _: Callable[[], bool]) -> Partial:
        task = todo[first + number]
        centres = _of_block(sampler, task.block, tally.centres)
        return sampler.partial(task.scramble, task.block, task.chunk, task.inside, centres)

    with closing(in_order(len(todo) - first, work)) as partials:
        for number, partial in enumerate(partials, start=first):
            interrupt.checkpoint()
            if not drop:
                _refuse_invalid(sampler, todo[number], partial)
            _add(sampler, tally, todo[number], partial)
            tally.task = number + 1
            bar.advanced(tally.task)
            if tally.task < len(todo):
                save()
    tally.done, tally.task = upto, 0
    save()


def _add(sampler: Sampler, tally: Tally, task: Task, partial: Partial) -> None:
    where, within = _places(sampler, task.block)
    for outcome, fields in partial.items():
        held = tally.sums.setdefault(outcome, {})
        for name, values in fields.items():
            if name in ("at", "pilot"):
                continue
            values = _unrolled(sampler, values)
            if name not in held:
                rest = values.shape[len(sampler.grid.shape) :]
                held[name] = np.zeros((tally.scrambles, *sampler.grid.shape, *rest), np.float64)
            held[name][task.scramble, ...][where] += values[within]


def _places(sampler: Sampler, block: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return where a block lies along the axes, and which part of it is no padding."""
    start, inside = sampler.grid.start(block), sampler.grid.extent(block)
    where = tuple(slice(s, s + length) for s, length in zip(start, inside, strict=True))
    return where, tuple(slice(0, length) for length in inside)


def _unrolled(sampler: Sampler, values: NDArray[Any]) -> NDArray[Any]:
    return values.reshape((*sampler.grid.chunks, *values.shape[1:]))


def _of_block(
    sampler: Sampler, block: int, centres: dict[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """Return the centres of a block's places, shape (places, own); those of padding are 0."""
    where, within = _places(sampler, block)
    found = {}
    for name, whole in centres.items():
        part = np.zeros((*sampler.grid.chunks, whole.shape[-1]), np.float64)
        part[within] = whole[where]
        found[name] = part.reshape(-1, whole.shape[-1])
    return found


def _refuse_invalid(sampler: Sampler, task: Task, partial: Partial) -> None:
    at = np.asarray(_unrolled(sampler, partial[""]["at"])[_places(sampler, task.block)[1]])
    places = np.argwhere(at >= 0)
    if not len(places):
        return
    place = tuple(map(int, places[0]))
    index = int(at[place])
    question = sampler.question
    held = []
    for dimension, start, step in zip(
        sampler.grid.dimensions, sampler.grid.start(task.block), place, strict=True
    ):
        axes = next(d for d in question.space.dimensions if d.name == dimension).axes
        held += [
            f"{n} = {quantity(axis.points()[start + step], axis.unit, 6)}"
            for n, axis in axes.items()
        ]
    values = sampler.values_at(task.scramble, task.block, task.chunk, index)
    held += [f"{n} = {quantity(value, question.drawn[n].unit, 6)}" for n, value in values.items()]
    failed = int(partial[""]["failed"].sum())
    what = " or ".join(outcome.text for outcome in question.outcomes)
    raise DeclarationError(
        f"sensitivity of {question.study.name}: {what} has no value at {', '.join(held[:12])}"
        f"{' ...' if len(held) > 12 else ''}"
        f"{f', one of {failed} such points' if failed > 1 else ''}; "
        "use --on-invalid drop, which leaves them out with their base points, or change the ranges"
    )


def refuse_unmatched(sampler: Sampler, tally: Tally) -> None:
    """Refuse conditions by which many base points have no second point that shares parameters.

    Raises:
        DeclarationError: the indices would be those of another population.
    """
    left = float(tally.unmatched.sum())
    outcome = sampler.question.outcomes[0].name
    held = float(tally.sums[outcome]["n"].mean(axis=-1).sum())
    if left > MOST_UNMATCHED * (left + held):
        raise DeclarationError(
            f"sensitivity of {sampler.question.study.name}: for {left / (left + held):.1%} of the "
            f"base points {MOST_TRIES} candidates hold no second point that meets the conditions "
            "of [where], which are met too rarely, or all but fix a parameter by others; loosen "
            "them, or narrow the ranges"
        )
