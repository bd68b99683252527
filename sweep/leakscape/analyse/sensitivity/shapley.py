"""Shapley effects: each parameter's fair part of the variance, correlated parameters included.

The value of a set S of parameters is the variance of the mean that is known once they are,
v(S) = Var(E[f | x_S]) = E[f(x) (f(x') - f(x''))], where x' shares x_S with x and is drawn anew
otherwise, and x'' shares nothing. With the set first in some order, x = F^-1(Phi(L e)) by the
Cholesky factor L of the correlations of the normal scores in that order, and x' shares the first
scores of e. Up to five parameters or groups every set is evaluated, which is the mean over all
orders; beyond that each base point has a random order of its own, and its f along the order
telescopes. Conditions truncate the population: x, x' and x'' are drawn from what they keep, each
given what it shares (see `accepted`).

References:
    Song, Nelson and Staum (2016), doi:10.1137/15M1048070; Owen and Prieur (2017),
    doi:10.1137/16M1097717; Goda (2021), doi:10.1016/j.ress.2020.107199.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy import special

from leakscape.analyse.sensitivity import draws
from leakscape.analyse.sensitivity.anova import shapley as by_sets
from leakscape.analyse.sensitivity.design import Arrays, Design, Halves
from leakscape.analyse.sensitivity.intervals import Estimate, Floats, mean, ratio
from leakscape.analyse.sensitivity.question import Question
from leakscape.evaluation.point import share_of

MOST_WHOLE = 5
"""Up to so many parameters every set is evaluated."""


def design(question: Question) -> Design:
    """Make the design of a question: all sets of few groups, or random orders of many."""
    many = len(question.groups) > MOST_WHOLE
    return _ordered(question) if many else _whole(question)


def _matrix(question: Question) -> Floats:
    found: Floats = question.population.correlation.matrix(tuple(question.drawn))
    return found


def _factor(correlations: Floats, first: list[int]) -> Floats:
    """Return what makes correlated scores, in study order, of scores in which some come first."""
    order = [*first, *(i for i in range(len(correlations)) if i not in first)]
    permuted = np.linalg.cholesky(correlations[np.ix_(order, order)])
    found = np.zeros_like(permuted)
    found[np.ix_(order, range(len(order)))] = permuted
    return found


def _times(one: Any, other: Any) -> jax.Array:
    return jnp.matmul(one, other, precision="highest")


def _form(question: Question) -> tuple[Any, ...]:
    correlation = question.population.correlation
    return ("shapley", question.groups, correlation.pairs, draws.form_of(question))


def _whole(question: Question) -> Design:
    """Every set of groups but none and all is a variant; A and B come first."""
    groups, correlations = question.groups, _matrix(question)
    number, sets = len(question.drawn), (1 << len(groups)) - 2
    factors, takes = np.zeros((sets, number, number)), np.zeros((sets, number), bool)
    for which in range(sets):
        inside = [g for place, g in enumerate(groups) if which + 1 >> place & 1]
        first = [member for group in inside for member in group.members]
        factors[which] = _factor(correlations, first)
        takes[which, : len(first)] = True
    # A is made of the same scores in every order, so that f(A) is one and the same.
    plain = np.linalg.cholesky(correlations)
    back = np.stack([np.linalg.solve(factor, plain) for factor in factors])

    halves = Halves(
        number=number,
        whole=0,
        fixed=lambda words: (),
        own=lambda words, _: _scores(question, words),
        drawn=lambda own, words, _: (own, _scores(question, words)),
    )

    def variant(drawn: Any, which: Any) -> dict[str, jax.Array]:
        (one, other), dtype = drawn, drawn[0].dtype
        place = jnp.maximum(which - 2, 0)
        there = jnp.asarray(takes)[place]
        own = jnp.where(which < 2, jnp.eye(number, dtype=dtype), jnp.asarray(back, dtype)[place])
        shared = jnp.where(which == 0, True, jnp.where(which == 1, False, there))
        mixed = jnp.where(shared[:, None], _times(own, one), other)
        factor = jnp.where(which < 2, jnp.asarray(plain, dtype), jnp.asarray(factors, dtype)[place])
        return draws.values(question, share_of(_times(factor, mixed)))

    return Design(
        form=_form(question),
        columns=2 * number,
        variants=2 + sets,
        draw=halves.draw,
        variant=variant,
        update=_of_sets,
        halves=halves,
    )


def _of_sets(values: jax.Array, ok: jax.Array, _: Arrays) -> dict[str, jax.Array]:
    a, b = values[:, 0], values[:, 1]
    return _moments(a, b) | {"sets": jnp.sum(a[:, None] * (values[:, 2:] - b[:, None]), axis=2)}


def _moments(a: jax.Array, b: jax.Array) -> dict[str, jax.Array]:
    return {
        "pilot": jnp.sum(a + b, axis=1) / 2.0,
        "a": jnp.sum(a, axis=1),
        "b": jnp.sum(b, axis=1),
        "squares": jnp.sum(a * a + b * b, axis=1),
    }


def _ordered(question: Question) -> Design:
    """Each base point has an order; variant k shares the first k groups of it with A."""
    groups, correlations = question.groups, _matrix(question)
    number, players = len(question.drawn), len(groups)
    group_of = np.zeros(number, int)
    for place, group in enumerate(groups):
        group_of[list(group.members)] = place
    mixing = not np.array_equal(correlations, np.eye(number))

    plain = np.linalg.cholesky(correlations)

    def fixed(words: jax.Array) -> Any:
        shares = draws.uniforms(question, words[2 * number :])
        # The place of each group in the order of its base point.
        rank = jnp.argsort(jnp.argsort(shares, axis=0), axis=0)
        if not mixing:
            return (rank,)
        place = rank[group_of] * number + jnp.arange(number)[:, None]
        order = jnp.argsort(place, axis=0)  # (number, n): parameters in the order
        whole = jnp.asarray(correlations, shares.dtype)
        factor = _cholesky(whole[order[:, None], order[None]])
        return rank, order, jnp.argsort(order, axis=0), factor

    def own(words: jax.Array, fixed: Any) -> Any:
        one = _scores(question, words)
        if not mixing:
            return one
        _, order, _, factor = fixed
        scores = jnp.take_along_axis(_times(jnp.asarray(plain, one.dtype), one), order, axis=0)
        return _solved(factor, scores)

    def variant(drawn: Any, which: Any) -> dict[str, jax.Array]:
        one, other, rank, *mixed = drawn
        shared = rank[group_of] < which
        if not mixing:
            return draws.values(question, share_of(jnp.where(shared, one, other)))
        order, back, factor = mixed
        shared = jnp.take_along_axis(shared, order, axis=0)
        scores = jnp.sum(factor * jnp.where(shared, one, other)[None], axis=1)
        return draws.values(question, share_of(jnp.take_along_axis(scores, back, axis=0)))

    halves = Halves(
        number=number,
        whole=players,
        fixed=fixed,
        own=own,
        drawn=lambda own, words, fixed: (own, _scores(question, words), *fixed),
    )
    return Design(
        form=("ordered", *_form(question)),
        columns=2 * number + players,
        variants=players + 1,
        draw=halves.draw,
        variant=variant,
        beside=lambda drawn: {"rank": drawn[2]},
        update=_of_orders,
        halves=halves,
    )


def _scores(question: Question, words: jax.Array) -> jax.Array:
    scores: jax.Array = special.ndtri(draws.uniforms(question, words))
    return scores


def _cholesky(matrices: jax.Array) -> jax.Array:
    """Factor many small matrices, shape (number, number, n).

    In plain operations: LAPACK called from XLA on several threads was seen to wait for ever.
    """
    number = len(matrices)
    factor, below = jnp.zeros_like(matrices), jnp.arange(number)[:, None]
    for j in range(number):
        rest = matrices[:, j] - jnp.sum(factor * factor[j][None], axis=1)
        column = jnp.where(below >= j, rest / jnp.sqrt(rest[j])[None], 0.0)
        factor = factor.at[:, j].set(column)
    return factor


def _solved(factor: jax.Array, right: jax.Array) -> jax.Array:
    """Solve many small lower triangular systems, right sides of shape (number, n)."""
    found = jnp.zeros_like(right)
    for j in range(len(right)):
        known = jnp.sum(factor[j] * found, axis=0)
        found = found.at[j].set((right[j] - known) / factor[j, j])
    return found


def _of_orders(values: jax.Array, ok: jax.Array, beside: Arrays) -> dict[str, jax.Array]:
    a, b = values[:, -1], values[:, 0]
    adds = (values[:, 1:] - values[:, :-1]) * a[:, None]  # (kept, places, n, own)
    rank = beside["rank"][None, :, :, None]  # (1, players, n, 1)
    rank = jnp.broadcast_to(rank, (adds.shape[0], *rank.shape[1:3], adds.shape[3]))
    return _moments(a, b) | {"adds": jnp.sum(jnp.take_along_axis(adds, rank, axis=1), axis=2)}


def estimates(sums: dict[str, Floats], kept: int) -> dict[str, Estimate]:
    """Turn sums into Shapley effects, along (group, axes ..., own)."""
    n = np.where(sums["n"] > 0, sums["n"], np.nan)
    centre = (sums["a"] + sums["b"]) / (2.0 * n)
    variance = sums["squares"] / (2.0 * n) - centre**2
    name = "sets" if "sets" in sums else "adds"
    held = np.moveaxis(sums[name], 1 + kept, 1) / n[:, None]
    if name == "sets":
        none, whole = np.zeros_like(variance), variance
        game = np.stack([none, *np.moveaxis(held, 1, 0), whole])
        flat = game.reshape(len(game), -1)
        found = np.stack([by_sets(column) for column in flat.T], axis=1)
        held = np.moveaxis(found.reshape(-1, *variance.shape), 0, 1)
    return {
        "mean": mean(centre),
        "variance": mean(variance),
        "shapley": ratio(held, variance[:, None]),
    }
