"""One chunk of a scan: points of the prior by index, the likelihood there, and weighted sums.

What evaluates stands apart from what sums, so that the pilot needs the first alone. A chunk is made
of parts, each a run of points of one scramble: so few points are enough to begin with, while the
arrays of a chunk still fill the cache. Both are in 64 bits.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from leakscape.analyse.fit.many import ready
from leakscape.analyse.fit.scan_sums import BINS, Bins, Shape, summer
from leakscape.analyse.sensitivity.sampler import seed_of
from leakscape.errors import KernelError
from leakscape.evaluation import callbacks
from leakscape.evaluation.point import uniform
from leakscape.evaluation.words import LOW_BITS, Words, sobol_tables

Floats = NDArray[np.float64]
DRAWN = 2**12
"""Points whose values are found at once."""
Part = tuple[int, int]
"""Scramble, and which of its runs of points."""
Sums = dict[str, NDArray[Any]]


class Scanner:
    """Evaluates and sums chunks of a prior; safe to share between threads.

    Args:
        problem: whose prior it is.
        seed: of the scan; each scramble has its own, made of it.
        shape: of a chunk.
    """

    def __init__(self, problem: Any, seed: int, shape: Shape) -> None:
        self.problem, self.seed, self.shape = problem, seed, shape
        self.logarithmic = tuple(bool(unknown.logarithmic) for unknown in problem.unknowns)
        runs, words = shape.points // shape.block, np.dtype("uint32")
        low = jax.ShapeDtypeStruct((shape.parts, shape.unknowns, shape.block), words)
        high = jax.ShapeDtypeStruct((shape.parts, shape.unknowns, runs), words)
        self._evaluate = ready(problem, _evaluated, low, high, soon=False)
        self._sum = summer(self.logarithmic, shape)

    def evaluate(self, parts: list[Part]) -> tuple[jax.Array, jax.Array]:
        """Return values of the unknowns (D, points) and log-likelihoods (points,) of a chunk.

        Raises:
            KernelError: the kernel fails only now, as a callback can.
        """
        tables = [self._tables(part) for part in parts]
        low, high = (np.stack(pair) for pair in zip(*tables, strict=True))
        try:
            with callbacks.silenced(), jax.enable_x64(True):
                found: tuple[jax.Array, jax.Array] = self._evaluate(low, high)
                jax.block_until_ready(found)
            return found
        except jax.errors.JaxRuntimeError as error:  # a callback raised, or memory ran out
            place, got = callbacks.told(str(error))
            raise KernelError(
                f"fit {name_of(self.problem)}: {place}the model fails while it is scanned, got "
                f"{got}; correct it"
            ) from error

    def sums(self, parts: list[Part], bins: Bins) -> Sums:
        """Sum one chunk.

        Args:
            parts: at most as many as a chunk has.
            bins: where the bins lie, and the centre of the moments.

        Returns:
            top: the largest log-likelihood; and, by the weights w = exp(log-likelihood - top):
            weight, square (parts,): sums of w and w^2; moments (parts, P, P): of w y y^T, where y
            is what `moment_rows` lists; marginal (D, BINS), pair (pairs, COARSE, COARSE) [2**-46];
            profile, place (D, BINS): largest log-likelihood of a bin, and which point has it;
            failed (): points without a likelihood; weights (points,): running sum of w.
        """
        counted = np.arange(self.shape.parts) < len(parts)
        padded = parts + [parts[-1]] * (self.shape.parts - len(parts))
        values, likelihood = self.evaluate(padded)
        per = BINS / (bins.high - bins.low)
        with jax.enable_x64(True):
            found = self._sum(values, likelihood, bins.low, per, bins.centre, counted)
            told = {name: np.asarray(value) for name, value in found.items()}
        told["running"] = np.cumsum(told.pop("weights"))
        return told

    def values_at(self, ids: NDArray[np.int64]) -> Floats:
        """Return the unknowns' values at points known by scramble and index, shape (n, D)."""
        scrambles, index = ids >> 32, ids & 0xFFFFFFFF
        words = np.zeros((self.shape.unknowns, len(ids)), np.uint32)
        for scramble in np.unique(scrambles):
            mine = scrambles == scramble
            at = index[mine]
            low, high = self._sobol(int(scramble), int(at.max()) + 1)
            words[:, mine] = low[:, at % (1 << LOW_BITS)] ^ high[:, at >> LOW_BITS]
        found = np.zeros((len(ids), self.shape.unknowns))
        given = jax.ShapeDtypeStruct((self.shape.unknowns, DRAWN), np.dtype("uint32"))
        draw = ready(self.problem, _drawn, given)
        for start in range(0, len(ids), DRAWN):
            piece = words[:, start : start + DRAWN]
            length = piece.shape[1]
            with callbacks.silenced(), jax.enable_x64(True):
                drawn = draw(np.pad(piece, ((0, 0), (0, DRAWN - length))))
            found[start : start + length] = np.asarray(drawn)[:length]
        return found

    def ids_of(self, parts: list[Part], places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Tell scramble and index of points of a chunk, as scramble * 2**32 + index."""
        points = self.shape.points
        base = np.array([(scramble << 32) + run * points for scramble, run in parts], np.int64)
        ids: NDArray[np.int64] = base[places // points] + places % points
        return ids

    def _tables(self, part: Part) -> tuple[Words, Words]:
        scramble, run = part
        first, shape = run * self.shape.points, self.shape
        low, high = self._sobol(scramble, first + shape.points)
        within, start = first % (1 << LOW_BITS), first >> LOW_BITS
        runs = shape.points // shape.block
        return low[:, within : within + shape.block], high[:, start : start + runs]

    def _sobol(self, scramble: int, size: int) -> tuple[Words, Words]:
        rounded = 1 << max(LOW_BITS, (size - 1).bit_length())  # few sizes, so that tables are kept
        return sobol_tables(self.shape.unknowns, seed_of(self.seed, scramble), rounded)


def name_of(problem: Any) -> str:
    """Return what a problem is called in messages."""
    return str(getattr(problem, "name", "") or "without a name")


def _drawn(problem: Any, words: jax.Array) -> jax.Array:
    """Return the values (n, D) of words (D, n)."""
    found: jax.Array = jax.vmap(problem.from_uniform, in_axes=1)(uniform(words, jnp.float64))
    return found


def _evaluated(problem: Any, low: jax.Array, high: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return values (D, points) and log-likelihoods (points,) of a chunk's words."""
    runs = high.shape[2]
    shape = Shape(low.shape[1], low.shape[0], low.shape[2] * runs)

    def point(share: jax.Array) -> tuple[jax.Array, jax.Array]:
        values = problem.from_uniform(share)
        likelihood = jnp.sum(problem.log_likelihood(values).astype(jnp.float64))
        return values.astype(jnp.float64), likelihood

    def block(number: jax.Array) -> tuple[jax.Array, jax.Array]:
        part, run = number // runs, number % runs
        words = low[part] ^ high[part, :, run][:, None]
        return jax.vmap(point, in_axes=1, out_axes=(1, 0))(uniform(words, jnp.float64))

    values, likelihood = jax.lax.map(block, jnp.arange(shape.parts * runs))
    values = jnp.moveaxis(values, 1, 0).reshape(shape.unknowns, shape.size)
    return values, likelihood.reshape(shape.size)
