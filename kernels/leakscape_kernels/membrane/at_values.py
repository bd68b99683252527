"""A membrane whose parameters have values: its currents as functions of V."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import Any

from leakscape_kernels.mechanisms.block_and_scale import Woodhull
from leakscape_kernels.mechanisms.gate import CALCIUM
from leakscape_kernels.mechanisms.mechanism import Here, Mechanism
from leakscape_kernels.membrane.calcium import ION, balanced, follows
from leakscape_kernels.membrane.merged_leaks import MERGED, Leaks, summed
from leakscape_kernels.modifiers import Modifier
from leakscape_kernels.on_demand import jnp
from leakscape_kernels.protocol import Values


@dataclass(frozen=True)
class Part:
    """A mechanism together with what is wrapped around it.

    Args:
        mechanism: the mechanism.
        factors: what multiplies its size.
        block: a block that follows V, if any.
    """

    mechanism: Mechanism
    factors: tuple[Modifier, ...]
    block: Woodhull | None


@dataclass(frozen=True)
class State:
    """A membrane whose parameters have values: everything but V is settled.

    Args:
        here: what each mechanism sees, its size included, by name.
        values: every parameter of the membrane by name.
        parts: the mechanisms by name.
        E: reversal potential of each ion [mV].
        pool: whether calcium inside follows its current; otherwise it is as given.
        leaks: the sum of what has neither a gate nor a block, less the injected current.
    """

    here: Mapping[str, Here]
    values: Values
    parts: Mapping[str, Part]
    E: Mapping[str, Any]
    pool: bool = False
    leaks: Leaks = field(init=False)

    def __post_init__(self) -> None:
        # At once: added up inside a search, they would be added up for every potential.
        leaks = {name: self.here[name] for name in self.parts if name not in self.gated}
        paths = {name: self.parts[name].mechanism.current for name in leaks}
        injected = self.values.get("I_app", 0.0)
        object.__setattr__(self, "leaks", summed(leaks, paths, injected))

    def open(self, name: str, V: Any) -> Any:
        """Return the fraction that a block which follows V leaves of a mechanism [1]."""
        block = self.parts[name].block
        return 1.0 if block is None else block.open(V, self.values)

    def current(self, name: str, V: Any) -> Any:
        """Return the current density of one mechanism, outward positive [uA/cm2]."""
        return self.parts[name].mechanism.current(V, self.seen(name, V)) * self.open(name, V)

    def seen(self, name: str, V: Any) -> Here:
        """Return what a mechanism sees at a potential, calcium included if it follows that."""
        if not follows(self.parts[name].mechanism):
            return self.here[name]
        return self.with_calcium(name, self.calcium(V))

    def with_calcium(self, name: str, calcium: Any) -> Here:
        """Return what a mechanism sees at a concentration of calcium inside [mmol/L]."""
        return {**self.here[name], CALCIUM: calcium}

    def calcium(self, V: Any) -> Any:
        """Return calcium inside where every gate is at rest [mmol/L]."""
        if not self.pool:
            return self.values[f"{ION}_in"]
        carried = sum(self.current(name, V) for name in self.sources)
        return balanced(self.values, carried)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The names of the mechanisms that carry calcium."""
        return tuple(name for name, part in self.parts.items() if part.mechanism.ion == ION)

    @cached_property
    def gated(self) -> tuple[str, ...]:
        """The names of the mechanisms with a gate or a block of their own."""
        parts = self.parts.items()
        return tuple(
            n for n, p in parts if p.block is not None or p.mechanism.current not in MERGED
        )

    def total(self, V: Any) -> Any:
        """Return the current density of all mechanisms, outward positive [uA/cm2]."""
        return jnp.asarray(sum(self.current(n, V) for n in self.gated) + self.leaks.current(V))

    def conductance(self, name: str, V: Any) -> Any:
        """Return I/(V - E) of one mechanism, 0 for one without such a conductance [mS/cm2]."""
        chord = self.parts[name].mechanism.conductance
        return 0.0 if chord is None else chord(V, self.seen(name, V)) * self.open(name, V)

    def reversal(self, name: str) -> Any:
        """Return the potential at which one mechanism's current vanishes, or None [mV]."""
        reversal = self.parts[name].mechanism.reversal
        return None if reversal is None else reversal(self.here[name])

    def rises_to(self) -> Any:
        """Return a potential below which the total does not fall [mV], None if nothing is known."""
        turns = []
        for name, part in self.parts.items():
            mechanism = part.mechanism
            if part.block is not None or not (mechanism.rises_to and mechanism.least_slope):
                return None
            turns.append(mechanism.rises_to(self.here[name]))
        return reduce(jnp.minimum, turns)

    def least_slope(self, low: Any, high: Any) -> Any:
        """Return what dI/dV of the total is not below between two potentials [mS/cm2].

        Where `rises_to` knows nothing there is no answer.
        """
        slope = self.leaks.least_slope(low, high)
        for name in self.gated:
            law = self.parts[name].mechanism.least_slope
            slope = slope + (0.0 if law is None else law(low, high, self.here[name]))
        return jnp.asarray(slope)

    def least(self, low: Any, high: Any) -> Any:
        """Return what the total is not below between two potentials [uA/cm2].

        Where `rises_to` knows nothing there is no answer.
        """
        # Leaks rise.
        least = self.leaks.current(low)
        for name in self.gated:
            mechanism, here = self.parts[name].mechanism, self.seen(name, low)
            if mechanism.least is not None:
                least = least + mechanism.least(low, high, here)
                continue
            least = least + mechanism.current(low, here)
            if mechanism.least_slope is not None:
                slope = mechanism.least_slope(low, high, here)
                least = least + jnp.minimum(slope, 0.0) * (high - low)
        return jnp.asarray(least)
