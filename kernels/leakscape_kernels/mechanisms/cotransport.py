r"""Cotransporters that carry no net charge: KCC2 and NKCC1, ions that cross together in one cycle.

With $n_j$ ions of valence $z_j$ carried in one cycle, $\sum n_j z_j = 0$, a cycle outward releases
$\sum n_j RT \ln(c_i/c_o)_j$, which is -F times $\sum n_j z_j E_j$; V takes no part. The cycle
runs in proportion to that force, with a conductance g as its size, and every ion crosses as often
as it is carried:

$I_j = g\, n_j z_j A$ with $A = -\sum n_j z_j E_j$.

KCC2 carries K and Cl: $A = E_{Cl} - E_K = \frac{RT}{F}\ln\frac{K_i Cl_i}{K_o Cl_o}$.

NKCC1 carries Na, K and 2 Cl: $A = 2 E_{Cl} - E_{Na} - E_K =
-\frac{RT}{F}\ln\frac{Na_o K_o Cl_o^2}{Na_i K_i Cl_i^2}$.

Each $I_j$ is what the flux would be as a current, outward positive: potassium that leaves counts
above 0, chloride that leaves below. They sum to 0, and so move concentrations, not V.

Limits:
    A cycle stands still where A = 0: KCC2 where $E_{Cl} = E_K$, NKCC1 where
    $E_{Cl} = (E_{Na} + E_K)/2$, which is $Cl_i = Cl_o \sqrt{Na_o K_o/(Na_i K_i)}$. Only that
    zero is thermodynamics. The law is good near it; far away a real transporter saturates.

References:
    Düsterwald KM et al. (2018) Biophysical models reveal the relative importance of transporter
    proteins and impermeant anions in chloride homeostasis. eLife 7:e39575. doi:10.7554/eLife.39575
    Østby I et al. (2009) Astrocytic mechanisms explaining neural-activity-induced shrinkage of
    extraneuronal space. PLoS Comput Biol 5:e1000272. doi:10.1371/journal.pcbi.1000272
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leakscape_kernels.nomenclature import VALENCES
from leakscape_kernels.numerics import Scalar


@dataclass(frozen=True)
class Cotransporter:
    """Ions that cross a membrane together, without net charge.

    Args:
        name: the owner of its conductance, as NKCC1 is of `g_NKCC1`.
        carried: how many of each ion cross in one cycle, by name; their charges sum to 0 [1].
    """

    name: str
    carried: Mapping[str, int]

    @property
    def charges(self) -> dict[str, int]:
        """The charges that one cycle outward moves outward, by ion; they sum to 0 [1]."""
        return {ion: count * VALENCES[ion] for ion, count in self.carried.items()}

    def force(self, E: Mapping[str, Scalar]) -> Any:
        """Return what drives a cycle outward: above 0 the ions leave, at 0 it stands still [mV].

        Args:
            E: reversal potential of each ion that is carried, by name [mV].
        """
        return -sum(charge * E[ion] for ion, charge in self.charges.items())

    def currents(self, conductance: Scalar, E: Mapping[str, Scalar]) -> dict[str, Any]:
        """Return the flux of each ion as a current density, outward positive; they sum to 0.

        Args:
            conductance: size of the cotransporter, 0 where it is absent [mS/cm2].
            E: reversal potential of each ion that is carried, by name [mV].

        Returns:
            current density by ion [uA/cm2].
        """
        rate = conductance * self.force(E)
        return {ion: charge * rate for ion, charge in self.charges.items()}

    def standstill(self, ion: str, E: Mapping[str, Scalar]) -> Any:
        """Return the reversal potential of one ion at which no cycle runs [mV].

        Args:
            ion: one that is carried.
            E: reversal potentials of the others that are carried, by name [mV].
        """
        others = {other: charge for other, charge in self.charges.items() if other != ion}
        return -sum(charge * E[other] for other, charge in others.items()) / self.charges[ion]


KCC2 = Cotransporter("KCC2", {"K": 1, "Cl": 1})
"""Potassium and chloride: it takes chloride out of a cell that is rich in potassium."""

NKCC1 = Cotransporter("NKCC1", {"Na": 1, "K": 1, "Cl": 2})
"""Sodium, potassium and two chloride: it takes chloride into a cell that is poor in sodium."""

COTRANSPORTERS = {each.name: each for each in (KCC2, NKCC1)}
"""The cotransporters by name."""
