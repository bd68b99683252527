"""The steady-state Boltzmann gate, shared by the voltage-dependent mechanisms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leakscape_kernels.mechanisms.mechanism import Here
from leakscape_kernels.on_demand import jax, jitted, jnp

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
class BoltzmannBounds:
    """What a Boltzmann gate tells of the current of an ohmic channel behind it.

    Args:
        relative: whether the midpoint is E + V_shift rather than V_half.
        opens: whether the gate opens on depolarisation where k > 0.
    """

    relative: bool = False
    opens: bool = False

    def rises_to(self, here: Here) -> Any:
        """Return the potential up to which the current rises [mV]."""
        k = -here["k"] if self.opens else here["k"]
        return peak(here["E"], self._middle(here), k)

    def least_slope(self, low: Any, high: Any, here: Here) -> Any:
        """Return what dI/dV is nowhere below between two potentials [mS/cm2].

        The slope has one minimum. Beside it the smaller one of the ends is the least.
        """
        E, middle = here["E"], self._middle(here)
        k = jnp.where(here["k"] == 0, 1.0, here["k"])
        k = -k if self.opens else k  # an opening gate is a closing one with the other sign
        near, far = _steepest((middle - E) / k)
        ends = middle + k * near, middle + k * far
        apart = (high < jnp.minimum(*ends)) | (low > jnp.maximum(*ends))

        def slope(V: Any) -> Any:
            open_part = jax.nn.sigmoid((middle - V) * (1.0 / k))
            return open_part * (1.0 - (V - E) * (1.0 / k) * (1.0 - open_part))

        beside = jnp.minimum(slope(low), slope(high))
        return here["size"] * jnp.where(apart, beside, -1.0 / jnp.expm1(near))

    def least(self, low: Any, high: Any, here: Here) -> Any:
        """Return what the current is nowhere below between two potentials [uA/cm2].

        With k above 0 it rises to its peak and falls beyond: the smaller one of the ends is the
        least. Minus infinity otherwise.
        """
        E, middle = here["E"], self._middle(here)
        k = -here["k"] if self.opens else here["k"]
        rate = 1.0 / jnp.where(k > 0, k, 1.0)

        def current(V: Any) -> Any:
            return (V - E) * jax.nn.sigmoid((middle - V) * rate)

        ends = jnp.minimum(current(low), current(high))
        return jnp.where(k > 0, here["size"] * ends, -jnp.inf)

    def _middle(self, here: Here) -> Any:
        return here["E"] + here["V_shift"] if self.relative else here["V_half"]


@jitted
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


@jitted
def _steepest(eta: Any) -> tuple[Any, Any]:
    r"""Return between which two t $(t + \eta)/(1 + e^t)$ falls most steeply.

    There $\tanh(t/2)(t + \eta) = 2$, and the slope is $-1/(e^t - 1)$. With tanh x below 1 and
    below x both starts lie below the solution; Newton's step from there nearly reaches it. A step
    $t \to 2/\tanh(t/2) - \eta$ leads from either side to the other.
    """
    start = jnp.maximum(2.0 - eta, 0.5 * (jnp.sqrt(eta * eta + 16.0) - eta))
    rise = jnp.tanh(0.5 * start)
    slope = rise + 0.5 * (1.0 - rise * rise) * (start + eta)
    t = start - (rise * (start + eta) - 2.0) / slope
    other = 2.0 / jnp.tanh(0.5 * t) - eta
    return jnp.minimum(t, other), jnp.maximum(t, other)
