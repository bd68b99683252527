"""The kernels of the constant field: `ghk_voltage`, the rest of its ions, and `ghk_current`.

The equations are plain functions of `constant_field`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from leakscape_kernels.codes import UNDEFINED_OUTPUT, codes
from leakscape_kernels.constants import F
from leakscape_kernels.formulas.constant_field import CHARGES, current, pulls, slope_conductance
from leakscape_kernels.formulas.nernst import reversal_potential, thermal_voltage
from leakscape_kernels.modifiers import TEMPERATURE, Modifier, all_inside, scaled, with_parameters
from leakscape_kernels.nomenclature import output, parameter
from leakscape_kernels.numerics import bernoulli, has_log_ratio, log_ratio, nan_unless
from leakscape_kernels.on_demand import Array, jnp
from leakscape_kernels.options.channels import OPTIONS, modifiers
from leakscape_kernels.options.ions import NamedIon, read_ions
from leakscape_kernels.protocol import Factory, Kernel, Parameter, Values, status, with_remark

IONS = ("K", "Na", "Cl")
"""The ions of `ghk_voltage` without the option `ions`."""

PUMPED = ("K", "Na")
"""The ions that Mullins and Noda's pump moves."""

_NEURON = "textbook mammalian neuron"
_SQUID = "P_K : P_Na : P_Cl = 1 : 0.04 : 0.45 (doi:10.1113/jphysiol.1949.sp004310), P_K 1e-6 cm/s"
_PERMEABILITY = {"K": 1e-6, "Na": 0.04e-6, "Cl": 0.45e-6}
_SOLUTIONS = {"K": (140.0, 5.0), "Na": (15.0, 145.0), "Cl": (10.0, 110.0)}
"""Concentration inside and outside by ion [mmol/L]."""


@dataclass(frozen=True)
class _Rest:
    """The evaluation behind `ghk_voltage`.

    Args:
        valence: the ions with their charge numbers [1].
        changes: the modifiers of their channels.
        pumped: whether the formula holds with a pump too.
    """

    valence: Mapping[str, int]
    changes: Mapping[str, tuple[Modifier, ...]]
    pumped: bool

    def __call__(self, values: Values) -> dict[str, Array]:
        """Return every output of `ghk_voltage` and the status."""
        ions, temperature, pump_ratio = self.valence, values["temperature"], values["pump_ratio"]
        c_in = {ion: values[f"{ion}_in"] for ion in ions}
        c_out = {ion: values[f"{ion}_out"] for ion in ions}
        P = {ion: scaled(values[f"P_{ion}"], self.changes[ion], values) for ion in ions}
        # Mullins & Noda: the pump's K uptake makes potassium count r-fold.
        weight = P | {"K": pump_ratio * P["K"]} if self.pumped else P
        up, down = pulls(*(list(each.values()) for each in (weight, ions, c_in, c_out)))
        kT = thermal_voltage(temperature)
        # Their equation holds for what is not pumped at equilibrium, and so without it.
        passive = jnp.asarray(self.pumped)
        for ion in ions:
            passive &= True if ion in PUMPED else P[ion] == 0
        applies = (pump_ratio >= 1) & ((pump_ratio == 1) | passive)
        defined = all_inside(self.changes, values) & applies
        for ion in ions:
            defined &= (values[f"P_{ion}"] >= 0) & (c_in[ion] >= 0) & (c_out[ion] >= 0)
        defined &= (up > 0) & (down > 0)
        # The rest in units of RT/F does not know the temperature, nor do the currents there.
        u = nan_unless(defined, log_ratio(up, down))
        V = kT * u
        # One pair of Bernoulli functions serves all ions of as many charges: an anion swaps them.
        pairs = {n: (bernoulli(-n * u), bernoulli(n * u)) for n in {*map(abs, ions.values())}}
        found = {"V_rest": V}
        for ion, z in ions.items():
            c = (c_in[ion], c_out[ion]) if z > 0 else (c_out[ion], c_in[ion])
            E = reversal_potential(z, c_in[ion], c_out[ion], temperature)
            outward, inward = pairs[abs(z)]
            found[f"E_{ion}"] = E
            found[f"driving_force_{ion}"] = V - E
            found[f"I_{ion}"] = F * abs(z) * P[ion] * (c[0] * outward - c[1] * inward)
        code = status(defined, has_log_ratio(up, down))
        absent = jnp.asarray(False)
        for ion in ions:
            absent |= ~has_log_ratio(c_out[ion], c_in[ion])
        return found | {"status": with_remark(code, UNDEFINED_OUTPUT, absent)}


def _build_voltage(ions: Any = IONS, block: Any = None, q10: Any = None) -> Kernel:
    """Return the kernel `ghk_voltage` for its options, which may be anything yet."""
    read = read_ions("ghk_voltage", ions, CHARGES)
    names = [ion.name for ion in read]
    own: dict[str, Parameter] = {}
    for ion in read:
        name = f"P_{ion.name}"
        own[name] = _given(ion, "P", name, _PERMEABILITY.get(ion.name), _SQUID)
    for ion in read:
        usual = _SOLUTIONS.get(ion.name, (None, None))
        for key, side, number in zip(("inside", "outside"), ("in", "out"), usual, strict=True):
            name = f"{ion.name}_{side}"
            row = _given(ion, key, name, number, _NEURON)
            own[name] = replace(row, valence=ion.valence)
    own |= {"temperature": TEMPERATURE, "pump_ratio": _pump_ratio(read)}
    changes = modifiers("ghk_voltage", names, block, q10)
    outputs = {"V_rest": output("V_rest", headline=True)}
    for family in ("E", "driving_force", "I"):
        named = [f"{family}_{name}" for name in names]
        outputs |= {name: output(name, may_be_undefined=family != "I") for name in named}
    return Kernel(
        name="ghk_voltage",
        parameters=with_parameters("ghk_voltage", own, changes),
        outputs=outputs,
        evaluate=_Rest({ion.name: ion.valence for ion in read}, changes, _no_pump(read) == ""),
        codes=codes(UNDEFINED_OUTPUT),
    )


