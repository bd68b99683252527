r"""A cell with leaks of Na, K and Cl, a pump, and impermeant solutes that hold its water.

Electroneutral and in osmotic equilibrium at every moment: charging the capacitance takes
milliseconds, and water crosses fast. Then the potential is the one at which no net current flows,

$V = (g_{Na}E_{Na} + g_K E_K + g_{Cl}E_{Cl} - I_p)/(g_{Na} + g_K + g_{Cl})$ for conductances, or
that of the constant field with the pump's current, and the volume follows from the solutes
inside, $w = (n_{Na} + n_K + n_{Cl} + n_X)/\Pi_o$. The pump moves 3 Na out and 2 K in with a net
outward current $I_p$. KCC2 carries K and Cl out together, $g_{KCC2}(E_{Cl} - E_K)$ as a current
of K and its opposite as one of Cl. The impermeant solutes inside carry `valence_X` charges each,
those outside what the bath lacks, and so up to two each (see `bath`).

References:
    Kay AR (2017) How cells can control their size by pumping ions. Front Cell Dev Biol 5:41.
    doi:10.3389/fcell.2017.00041
    Düsterwald KM et al. (2018) Biophysical models reveal the relative importance of transporter
    proteins and impermeant anions in chloride homeostasis. eLife 7:e39575. doi:10.7554/eLife.39575
    Gabbiani F, Cox SJ (2017) Mathematics for Neuroscientists, 2nd ed. Academic Press.
    ISBN 978-0-12-801895-8
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from leakscape_kernels.constants import MILLIVOLT_PER_KELVIN, T0, F
from leakscape_kernels.dynamics.bath import is_neutral
from leakscape_kernels.formulas.nernst import thermal_voltage
from leakscape_kernels.mechanisms.pathway import STEADY
from leakscape_kernels.mechanisms.pump_laws import LAWS
from leakscape_kernels.nomenclature import parameter
from leakscape_kernels.numerics import bernoulli_pair
from leakscape_kernels.on_demand import jax, jnp
from leakscape_kernels.options.tables import one_of
from leakscape_kernels.protocol import Parameter, Values

LEAKS = ("conductance", "permeability")
"""How the leaks are described."""

FMOL_PER_S = 10.0 / F
"""What 1 uA/cm2 carries through 1 um2 of membrane [fmol/s]."""

MMOL_PER_L = 1000.0
"""1 fmol in 1 um3 [mmol/L]."""

_KAY = "Kay (2017), doi:10.3389/fcell.2017.00041"
_NAKDYN = "NaKdyn.m of Gabbiani & Cox (2017)"
_FIELD_STEPS = 8
"""Newton's steps to the potential of the constant field; who needs more is not converged."""

_BATH = {
    "conductance": {"Na_out": 147.0, "K_out": 3.0, "Cl_out": 150.0, "X_out": 0.0},
    "permeability": {"Na_out": 116.0, "K_out": 4.0, "Cl_out": 120.0, "X_out": 68.0},
}
_SIZE = {
    "conductance": {"g_Na": 0.01, "g_K": 0.3, "g_Cl": 0.2, "g_KCC2": 0.0},
    "permeability": {"P_Na": 5e-7, "P_K": 5e-5, "P_Cl": 5e-3},
}
_THERMAL = {"conductance": 25.69, "permeability": 25.8}
"""RT/F of the published cells [mV]."""

_CELL = {"area": 314.1592653589793, "n_X": 26.179938779914945, "valence_X": -1.0}
"""A sphere of 5 um radius with 50 mmol/L of impermeant solutes to begin with."""


_DENSITIES = ("mS/cm2", "uA/cm2")
"""Units that may be given for the whole cell, or per its capacitance, if that is given."""


class Inside(NamedTuple):
    """Concentrations inside [mmol/L]."""

    Na: Any
    K: Any
    Cl: Any


