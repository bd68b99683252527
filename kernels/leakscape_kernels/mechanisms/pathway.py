"""The ways in which charge crosses: an ohmic conductance, the constant field, a fixed current.

Each is a function of V and of what the mechanism sees, and comes with its chord conductance
I/(V - E). A gate multiplies both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from leakscape_kernels.constants import F
from leakscape_kernels.mechanisms.mechanism import (
    Here,
    Mechanism,
    anywhere,
    everywhere,
    own_reversal,
)
from leakscape_kernels.mechanisms.table_entry import Entry
from leakscape_kernels.numerics import Scalar, bernoulli, bernoulli_pair
from leakscape_kernels.on_demand import jax, jnp
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
    inward, outward = sides(here)
    # An anion is a cation with its sides swapped: ions of one charge share their exponentials.
    rising, falling = bernoulli_pair(V * (charges / here["kT"]))
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


def sides(here: Here) -> tuple[Any, Any]:
    """Return the concentrations that count as inside and outside; anions swap them."""
    inside, outside = here["inside"], here["outside"]
    return (inside, outside) if here["valence"] > 0 else (outside, inside)


_CHORD = {ohmic: ohmic_chord, constant_field: constant_field_chord}
"""The chord conductance that belongs to each pathway with a reversal potential."""


def _own_conductance(low: Any, high: Any, here: Here) -> Any:
    """Return g, the slope everywhere [mS/cm2]."""
    return here["size"]


def _slope_at_an_end(low: Any, high: Any, here: Here) -> Any:
    """Return the smaller of the slopes at both ends: that of a constant field is monotone."""

    def slope(V: Any) -> Any:
        return jax.jvp(lambda at: constant_field(at, here), (V,), (jnp.ones_like(V),))[1]

    return jnp.minimum(slope(low), slope(high))


_LEAST_SLOPE = {ohmic: _own_conductance, constant_field: _slope_at_an_end}
"""What the slope of each pathway without a gate is not below."""


@runtime_checkable
class SlopeBounds(Protocol):
    """What is known of the current behind a gate."""

    def rises_to(self, here: Here) -> Any:
        """Return the potential up to which it rises [mV]."""

    def least_slope(self, low: Any, high: Any, here: Here) -> Any:
        """Return what its slope is not below between two potentials [mS/cm2]."""

    @property
    def least(self) -> Callable[[Any, Any, Here], Any] | None:
        """What returns what it is not below between two potentials [uA/cm2], if anything."""


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
    bounds: SlopeBounds | None = None,
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
        bounds: what the gate tells of the current behind it; None where nothing is known.
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
    known: dict[str, Any] = {}
    if gate is None:
        known = {"rises_to": everywhere, "least_slope": _LEAST_SLOPE[pathway]}
    elif bounds is not None:
        known = {"rises_to": bounds.rises_to, "least_slope": bounds.least_slope}
        known["least"] = bounds.least
    return Mechanism(
        name=entry.name,
        parameters=parameters,
        size=Scaled(symbol, factor),
        current=pathway if gate is None else Gated(pathway, gate),
        reversal=own_reversal,
        conductance=chord if gate is None else Gated(chord, gate),
        inside=_positive_sides if ion and symbol == "g" else anywhere,
        ion=ion,
        **known,
    )


def _positive_sides(here: Here) -> Any:
    """Return whether the ion is on both sides, so that its reversal potential exists."""
    return (here["inside"] > 0) & (here["outside"] > 0)
