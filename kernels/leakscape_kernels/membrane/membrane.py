"""A membrane: ions and named mechanisms, as in a TOML table, and its current as a function of V."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from leakscape_kernels.formulas.nernst import reversal_potential, thermal_voltage
from leakscape_kernels.mechanisms.block_and_scale import wrappers
from leakscape_kernels.mechanisms.gate import Gated
from leakscape_kernels.mechanisms.mechanism import Here, Ion
from leakscape_kernels.mechanisms.own import own_mechanism
from leakscape_kernels.mechanisms.table_entry import Entry
from leakscape_kernels.mechanisms.types import TYPES
from leakscape_kernels.membrane import calcium
from leakscape_kernels.membrane.at_values import Part, State
from leakscape_kernels.membrane.presets import membranes
from leakscape_kernels.nomenclature import is_owner, parameter
from leakscape_kernels.on_demand import jnp
from leakscape_kernels.options.tables import known_keys, nearest, quantity
from leakscape_kernels.protocol import Parameter, Values

Tables = Mapping[str, Mapping[str, Any]]
"""One table by name."""

_CELL = {
    "temperature": (37.0, "mammalian body temperature"),
    "area": (1000.0, "a sphere 18 um across"),
    "capacitance": (1.0, "usual for a lipid bilayer"),
    "V_threshold": (-55.0, "usual for a neuron"),
    "atp_budget": (None, ""),
}
"""Default and source of what every membrane has, None where it is left out unless written
[the nomenclature's unit]."""

KEYS = ("ions", "mechanisms", "calcium", "I_app", *_CELL, "about", "source")
"""The keys of a membrane's table."""

_PER = {
    "mS/cm2": ("area", "capacitance"),
    "uA/cm2": ("area", "capacitance"),
    "uF/cm2": ("area", None),
}
"""Units that a patch-clamper gives for the whole cell, in nS, pA and pF, or in pS/pF and pA/pF:
what they are divided by, and multiplied by, to be these."""

_KEPT_NAMES = ("total", "equilibrium")
"""Names that outputs use: `I_total`, and everything that ends in `_equilibrium`."""


@dataclass(frozen=True, kw_only=True)
class Membrane:
    """Ions and the mechanisms through which charge crosses.

    The arguments are the keys of a TOML table, with the same contents: quantities are texts with
    their unit, and whatever has no value becomes a parameter without a default.

    Args:
        ions: by name, a table of `valence`, and `inside` and `outside` [mmol/L].
        mechanisms: by name, a table of `type` and the keys of that type; a type is a name, or a
            function that takes an `Entry` and returns a `Mechanism`.
        calcium: how calcium inside follows its current, a table of `removal_time` [ms], `shell`
            [um] and `free` [1]; without it calcium is as given.
        I_app: injected current, inward positive [uA/cm2]. A membrane whose gates move in time has
            it in any case, 0 unless given; any other where it is written.
        temperature: a quantity [degC]; 37 unless given.
        area: of the cell's membrane, a quantity [um2]; 1000 unless given.
        capacitance: a quantity [uF/cm2]; 1 unless given.
        V_threshold: a quantity [mV]; -55 unless given.
        atp_budget: what the cell spends in all, a quantity [1/s]; without it there is no
            `budget_share`.
        about: what it is a membrane of.
        source: where its numbers come from, where an ion or mechanism has no `source` itself.

    Raises:
        ValueError: whatever does not fit together, in one sentence.
    """

    ions: Any = field(default_factory=dict)
    mechanisms: Any
    calcium: Any = None
    I_app: Any = None
    temperature: Any = None
    area: Any = None
    capacitance: Any = None
    V_threshold: Any = None
    atp_budget: Any = None
    about: Any = ""
    source: Any = ""
    parts: Mapping[str, Part] = field(init=False, repr=False, compare=False)
    kinds: Mapping[str, Ion] = field(init=False, repr=False, compare=False)
    parameters: Mapping[str, Parameter] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for key in ("about", "source"):
            if not isinstance(getattr(self, key), str):
                raise ValueError(f"membrane: {key} must be a text, got {getattr(self, key)!r}")
        kinds = {name: _ion(name, table) for name, table in _tables("ions", self.ions).items()}
        tables = _tables("mechanisms", self.mechanisms)
        if not tables:
            raise ValueError("membrane: has no mechanisms; give it one")
        parts = {name: _part(name, table, kinds, self.source) for name, table in tables.items()}
        calcium.checked(self.calcium, {n: part.mechanism for n, part in parts.items()}, kinds)
        object.__setattr__(self, "kinds", kinds)
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "parameters", self._parameters())

    @property
    def structure(self) -> tuple[Any, ...]:
        """What decides what is computed from values: not the tables, whose numbers are defaults."""
        return self.parts, self.kinds, self.parameters, self.calcium is not None

    @property
    def moves(self) -> bool:
        """Whether gates move in time, or calcium inside."""
        laws = [part.mechanism.current for part in self.parts.values()]
        gates = [gate for law in laws if isinstance(law, Gated) for gate in law.gates]
        return self.calcium is not None or any(gate.slow for gate in gates)

    def _parameters(self) -> dict[str, Parameter]:
        """Return every parameter by name, each of them once."""
        found: dict[str, Parameter] = {}
        for name, part in self.parts.items():
            for new in (part.mechanism, *part.factors, part.block):
                if new is not None:
                    _merge(found, name, new.parameters)
        for ion, table in self.ions.items():
            source = str(table.get("source", self.source or "the membrane's table"))
            for key, name in (("inside", f"{ion}_in"), ("outside", f"{ion}_out")):
                value = table.get(key)
                if value is not None:
                    value = quantity(f"membrane ion {ion}: {key}", value, "mmol/L")
                row = parameter(name, value, source if value is not None else "")
                _merge(found, f"ion {ion}", {name: row})
        if self.calcium is not None:
            _merge(found, "calcium", calcium.parameters(self.calcium))
        if self.I_app is not None or self.moves:
            row = parameter("I_app", 0.0, "no injected current")
            if self.I_app is not None:
                value = quantity("membrane: I_app", self.I_app, row.unit)
                row = parameter("I_app", value, self.source or "the membrane's table")
            found["I_app"] = row
        for name, (usual, why) in _CELL.items():
            given = getattr(self, name)
            if given is None and usual is None:
                continue
            row = parameter(name, usual, why)
            if given is not None:
                value = quantity(f"membrane: {name}", given, row.unit)
                row = parameter(name, value, self.source or "the membrane's table")
            found[name] = row
        for ion, kind in self.kinds.items():
            for name in (f"{ion}_in", f"{ion}_out"):
                found[name] = replace(found[name], valence=kind.valence)
        per = {name: _PER.get(row.unit, (None, None)) for name, row in found.items()}
        return {
            name: replace(row, divide_by=per[name][0], multiply_by=per[name][1])
            for name, row in found.items()
        }

    def at(self, values: Values) -> State:
        """Return the membrane for given parameters: what V does not change is computed once.

        Args:
            values: every parameter by name [the parameter's unit].
        """
        E, kT = {}, thermal_voltage(values["temperature"])
        for each, kind in self.kinds.items():
            inside, outside = values[f"{each}_in"], values[f"{each}_out"]
            E[each] = reversal_potential(kind.valence, inside, outside, values["temperature"])
        seen = {name: self.seen(name, values, kT, E) for name in self.parts}
        return State(seen, values, self.parts, E, self.calcium is not None)

    def seen(self, name: str, values: Values, kT: Any, E: Mapping[str, Any]) -> Here:
        """Return what one mechanism sees, by name; E [mV] of its ion by that of the ion."""
        part = self.parts[name]
        mechanism, ion = part.mechanism, part.mechanism.ion
        here: dict[str, Any] = {"temperature": values["temperature"], "kT": kT}
        for key in mechanism.parameters:
            here[key] = here[key.removesuffix(f"_{name}")] = values[key]
        for other in mechanism.needs:
            here |= {side: values[side] for side in (f"{other}_in", f"{other}_out")}
        if ion is not None:
            here |= {"inside": values[f"{ion}_in"], "outside": values[f"{ion}_out"]}
            here |= {"valence": self.kinds[ion].valence, "E": E[ion]}
        size = mechanism.size(here)
        for factor in part.factors:
            size = size * factor.factor(values)
        return here | {"size": size}

    def inside(self, state: State) -> Any:
        """Return whether every value lies in the domain of the laws, with a channel open."""
        values = state.values
        verdict: Any = thermal_voltage(values["temperature"]) > 0
        for name, row in self.parameters.items():
            if name not in _CELL:
                low, high = row.bounds
                if low > -math.inf:
                    verdict &= values[name] >= low
                if high < math.inf:
                    verdict &= values[name] <= high
        if "atp_budget" in self.parameters:
            verdict &= values["atp_budget"] > 0
        if self.calcium is not None:
            verdict &= calcium.inside(values)
        conducts: Any = jnp.asarray(all(not p.mechanism.channel for p in self.parts.values()))
        for name, part in self.parts.items():
            verdict &= part.mechanism.inside(state.here[name])
            for wrapper in (*part.factors, part.block):
                if wrapper is not None:
                    verdict &= wrapper.inside(values)
            if part.mechanism.channel:
                conducts |= state.here[name]["size"] > 0
        return verdict & conducts

    def finite(self, values: Values) -> Any:
        """Return whether everything that the current depends on is a finite number."""
        verdict: Any = jnp.isfinite(values["temperature"])
        for name in self.parameters:
            if name not in _CELL:
                verdict &= jnp.isfinite(values[name])
        return verdict


