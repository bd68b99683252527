"""What may be wrapped around any mechanism: block, growth with temperature, a shared scale.

A Hill block, a Q10 and a blocked fraction are those of every kernel with channels. New here are a
blocker inside the field (`Woodhull`) and a factor that several mechanisms share (`Scale`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from leakscape_kernels.formulas.nernst import thermal_voltage
from leakscape_kernels.mechanisms.table_entry import Entry
from leakscape_kernels.modifiers import Modifier
from leakscape_kernels.nomenclature import PLAIN, is_owner, parameter
from leakscape_kernels.numerics import Scalar
from leakscape_kernels.on_demand import Array, Bool, Float, jnp
from leakscape_kernels.options.channels import modifiers
from leakscape_kernels.options.tables import known_keys, one_of, quantity
from leakscape_kernels.protocol import Parameter, Values


def woodhull_open(
    V: Scalar, concentration: Scalar, Kd0: Scalar, charge: Scalar, temperature: Scalar
) -> Float[Array, ""]:
    r"""Return the fraction that a blocker within the field leaves open, 1 - b.

    $1 - b = \frac{1}{1 + (c/K_d(0)) e^{-z \delta FV/RT}}$: from outside a cation is drawn in, and
    blocks more, as the cell hyperpolarises. Independent of V where $z\delta$ is 0.

    Args:
        V: membrane potential [mV].
        concentration: of the blocker outside [mmol/L].
        Kd0: dissociation constant at 0 mV [mmol/L].
        charge: z delta, valence times the electrical depth [1].
        temperature: temperature [degC].

    Returns:
        open fraction [1].

    References:
        Woodhull AM (1973) Ionic blockage of sodium channels in nerve. J Gen Physiol 61:687-708.
        doi:10.1085/jgp.61.6.687
    """
    depth = jnp.exp(-charge * V / thermal_voltage(temperature))
    return 1.0 / (1.0 + concentration / Kd0 * depth)


@dataclass(frozen=True, kw_only=True)
class Woodhull:
    """A blocker inside the field, whose block follows V.

    Args:
        mechanism: the mechanism's name.
        blocker: the blocker's name.
        valence: its charge number [1].
        parameters: `<blocker>_out`, `Kd0_<mechanism>` and `delta_<mechanism>`.
    """

    mechanism: str
    blocker: str
    valence: int
    parameters: Mapping[str, Parameter]

    def open(self, V: Any, values: Values) -> Float[Array, ""]:
        """Return the open fraction [1]."""
        dose, Kd0 = values[f"{self.blocker}_out"], values[f"Kd0_{self.mechanism}"]
        charge = self.valence * values[f"delta_{self.mechanism}"]
        return woodhull_open(V, dose, Kd0, charge, values["temperature"])

    def inside(self, values: Values) -> Bool[Array, ""]:
        """Return whether the dose is not negative and the constant positive."""
        dose, Kd0 = values[f"{self.blocker}_out"], values[f"Kd0_{self.mechanism}"]
        return (dose >= 0) & (Kd0 > 0)


@dataclass(frozen=True)
class Scale:
    """A factor that every mechanism with the same scale shares, such as a modulator's.

    Args:
        name: the parameter.
    """

    name: str

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The factor itself, 1 unless given."""
        row = PLAIN["mu"]
        return {
            self.name: Parameter(
                unit=row.unit,
                default=1.0,
                bounds=row.bounds,
                meaning=row.meaning,
                source="unmodulated",
            )
        }

    def factor(self, values: Values) -> Any:
        """Return the factor [1]."""
        return values[self.name]

    def inside(self, values: Values) -> Bool[Array, ""]:
        """Return whether the factor is not negative."""
        return values[self.name] >= 0


@dataclass(frozen=True)
class WithDefaults:
    """A modifier whose parameters have defaults of their own.

    Args:
        modifier: the law.
        parameters: its parameters, as the membrane has them.
    """

    modifier: Modifier
    parameters: Mapping[str, Parameter]

    def factor(self, values: Values) -> Any:
        """Return the modifier's factor [1]."""
        return self.modifier.factor(values)

    def inside(self, values: Values) -> Any:
        """Return whether the modifier's parameters lie in its domain."""
        return self.modifier.inside(values)


_CHARGES = {"Ba": 2, "Ca": 2, "Cs": 1, "Mg": 2, "Rb": 1, "Sr": 2}
"""The charge numbers of blockers that need no `valence`."""


def wrappers(entry: Entry) -> tuple[tuple[Modifier, ...], Woodhull | None]:
    """Return what is wrapped around a mechanism: factors on its size, and a block that follows V.

    Raises:
        ValueError: a key or value is not one that a wrapper takes.
    """
    name, table = entry.name, entry.table
    block, q10 = table.get("block"), table.get("q10")
    deep: Woodhull | None = None
    shallow = None if block is None else {name: block}
    if isinstance(block, Mapping):
        kind = one_of(f"{entry.where} block: type", block.get("type"), ("hill", "woodhull"))
        if kind == "woodhull":
            shallow, deep = None, _woodhull(entry, block)
    changes = modifiers("membrane", [name], shallow, {name: q10} if q10 is not None else None)
    factors: list[Modifier] = []
    for modifier in changes[name]:
        found = dict(modifier.parameters)
        if "blocked" in table and f"blocked_{name}" in found:
            value = quantity(f"{entry.where}: blocked", table["blocked"], "1")
            found[f"blocked_{name}"] = replace(
                found[f"blocked_{name}"], default=value, source=entry.source
            )
        factors.append(WithDefaults(modifier, _without_ions(entry, found)))
    if "scale" in table:
        factors.append(_scale(entry, table["scale"]))
    return tuple(factors), deep


def _scale(entry: Entry, name: Any) -> Scale:
    if not isinstance(name, str) or not is_owner(name) or (name in PLAIN and name != "mu"):
        raise ValueError(f'{entry.where}: scale must be a name such as "mu", got {name!r}')
    return Scale(name)


def _woodhull(entry: Entry, block: Mapping[str, Any]) -> Woodhull:
    """Return the Woodhull block that a table describes."""
    where = f"{entry.where} block"
    known_keys(where, block, ("type", "blocker", "Kd0", "delta", "valence"))
    blocker = block.get("blocker")
    if not isinstance(blocker, str) or not is_owner(blocker):
        raise ValueError(f'{where}: blocker must be a name such as "Ba", got {blocker!r}')
    own = entry.ions.get(blocker)
    valence = block.get("valence", own.valence if own else _CHARGES.get(blocker))
    if not isinstance(valence, int) or isinstance(valence, bool) or valence == 0:
        raise ValueError(f"{where}: valence must be the blocker's charge number, got {valence!r}")
    names = {"Kd0": f"Kd0_{entry.name}", "delta": f"delta_{entry.name}"}
    found = {f"{blocker}_out": parameter(f"{blocker}_out")}
    for key, name in names.items():
        row = parameter(name)
        if key in block:
            value = quantity(f"{where}: {key}", block[key], row.unit)
            row = replace(row, default=value, source=entry.source)
        found[name] = row
    return Woodhull(
        mechanism=entry.name,
        blocker=blocker,
        valence=valence,
        parameters=_without_ions(entry, found),
    )


def _without_ions(entry: Entry, found: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """Return the parameters but for the solutions of an ion: a blocker may be one of the ions."""
    sides = {f"{ion}_out" for ion in entry.ions}
    return {name: row for name, row in found.items() if name not in sides}
