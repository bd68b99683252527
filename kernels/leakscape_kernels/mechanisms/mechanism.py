"""What a mechanism is: its parameters, how large it is, and how its current follows V."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from leakscape_kernels.on_demand import jnp
from leakscape_kernels.protocol import Parameter

Here = Mapping[str, Any]
"""What a mechanism sees, by symbol.

Its own parameters without its name (`g`, `V_half`); the ions' solutions (`K_in`), `temperature`
[degC] and `kT` = RT/F [mV]; with an ion of its own also `valence`, `inside`, `outside` and `E`.
In a current, `size` is what `Mechanism.size` returned, after block, Q10 and scale.
"""


@dataclass(frozen=True, kw_only=True)
class Ion:
    """One ion of a membrane.

    Args:
        name: such as "K".
        valence: charge number, with its sign; not 0 [1].
    """

    name: str
    valence: int


def own_reversal(here: Here) -> Any:
    """Return the mechanism's reversal potential, its ion's or its own [mV]."""
    return here["E"]


def anywhere(here: Here) -> Any:
    """Return True: the law holds for every value within the bounds of its parameters."""
    return True


def everywhere(here: Here) -> Any:
    """Return infinity: the current never falls as V rises [mV]."""
    return jnp.inf


def never_falling(low: Any, high: Any, here: Here) -> Any:
    """Return 0: no more is known than that the current never falls as V rises [mS/cm2]."""
    return 0.0


def everywhere_forward(here: Here) -> Any:
    """Return infinity for a law that rises with V, its opposite where the size is negative [mV]."""
    return jnp.where(here["size"] >= 0, jnp.inf, -jnp.inf)


def never_falling_forward(low: Any, high: Any, here: Here) -> Any:
    """Return 0 for a law that rises with V; nothing is known where it is run backwards [mS/cm2]."""
    return jnp.where(here["size"] >= 0, 0.0, -jnp.inf)


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """One way for charge to cross the membrane.

    Args:
        name: the second half of its parameters' names.
        parameters: its own parameters by full name; shared ones (`ouabain_out`) among them.
        size: what does not depend on V and what block, Q10 and scale multiply: a conductance
            [mS/cm2], a permeability [cm/s] or a current density [uA/cm2].
        current: takes V [mV], returns the current density, outward positive and proportional to
            `size` [uA/cm2].
        reversal: the potential at which the current vanishes [mV]; None where it has none.
        conductance: takes V, returns I/(V - E), finite at E too [mS/cm2]; None without E.
        inside: whether the law holds for these values; bounds are checked in any case.
        ion: the ion whose solutions it sees as `inside` and `outside`, if any.
        needs: further ions whose solutions it reads by name.
        carries: what it moves outward of each ion, as charge per charge of its net current: 1 of
            the ion of a channel, 3 of Na and -2 of K for the sodium-potassium pump [1]. None where
            nobody knows, as of a fixed E: no solution can follow such a current.
        cycle: what `carries` is multiplied by in place of the net current, for a cotransporter
            that has none [uA/cm2]; takes what the mechanism sees, its size included.
        atp: molecules of ATP for each net charge moved outward [1]; None for what needs none.
        channel: whether it is a passive pathway, outward above its reversal potential and inward
            below: a membrane without an open one has no rest.
        signed: whether anything else is outward above its reversal potential and inward below too,
            where its size is positive.
        rises_to: a potential below which the current certainly does not fall as V rises [mV]; None
            where nothing is known. It spares a search, and must err on the low side.
        least_slope: takes two potentials, returns what dI/dV is certainly not below between them
            [mS/cm2]; None where nothing is known. Likewise.
        least: takes two potentials, returns what the current is certainly not below between them
            [uA/cm2]; None where no more is known than `least_slope` tells. Likewise.
    """

    name: str
    parameters: Mapping[str, Parameter]
    size: Callable[[Here], Any]
    current: Callable[[Any, Here], Any]
    reversal: Callable[[Here], Any] | None = None
    conductance: Callable[[Any, Here], Any] | None = None
    inside: Callable[[Here], Any] = anywhere
    ion: str | None = None
    needs: tuple[str, ...] = field(default=())
    carries: Mapping[str, float] | None = None
    cycle: Callable[[Here], Any] | None = None
    atp: Callable[[Here], Any] | None = None
    channel: bool = True
    signed: bool = False
    rises_to: Callable[[Here], Any] | None = None
    least_slope: Callable[[Any, Any, Here], Any] | None = None
    least: Callable[[Any, Any, Here], Any] | None = None