def membrane(given: Any) -> Membrane:
    """Return a membrane, however it was given.

    Args:
        given: a Membrane, a table with its arguments as keys, or the name of a preset.

    Raises:
        ValueError: it is none of these, or something in it does not fit.
    """
    if isinstance(given, Membrane):
        return given
    if isinstance(given, str):
        known = membranes()
        if given not in known:
            raise ValueError(f"membrane: no preset named {given}; {nearest(given, known)}")
        given = known[given]
    if not isinstance(given, Mapping):
        raise ValueError(f"membrane: needs a table or the name of a preset, got {given!r}")
    known_keys("membrane", given, KEYS)
    if "mechanisms" not in given:
        raise ValueError("membrane: has no mechanisms; give it one")
    return Membrane(**given)


def _tables(key: str, given: Any) -> Tables:
    """Return the tables under a key of a membrane after a look at their names."""
    if not isinstance(given, Mapping):
        raise ValueError(f"membrane {key}: needs one table per name, got {given!r}")
    for name, table in given.items():
        if not isinstance(name, str) or not is_owner(name) or name in _KEPT_NAMES:
            raise ValueError(
                f"membrane {key}: a name is a letter, then letters and digits, and none of in, "
                f"out, {', '.join(_KEPT_NAMES)}; got {name!r}"
            )
        if not isinstance(table, Mapping):
            raise ValueError(f"membrane {key}: {name} needs a table, got {table!r}")
    return given


