"""The ways in which ions cross: an ohmic conductance, the constant field, a fixed current, none.

Each is a law of V and of what the mechanism sees, with its chord conductance I/(V - E) and with
what its slope is not below. Gates multiply it (`gate`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from leakscape_kernels.constants import F
from leakscape_kernels.mechanisms.mechanism import Here
from leakscape_kernels.numerics import Scalar, bernoulli, bernoulli_pair
from leakscape_kernels.on_demand import jax, jnp


@runtime_checkable
class Pathway(Protocol):
    """What an open channel, or a source, carries."""

    def __call__(self, V: Any, here: Here) -> Any:
        """Return the current density, outward positive and proportional to size [uA/cm2]."""

    def chord(self, V: Any, here: Here) -> Any:
        """Return the chord conductance I/(V - E), finite at E too; 0 without E [mS/cm2]."""

    def least_slope(self, low: Any, high: Any, here: Here) -> Any:
        """Return what dI/dV is not below between two potentials, for a size of 0 or more [mS/cm2].

        It may err on the low side.
        """


@dataclass(frozen=True)
class Ohmic:
    """g (V - E)."""

    def __call__(self, V: Scalar, here: Here) -> Any:
        """Return g (V - E) [uA/cm2]."""
        return here["size"] * (V - here["E"])

    def chord(self, V: Scalar, here: Here) -> Any:
        """Return g [mS/cm2]."""
        return here["size"]

    def least_slope(self, low: Any, high: Any, here: Here) -> Any:
        """Return g, the slope everywhere [mS/cm2]."""
        return here["size"]


@dataclass(frozen=True)
class ConstantField:
    """The current of Goldman, Hodgkin and Katz."""

    def __call__(self, V: Scalar, here: Here) -> Any:
        r"""Return $P z F (c_i B(-u) - c_o B(u))$ with u = zFV/RT [uA/cm2]."""
        charges = abs(here["valence"])
        inward, outward = sides(here)
        # An anion is a cation with its sides swapped: ions of one charge share their exponentials.
        rising, falling = bernoulli_pair(V * (charges / here["kT"]))
        return F * charges * here["size"] * (inward * rising - outward * falling)

    def chord(self, V: Scalar, here: Here) -> Any:
        r"""Return the current over its driving force, without their common zero [mS/cm2].

        $\frac{I}{V - E} = \frac{P z^2 F^2}{RT} c_i \frac{B(-u)}{B(-w)}$ with $w = zF(V - E)/RT$.
        NaN where a concentration is 0 and E does not exist.
        """
        z, kT = here["valence"], here["kT"]
        u, w = z * (V / kT), z * ((V - here["E"]) / kT)
        size = F * z**2 * here["size"] / kT
        return size * here["inside"] * bernoulli(-u) / bernoulli(-w)

    def least_slope(self, low: Any, high: Any, here: Here) -> Any:
        """Return the smaller of the slopes at both ends, for it is monotone [mS/cm2]."""

        def slope(V: Any) -> Any:
            return jax.jvp(lambda at: self(at, here), (V,), (jnp.ones_like(V),))[1]

        return jnp.minimum(slope(low), slope(high))


@dataclass(frozen=True)
class Steady:
    """A current that does not depend on V."""

    def __call__(self, V: Scalar, here: Here) -> Any:
        """Return its size [uA/cm2]."""
        return here["size"]

    def chord(self, V: Scalar, here: Here) -> Any:
        """Return 0: it has no reversal potential [mS/cm2]."""
        return 0.0

    def least_slope(self, low: Any, high: Any, here: Here) -> Any:
        """Return 0 [mS/cm2]."""
        return 0.0


@dataclass(frozen=True)
class Neutral:
    """No net current: ions cross together and their charges cancel, as through a cotransporter."""

    def __call__(self, V: Scalar, here: Here) -> Any:
        """Return 0 [uA/cm2]."""
        return jnp.zeros_like(V)

    def chord(self, V: Scalar, here: Here) -> Any:
        """Return 0: it has no reversal potential [mS/cm2]."""
        return 0.0

    def least_slope(self, low: Any, high: Any, here: Here) -> Any:
        """Return 0 [mS/cm2]."""
        return 0.0


OHMIC, CONSTANT_FIELD, STEADY, NEUTRAL = Ohmic(), ConstantField(), Steady(), Neutral()


def sides(here: Here) -> tuple[Any, Any]:
    """Return the concentrations that count as inside and outside; anions swap them [mmol/L].

    Args:
        here: what the mechanism sees: `valence`, `inside` and `outside`.
    """
    inside, outside = here["inside"], here["outside"]
    return (inside, outside) if here["valence"] > 0 else (outside, inside)
