"""The steady-state Boltzmann gate, shared by the voltage-dependent mechanisms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from leakscape_kernels.mechanisms.mechanism import Here

# 1/k, not a quotient: a search computes it once for all potentials.


def rising(V: Any, here: Here) -> Any:
    r"""Return $1/(1 + e^{-(V - V_{1/2})/k})$: opens on depolarisation where k > 0 [1]."""
    return jax.nn.sigmoid((V - here["V_half"]) * (1.0 / here["k"]))


def falling(V: Any, here: Here) -> Any:
    r"""Return $1/(1 + e^{(V - V_{1/2})/k})$: opens on hyperpolarisation where k > 0 [1]."""
    return jax.nn.sigmoid((here["V_half"] - V) * (1.0 / here["k"]))


def falling_with_reversal(V: Any, here: Here) -> Any:
    """Return the falling gate whose midpoint is E + V_shift [1]."""
    return jax.nn.sigmoid((here["E"] + here["V_shift"] - V) * (1.0 / here["k"]))


@dataclass(frozen=True)
class Bounds:
    """What a Boltzmann gate tells of the current of an ohmic channel behind it.

    Args:
        relative: whether the midpoint is E + V_shift rather than V_half.
        opens: whether the gate opens on depolarisation where k > 0.
    """

    relative: bool = False
    opens: bool = False

    def turns(self, here: Here) -> Any:
        """Return the potential up to which the current rises [mV]."""
        k = -here["k"] if self.opens else here["k"]
        return peak(here["E"], self._middle(here), k)

    def least_slope(self, low: Any, high: Any, here: Here) -> Any:
        """Return what dI/dV is nowhere below [mS/cm2]."""
        E, middle, k = here["E"], self._middle(here), here["k"]
        # An opening gate is a closing one seen from the other side: V -> -V, I -> -I.
        distance = E - middle if self.opens else middle - E
        eta = distance / jnp.where(k == 0, 1.0, k)
        return -here["size"] / jnp.expm1(_steepest(eta))

    def _middle(self, here: Here) -> Any:
        return here["E"] + here["V_shift"] if self.relative else here["V_half"]


def peak(E: Any, V_half: Any, k: Any) -> Any:
    r"""Return the potential up to which $(V - E)/(1 + e^{(V - V_{1/2})/k})$ rises, from below.

    The peak lies at $E + k(1 + w)$, where $w + \ln w = y = (V_{1/2} - E)/k - 1$ (Lambert's
    function of $e^y$). The left side is concave in w, so that a step of Newton's from
    anywhere stays below the solution. Minus infinity where k is not positive.

    Args:
        E: reversal potential [mV].
        V_half: midpoint of the gate [mV].
        k: its slope factor [mV].

    Returns:
        the potential [mV].
    """
    safe = jnp.where(k > 0, k, 1.0)
    y = (V_half - E) / safe - 1.0
    large = y > 1.0
    z = jnp.exp(jnp.clip(y, -20.0, 1.0))
    w = jnp.where(large, y - jnp.log(jnp.where(large, y, 1.0)), z / (1.0 + z))
    w = w * (1.0 + jnp.maximum(y, -20.0) - jnp.log(w)) / (1.0 + w)
    return jnp.where(k > 0, E + safe * (1.0 + jnp.where(y > -20.0, w, 0.0)), -jnp.inf)


def _steepest(eta: Any) -> Any:
    r"""Return where $(t + \eta)/(1 + e^t)$ falls most steeply, from below.

    There $\tanh(t/2)(t + \eta) = 2$, and the slope is $-1/(e^t - 1)$. With tanh x below 1 and
    below x both starts lie below the solution. A step $t \to 2/\tanh(t/2) - \eta$ leads from
    either side to the other, so that two of them stay on the same.
    """
    t = jnp.maximum(2.0 - eta, 0.5 * (jnp.sqrt(eta * eta + 16.0) - eta))
    above = 2.0 / jnp.tanh(0.5 * t) - eta
    return jnp.maximum(t, 2.0 / jnp.tanh(0.5 * above) - eta)