@dataclass(frozen=True)
class Cell:
    """The laws of a cell.

    Args:
        leaks: one of `LEAKS`.
        law: the pump's rate law.
    """

    leaks: str
    law: str

    def parameters(self) -> dict[str, Parameter]:
        """Return every parameter by name, with the published cell as default."""
        source = _KAY if self.leaks == "conductance" else _NAKDYN
        kelvin = _THERMAL[self.leaks] / MILLIVOLT_PER_KELVIN
        rows = {"temperature": kelvin - T0} | _BATH[self.leaks] | _SIZE[self.leaks] | _CELL
        found = {name: parameter(name, value, source) for name, value in rows.items()}
        law = LAWS[self.law]
        constants = dict(law.constants)
        own = law.source
        if self.law == "constant":
            constants, own = {"I_max": 0.5}, _KAY
        for symbol, value in constants.items():
            name = f"{symbol}_pump"
            found[name] = parameter(name, value, own if value is not None else "")
        found |= {"blocked_pump": parameter("blocked_pump", 0.0, "no ouabain")}
        return {
            name: replace(row, divide_by="area", multiply_by="capacitance")
            if row.unit in _DENSITIES
            else row
            for name, row in found.items()
        }

    def inside(self, values: Values) -> Any:
        """Return whether every parameter lies in its domain."""
        good = jnp.asarray(True)
        for name, row in self.parameters().items():
            low, high = row.bounds
            good &= (values[name] >= low) & (values[name] <= high)
        for name in ("Na_out", "K_out", "Cl_out", "area", "n_X", *_SIZE[self.leaks]):
            if name != "g_KCC2":
                good &= values[name] > 0
        return good

    def pump(self, values: Values, Na_in: Any, working: Any) -> Any:
        """Return the pump's net outward current [uA/cm2].

        Args:
            values: the parameters.
            Na_in: sodium inside [mmol/L].
            working: the fraction that is not blocked [1].
        """
        here = {name.removesuffix("_pump"): value for name, value in values.items()}
        return working * LAWS[self.law].size(here | {"Na_in": Na_in})

    def bath_is_neutral(self, values: Values) -> Any:
        """Return whether the charges outside can add up to zero."""
        return is_neutral(*(values[f"{each}_out"] for each in ("Na", "K", "Cl", "X")))

    def osmolarity(self, values: Values) -> Any:
        """Return the sum of all solutes outside [mmol/L]."""
        return values["Na_out"] + values["K_out"] + values["Cl_out"] + values["X_out"]

    def reversal(self, values: Values, at: Inside) -> Inside:
        """Return the reversal potentials [mV]."""
        kT = thermal_voltage(values["temperature"])
        return Inside(
            kT * jnp.log(values["Na_out"] / at.Na),
            kT * jnp.log(values["K_out"] / at.K),
            kT * jnp.log(at.Cl / values["Cl_out"]),
        )

    def potential(self, values: Values, at: Inside, pump: Any) -> Any:
        """Return the potential without net current, NaN where it was not found [mV]."""
        if self.leaks == "permeability":
            return self._of_field(values, at, pump)
        E = self.reversal(values, at)
        g = Inside(values["g_Na"], values["g_K"], values["g_Cl"])
        return (sum(a * b for a, b in zip(g, E, strict=True)) - pump) / sum(g)

    def leak_conductance(self, values: Values, at: Inside, V: Any) -> Any:
        """Return the slope of the leaks' current [mS/cm2]; KCC2 carries no net charge."""
        if self.leaks == "conductance":
            return values["g_Na"] + values["g_K"] + values["g_Cl"]
        kT = thermal_voltage(values["temperature"])
        out, back = self._fluxes(values, at)

        def current(V: Any) -> Any:
            rising, falling = bernoulli_pair(V / kT)
            return F * (out * rising - back * falling)

        return jax.jvp(current, (V,), (jnp.ones_like(V),))[1]

    def _fluxes(self, values: Values, at: Inside) -> tuple[Any, Any]:
        """Return P c of what makes V rise as it goes, and of what makes it fall [cm/s mmol/L]."""
        P = Inside(values["P_Na"], values["P_K"], values["P_Cl"])
        out = P.Na * at.Na + P.K * at.K + P.Cl * values["Cl_out"]
        back = P.Na * values["Na_out"] + P.K * values["K_out"] + P.Cl * at.Cl
        return out, back

    def _of_field(self, values: Values, at: Inside, pump: Any) -> Any:
        """Return the zero of a constant field with a pump: its current rises throughout."""
        kT = thermal_voltage(values["temperature"])
        out, back = self._fluxes(values, at)
        total = out + back

        def current(u: Any) -> Any:
            rising, falling = bernoulli_pair(u)
            return (out * rising - back * falling + pump / F) / total

        u = jnp.log(back / out)
        for _ in range(_FIELD_STEPS):
            value, slope = jax.jvp(current, (u,), (jnp.ones_like(u),))
            u = u - value / slope
        eps = float(np.finfo(u.dtype).eps)
        # Of the order of rounding: the fluxes are of size 1, and u multiplies them.
        settled = jnp.abs(current(u)) <= 64 * eps * (1 + jnp.abs(u))
        return jnp.where(settled, u * kT, jnp.nan)

    def sodium_current(self, values: Values, at: Inside, V: Any) -> Any:
        """Return the leak of Na, outward positive [uA/cm2]."""
        if self.leaks == "conductance":
            return values["g_Na"] * (V - self.reversal(values, at).Na)
        return self._field(values, "Na", at.Na, V)

    def potassium_current(self, values: Values, at: Inside, V: Any) -> Any:
        """Return the leak of K and what goes with Cl through KCC2, outward positive [uA/cm2]."""
        if self.leaks == "conductance":
            E = self.reversal(values, at)
            return values["g_K"] * (V - E.K) + values["g_KCC2"] * (E.Cl - E.K)
        return self._field(values, "K", at.K, V)

    def _field(self, values: Values, ion: str, inside: Any, V: Any) -> Any:
        rising, falling = bernoulli_pair(V / thermal_voltage(values["temperature"]))
        return F * values[f"P_{ion}"] * (inside * rising - values[f"{ion}_out"] * falling)


def cell_of(kernel: str, leaks: Any, law: Any) -> Cell:
    """Return the cell that options describe.

    Raises:
        ValueError: an option has no such value, or a law needs the potential.
    """
    described = one_of(f"{kernel}: leaks", leaks, LEAKS)
    usual = "constant" if described == "conductance" else "linear"
    name = one_of(f"{kernel}: law", usual if law is None else law, LAWS)
    if LAWS[name].current != STEADY:
        raise ValueError(
            f"{kernel}: law {name} follows the potential, which this model takes from the pump's "
            f"current; use one of {', '.join(n for n in LAWS if LAWS[n].current == STEADY)}"
        )
    return Cell(described, name)
