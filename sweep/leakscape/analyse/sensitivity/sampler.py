"""Chunks of a design on the host: which base points of which scramble, at which places of the axes.

Base points are those of a scrambled Sobol sequence, by (seed, index), as the population draws them;
scramble r has a seed of its own, made of the study's seed and r.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from leakscape.analyse.sensitivity.accepted import accepted
from leakscape.analyse.sensitivity.chunk import executables
from leakscape.analyse.sensitivity.design import Design
from leakscape.analyse.sensitivity.question import Question
from leakscape.analyse.sensitivity.shape import KEY, Shape
from leakscape.declare.population import CELL
from leakscape.errors import KernelError
from leakscape.evaluation import callbacks
from leakscape.evaluation.grid import Grid
from leakscape.evaluation.plan import SOON_VALUES, chunk_shape
from leakscape.evaluation.point import dtype_of
from leakscape.evaluation.tracing import Trace
from leakscape.evaluation.words import LOW_BITS, Words, sobol_tables

CHUNK_POINTS = 2**18
"""Evaluations of a chunk: its arrays stay in the cache between evaluating and summing."""
Partial = dict[str, dict[str, NDArray[Any]]]


class Sampler:
    """Evaluates and sums chunks of a design; safe to share between threads.

    Args:
        question: what is asked.
        design: what is evaluated for a base point.
        trace: the traced point of the question's space.
        seed: of the whole analysis.
        points: how many points are to be evaluated at most: few are compiled for quickly.
    """

    def __init__(
        self, question: Question, design: Design, trace: Trace, seed: int, points: int
    ) -> None:
        self.question, self.design, self.trace, self._seed = question, design, trace, seed
        size = question.population.size
        room = 1 << (max(1, CHUNK_POINTS // design.variants).bit_length() - 1)
        self.base_points = min(room, 1 << (size - 1).bit_length())
        axes = question.grid
        block = max(1, CHUNK_POINTS // (design.variants * self.base_points))
        if question.space.where and design.halves is not None:
            block = 1  # at each place of the axes other points may meet the conditions
        self.grid = Grid(
            dimensions=tuple(axes),
            shape=tuple(axes.values()),
            chunks=chunk_shape(tuple(axes.values()), block),
        )
        low = min(self.base_points, 1 << LOW_BITS)
        self.shape = Shape(
            trace=trace,
            design=design,
            where=question.space.where,
            lengths=tuple(zip(axes, self.grid.chunks, strict=True)),
            low=low,
            runs=self.base_points // low,
            device=str(jax.config.jax_default_device),  # type: ignore[attr-defined]
            soon=points <= SOON_VALUES,
            space=question.space,
            outcomes=question.outcomes,
        )
        self._evaluate, self._sum = executables(self.shape)
        self._kind = np.dtype(dtype_of(question.space))
        self._lock = threading.Lock()

    def partial(
        self,
        scramble: int,
        block: int,
        chunk: int,
        inside: tuple[int, int],
        centres: Mapping[str, NDArray[np.float64]],
    ) -> Partial:
        """Sum one chunk.

        Args:
            scramble: which.
            block: which block of the axes.
            chunk: which run of base points.
            inside: the first of its base points that counts, and one past the last.
            centres: outcome -> what is subtracted from it, shape (places of the block, own).

        Returns:
            Outcome -> sums along the places of the block.

        Raises:
            KernelError: the kernel fails only now, as a callback can.
        """
        low, high = self.tables(scramble, chunk)
        given = self.given(block) | self.key(scramble, chunk)
        trace = self.trace
        try:
            with callbacks.silenced(), jax.enable_x64(trace.double):
                found = self._evaluate(low, high, given)
            with callbacks.silenced(), jax.enable_x64(True):
                sums = self._sum(*found, dict(centres), np.array(inside, np.int64))
                return {
                    outcome: {name: np.asarray(values) for name, values in fields.items()}
                    for outcome, fields in sums.items()
                }
        except jax.errors.JaxRuntimeError as error:  # a callback raised, or memory ran out
            place, got = callbacks.told(str(error))
            raise KernelError(
                f"kernel {trace.kernel}: {place}fails while it is analysed, got {got}; correct it"
            ) from error

    def tables(self, scramble: int, chunk: int) -> tuple[Words, Words]:
        """Return what the words of a chunk are made of."""
        first = chunk * self.base_points
        last = first + self.base_points
        with self._lock:
            low, high = sobol_tables(
                self.design.columns, seed_of(self._seed, scramble), 1 << (last - 1).bit_length()
            )
        within = first % (1 << LOW_BITS)
        start = first >> LOW_BITS
        return (
            np.ascontiguousarray(low[:, within : within + self.shape.low]),
            np.ascontiguousarray(high[:, start : start + self.shape.runs]),
        )

    def key(self, scramble: int, chunk: int) -> dict[str, NDArray[np.uint32]]:
        """Return what points are drawn anew by, where conditions leave some out."""
        if not self.shape.anew:
            return {}
        words = np.random.SeedSequence([self._seed, scramble, 1]).generate_state(2)
        return {KEY: np.array([*words, chunk * self.base_points], np.uint32)}

    def given(self, block: int) -> dict[str, NDArray[Any]]:
        """Return what is given at the places of a block.

        Returns:
            The values along the axes and the constants [the kernel's units], and the places of
            labels that conditions read.
        """
        space, start = (
            self.question.space,
            dict(zip(self.grid.dimensions, self.grid.start(block), strict=True)),
        )
        length = dict(self.shape.lengths)
        settled = space.settled
        found = {n: np.asarray(settled[n], self._kind) for n in self.trace.numbers}
        for dimension in space.dimensions:
            if dimension.name == CELL:
                continue
            first, size = start[dimension.name], length[dimension.name]
            for name, axis in dimension.axes.items():
                factor, offset = space.inward[name]
                piece = axis.points()[first : first + size] * factor + offset
                piece = np.pad(piece.astype(self._kind), (0, size - len(piece)), mode="edge")
                found[name] = piece
        for name, along in self.shape.labels:
            places = np.arange(start[along], start[along] + length[along])
            found[name] = np.minimum(places, self.question.grid[along] - 1).astype(np.int32)
        return found

    def values_at(self, scramble: int, block: int, chunk: int, index: int) -> dict[str, float]:
        """Return the parameters of one point of a chunk, in the study's units.

        Args:
            scramble: which.
            block: which block of the axes.
            chunk: which run of base points.
            index: of the point among the variants times the base points.
        """
        low, high = self.tables(scramble, chunk)
        variant, base = divmod(index, self.base_points)
        words = low[:, base % self.shape.low] ^ high[:, base // self.shape.low]
        key = self.key(scramble, chunk)
        with jax.enable_x64(self.trace.double):
            one = jax.numpy.asarray(words[:, None])
            if key:
                key[KEY][2] += base
                given = jax.tree.map(jax.numpy.asarray, self.given(block))
                every, _ = accepted(self.shape, one, given, jax.numpy.asarray(key[KEY]))
                values = {name: rows[variant] for name, rows in every.items()}
            else:
                values = self.design.variant(self.design.draw(one), variant)
        found = {}
        for name, value in values.items():
            factor, offset = self.question.space.inward[name]
            found[name] = (float(value[0]) - offset) / factor
        return found

    @property
    def kept(self) -> int:
        """How many places of the axes a block has, padding included."""
        return math.prod(self.grid.chunks)


def seed_of(seed: int, scramble: int) -> int:
    """Return the seed of a scramble: independent of every other's."""
    return int(np.random.SeedSequence([seed, scramble]).generate_state(1)[0])
