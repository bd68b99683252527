r"""A membrane around impermeant solutes and water: the solutions inside follow what crosses it.

$\dot n_j = -(A/z_j F) I_j$, where I_j is the current of ion j through every mechanism of the
membrane (`Mechanism.carries`), and the volume follows from the solutes,
$w = (n_{Na} + n_K + n_{Cl} + n_X)/\Pi_o$: water crosses fast. Charging the capacitance takes
milliseconds, so that no net current flows at the potential of every later moment (`potential`). The
impermeant solutes inside carry `valence_X` charges each, those outside what the bath lacks, and so
up to two each (see `bath`).

Limits:
    Na, K and Cl follow, and no other ion. Gates are where they rest: they move in milliseconds to
    seconds, the solutions in minutes to hours.

References:
    Kay AR (2017) How cells can control their size by pumping ions. Front Cell Dev Biol 5:41.
    doi:10.3389/fcell.2017.00041
    Düsterwald KM et al. (2018) Biophysical models reveal the relative importance of transporter
    proteins and impermeant anions in chloride homeostasis. eLife 7:e39575. doi:10.7554/eLife.39575
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from leakscape_kernels.constants import F
from leakscape_kernels.dynamics.bath import is_neutral
from leakscape_kernels.formulas.nernst import thermal_voltage
from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.membrane.at_values import State
from leakscape_kernels.membrane.membrane import Membrane
from leakscape_kernels.modifiers import HillBlock
from leakscape_kernels.nomenclature import parameter
from leakscape_kernels.on_demand import jnp
from leakscape_kernels.protocol import Parameter, Values

FMOL_PER_S = 10.0 / F
"""What 1 uA/cm2 carries through 1 um2 of membrane [fmol/s]."""

MMOL_PER_L = 1000.0
"""1 fmol in 1 um3 [mmol/L]."""

_POSITIVE = ("Na_out", "K_out", "Cl_out", "area", "n_X")
"""Parameters of which there has to be something."""

_UNCHECKED = frozenset({"temperature", "area", "capacitance", "X_out", "n_X", "valence_X"})
"""Parameters whose bounds the membrane does not look at."""


class Inside(NamedTuple):
    """What there is of each ion: concentrations inside [mmol/L], or currents [uA/cm2]."""

    Na: Any
    K: Any
    Cl: Any


VALENCES = Inside(1, 1, -1)
"""The charge numbers of the ions that follow."""


@dataclass(frozen=True)
class Cell:
    """A membrane and what it encloses.

    Args:
        membrane: its mechanisms, each of which tells what it carries.
        parameters: every parameter of the cell by name: those of the membrane, but for what is
            inside, with those of the bath and the impermeant solutes.
    """

    membrane: Membrane
    parameters: Mapping[str, Parameter]

    @cached_property
    def mechanisms(self) -> Mapping[str, Mechanism]:
        """The mechanisms by name."""
        return {name: part.mechanism for name, part in self.membrane.parts.items()}

    @cached_property
    def pumps(self) -> tuple[str, ...]:
        """The names of the mechanisms that spend ATP."""
        return tuple(name for name, each in self.mechanisms.items() if each.atp is not None)

    @property
    def start(self) -> dict[str, Parameter]:
        """The parameters of a cell that starts somewhere, the table's `inside` as defaults."""
        found = {}
        for ion in ("Na", "Cl"):
            row = self.membrane.parameters[f"{ion}_in"]
            found[f"{ion}_start"] = parameter(f"{ion}_start", row.default, row.source)
        return found

    @cached_property
    def blocks(self) -> tuple[str, ...]:
        """The parameters that block the pumps: fractions and doses."""
        found = [f"blocked_{pump}" for pump in self.pumps]
        for pump in self.pumps:
            found += [name for name in self.mechanisms[pump].parameters if name == "ouabain_out"]
            for factor in self.membrane.parts[pump].factors:
                law = getattr(factor, "modifier", None)
                found += [f"{law.blocker}_out"] if isinstance(law, HillBlock) else []
        sides = {f"{ion}_out" for ion in self.membrane.kinds}
        return tuple(name for name in found if name not in sides)

    def at(self, values: Values, inside: Inside) -> State:
        """Return the membrane with the solutions that the cell has [mmol/L]."""
        return self.membrane.at(self._all(values, inside))

    def _all(self, values: Values, inside: Inside) -> dict[str, Any]:
        given = {"I_app": 0.0} if "I_app" in self.membrane.parameters else {}
        return {**values, **given, **{f"{ion}_in": c for ion, c in inside._asdict().items()}}

    def anyhow(self, values: Values) -> State:
        """Return the membrane for what follows no solution inside: sizes of leaks, bounds."""
        known, E = self._all(values, Inside(1.0, 1.0, 1.0)), dict.fromkeys(Inside._fields, 0.0)
        kT, parts = thermal_voltage(values["temperature"]), self.membrane.parts
        here = {name: self.membrane.seen(name, known, kT, E) for name in parts}
        return State(here, known, parts, E)

    def inside(self, values: Values, anyhow: State) -> Any:
        """Return whether every parameter lies in its domain, with a path open for each ion."""
        good = self.membrane.inside(anyhow)
        for name in sorted(_UNCHECKED & self.parameters.keys()):
            low, high = self.parameters[name].bounds
            good &= (values[name] >= low) & (values[name] <= high)
        for name in _POSITIVE:
            good &= values[name] > 0
        for size in self.paths(anyhow):
            good &= size > 0
        return good

    def paths(self, state: State) -> Inside:
        """Return the sizes of the channels added up by ion [mS/cm2 or cm/s]."""
        found: dict[str, Any] = dict.fromkeys(Inside._fields, 0.0)
        for name, each in self.mechanisms.items():
            if each.channel and each.ion is not None:
                found[each.ion] = found[each.ion] + state.here[name]["size"]
        return Inside(**found)

    def pumped(self, values: Values, sodium: Any) -> Any:
        """Return the pumps' current where neither V nor another solution inside matters [uA/cm2].

        Args:
            values: the parameters.
            sodium: that inside [mmol/L].
        """
        known = self._all(values, Inside(sodium, 1.0, 1.0))
        kT = thermal_voltage(values["temperature"])
        return sum(self.membrane.seen(pump, known, kT, {})["size"] for pump in self.pumps)

    def blocked_since(self, values: Values, since: Any) -> Values:
        """Return the parameters with the pumps blocked where a moment has come, else unblocked."""
        return {**values, **{n: jnp.where(since, values[n], 0.0) for n in self.blocks}}

    def bath_is_neutral(self, values: Values) -> Any:
        """Return whether the charges outside can add up to zero."""
        return is_neutral(*(values[f"{each}_out"] for each in ("Na", "K", "Cl", "X")))

    def osmolarity(self, values: Values) -> Any:
        """Return the sum of all solutes outside [mmol/L]."""
        return values["Na_out"] + values["K_out"] + values["Cl_out"] + values["X_out"]

    def pump_current(self, state: State, V: Any) -> Any:
        """Return the pumps' net outward current [uA/cm2]."""
        return sum(state.current(pump, V) for pump in self.pumps)

    def currents(self, state: State, V: Any, of: str = "all") -> Inside:
        """Return the current of each ion through the whole membrane, outward positive [uA/cm2].

        Args:
            state: the membrane.
            V: membrane potential [mV].
            of: "all" mechanisms, the "pumps", or the "leaks", which are all others.
        """
        found: dict[str, Any] = dict.fromkeys(Inside._fields, 0.0)
        for name, each in self.mechanisms.items():
            if of not in ("all", "pumps" if name in self.pumps else "leaks"):
                continue
            here = state.here[name]
            moved = state.current(name, V) if each.cycle is None else each.cycle(here)
            for ion, share in (each.carries or {}).items():
                found[ion] = found[ion] + share * moved
        return Inside(**found)
