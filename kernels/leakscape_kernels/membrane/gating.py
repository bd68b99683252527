r"""A membrane in time: its potential, its gates, its calcium.

$C \dot V = I_{app} - I(V, x, c)$, $\dot x_j = (x_{j,\infty} - x_j)/\tau_j$, and $\dot c$ as in
`calcium`. A gate that is instant, or of which no time constant is known, is where it rests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from leakscape_kernels.mechanisms.gate import Gate, Gated
from leakscape_kernels.mechanisms.opening import opening_and_closing
from leakscape_kernels.membrane.at_values import State
from leakscape_kernels.membrane.calcium import change, follows
from leakscape_kernels.membrane.membrane import Membrane


@dataclass(frozen=True)
class Gating:
    """The variables of a membrane beside its potential, and how they move.

    Args:
        state: the membrane with its parameters' values.
    """

    state: State

    @cached_property
    def gates(self) -> tuple[tuple[str, Gate], ...]:
        """Every gate that is a variable, with the name of its mechanism."""
        return tuple(
            (name, gate)
            for name, part in self.state.parts.items()
            if isinstance(part.mechanism.current, Gated)
            for gate in part.mechanism.current.gates
            if gate.slow
        )

    def current(self, V: Any, x: Sequence[Any], calcium: Any = None) -> Any:
        """Return the net current, outward positive, less what is injected [uA/cm2].

        Args:
            V: membrane potential [mV].
            x: where each of `gates` stands [1].
            calcium: its concentration inside where it is a variable, else None [mmol/L].
        """
        state = self.state
        gated = sum(self._of(name, V, x, calcium) for name in state.gated)
        return gated + state.leaks.current(V)

    def change_of_calcium(self, V: Any, x: Sequence[Any], calcium: Any) -> Any:
        """Return how fast calcium inside changes [mmol/L/ms], likewise."""
        carried = sum(self._of(name, V, x, calcium) for name in self.state.sources)
        return change(self.state.values, carried, calcium)

    def steady(self, V: Any, calcium: Any = None) -> list[Any]:
        """Return where each of `gates` would rest at a potential [1]."""
        return [gate.steady(V, self._seen(name, calcium)) for name, gate in self.gates]

    def rates(self, V: Any, calcium: Any = None) -> list[Any]:
        """Return how fast each of `gates` approaches where it rests, 1/tau [1/ms]."""
        return [
            1.0 / gate.tau(V, self._seen(name, calcium))
            for name, gate in self.gates
            if gate.tau is not None
        ]

    def opening_and_closing(self, V: Any, calcium: Any = None) -> list[tuple[Any, Any]]:
        """Return how fast each of `gates` opens, x_inf/tau, and closes, (1 - x_inf)/tau [1/ms]."""
        return [
            opening_and_closing(gate, V, self._seen(name, calcium)) for name, gate in self.gates
        ]

    def _of(self, name: str, V: Any, x: Sequence[Any], calcium: Any) -> Any:
        """Return the current of one mechanism with its gates where they stand [uA/cm2]."""
        law, here = self.state.parts[name].mechanism.current, self._seen(name, calcium)
        if not isinstance(law, Gated):
            return law(V, here) * self.state.open(name, V)
        own = [at for (owner, _), at in zip(self.gates, x, strict=True) if owner == name]
        return law.held(V, here, own) * self.state.open(name, V)

    def _seen(self, name: str, calcium: Any) -> Any:
        """Return what a mechanism sees, calcium included if it follows that."""
        state = self.state
        if not follows(state.parts[name].mechanism):
            return state.here[name]
        return state.with_calcium(name, state.values["Ca_in"] if calcium is None else calcium)


def without_tau(membrane: Membrane) -> str:
    """Return what an error calls the first gate of which nothing tells how fast it moves, or ""."""
    for name, part in membrane.parts.items():
        law = part.mechanism.current
        for gate in law.gates if isinstance(law, Gated) else ():
            if gate.tau is None and not gate.instant:
                return f"membrane mechanism {name} gate {gate.name}"
    return ""
