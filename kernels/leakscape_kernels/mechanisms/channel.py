"""A channel: a pathway of a given size, behind gates or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from leakscape_kernels.mechanisms.gate import Gate, Gated, Law
from leakscape_kernels.mechanisms.mechanism import (
    Here,
    Mechanism,
    everywhere,
    own_reversal,
)
from leakscape_kernels.mechanisms.pathway import CONSTANT_FIELD, OHMIC
from leakscape_kernels.mechanisms.table_entry import Entry
from leakscape_kernels.protocol import Parameter


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
class Size:
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


@dataclass(frozen=True)
class Inside:
    """Whether the law of a channel holds.

    Args:
        sides: whether its ion has to be on both sides, so that its reversal potential exists.
        gates: whether the laws of each of its gates hold.
    """

    sides: bool
    gates: tuple[Callable[[Here], Any], ...]

    def __call__(self, here: Here) -> Any:
        """Return whether it does."""
        verdict: Any = (here["inside"] > 0) & (here["outside"] > 0) if self.sides else True
        for holds in self.gates:
            verdict &= holds(here)
        return verdict


def channel(
    entry: Entry,
    symbol: str,
    more: Mapping[str, Parameter],
    *,
    g: float | None = None,
    gate: Law | Gate | None = None,
    gates: Sequence[Gate] = (),
    bounds: SlopeBounds | None = None,
    factor: Callable[[Here], Any] | None = None,
    source: str = "",
) -> Mechanism:
    """Return a channel: a pathway of a given size, behind gates or not.

    Args:
        entry: what was written; `ion`, `E` and the size are read here.
        symbol: "g" for an ohmic pathway, "P" for the constant field, which needs an ion.
        more: the parameters of its gates and of its factor.
        g: default size [mS/cm2 or cm/s].
        gate: its only gate; a function of V and of what the mechanism sees is the open fraction of
            one that follows V at once.
        gates: its gates, where it has several.
        bounds: what the gates tell of the current behind them; None where nothing is known.
        factor: factor on the size that does not depend on V.
        source: where the default size comes from.

    Raises:
        ValueError: what was written does not fit together.
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
    pathway = OHMIC if symbol == "g" else CONSTANT_FIELD
    if gate is not None:
        gates = [gate if isinstance(gate, Gate) else Gate(steady=gate, instant=True)]
    law = Gated(pathway, tuple(gates)) if gates else pathway
    known: dict[str, Any] = {}
    if not gates:
        known = {"rises_to": everywhere, "least_slope": pathway.least_slope}
    elif bounds is not None:
        known = {"rises_to": bounds.rises_to, "least_slope": bounds.least_slope}
        known["least"] = bounds.least
    return Mechanism(
        name=entry.name,
        parameters=parameters,
        size=Size(symbol, factor),
        current=law,
        reversal=own_reversal,
        conductance=law.chord,
        inside=Inside(ion is not None and symbol == "g", tuple(gate.inside for gate in gates)),
        ion=ion,
        carries=None if ion is None else {ion: 1.0},
        **known,
    )
