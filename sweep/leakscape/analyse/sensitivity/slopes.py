"""DGSM: mean squared derivatives by exact differentiation, and the bound on ST that they give.

With nu = E[(df/dt)^2] and Poincare's constant C of the distribution of t, ST <= C nu / Var(f)
(Lamboni et al. 2013). t is the parameter, or its logarithm where that is uniform or normal; C is
(b - a)^2 / pi^2 of a uniform on [a, b], sigma^2 of a normal, and the smaller one of a truncated
normal, whose density is a normal's on an interval (Payne and Weinberger 1960; Bakry and Emery).

References:
    Sobol and Kucherenko (2009), doi:10.1016/j.matcom.2009.01.023; Lamboni et al. (2013),
    doi:10.1016/j.matcom.2013.02.002.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from leakscape.analyse.sensitivity import draws
from leakscape.analyse.sensitivity.design import Arrays, Design
from leakscape.analyse.sensitivity.intervals import Estimate, Floats, mean, ratio
from leakscape.analyse.sensitivity.question import Question
from leakscape.declare.distributions import Distribution
from leakscape.errors import DeclarationError

LOGARITHMIC = frozenset({"loguniform", "lognormal"})
"""Distributions whose logarithm is the t of the bound."""


def poincare(entry: Distribution) -> float:
    """Return Poincare's constant of a distribution, of its logarithm where that is t."""
    numbers = entry.numbers
    if entry.name == "uniform":
        return (numbers[1] - numbers[0]) ** 2 / math.pi**2
    if entry.name == "loguniform":
        return math.log(numbers[1] / numbers[0]) ** 2 / math.pi**2
    if entry.name == "truncated_normal":
        return min(numbers[1] ** 2, (numbers[3] - numbers[2]) ** 2 / math.pi**2)
    return numbers[1] ** 2  # normal, and lognormal in the logarithm


def design(question: Question) -> Design:
    """Make the design of a question: base points alone, with the derivatives there.

    Raises:
        DeclarationError: a parameter takes single values, between which nothing can be derived.
    """
    for name, entry in question.drawn.items():
        if entry.name == "choice":
            raise DeclarationError(
                f"sensitivity of {question.study.name}, dgsm: {name} is a choice of values, so "
                "that there is no derivative by it; use --method sobol"
            )
    inward = question.space.inward
    names = sorted(question.drawn)  # as JAX orders what it derives by
    factors = np.array([inward[name][0] for name in names])

    def draw(words: jax.Array) -> Any:
        return draws.values(question, draws.uniforms(question, words))

    def beside(drawn: Any) -> dict[str, jax.Array]:
        rows = []
        for name in names:
            factor, offset = inward[name]
            value = drawn[name]
            log = question.drawn[name].name in LOGARITHMIC
            rows.append(value - offset if log else jnp.full_like(value, factor))
        return {"stretch": jnp.stack(rows)}

    def update(values: jax.Array, ok: jax.Array, beside: Arrays) -> dict[str, jax.Array]:
        base = values[:, 0]
        stretch = beside["stretch"].astype(jnp.float64)[None, :, :, None]
        slope = values[:, 1:]
        own = slope * jnp.asarray(factors)[None, :, None, None]
        moved = slope * stretch
        return {
            "pilot": jnp.sum(base, axis=1),
            "a": jnp.sum(base, axis=1),
            "squares": jnp.sum(base * base, axis=1),
            "slopes": jnp.sum(own * own, axis=2),
            "moved": jnp.sum(moved * moved, axis=2),
        }

    return Design(
        form=("dgsm", draws.form_of(question)),
        columns=len(names),
        variants=1 + len(names),
        draw=draw,
        variant=lambda drawn, which: drawn,
        beside=beside,
        update=update,
        gradients=True,
    )


def estimates(question: Question, sums: dict[str, Floats], kept: int) -> dict[str, Estimate]:
    """Turn sums into DGSM and bounds on ST, along (parameter, axes ..., own)."""
    n = np.where(sums["n"] > 0, sums["n"], np.nan)
    centre = sums["a"] / n
    variance = sums["squares"] / n - centre**2
    names = sorted(question.drawn)
    order = [names.index(name) for name in question.drawn]

    def front(name: str) -> Floats:
        moved: Floats = np.moveaxis(sums[name], 1 + kept, 1)[:, order] / n[:, None]
        return moved

    bounds = np.array([poincare(entry) for entry in question.drawn.values()])
    rank = [1, -1] + [1] * (variance.ndim - 1)
    return {
        "mean": mean(centre),
        "variance": mean(variance),
        "dgsm": mean(front("slopes")),
        "ST_bound": ratio(front("moved") * bounds.reshape(rank), variance[:, None]),
    }
