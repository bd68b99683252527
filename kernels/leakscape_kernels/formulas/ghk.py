"""The constant-field (Goldman-Hodgkin-Katz) model: voltage and current of permeant ions.

The equations are plain functions; `ghk_voltage` and `ghk_current` are the kernels.

References:
    Goldman DE (1943) Potential, impedance, and rectification in membranes. J Gen Physiol
    27:37-60. doi:10.1085/jgp.27.1.37
    Hodgkin AL, Katz B (1949) The effect of sodium ions on the electrical activity of the giant
    axon of the squid. J Physiol 108:37-77. doi:10.1113/jphysiol.1949.sp004310
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leakscape_kernels.codes import UNDEFINED_OUTPUT, codes
from leakscape_kernels.constants import F
from leakscape_kernels.formulas.nernst import reversal_potential, thermal_voltage
from leakscape_kernels.modifiers import TEMPERATURE, Modifier, all_inside, scaled, with_parameters
from leakscape_kernels.nomenclature import output, parameter
from leakscape_kernels.numerics import (
    Scalar,
    bernoulli,
    bernoulli_slope,
    has_log_ratio,
    log_ratio,
    nan_unless,
)
from leakscape_kernels.on_demand import Array, Float, jnp
from leakscape_kernels.options.channels import OPTIONS, modifiers
from leakscape_kernels.protocol import Factory, Kernel, Values, status, with_remark

VALENCE = {"K": 1, "Na": 1, "Cl": -1}
"""The ions of `ghk_voltage` and their charge numbers."""

_NEURON = "textbook mammalian neuron"
_SQUID = "P_K : P_Na : P_Cl = 1 : 0.04 : 0.45 (doi:10.1113/jphysiol.1949.sp004310), P_K 1e-6 cm/s"


def weighted_concentrations(
    permeability: Sequence[Scalar],
    valence: Sequence[int],
    inside: Sequence[Scalar],
    outside: Sequence[Scalar],
) -> tuple[Any, Any]:
    """Return the numerator and denominator of the GHK voltage equation.

    Args:
        permeability: of each ion [cm/s, or any common unit].
        valence: 1 or -1 for each ion; anions swap sides [1].
        inside: concentration of each ion inside [mmol/L].
        outside: concentration of each ion outside [mmol/L].

    Returns:
        the sums that pull the potential up and down [permeability x mmol/L].

    Raises:
        ValueError: a valence is neither 1 nor -1: the closed form holds for monovalent ions.
    """
    up: Any = 0.0
    down: Any = 0.0
    for P, z, c_in, c_out in zip(permeability, valence, inside, outside, strict=True):
        if z not in (1, -1):
            raise ValueError(f"GHK voltage: valences must be 1 or -1, got {z}; use the current")
        up = up + P * (c_out if z == 1 else c_in)
        down = down + P * (c_in if z == 1 else c_out)
    return up, down


def voltage(
    permeability: Sequence[Scalar],
    valence: Sequence[int],
    inside: Sequence[Scalar],
    outside: Sequence[Scalar],
    temperature: Scalar,
) -> Float[Array, ""]:
    r"""Return the potential at which the GHK currents of monovalent ions sum to zero.

    $V = \frac{RT}{F} \ln\frac{\sum P_+ c_o + \sum P_- c_i}{\sum P_+ c_i + \sum P_- c_o}$. Only
    ratios of permeabilities matter; one that dominates gives its Nernst potential, and the result
    always lies between the smallest and the largest of those. A permeability or a concentration
    may be 0. NaN where no ion is left on one side.

    Args:
        permeability: of each ion [cm/s, or any common unit].
        valence: 1 or -1 for each ion [1].
        inside: concentration of each ion inside [mmol/L].
        outside: concentration of each ion outside [mmol/L].
        temperature: temperature [degC].

    Returns:
        V, inside minus outside [mV].

    Raises:
        ValueError: a valence is neither 1 nor -1.
    """
    up, down = weighted_concentrations(permeability, valence, inside, outside)
    return thermal_voltage(temperature) * log_ratio(up, down)


def current(
    V: Scalar, P: Scalar, valence: Scalar, inside: Scalar, outside: Scalar, temperature: Scalar
) -> Float[Array, ""]:
    r"""Return the GHK current density of one ion, outward positive.

    $I = P z F (c_i B(-u) - c_o B(u))$ with $u = zFV/RT$ and $B(u) = u/(e^u - 1)$. It vanishes at
    the Nernst potential, rises everywhere with V, is $P z F (c_i - c_o)$ at V = 0 and tends to the
    ohmic lines $P z^2 F^2 V c_i/RT$ (u large) and $P z^2 F^2 V c_o/RT$ (-u large).

    Args:
        V: membrane potential [mV].
        P: permeability [cm/s].
        valence: charge number of the ion, with its sign [1].
        inside: concentration inside [mmol/L].
        outside: concentration outside [mmol/L].
        temperature: temperature [degC].

    Returns:
        I [uA/cm2].
    """
    u = valence * (V / thermal_voltage(temperature))
    return F * P * valence * (inside * bernoulli(-u) - outside * bernoulli(u))


def slope_conductance(
    V: Scalar, P: Scalar, valence: Scalar, inside: Scalar, outside: Scalar, temperature: Scalar
) -> Float[Array, ""]:
    r"""Return dI/dV of the GHK current, by its formula.

    $g = -\frac{P z^2 F^2}{RT} (c_i B'(-u) + c_o B'(u))$, positive everywhere; at V = 0 it is
    $P z^2 F^2 (c_i + c_o)/(2RT)$.

    Args:
        V: membrane potential [mV].
        P: permeability [cm/s].
        valence: charge number of the ion, with its sign [1].
        inside: concentration inside [mmol/L].
        outside: concentration outside [mmol/L].
        temperature: temperature [degC].

    Returns:
        g [mS/cm2].
    """
    kT = thermal_voltage(temperature)
    u = valence * (V / kT)
    # -B'(-u) is 1 + B'(u) without its cancellation at large -u.
    return -(F * P * valence**2 / kT) * (
        inside * bernoulli_slope(-u) + outside * bernoulli_slope(u)
    )


@dataclass(frozen=True)
class _Rest:
    """The evaluation behind `ghk_voltage`, for the modifiers of its channels."""

    changes: Mapping[str, tuple[Modifier, ...]]

    def __call__(self, values: Values) -> dict[str, Array]:
        """Return every output of `ghk_voltage` and the status."""
        temperature, pump_ratio = values["temperature"], values["pump_ratio"]
        c_in = {ion: values[f"{ion}_in"] for ion in VALENCE}
        c_out = {ion: values[f"{ion}_out"] for ion in VALENCE}
        P = {ion: scaled(values[f"P_{ion}"], self.changes[ion], values) for ion in VALENCE}
        # Mullins & Noda: the pump's K uptake makes potassium count r-fold.
        weight = P | {"K": pump_ratio * P["K"]}
        up, down = weighted_concentrations(
            list(weight.values()), list(VALENCE.values()), list(c_in.values()), list(c_out.values())
        )
        kT = thermal_voltage(temperature)
        # Their equation holds for chloride at equilibrium, which then drops out of it.
        applies = (pump_ratio >= 1) & ((pump_ratio == 1) | (P["Cl"] == 0))
        defined = all_inside(self.changes, values) & applies
        for ion in VALENCE:
            defined &= (values[f"P_{ion}"] >= 0) & (c_in[ion] >= 0) & (c_out[ion] >= 0)
        defined &= (up > 0) & (down > 0)
        # The rest in units of RT/F does not know the temperature, nor do the currents there.
        u = nan_unless(defined, log_ratio(up, down))
        V = kT * u
        # One pair of Bernoulli functions serves all ions: an anion swaps them.
        outward, inward = bernoulli(-u), bernoulli(u)
        found = {"V_rest": V}
        for ion, z in VALENCE.items():
            c = (c_in[ion], c_out[ion]) if z == 1 else (c_out[ion], c_in[ion])
            E = reversal_potential(z, c_in[ion], c_out[ion], temperature)
            found[f"E_{ion}"] = E
            found[f"driving_force_{ion}"] = V - E
            found[f"I_{ion}"] = F * P[ion] * (c[0] * outward - c[1] * inward)
        code = status(defined, has_log_ratio(up, down))
        absent = jnp.asarray(False)
        for ion in VALENCE:
            absent |= ~has_log_ratio(c_out[ion], c_in[ion])
        return found | {"status": with_remark(code, UNDEFINED_OUTPUT, absent)}


def _build_voltage(block: Any = None, q10: Any = None) -> Kernel:
    """Return the kernel `ghk_voltage` for its options, which may be anything yet."""
    own = {
        "P_K": parameter("P_K", 1e-6, _SQUID),
        "P_Na": parameter("P_Na", 0.04e-6, _SQUID),
        "P_Cl": parameter("P_Cl", 0.45e-6, _SQUID),
        "K_in": parameter("K_in", 140.0, _NEURON),
        "K_out": parameter("K_out", 5.0, _NEURON),
        "Na_in": parameter("Na_in", 15.0, _NEURON),
        "Na_out": parameter("Na_out", 145.0, _NEURON),
        "Cl_in": parameter("Cl_in", 10.0, _NEURON),
        "Cl_out": parameter("Cl_out", 110.0, _NEURON),
        "temperature": TEMPERATURE,
        "pump_ratio": parameter("pump_ratio", 1.0, "no net pump current"),
    }
    changes = modifiers("ghk_voltage", list(VALENCE), block, q10)
    outputs = {"V_rest": output("V_rest", headline=True)}
    for family in ("E", "driving_force", "I"):
        named = [f"{family}_{ion}" for ion in VALENCE]
        outputs |= {name: output(name, may_be_undefined=family != "I") for name in named}
    return Kernel(
        name="ghk_voltage",
        parameters=with_parameters("ghk_voltage", own, changes),
        outputs=outputs,
        evaluate=_Rest(changes),
        codes=codes(UNDEFINED_OUTPUT),
    )


ghk_voltage = Factory(name="ghk_voltage", options=OPTIONS, build=_build_voltage)
r"""Kernel factory: the GHK resting potential of K, Na and Cl, with what each ion does there.

`pump_ratio` r is 1 without a net pump current. Another value gives the steady state of Mullins and
Noda, in which an r:1 sodium-potassium pump returns what leaks,
$V = \frac{RT}{F}\ln\frac{r P_K K_o + P_{Na} Na_o}{r P_K K_i + P_{Na} Na_i}$ and $I_{Na} = -r I_K$.
Chloride is passive then: it settles at V and leaves the equation, so that its permeability has to
be 0 (or fully blocked); a point with r other than 1 and an open chloride pathway has no steady
state of that kind and comes back as NaN with status 11. E_Cl stays the potential of the chloride
concentrations that are given.

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
