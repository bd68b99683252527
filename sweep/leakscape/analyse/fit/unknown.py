"""Unknowns: the numbers that a fit looks for, one after the other in a vector, and their priors.

A vector of standard normal scores z stands for the values, so that every prior becomes N(0, 1) and
bounds hold by themselves; a value whose prior's numbers are unknowns follows from them and from its
own score (non-centred).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy import special

from leakscape.declare.prior import Prior


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


def from_normal(unknowns: Sequence[Unknown], z: jax.Array) -> jax.Array:
    """Return the values that standard normal scores stand for.

    Args:
        unknowns: D of them.
        z: (D,) scores.

    Returns:
        (D,) values [their units].
    """
    found: list[jax.Array] = [z[0]] * len(unknowns)
    for place in _inner_first(unknowns):
        unknown = unknowns[place]
        law, score = unknown.prior.law, z[place]
        first, second, *limits = _numbers(unknown, found)
        if law == "normal":
            value = first + second * score
        elif law == "lognormal":
            value = first * jnp.exp(second * score)
        elif law == "uniform":
            value = first + (second - first) * special.ndtr(score)
        elif law == "loguniform":
            value = first * jnp.exp(math.log(second / first) * special.ndtr(score))
        else:
            bottom, top = (special.ndtr((end - first) / second) for end in limits)
            share = bottom + (top - bottom) * special.ndtr(score)
            value = jnp.clip(first + second * special.ndtri(share), *limits)
        found[place] = value
    return jnp.stack(found)


def to_normal(unknowns: Sequence[Unknown], values: jax.Array) -> jax.Array:
    """Return the standard normal scores of values: the inverse of `from_normal`.

    Args:
        unknowns: D of them.
        values: (D,) values inside their priors' support [their units].

    Returns:
        (D,) scores.
    """
    return jnp.stack(
        [_score(unknown, values[place], values) for place, unknown in enumerate(unknowns)]
    )


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


def _inner_first(unknowns: Sequence[Unknown]) -> list[int]:
    """Return all places, those whose priors have numbers of their own first."""
    places = range(len(unknowns))
    return sorted(places, key=lambda place: bool(unknowns[place].above))


def _numbers(unknown: Unknown, values: Sequence[jax.Array] | jax.Array) -> list[float | jax.Array]:
    above = unknown.above or (None,) * len(unknown.prior.numbers)
    return [
        float(number) if place is None else values[place]
        for number, place in zip(unknown.prior.numbers, above, strict=True)
    ]


def _score(unknown: Unknown, value: jax.Array, values: jax.Array) -> jax.Array:
    law = unknown.prior.law
    first, second, *limits = _numbers(unknown, values)
    if law == "normal":
        return jnp.asarray((value - first) / second)
    if law == "lognormal":
        return jnp.asarray(jnp.log(value / first) / second)
    if law == "uniform":
        share = (value - first) / (second - first)
    elif law == "loguniform":
        share = jnp.log(value / first) / jnp.log(jnp.asarray(second / first, value.dtype))
    else:
        bottom, top, inner = (special.ndtr((x - first) / second) for x in (*limits, value))
        share = (inner - bottom) / (top - bottom)
    tiny = float(np.finfo(value.dtype).eps)
    return jnp.asarray(special.ndtri(jnp.clip(share, tiny, 1.0 - tiny)))