def _given(ion: NamedIon, key: str, name: str, usual: float | None, source: str) -> Parameter:
    """Return a parameter of an ion with what its table gives, or the usual number, as default."""
    if key in ion.given:
        return parameter(name, ion.given[key], ion.source)
    return parameter(name, usual, source if usual is not None else "")


def _no_pump(ions: tuple[NamedIon, ...]) -> str:
    """Return why no pump can hold the gradients of these ions, "" where one can."""
    if any(abs(ion.valence) > 1 for ion in ions):
        return (
            "a pump beside divalent ions has no formula: leave pump_ratio out, or use the kernel "
            "equilibrium with a pump"
        )
    if not {ion.name for ion in ions}.issuperset(PUMPED):
        return "the pump moves K and Na: leave pump_ratio out, or add both to ions"
    return ""


def _pump_ratio(ions: tuple[NamedIon, ...]) -> Parameter:
    """Return the parameter `pump_ratio`, which can only be 1 where there is no formula."""
    row = parameter("pump_ratio", 1.0, "no net pump current")
    no_pump = _no_pump(ions)
    if no_pump:
        meaning = f"1, no net pump current; {no_pump}"
        return replace(row, bounds=(1.0, 1.0), meaning=meaning, remedy=no_pump)
    passive = [f"P_{ion.name} = 0" for ion in ions if ion.name not in PUMPED]
    if passive == ["P_Cl = 0"]:
        return row
    meaning = row.meaning.partition(", any other")[0]
    if passive:
        meaning += f", any other value requires {' and '.join(passive)} (these ions are passive)"
    return replace(row, meaning=meaning)


ghk_voltage = Factory(
    name="ghk_voltage",
    options={
        "ions": 'the ions, ["K", "Na", "Cl"] unless given; monovalent and divalent ones, or a '
        'table of them: { K = {}, Ca = { P = "1e-7 cm/s", inside = "1e-4 mmol/L", '
        'outside = "2 mmol/L" }, Tl = { valence = 1 } }',
        **OPTIONS,
    },
    build=_build_voltage,
)
r"""Kernel factory: the GHK resting potential of its ions, with what each ion does there.

K, Na and Cl unless the option `ions` names others, monovalent or divalent, of either sign. A list
names ions whose valence is known (`VALENCES`); a table may give the valence of any other, and the
defaults of P, inside and outside. K, Na and Cl keep theirs, any other ion has none of its own.
Permeabilities are those of the GHK current, of divalent ions too.

`pump_ratio` r is 1 without a net pump current. Another value gives the steady state of Mullins and
Noda, in which an r:1 sodium-potassium pump returns what leaks,
$V = \frac{RT}{F}\ln\frac{r P_K K_o + P_{Na} Na_o}{r P_K K_i + P_{Na} Na_i}$ and $I_{Na} = -r I_K$.
Chloride is passive then: it settles at V and leaves the equation, so that its permeability has to
be 0 (or fully blocked); a point with r other than 1 and an open chloride pathway has no steady
state of that kind and comes back as NaN with status 11. E_Cl stays the potential of the chloride
concentrations that are given. So it is with every ion but K and Na. Beside divalent ions, or
without K and Na, `pump_ratio` can only be 1.

A concentration may be 0, as in a potassium-free bath: V_rest holds, while the ion's own E and
driving force, which do not exist, are NaN, and status 3 says so. With status 10 or 11 every output
that depends on V_rest is NaN; E depends on the ion's solutions alone. Status does not
ask for the temperature, so that it keeps the rank of the rest: at or below absolute zero, far
outside the bounds of the parameter, V_rest is NaN and the status of the solutions stands.

References:
    Mullins LJ, Noda K (1963) The influence of sodium-free solutions on the membrane potential of
    frog muscle fibers. J Gen Physiol 47:117-132. doi:10.1085/jgp.47.1.117
"""


def _evaluate_current(values: Values) -> dict[str, Array]:
    """Return I, its slope and the status of the kernel `ghk_current`."""
    kT = thermal_voltage(values["temperature"])
    defined = (values["P"] >= 0) & (values["inside"] >= 0) & (values["outside"] >= 0) & (kT > 0)
    P = nan_unless(defined, values["P"])
    arguments = {**values, "P": P}
    finite = jnp.isfinite(values["V"]) & jnp.isfinite(values["valence"])
    return {
        "I": current(**arguments),
        "slope_conductance": slope_conductance(**arguments),
        "status": status(defined, finite),
    }


ghk_current = Kernel(
    name="ghk_current",
    parameters={
        "V": parameter("V"),
        "P": parameter("P", 1e-6, "order of magnitude of P_K at rest"),
        "valence": parameter("valence", 1.0, f"potassium of a {_NEURON}"),
        "inside": parameter("inside", 140.0, f"potassium of a {_NEURON}"),
        "outside": parameter("outside", 5.0, f"potassium of a {_NEURON}"),
        "temperature": TEMPERATURE,
    },
    outputs={
        "I": output("I", headline=True),
        "slope_conductance": output("slope_conductance"),
    },
    evaluate=_evaluate_current,
    codes=codes(),
)
"""Kernel: the GHK current of one ion at a given potential, and its slope.

A concentration of 0 is in the domain (status 1): the current then flows one way at every potential.
"""
