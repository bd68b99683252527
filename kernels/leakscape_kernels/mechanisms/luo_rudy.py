"""The gate of the cardiac I_K1 as Luo and Rudy have it, and what it tells of the current."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, ClassVar

from leakscape_kernels.mechanisms.mechanism import Here
from leakscape_kernels.on_demand import jax, jnp

SOURCE = "I_K1 of Luo & Rudy (1994), doi:10.1161/01.RES.74.6.1071"
"""Where the constants come from."""

CONSTANTS: Mapping[str, float] = {
    "rate_alpha": 1.02,
    "steep_alpha": 0.2385,
    "shift_alpha": 59.215,
    "rate_beta": 0.49124,
    "steep_beta": 0.08032,
    "shift_beta": -5.476,
    "steep_far": 0.06175,
    "shift_far": 594.31,
    "steep_near": 0.5143,
    "shift_near": -4.753,
}
"""The published constants by symbol; they write x + 5.476 for x - shift_beta [1/ms, 1/mV, mV]."""

_PEAK = 16.7747
"""Where (V - E) K_1(V - E) is largest, and up to where it rises: V - E, rounded down [mV]."""

_STEEPEST = 0.1247
"""What that current falls at most, per size and mV, rounded up [1]."""


def luo_rudy_gate(V: Any, here: Here) -> Any:
    r"""Return $K_1 = \alpha/(\alpha + \beta)$ of x = V - E [1].

    $\alpha = r_\alpha/(1 + e^{s_\alpha(x - x_\alpha)})$,
    $\beta = \frac{r_\beta e^{s_\beta(x - x_\beta)} + e^{s_f(x - x_f)}}{1 + e^{-s_n(x - x_n)}}$,
    of the rates r, the steepnesses s and the shifts x of `CONSTANTS`, where f is far and n is near.
    The logistic factors are formed as such: written out, they overflow in float32 and leave no
    slope.
    """

    def term(name: str) -> Any:
        return here[f"steep_{name}"] * (V - here["E"] - here[f"shift_{name}"])

    alpha = here["rate_alpha"] * jax.nn.sigmoid(-term("alpha"))
    rise = here["rate_beta"] * jnp.exp(term("beta")) + jnp.exp(term("far"))
    beta = rise * jax.nn.sigmoid(term("near"))
    return alpha / (alpha + beta)


@dataclass(frozen=True)
class LuoRudyBounds:
    r"""What that gate tells of the current, for rates and steepnesses of 0 or more.

    The gate falls everywhere: $(\ln(\beta/\alpha))' = L$ is between 0 and the sum of what the
    steepnesses allow. So the current rises up to E at least, and beyond falls by no more than
    $x L K_1(1 - K_1)$, with $K_1(1 - K_1)$ at most 1/4. Of the published constants more is known.
    """

    least: ClassVar[None] = None

    def rises_to(self, here: Here) -> Any:
        """Return the potential up to which the current rises [mV]."""
        return here["E"] + jnp.where(_published(here), _PEAK, 0.0)

    def least_slope(self, low: Any, high: Any, here: Here) -> Any:
        """Return what dI/dV is nowhere below between two potentials [mS/cm2]."""
        steepest = jnp.maximum(here["steep_beta"], here["steep_far"])
        steepest = steepest + here["steep_alpha"] + here["steep_near"]
        most = 0.25 * steepest * jnp.maximum(high - here["E"], 0.0)
        return -here["size"] * jnp.where(_published(here), _STEEPEST, most)


def _published(here: Here) -> Any:
    """Return whether all constants are as published."""
    same = [here[symbol] == value for symbol, value in CONSTANTS.items()]
    return reduce(jnp.logical_and, same)
