r"""The constant field of Goldman, Hodgkin and Katz as plain functions: its rest and its currents.

An ion of valence z carries $I = P z F (c_i B(-zu) - c_o B(zu))$ with $u = FV/RT$ and
$B(u) = u/(e^u - 1)$. Where the currents of monovalent and divalent ions of either sign sum to zero,
$x = e^{FV/RT}$ is the positive root of

$(M_i + D_i) x^2 + (M_i - M_o) x - (M_o + D_o) = 0$,

where M sums $P c$ of the monovalent and D $4 P c$ of the divalent ions, anions with their sides
swapped; the permeabilities are true ones, those of the currents. With $s = M_i + M_o$,
$q = M_i D_o + D_i M_o + D_i D_o$ and $e = 2q/(s + \sqrt{s^2 + 4q})$ that root is
$x = (M_o + e)/(M_i + D_i)$, sums of what is never negative, so that no digit is lost. Without
divalent ions e is 0, and the root is the GHK voltage equation, to the last bit.

Limits:
    A trivalent ion has no such form, nor has a pump beside divalent ions: their rest is a zero to
    be searched for. $P' = P/(1 + e^u)$ of Lewis is another permeability, which follows V.

References:
    Goldman DE (1943) Potential, impedance, and rectification in membranes. J Gen Physiol
    27:37-60. doi:10.1085/jgp.27.1.37
    Hodgkin AL, Katz B (1949) The effect of sodium ions on the electrical activity of the giant
    axon of the squid. J Physiol 108:37-77. doi:10.1113/jphysiol.1949.sp004310
    Spangler SG (1972) Expansion of the constant field equation to include both divalent and
    monovalent ions. Ala J Med Sci 9:218-223.
    Lewis CA (1979) Ion-concentration dependence of the reversal potential and the single channel
    conductance of ion channels at the frog neuromuscular junction. J Physiol 286:417-445.
    doi:10.1113/jphysiol.1979.sp012629
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leakscape_kernels.constants import F
from leakscape_kernels.formulas.nernst import thermal_voltage
from leakscape_kernels.numerics import (
    Scalar,
    bernoulli,
    bernoulli_slope,
    log_ratio,
    nan_unless,
)
from leakscape_kernels.on_demand import Array, Float, jnp

CHARGES = (1, 2)
"""How many charges an ion may carry for the rest to have a formula [1]."""


def pulls(
    permeability: Sequence[Scalar],
    valence: Sequence[int],
    inside: Sequence[Scalar],
    outside: Sequence[Scalar],
) -> tuple[Any, Any]:
    """Return numerator and denominator of $e^{FV/RT}$ where the GHK currents sum to zero.

    What comes in pulls the potential up, what goes out pulls it down. A permeability or a
    concentration may be 0; either result is 0 or NaN where there is no rest.

    Args:
        permeability: of each ion [cm/s, or any common unit].
        valence: 1, -1, 2 or -2 for each ion [1].
        inside: concentration of each ion inside [mmol/L].
        outside: concentration of each ion outside [mmol/L].

    Returns:
        what pulls up and what pulls down [permeability x mmol/L].

    Raises:
        ValueError: a valence is none of these: such an ion leaves the rest without a formula.
    """
    for z in valence:
        if abs(z) not in CHARGES:
            raise ValueError(
                f"GHK voltage: valences must be 1, -1, 2 or -2, got {z}; "
                "use the kernel equilibrium, which takes any"
            )
    ions = list(zip(permeability, valence, inside, outside, strict=True))
    if all(abs(z) == 1 for z in valence):
        return _summed(ions, 1)
    return _with_divalents(_summed(ions, 1), _summed(ions, 2))


def _summed(ions: Sequence[tuple[Scalar, int, Scalar, Scalar]], charges: int) -> tuple[Any, Any]:
    """Return the sums of z^2 P c that pull up and down, over the ions of one number of charges."""
    up: Any = 0.0
    down: Any = 0.0
    for P, z, inside, outside in ions:
        if abs(z) == charges:
            weight = P if charges == 1 else charges**2 * P
            up = up + weight * (outside if z > 0 else inside)
            down = down + weight * (inside if z > 0 else outside)
    return up, down


def _with_divalents(
    monovalent: tuple[Scalar, Scalar], divalent: tuple[Scalar, Scalar]
) -> tuple[Any, Any]:
    """Return numerator and denominator of x from the sums of both kinds that pull up and down."""
    whole = monovalent[0] + divalent[0], monovalent[1] + divalent[1]
    exists = jnp.asarray(whole[0] > 0) & (whole[1] > 0)
    # A harmless value first, lest a NaN enter the derivatives of others.
    M_o, M_i, D_o, D_i = (jnp.where(exists, x, 1.0) for x in (*monovalent, *divalent))
    total = (M_o + D_o) + (M_i + D_i)
    # Products of two permeabilities underflow in float32: one of them is taken over the total.
    q = M_i * (D_o / total) + D_i * ((M_o + D_o) / total)
    s = (M_o + M_i) / total
    e = 2.0 * q / (s + jnp.sqrt(s * s + 4.0 * (q / total)))
    return nan_unless(exists, M_o + e), whole[1]


def voltage(
    permeability: Sequence[Scalar],
    valence: Sequence[int],
    inside: Sequence[Scalar],
    outside: Sequence[Scalar],
    temperature: Scalar,
) -> Float[Array, ""]:
    r"""Return the potential at which the GHK currents of mono- and divalent ions sum to zero.

    For monovalent ions
    $V = \frac{RT}{F} \ln\frac{\sum P_+ c_o + \sum P_- c_i}{\sum P_+ c_i + \sum P_- c_o}$. Only
    ratios of permeabilities matter; one that dominates gives its Nernst potential, and the result
    always lies between the smallest and the largest of those. A permeability or a concentration
    may be 0. NaN where no ion is left on one side.

    Args:
        permeability: of each ion [cm/s, or any common unit].
        valence: 1, -1, 2 or -2 for each ion [1].
        inside: concentration of each ion inside [mmol/L].
        outside: concentration of each ion outside [mmol/L].
        temperature: temperature [degC].

    Returns:
        V, inside minus outside [mV].

    Raises:
        ValueError: a valence is none of these.
    """
    up, down = pulls(permeability, valence, inside, outside)
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
