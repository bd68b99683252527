r"""A gate: what opens and closes a channel, where it rests and how fast it gets there.

A gate moves by $dx/dt = (x_\infty - x)/\tau$, and its channel is open by the product of
$x^{power}$ over its gates. At rest every gate is at $x_\infty$.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from leakscape_kernels.mechanisms.mechanism import Here, anywhere
from leakscape_kernels.mechanisms.pathway import Pathway

CALCIUM = "calcium"
"""What a gate that follows calcium reads in `here`: its concentration inside [mmol/L]."""

Law = Callable[[Any, Here], Any]
"""Takes a potential [mV] and what the mechanism sees."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    r"""One gate of a channel.

    Args:
        steady: returns where it rests, $x_\infty$ [1].
        name: such as "m"; "" of the only gate of a channel that names none.
        power: how many such gates have to be open.
        tau: returns its time constant [ms]; None where none is known.
        instant: whether it follows at once, so that it has no time constant.
        follows_calcium: whether it follows calcium inside, `here["calcium"]`, too.
        inside: returns whether its laws hold for what the mechanism sees; bounds of parameters are
            checked in any case.
        sense: returns 1 where it certainly opens as V rises, whatever V, -1 where it closes, 0
            where neither is sure; None where nothing is known. It spares a search.
    """

    steady: Law
    name: str = ""
    power: int | float = 1
    tau: Law | None = None
    instant: bool = False
    follows_calcium: bool = False
    inside: Callable[[Here], Any] = anywhere
    sense: Callable[[Here], Any] | None = None

    @property
    def slow(self) -> bool:
        """Whether it is a variable of its own in time."""
        return self.tau is not None and not self.instant

    def open(self, x: Any) -> Any:
        """Return the fraction of channels that the gate leaves open where it stands at x [1]."""
        return x if self.power == 1 else x**self.power


@dataclass(frozen=True)
class Gated:
    """A pathway behind gates.

    Args:
        pathway: what an open channel carries.
        gates: what opens it.
    """

    pathway: Pathway
    gates: tuple[Gate, ...]

    def __call__(self, V: Any, here: Here) -> Any:
        """Return the current with every gate where it rests [uA/cm2]."""
        return self.pathway(V, here) * self.open(V, here)

    def chord(self, V: Any, here: Here) -> Any:
        """Return the chord conductance I/(V - E) with every gate where it rests [mS/cm2]."""
        return self.pathway.chord(V, here) * self.open(V, here)

    def open(self, V: Any, here: Here) -> Any:
        """Return the fraction of channels that are open at rest [1]."""
        return self.opened([gate.steady(V, here) for gate in self.gates])

    def held(self, V: Any, here: Here, slow: Sequence[Any]) -> Any:
        """Return the current with the slow gates where they are held [uA/cm2].

        Args:
            V: membrane potential [mV].
            here: what the mechanism sees.
            slow: where each slow gate stands, in their order [1].
        """
        left = iter(slow)
        at = [next(left) if gate.slow else gate.steady(V, here) for gate in self.gates]
        return self.pathway(V, here) * self.opened(at)

    def opened(self, at: Sequence[Any]) -> Any:
        """Return the fraction of channels that are open with each gate at a given place [1]."""
        fraction: Any = None
        for gate, x in zip(self.gates, at, strict=True):
            fraction = gate.open(x) if fraction is None else fraction * gate.open(x)
        return fraction
