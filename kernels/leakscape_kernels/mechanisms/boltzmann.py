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


@dataclass(frozen=True)
class Falling:
    r"""A factor $1/(1 + e^{(V - V_{1/2})/k})$: opens on hyperpolarisation where k > 0.

    Args:
        relative: whether its midpoint is E + V_shift rather than V_half.
        number: what follows its symbols, "2" for a second factor.
        power: whether it is raised to the mechanism's `power`.
    """

    relative: bool = False
    number: str = ""
    power: bool = False

    def __call__(self, V: Any, here: Here) -> Any:
        """Return the open fraction [1]."""
        x = (self.middle(here) - V) * (1.0 / here[f"k{self.number}"])
        return raised(x, here["power"] if self.power else None)

    def middle(self, here: Here) -> Any:
        """Return its midpoint [mV]."""
        if self.relative:
            return here["E"] + here[f"V_shift{self.number}"]
        return here[f"V_half{self.number}"]


def raised(x: Any, power: Any) -> Any:
    r"""Return $(1 + e^{-x})^{-power}$; None is a power of 1 [1].

    Of the logarithm: where the factor itself underflows, a root of it has a value and a slope.
    """
    return jax.nn.sigmoid(x) if power is None else jnp.exp(power * jax.nn.log_sigmoid(x))


@dataclass(frozen=True)
class BoltzmannBounds:
    """What a Boltzmann gate tells of the current of an ohmic channel behind it.

    Args:
        relative: whether the midpoint is E + V_shift rather than V_half.
        opens: whether the gate opens on depolarisation where k > 0.
        power: whether the open fraction is raised to the mechanism's `power`, of 0 or more.
    """

    relative: bool = False
    opens: bool = False
    power: bool = False

    def rises_to(self, here: Here) -> Any:
        """Return the potential up to which the current rises [mV]."""
        k = -here["k"] if self.opens else here["k"]
        turn = peak(here["E"], self._middle(here), k, self._power(here))
        return jnp.where(here["power"] == 0, jnp.inf, turn) if self.power else turn

    def least_slope(self, low: Any, high: Any, here: Here) -> Any:
        """Return what dI/dV is nowhere below between two potentials [mS/cm2].

        The slope has one minimum. Beside it the smaller one of the ends is the least.
        """
        E, middle, power = here["E"], self._middle(here), self._power(here)
        k = jnp.where(here["k"] == 0, 1.0, here["k"])
        k = -k if self.opens else k  # an opening gate is a closing one with the other sign
        near, far = _steepest((middle - E) / k, power)
        ends = middle + k * near, middle + k * far
        apart = (high < jnp.minimum(*ends)) | (low > jnp.maximum(*ends))

        def slope(V: Any) -> Any:
            x = (middle - V) * (1.0 / k)
            loss = (V - E) * (1.0 / k) * jax.nn.sigmoid(-x)
            return raised(x, power) * (1.0 - (loss if power is None else power * loss))

        beside = jnp.minimum(slope(low), slope(high))
        least = jnp.where(apart, beside, _least(near, power))
        # Without a power to speak of the channel is ohmic.
        return here["size"] * (jnp.where(here["power"] == 0, 0.0, least) if self.power else least)

    def least(self, low: Any, high: Any, here: Here) -> Any:
        """Return what the current is nowhere below between two potentials [uA/cm2].

        With k above 0 it rises to its peak and falls beyond: the smaller one of the ends is the
        least. Minus infinity otherwise.
        """
        E, middle = here["E"], self._middle(here)
        power = here["power"] if self.power else None
        k = -here["k"] if self.opens else here["k"]
        rate = 1.0 / jnp.where(k > 0, k, 1.0)

        def current(V: Any) -> Any:
            return (V - E) * raised((middle - V) * rate, power)

        ends = jnp.minimum(current(low), current(high))
        return jnp.where(k > 0, here["size"] * ends, -jnp.inf)

    def _middle(self, here: Here) -> Any:
        return here["E"] + here["V_shift"] if self.relative else here["V_half"]

    def _power(self, here: Here) -> Any:
        """Return the power, None for 1; 1 in place of 0, which the caller knows to treat."""
        return jnp.where(here["power"] == 0, 1.0, here["power"]) if self.power else None


