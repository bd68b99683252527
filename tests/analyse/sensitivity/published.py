"""Functions whose indices are known in closed form, as kernels and as studies."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction

import jax.numpy as jnp
import numpy as np

import leakscape as ls


def kernel(names, function: Callable[..., object], **outputs: str) -> Callable[..., object]:
    """Make a kernel of a function that returns `y`, or the outputs that are named."""

    def call(**values: object) -> object:
        found = function(*(values[name] for name in names))
        return found if outputs else {"y": found}

    call.parameters = {name: {"unit": "1", "default": 0.0} for name in names}
    call.outputs = outputs or {"y": "1"}
    return call


def study(made, parameters, *, size=1024, seed=1, **fields) -> ls.Study:
    """Make a study of a kernel and its distributions."""
    tables = {name: {**table, "unit": "1"} for name, table in parameters.items()}
    population = {"size": size, "seed": seed, "parameters": tables}
    return ls.Study(name="published", kernel=made, population=population, **fields)


def between(names, low: float, high: float) -> dict[str, object]:
    """Return a uniform distribution for each of some parameters."""
    return {name: {"uniform": [low, high]} for name in names}


ISHIGAMI_NAMES = ("x1", "x2", "x3")


def ishigami_value(x1, x2, x3, xp=jnp):
    return xp.sin(x1) + 7.0 * xp.sin(x2) ** 2 + 0.1 * x3**4 * xp.sin(x1)


_ISHIGAMI = kernel(ISHIGAMI_NAMES, ishigami_value)


def ishigami(**fields) -> ls.Study:
    """Ishigami and Homma (1990) with a = 7, b = 0.1 on [-pi, pi]^3."""
    ranges = between(ISHIGAMI_NAMES, -math.pi, math.pi)
    return study(_ISHIGAMI, ranges, **fields)


def ishigami_truth(a=7.0, b=0.1):
    """Return mean, variance, S1, ST and the S2 of x1 and x3 (Sobol and Levitan 1999)."""
    first = 0.5 * (1.0 + b * math.pi**4 / 5.0) ** 2
    second = a * a / 8.0
    both = b * b * math.pi**8 * (1.0 / 18.0 - 1.0 / 50.0)
    whole = first + second + both
    S1 = np.array([first, second, 0.0]) / whole
    ST = np.array([first + both, second, both]) / whole
    return {"mean": a / 2.0, "variance": whole, "S1": S1, "ST": ST, "S2": both / whole}


G_ALPHA = (0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0)


def _g(*xs):
    product = 1.0
    for x, alpha in zip(xs, G_ALPHA, strict=True):
        product = product * (jnp.abs(4.0 * x - 2.0) + alpha) / (1.0 + alpha)
    return product


G_NAMES = tuple(f"x{i}" for i in range(8))
_G = kernel(G_NAMES, _g)


def g_function(**fields) -> ls.Study:
    """The g-function of Saltelli and Sobol (1995) in eight dimensions."""
    return study(_G, between(G_NAMES, 0.0, 1.0), **fields)


def g_truth():
    own = np.array([1.0 / (3.0 * (1.0 + alpha) ** 2) for alpha in G_ALPHA])
    whole = np.prod(1.0 + own) - 1.0
    return {"S1": own / whole, "ST": own * np.prod(1.0 + own) / (1.0 + own) / whole}


LINEAR = (5.0, 4.0, 3.0, 2.0, 1.0)
LINEAR_NAMES = tuple(f"x{i}" for i in range(5))
_LINEAR = kernel(LINEAR_NAMES, lambda *xs: sum(c * x for c, x in zip(LINEAR, xs, strict=True)))


def linear(**fields) -> ls.Study:
    """A weighted sum of five uniform parameters: the shares are those of the squared weights."""
    return study(_LINEAR, between(LINEAR_NAMES, 0.0, 1.0), **fields)


def linear_truth():
    squares = np.array(LINEAR) ** 2
    return squares / squares.sum()


def shapley_of(value: Callable[[frozenset[int]], Fraction | float], number: int) -> np.ndarray:
    """Return Shapley values by their definition: the mean over all orders of what each adds."""
    found = np.zeros(number)
    orders = list(itertools.permutations(range(number)))
    for order in orders:
        before: frozenset[int] = frozenset()
        for one in order:
            found[one] += float(value(before | {one}) - value(before))
            before |= {one}
    return found / len(orders)
