"""Unknowns: the numbers that a fit looks for, one after the other in a vector, and their priors.

A vector of standard normal scores z stands for the values, so that every prior becomes N(0, 1) and
bounds hold by themselves; a value whose prior's numbers are unknowns follows from them and from its
own score (non-centred).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy import special
from numpy.typing import NDArray

from leakscape.declare.prior import Prior

T = TypeVar("T", jax.Array, NDArray[np.float64])


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """One number that a fit looks for.

    Args:
        name: of the variable that it is part of: a parameter, `offset_V`, `sd_V`, `df`.
        prior: what is known of it.
        label: the text of the column `per` that it is for; empty where it is one for all.
        role: parameter, offset or noise.
        above: places of the unknowns that stand in place of the prior's numbers.
    """

    name: str
    prior: Prior = field(repr=False)
    label: str = ""
    role: str = "parameter"
    above: tuple[int | None, ...] = ()

    @property
    def flat_name(self) -> str:
        """Its name with its label, as ArviZ writes it."""
        return f"{self.name}[{self.label}]" if self.label else self.name

    @property
    def dimension(self) -> str:
        """The column whose texts have a value each; empty where there is one for all."""
        return self.prior.per

    @property
    def unit(self) -> str:
        """Its unit."""
        return self.prior.unit

    @property
    def logarithmic(self) -> bool:
        """Whether its natural scale is the logarithm."""
        return self.prior.logarithmic

    @property
    def informative(self) -> bool:
        """Whether its prior counts as a measurement."""
        return self.prior.informative

    @property
    def low(self) -> float:
        """The smallest value [unit]."""
        return self.prior.support[0]

    @property
    def high(self) -> float:
        """The largest value [unit]."""
        return self.prior.support[1]


def from_uniform(unknowns: Sequence[Unknown], u: jax.Array) -> jax.Array:
    """Return the values that have given shares of their priors below them.

    Args:
        unknowns: D of them, with priors of numbers.
        u: (D,), between 0 and 1, both excluded.

    Returns:
        (D,) values [their units].
    """
    found = [
        unknown.prior.distribution.quantile(u[place], jnp, special)
        for place, unknown in enumerate(unknowns)
    ]
    return jnp.stack(found)


def from_normal(unknowns: Sequence[Unknown], z: T, xp: Any = jnp, special: Any = special) -> T:
    """Return the values that standard normal scores stand for.

    Args:
        unknowns: D of them.
        z: (D,) scores, or several along a second axis.
        xp: the module of arrays.
        special: the module of its special functions.

    Returns:
        Values [their units], of the same shape.
    """
    found: list[Any] = [z[0]] * len(unknowns)
    for places in _alike(unknowns):
        law, score = unknowns[places[0]].prior.law, _picked(z, places)
        first, second, *limits = _columns(unknowns, places, found, z)
        if law == "normal":
            value = first + second * score
        elif law == "lognormal":
            value = first * xp.exp(second * score)
        elif law == "uniform":
            value = first + (second - first) * special.ndtr(score)
        elif law == "loguniform":
            value = first * xp.exp(np.log(second / first) * special.ndtr(score))
        else:
            bottom, top = (special.ndtr((end - first) / second) for end in limits)
            share = bottom + (top - bottom) * special.ndtr(score)
            value = xp.clip(first + second * special.ndtri(share), *limits)
        for row, place in enumerate(places):
            found[place] = value[row]
    told: T = value if len(places) == len(unknowns) else xp.stack(found)
    return told


def to_normal(unknowns: Sequence[Unknown], values: T, xp: Any = jnp, special: Any = special) -> T:
    """Return the standard normal scores of values: the inverse of `from_normal`.

    Args:
        unknowns: D of them.
        values: (D,) values inside their priors' support [their units], or several along a second
            axis.
        xp: the module of arrays.
        special: the module of its special functions.

    Returns:
        Scores, of the same shape.
    """
    found: list[Any] = [values[0]] * len(unknowns)
    tiny = float(np.finfo(values.dtype).eps)
    for places in _alike(unknowns):
        law, value = unknowns[places[0]].prior.law, _picked(values, places)
        first, second, *limits = _columns(unknowns, places, values, values)
        if law == "normal":
            score = (value - first) / second
        elif law == "lognormal":
            score = xp.log(value / first) / second
        else:
            if law == "uniform":
                share = (value - first) / (second - first)
            elif law == "loguniform":
                share = xp.log(value / first) / np.log(second / first)
            else:
                bottom, top, inner = (special.ndtr((x - first) / second) for x in (*limits, value))
                share = (inner - bottom) / (top - bottom)
            score = special.ndtri(xp.clip(share, tiny, 1.0 - tiny))
        for row, place in enumerate(places):
            found[place] = score[row]
    told: T = score if len(places) == len(unknowns) else xp.stack(found)
    return told


def prior_residuals(
    unknowns: Sequence[Unknown], z: jax.Array, values: jax.Array
) -> list[jax.Array]:
    """Return one standardised residual for each prior that counts as a measurement.

    Args:
        unknowns: D of them.
        z: (D,) scores.
        values: (D,) the values that they stand for.
    """
    found = []
    for place, unknown in enumerate(unknowns):
        if not unknown.informative:
            continue
        truncated = unknown.prior.law == "truncated_normal"
        mean, sd, *_ = _numbers(unknown, values)
        found.append((values[place] - mean) / sd if truncated else z[place])
    return found


def _alike(unknowns: Sequence[Unknown]) -> list[list[int]]:
    """Return places of one law together, those whose priors have numbers of their own first.

    What is computed for all of them at once is traced and compiled once.
    """
    laws: dict[Any, list[int]] = {}
    for place, unknown in enumerate(unknowns):
        laws.setdefault((unknown.prior.law, unknown.above), []).append(place)
    return [laws[key] for key in sorted(laws, key=lambda key: bool(key[1]))]


def _picked(values: Any, places: list[int]) -> Any:
    first, last = places[0], places[-1] + 1
    return values[first:last] if last - first == len(places) else values[np.array(places)]


def _columns(unknowns: Sequence[Unknown], places: list[int], above: Any, like: Any) -> list[Any]:
    """Return the numbers of priors of one law, along the first axis of arrays like that one."""
    head, found = unknowns[places[0]], []
    for slot in range(len(head.prior.numbers)):
        if head.above and head.above[slot] is not None:
            found.append(above[head.above[slot]])
            continue
        own = [unknowns[place].prior.numbers[slot] for place in places]
        found.append(np.array(own, like.dtype).reshape(-1, *[1] * (like.ndim - 1)))
    return found


def _numbers(unknown: Unknown, values: Sequence[jax.Array] | jax.Array) -> list[float | jax.Array]:
    above = unknown.above or (None,) * len(unknown.prior.numbers)
    return [
        float(number) if place is None else values[place]
        for number, place in zip(unknown.prior.numbers, above, strict=True)
    ]
