"""Regional sensitivity: how far a parameter differs between points in a target and all others.

The two-sample Kolmogorov-Smirnov distance is the largest difference between the two cumulative
distributions of a parameter. It is the same for the share of its distribution as for its value, so
that shares are counted in bins; the distance is that at the bins' ends, at most the content of a
bin short of the largest.

References:
    Hornberger and Spear (1981), Journal of Environmental Management 12, 7-18.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from leakscape.analyse.sensitivity import draws
from leakscape.analyse.sensitivity.design import Arrays, Design
from leakscape.analyse.sensitivity.intervals import Estimate, Floats, mean
from leakscape.analyse.sensitivity.question import Question
from leakscape.evaluation.point import correlated

BINS = 1024


def design(question: Question) -> Design:
    """Make the design of a question: base points alone, with the bins of their shares."""
    correlation, names = question.population.correlation, tuple(question.drawn)

    def draw(words: jax.Array) -> Any:
        shares = draws.uniforms(question, words)
        if not correlation:
            return shares
        named = dict(zip(names, shares, strict=True))
        return jnp.stack([*(named | correlated(correlation, named)).values()])

    return Design(
        form=("regional", correlation.pairs, draws.form_of(question)),
        columns=len(names),
        variants=1,
        draw=draw,
        variant=lambda drawn, which: draws.values(question, drawn),
        beside=lambda drawn: {"bin": jnp.minimum((drawn * BINS).astype(jnp.int32), BINS - 1)},
        update=_update,
        plain=True,
    )


def _update(values: jax.Array, ok: jax.Array, beside: Arrays) -> dict[str, jax.Array]:
    inside = values[:, 0, :, 0]  # 1.0 in the target, 0.0 outside; (kept, n)
    counts = jnp.broadcast_to(ok, (*values[:, 0].shape,))[..., 0].astype(jnp.float64)

    def binned(weights: jax.Array) -> jax.Array:
        def one(bins: jax.Array, row: jax.Array) -> jax.Array:
            return jnp.zeros(BINS, jnp.float64).at[bins].add(row)

        each = jax.vmap(one, in_axes=(0, None))
        return jax.vmap(each, in_axes=(None, 0))(beside["bin"], weights)

    hit = inside * counts
    return {
        "pilot": jnp.zeros((len(hit), 1), jnp.float64),
        "inside": jnp.sum(hit, axis=1)[:, None],
        "hits": binned(hit)[..., None],
        "misses": binned(counts - hit)[..., None],
    }


def estimates(sums: dict[str, Floats], kept: int) -> dict[str, Estimate]:
    """Turn counts into distances, along (parameter, axes ..., own), and the share of the target."""
    n = np.where(sums["n"] > 0, sums["n"], np.nan)
    share = sums["inside"] / n

    def distance(hits: Floats, misses: Floats) -> Floats:
        with np.errstate(invalid="ignore"):
            one, other = (
                np.cumsum(part, axis=-2) / part.sum(axis=-2, keepdims=True)
                for part in (hits, misses)
            )
        found: Floats = np.abs(one - other).max(axis=-2)
        return found

    hits, misses = (np.moveaxis(sums[name], 1 + kept, 1) for name in ("hits", "misses"))
    whole = distance(hits.sum(axis=0), misses.sum(axis=0))
    return {
        "mean": mean(share),
        "variance": mean(share * (1.0 - share)),
        "ks": Estimate(whole, mean(distance(hits, misses)).error),
        "n_target": Estimate(sums["inside"].sum(axis=0)),
        "n_other": Estimate((sums["n"] - sums["inside"]).sum(axis=0)),
    }
