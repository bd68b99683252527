"""Elementary effects: what an outcome does when one parameter moves over two thirds of its range.

Each base point lies on a grid of four levels; each parameter in turn moves by 2/3 of its range,
the others staying (radial design: Campolongo, Saltelli and Cariboni 2011), up from the lower two
levels, down from the upper two. The effect is the difference divided by 2/3: that of one step,
scaled to the whole range, which is the difference between its ends only where y is linear in the
shares. Levels are shares of the distribution, so that a step is one of quantiles; where it has no
end, from 0.5 % to 99.5 % of it.

References:
    Morris (1991), doi:10.1080/00401706.1991.10484804; Campolongo, Cariboni and Saltelli (2007),
    doi:10.1016/j.envsoft.2006.10.004; Campolongo et al. (2011), doi:10.1016/j.cpc.2010.12.039.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from leakscape.analyse.sensitivity import draws
from leakscape.analyse.sensitivity.design import Arrays, Design
from leakscape.analyse.sensitivity.intervals import Estimate, Floats, mean
from leakscape.analyse.sensitivity.question import Question
from leakscape.evaluation.point import dtype_of
from leakscape.evaluation.words import BITS

LEVEL_BITS = 2
LEVELS = 1 << LEVEL_BITS
STEP = LEVELS / (2.0 * (LEVELS - 1))
TAIL = 0.005
"""Share that is cut off where a distribution has no end."""


def design(question: Question) -> Design:
    """Make the design of a question: the base point, then one point for each parameter."""
    number, endless = len(question.drawn), cut(question)
    low = np.array([TAIL if name in endless else 0.0 for name in question.drawn])

    def draw(words: jax.Array) -> Any:
        level = words >> (BITS - LEVEL_BITS)
        return level.astype(dtype_of(question.space)), jnp.where(level < LEVELS // 2, 1.0, -1.0)

    def variant(drawn: Any, which: Any) -> dict[str, jax.Array]:
        level, way = drawn
        moves = (jnp.arange(number) == which - 1)[:, None]
        share = level / (LEVELS - 1) + jnp.where(moves, STEP * way, 0.0).astype(level.dtype)
        cut = jnp.asarray(low, level.dtype)[:, None]
        return draws.values(question, cut + (1.0 - 2.0 * cut) * jnp.clip(share, 0.0, 1.0))

    return Design(
        form=("morris", draws.form_of(question)),
        columns=number,
        variants=1 + number,
        draw=draw,
        variant=variant,
        beside=lambda drawn: {"way": drawn[1]},
        update=_update,
    )


def cut(question: Question) -> list[str]:
    """Return the parameters whose distributions have no ends, so that levels are cut."""
    drawn = question.drawn.items()
    return [name for name, entry in drawn if not all(map(math.isfinite, entry.support))]


def remark(question: Question) -> str:
    """Say over what part of its distribution an endless parameter moves; "" if there is none."""
    names = ", ".join(cut(question))
    if not names:
        return ""
    return (
        f"The whole range of {names} is from {TAIL:.1%} to {1.0 - TAIL:.1%} of the distribution, "
        "which has no ends."
    )


def _update(values: jax.Array, ok: jax.Array, beside: Arrays) -> dict[str, jax.Array]:
    base = values[:, 0]
    way = beside["way"].astype(jnp.float64)[None, :, :, None]
    effect = (values[:, 1:] - base[:, None]) * way / STEP
    return {
        "pilot": jnp.sum(base, axis=1),
        "a": jnp.sum(base, axis=1),
        "squares": jnp.sum(base * base, axis=1),
        "effect": jnp.sum(effect, axis=2),
        "size": jnp.sum(jnp.abs(effect), axis=2),
        "squared": jnp.sum(effect * effect, axis=2),
    }


def estimates(sums: dict[str, Floats], kept: int) -> dict[str, Estimate]:
    """Turn sums into mu, mu* and sigma, along (parameter, axes ..., own)."""
    n = np.where(sums["n"] > 0, sums["n"], np.nan)
    centre = sums["a"] / n

    def front(name: str) -> Floats:
        moved: Floats = np.moveaxis(sums[name], 1 + kept, 1) / n[:, None]
        return moved

    mu, squared = front("effect"), front("squared")
    spread = np.sqrt(np.maximum(squared - mu**2, 0.0))
    whole = np.sqrt(np.maximum(squared.mean(axis=0) - mu.mean(axis=0) ** 2, 0.0))
    return {
        "mean": mean(centre),
        "variance": mean(sums["squares"] / n - centre**2),
        "mu": mean(mu),
        "mu_star": mean(front("size")),
        "sigma": Estimate(whole, mean(spread).error),
    }
