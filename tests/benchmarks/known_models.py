"""Functions whose sensitivities are known in closed form."""

from __future__ import annotations

import math
from typing import Any

ALPHA = (0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0)


def g(xs: Any, xp: Any) -> Any:
    """Return the g-function of eight parameters."""
    product = xp.ones_like(xs[0])
    for x, alpha in zip(xs, ALPHA, strict=True):
        product = product * (xp.abs(4.0 * x - 2.0) + alpha) / (1.0 + alpha)
    return product


def ishigami(xs: Any, xp: Any) -> Any:
    """Return the Ishigami function of three parameters."""
    return (1.0 + 0.1 * xs[2] ** 4) * xp.sin(xs[0]) + 7.0 * xp.sin(xs[1]) ** 2


def slopes_of_g() -> list[float]:
    """Return the mean squared derivatives of the g-function, in closed form."""
    each = [1.0 + 1.0 / (3.0 * (1.0 + alpha) ** 2) for alpha in ALPHA]
    return [
        16.0 / (1.0 + alpha) ** 2 * math.prod(each) / own
        for alpha, own in zip(ALPHA, each, strict=True)
    ]


CASES: dict[str, tuple[Any, float, float, list[float]]] = {
    "Ishigami": (ishigami, -math.pi, math.pi, [7.719587940719255, 24.5, 10.98730506943205]),
    "g-function": (g, 0.0, 1.0, slopes_of_g()),
}
"""A model of (parameters, array namespace), its range, the mean squared derivatives."""