def _ion(name: str, table: Mapping[str, Any]) -> Ion:
    """Return the ion that a table describes."""
    where = f"membrane ion {name}"
    known_keys(where, table, ("valence", "inside", "outside", "source"))
    valence = table.get("valence")
    if not isinstance(valence, int) or isinstance(valence, bool) or valence == 0:
        raise ValueError(f"{where}: valence must be a whole number other than 0, got {valence!r}")
    return Ion(name=name, valence=valence)


def _part(name: str, table: Mapping[str, Any], ions: Mapping[str, Ion], source: str) -> Part:
    """Return the mechanism that a table describes, with its wrappers."""
    kind = table.get("type")
    entry = Entry(
        name=name, table={"source": source or "the membrane's table"} | dict(table), ions=ions
    )
    if callable(kind) and kind not in TYPES.values():
        return Part(own_mechanism(kind, entry), *wrappers(entry))
    build = kind if callable(kind) else TYPES.get(kind) if isinstance(kind, str) else None
    if build is None:
        raise ValueError(
            f"membrane mechanism {name}: no mechanism type named {kind!r}; {nearest(kind, TYPES)}"
        )
    return Part(build(entry), *wrappers(entry))


def _merge(found: dict[str, Parameter], owner: str, new: Mapping[str, Parameter]) -> None:
    """Add parameters to those that are there; the same one may be shared."""
    for name, row in new.items():
        if found.setdefault(name, row) != row:
            raise ValueError(
                f"membrane {owner}: {name} is already a parameter with another meaning or "
                "default; give it another name"
            )
