"""The ways in which charge crosses: an ohmic conductance, the constant field, a fixed current.

Each is a function of V and of what the mechanism sees, and comes with its chord conductance
I/(V - E). A gate multiplies both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from leakscape_kernels.constants import F
from leakscape_kernels.mechanisms.mechanism import Here, Mechanism, anywhere, own_reversal
from leakscape_kernels.mechanisms.table_entry import Entry
from leakscape_kernels.numerics import Scalar, bernoulli
from leakscape_kernels.protocol import Parameter

Gate = Callable[[Any, Here], Any]
"""The open fraction as a function of V and of what the mechanism sees [1]."""


def ohmic(V: Scalar, here: Here) -> Any:
    """Return g (V - E) [uA/cm2]."""
    return here["size"] * (V - here["E"])


def ohmic_chord(V: Scalar, here: Here) -> Any:
    """Return g [mS/cm2]."""
    return here["size"]


def steady(V: Scalar, here: Here) -> Any:
    """Return a current that does not depend on V [uA/cm2]."""
    return here["size"]


def constant_field(V: Scalar, here: Here) -> Any:
    r"""Return the GHK current $P z F (c_i B(-u) - c_o B(u))$, u = zFV/RT [uA/cm2]."""
    charges = abs(here["valence"])
    inward, outward = _sides(here)
    # An anion is a cation with its sides swapped: ions of one charge share their exponentials.
    rising, falling = _bernoulli_pair(charges * (V / here["kT"]))
    return F * charges * here["size"] * (inward * rising - outward * falling)


def constant_field_chord(V: Scalar, here: Here) -> Any:
    r"""Return the GHK current over its driving force, without their common zero [mS/cm2].

    $\frac{I}{V - E} = \frac{P z^2 F^2}{RT} c_i \frac{B(-u)}{B(-w)}$ with $w = zF(V - E)/RT$. NaN
    where a concentration is 0 and E does not exist.
    """
    z, kT = here["valence"], here["kT"]
    u, w = z * (V / kT), z * ((V - here["E"]) / kT)
    size = F * z**2 * here["size"] / kT
    return size * here["inside"] * bernoulli(-u) / bernoulli(-w)


def _sides(here: Here) -> tuple[Any, Any]:
    """Return the concentrations that count as inside and outside; anions swap them."""
    inside, outside = here["inside"], here["outside"]
    return (inside, outside) if here["valence"] > 0 else (outside, inside)


def _bernoulli_pair(u: Any) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return B(-u) and B(u) from one evaluation, each to full precision.

    Of |u| both are sums or products of positive terms. At u = 0 either choice of the sign gives
    the right slope.
    """
    up = jnp.asarray(u > 0)
    size = jnp.where(up, u, -u)
    smaller = bernoulli(size)
    larger = smaller + size
    return jnp.where(up, larger, smaller), jnp.where(up, smaller, larger)


_CHORD = {ohmic: ohmic_chord, constant_field: constant_field_chord}
"""The chord conductance that belongs to each pathway with a reversal potential."""


@dataclass(frozen=True)
class Gated:
    """A pathway behind a gate.

    Args:
        pathway: takes V and what the mechanism sees.
        gate: the open fraction.
    """

    pathway: Callable[[Any, Here], Any]
    gate: Gate

    def __call__(self, V: Any, here: Here) -> Any:
        """Return the pathway's value times the open fraction."""
        return self.pathway(V, here) * self.gate(V, here)


@dataclass(frozen=True)
class Scaled:
    """The size of a channel: one of its parameters, times what else scales it.

    Args:
        symbol: "g" or "P".
        factor: a factor that does not depend on V; None is 1.
    """

    symbol: str
    factor: Callable[[Here], Any] | None = None

    def __call__(self, here: Here) -> Any:
        """Return the size [mS/cm2 or cm/s]."""
        size = here[self.symbol]
        return size if self.factor is None else size * self.factor(here)


def channel(
    entry: Entry,
    symbol: str,
    more: Mapping[str, Parameter],
    *,
    g: float | None = None,
    gate: Gate | None = None,
    factor: Callable[[Here], Any] | None = None,
    source: str = "",
) -> Mechanism:
    """Return a channel: a pathway of a given size, gated by V or not.

    Args:
        entry: what was written; `ion`, `E` and the size are read here.
        symbol: "g" for an ohmic pathway, "P" for the constant field, which needs an ion.
        more: the parameters of its gate and of its factor.
        g: default size [mS/cm2 or cm/s].
        gate: open fraction as a function of V.
        factor: factor on the size that does not depend on V.
        source: where the default size comes from.
    """
    ion = entry.ion()
    parameters = entry.own({symbol: g}, source) | dict(more)
    if ion is None:
        if symbol == "P":
            raise ValueError(f"{entry.where}: a permeability P needs an ion; add ion = ...")
        if entry.name in entry.ions:
            raise ValueError(
                f"{entry.where}: a mechanism with a fixed E may not bear the name of an ion, "
                f"whose reversal potential is E_{entry.name}; rename it or give ion = ..."
            )
        parameters |= entry.own({"E": None})
    pathway = ohmic if symbol == "g" else constant_field
    chord = _CHORD[pathway]
    return Mechanism(
        name=entry.name,
        parameters=parameters,
        size=Scaled(symbol, factor),
        current=pathway if gate is None else Gated(pathway, gate),
        reversal=own_reversal,
        conductance=chord if gate is None else Gated(chord, gate),
        inside=_positive_sides if ion and symbol == "g" else anywhere,
        ion=ion,
    )


def _positive_sides(here: Here) -> Any:
    """Return whether the ion is on both sides, so that its reversal potential exists."""
    return (here["inside"] > 0) & (here["outside"] > 0)