@jitted
def peak(E: Any, V_half: Any, k: Any, power: Any = None) -> Any:
    r"""Return the potential up to which $(V - E)(1 + e^{(V - V_{1/2})/k})^{-p}$ rises, from below.

    The peak lies at $E + k(1/p + w)$, where $w + \ln w = y = (V_{1/2} - E)/k - 1/p - \ln p$
    (Lambert's function of $e^y$). The left side is concave in w, so that a step of Newton's from
    anywhere stays below the solution. Minus infinity where k is not positive.

    Args:
        E: reversal potential [mV].
        V_half: midpoint of the gate [mV].
        k: its slope factor [mV].
        power: p, above 0; None is 1 [1].

    Returns:
        the potential [mV].
    """
    safe = jnp.where(k > 0, k, 1.0)
    alone = 1.0 if power is None else 1.0 / power
    y = (V_half - E) / safe - alone
    y = y if power is None else y - jnp.log(power)
    large = y > 1.0
    z = jnp.exp(jnp.clip(y, -20.0, 1.0))
    w = jnp.where(large, y - jnp.log(jnp.where(large, y, 1.0)), z / (1.0 + z))
    w = w * (1.0 + jnp.maximum(y, -20.0) - jnp.log(w)) / (1.0 + w)
    return jnp.where(k > 0, E + safe * (alone + jnp.where(y > -20.0, w, 0.0)), -jnp.inf)


@jitted
def _steepest(eta: Any, power: Any) -> tuple[Any, Any]:
    r"""Return between which two t $(t + \eta)(1 + e^t)^{-p}$ falls most steeply.

    There $\phi(t)(t + \eta) = 2$ with $\phi = p - (1 + p)/(1 + e^t)$, which is $\tanh(t/2)$ where
    p = 1. With $\phi$ below p and below $(1 + p)(t + \ln p)/4$ both starts lie below the solution;
    a step of Newton's from there nearly reaches it, three where p bends $\phi$ upwards. A step
    $t \to 2/\phi(t) - \eta$ leads from either side to the other.
    """
    one = power is None
    p, zero = (1.0, 0.0) if one else (power, -jnp.log(power))
    apart = 0.5 * (eta + zero)
    begin = jnp.sqrt(apart * apart + 8.0 / (1.0 + p)) - 0.5 * (eta - zero)
    t = start = jnp.maximum(2.0 / p - eta, begin)
    for _ in range(1 if one else 3):
        rise, shut = _phi(t, power), jax.nn.sigmoid(t)
        bend = 0.5 * (1.0 - rise * rise) if one else (1.0 + p) * shut * (1.0 - shut)
        t = jnp.maximum(t - (rise * (t + eta) - 2.0) / (rise + bend * (t + eta)), start)
    other = jnp.maximum(2.0 / _phi(t, power) - eta, start)
    return jnp.minimum(t, other), jnp.maximum(t, other)


def _phi(t: Any, power: Any) -> Any:
    """Return p - (1 + p)/(1 + e^t) without a difference of nearly equal numbers."""
    if power is None:
        return jnp.tanh(0.5 * t)
    return -power * jnp.expm1(-(t + jnp.log(power))) * jax.nn.sigmoid(t)


def _least(t: Any, power: Any) -> Any:
    r"""Return the slope where it is least, $-f^p (p + (1 - p) f)/\phi$ with $f = 1/(1 + e^t)$.

    It grows with t: from a t below the place of the minimum follows a slope that is not above it.
    """
    if power is None:
        return -1.0 / jnp.expm1(t)
    open_part = jax.nn.sigmoid(-t)
    return -raised(-t, power) * (power + (1.0 - power) * open_part) / _phi(t, power)
