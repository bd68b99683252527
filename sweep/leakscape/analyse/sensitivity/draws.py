"""From words to the values of parameters, as the population draws them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy import special

from leakscape.analyse.sensitivity.question import Question
from leakscape.declare.distributions import Distribution
from leakscape.evaluation.point import dtype_of, inside, uniform


def form_of(question: Question) -> tuple[Any, ...]:
    """Return all that the draws of a study depend on, besides its kernel."""
    inward = question.space.inward
    return tuple(
        (name, entry.name, entry.numbers, inward[name]) for name, entry in question.drawn.items()
    )


def uniforms(question: Question, words: jax.Array) -> jax.Array:
    """Return words as numbers between 0 and 1, both excluded, in the precision of the study."""
    return uniform(words, dtype_of(question.space))


def values(question: Question, shares: jax.Array) -> dict[str, jax.Array]:
    """Return the values that have given shares of their distributions below them.

    Args:
        question: the question.
        shares: between 0 and 1, a row for each parameter, in order.

    Returns:
        parameter -> values [the kernel's units].
    """
    drawn: Mapping[str, Distribution] = question.drawn
    found = {
        name: entry.quantile(row, jnp, special)
        for (name, entry), row in zip(drawn.items(), shares, strict=True)
    }
    return inside(question.space, found)
