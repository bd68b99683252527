"""Sobol indices: which share of an outcome's variance a parameter explains alone, and in all.

A base point has two halves, A and B, each a draw of all parameters; AB_i is A with the parameters
of group i from B, BA_i is B with those from A. With f centred by a pilot's mean,

    S1 V = E[f(B) (f(AB_i) - f(A))]                      Saltelli et al. (2010)
    ST V = E[(f(A) - f(AB_i))^2] / 2                     Jansen (1999)

or, with BA_i as well, after Azzini, Mara and Rosati (2021)

    2 S1 V = E[(f(AB_i) - f(A)) (f(B) - f(BA_i))]
    4 ST V = E[(f(A) - f(AB_i))^2 + (f(B) - f(BA_i))^2]
    4 V    = E[(f(A) - f(B))^2 + (f(AB_i) - f(BA_i))^2]
    S2 V   = E[(f(AB_i) - f(A)) (f(BA_j) - f(B))]        for i and j that differ

The last follows as the others do: f(AB_i) shares i and j with f(BA_j), i with f(B); f(A) shares j
with f(BA_j) and nothing with f(B); so what is left of the covariances is V_ij alone. Each is the
average of both orders of i and j. Negative estimates are reported with their intervals.

References:
    Saltelli et al. (2010), doi:10.1016/j.cpc.2009.09.018; Jansen (1999),
    doi:10.1016/S0010-4655(98)00154-4; Azzini, Mara and Rosati (2021),
    doi:10.1016/j.envsoft.2021.105167.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from leakscape.analyse.sensitivity import draws
from leakscape.analyse.sensitivity.design import Arrays, Design
from leakscape.analyse.sensitivity.intervals import Estimate, Floats, mean, ratio
from leakscape.analyse.sensitivity.question import Question


def design(question: Question, *, second: bool) -> Design:
    """Make the design of a question.

    Args:
        question: what is asked.
        second: whether the indices of pairs are wanted.

    Returns:
        A design with the variants A, B, AB_1, ... and, for pairs, BA_1, ...
    """
    number, groups = len(question.drawn), question.groups
    masks = np.zeros((len(groups), number), bool)
    for row, group in enumerate(groups):
        masks[row, list(group.members)] = True
    none = np.zeros((1, number), bool)
    takes = np.concatenate([none, ~none, masks, *([~masks] if second else [])])

    def draw(words: jax.Array) -> Any:
        shares = draws.uniforms(question, words)
        return tuple(draws.values(question, half) for half in (shares[:number], shares[number:]))

    def variant(drawn: Any, which: Any) -> dict[str, jax.Array]:
        (one, other), mask = drawn, jnp.asarray(takes)[which]
        return {
            name: jnp.where(mask[place], other[name], one[name])
            for place, name in enumerate(question.drawn)
        }

    return Design(
        form=("sobol", second, groups, draws.form_of(question)),
        columns=2 * number,
        variants=len(takes),
        draw=draw,
        variant=variant,
        update=_update(len(groups), second=second),
    )


def _update(
    groups: int, *, second: bool
) -> Callable[[jax.Array, jax.Array, Arrays], dict[str, jax.Array]]:
    def update(values: jax.Array, ok: jax.Array, _: Arrays) -> dict[str, jax.Array]:
        a, b = values[:, 0], values[:, 1]
        away = values[:, 2 : 2 + groups] - a[:, None]  # f(AB_i) - f(A)
        sums = {
            "pilot": jnp.sum(a + b, axis=1) / 2.0,
            "a": jnp.sum(a, axis=1),
            "b": jnp.sum(b, axis=1),
            "squares": jnp.sum(a * a + b * b, axis=1),
        }
        if not second:
            first, total = jnp.sum(b[:, None] * away, axis=2), jnp.sum(away * away, axis=2)
            return sums | {"first": first, "total": total}
        back = values[:, 2 + groups :] - b[:, None]  # f(BA_i) - f(B)
        across = away + a[:, None] - back - b[:, None]
        return sums | {
            "pairs": jnp.einsum("kino,kjno->kijo", away, back),
            "total": jnp.sum(away * away + back * back, axis=2),
            "whole": jnp.sum(((a - b) ** 2)[:, None] + across * across, axis=2),
        }

    return update


def estimates(sums: dict[str, Floats], kept: int, *, second: bool) -> dict[str, Estimate]:
    """Turn sums into indices.

    Args:
        sums: of one outcome: along (scramble, axes ..., group, own), those of pairs along two
            groups.
        kept: how many axes there are.
        second: whether the sums are those of pairs.

    Returns:
        S1, ST and S2, each along (group, axes ..., own), S2 along two groups; mean and variance.
    """
    n = np.where(sums["n"] > 0, sums["n"], np.nan)
    centre = (sums["a"] + sums["b"]) / (2.0 * n)
    variance = sums["squares"] / (2.0 * n) - centre**2
    place = 1 + kept

    def front(values: Floats, groups: int) -> Floats:
        """Move the groups behind the scramble, before the axes."""
        return np.moveaxis(values, range(place, place + groups), range(1, 1 + groups))

    def each(values: Floats) -> Floats:
        return values[:, None]

    found = {"mean": mean(centre), "variance": mean(variance)}
    total = front(sums["total"], 1) / each(n)
    if not second:
        first = front(sums["first"], 1) / each(n)
        return found | {
            "S1": ratio(first, each(variance)),
            "ST": ratio(total / 2.0, each(variance)),
        }
    pairs = front(sums["pairs"], 2) / each(each(n))
    whole = front(sums["whole"], 1) / each(n)
    same = np.arange(pairs.shape[1])
    first = -2.0 * pairs[:, same, same]
    both = (pairs + np.swapaxes(pairs, 1, 2)) / 2.0
    both[:, same, same] = np.nan
    return found | {
        "S1": ratio(first, whole),
        "ST": ratio(total, whole),
        "S2": ratio(both, each(each(variance))),
    }
