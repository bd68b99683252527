r"""What a resting cell spends on its sodium-potassium pump.

The pump moves 3 Na out and 2 K in for one ATP, and so carries one charge out: with I_p its net
current, I_p/e molecules of ATP a second. At rest each leak balances the pump's share of its ion,

    g_Na (E_Na - V) = 3 I_p    and    g_K (V - E_K) = 2 I_p,

and an electrode measures 1/R_in = g_Na + g_K, for the pump hardly follows V. Together

    $I_p = \frac{(E_{Na} - V)(V - E_K)}{R_{in} (V + 2 E_{Na} - 3 E_K)}$.

The chord equation leaves the pump's own current out: g_Na/g_K = (V - E_K)/(E_Na - V). It puts less
of the same 1/R_in on sodium, and a third of its sodium leak is too little ATP, by the share
1 - (V + 2 E_Na - 3 E_K)/(3 (E_Na - E_K)) = (E_Na - V)/(3 (E_Na - E_K)).

References:
    Attwell D, Laughlin SB (2001) An energy budget for signaling in the grey matter of the brain.
    J Cereb Blood Flow Metab 21:1133-1145. doi:10.1097/00004647-200110000-00001
"""

from __future__ import annotations

from typing import Any

from leakscape_kernels.codes import codes
from leakscape_kernels.constants import ELEMENTARY_CHARGE
from leakscape_kernels.nomenclature import output, parameter
from leakscape_kernels.numerics import Scalar, nan_unless
from leakscape_kernels.on_demand import Array, Bool, Float, jnp
from leakscape_kernels.protocol import Kernel, Values, status

SODIUM_PER_ATP = 3.0
"""Sodium ions that the sodium-potassium pump moves out for one ATP."""

POTASSIUM_PER_ATP = 2.0
"""Potassium ions that the sodium-potassium pump moves in for one ATP."""

PICOAMPERE_MOHM = 1e3
"""The current that 1 mV drives through 1 MOhm [pA]."""

PER_SECOND_PA = 1e-12 / ELEMENTARY_CHARGE
"""Charges a second in 1 pA [1/s]; as one number, for e alone leaves the range of float32."""

MEGOHM_UM2 = 1e5
"""A resistance of 1 kOhm cm2 over 1 um2 of membrane [MOhm]."""

AMPERE_UM2 = 1e-14
"""A current density of 1 uA/cm2 through 1 um2 of membrane [A]."""

ATP_BUDGET = 3.29e9
"""What a neuron that fires at 4 Hz spends in all, by Attwell & Laughlin [1/s]."""

BUDGET_SOURCE = (
    "a neuron that fires at 4 Hz, Attwell & Laughlin (2001), doi:10.1097/00004647-200110000-00001"
)
"""Where `ATP_BUDGET` comes from."""

_ROUND = (
    "constructed for this program: round values, with which the formula gives 340 million ATP/s; "
    "Attwell & Laughlin (2001), doi:10.1097/00004647-200110000-00001, give 342"
)


def charges_per_second(current: Any, area: Any) -> Any:
    """Return the elementary charges that a current density carries through a cell's membrane [1/s].

    Args:
        current: current density, its sign kept [uA/cm2].
        area: of the membrane [um2].
    """
    # As one number: either of its parts alone would leave the range of float32.
    return current * area * (AMPERE_UM2 / ELEMENTARY_CHARGE)


def leaks_both_ways(V: Scalar, E_Na: Scalar, E_K: Scalar) -> Bool[Array, ""]:
    """Return whether E_K < V < E_Na: sodium leaks in and potassium out.

    Args:
        V: membrane potential [mV].
        E_Na: reversal potential of sodium [mV].
        E_K: reversal potential of potassium [mV].
    """
    return jnp.asarray((E_Na - V > 0) & (V - E_K > 0))


def pump_current(
    V: Scalar, E_Na: Scalar, E_K: Scalar, input_resistance: Scalar
) -> Float[Array, ""]:
    r"""Return the net pump current of a cell whose leaks the pump balances, outward positive.

    $I_p = (E_{Na} - V)(V - E_K)/[R_{in} (V + 2 E_{Na} - 3 E_K)]$. It vanishes at E_K and at E_Na,
    where one ion has no leak, and goes as 1/R_in. NaN outside E_K < V < E_Na and R_in > 0.

    Args:
        V: resting potential, inside minus outside [mV].
        E_Na: reversal potential of sodium [mV].
        E_K: reversal potential of potassium [mV].
        input_resistance: slope resistance of the cell, the pump's slope left out [MOhm].

    Returns:
        I_p [pA].

    References:
        Attwell D, Laughlin SB (2001) J Cereb Blood Flow Metab 21:1133-1145.
        doi:10.1097/00004647-200110000-00001
    """
    inward, outward = jnp.asarray(E_Na - V), jnp.asarray(V - E_K)
    # V + 2 E_Na - 3 E_K, as a sum of what is positive. The fraction lies between 0 and 1/3.
    whole = SODIUM_PER_ATP * outward + POTASSIUM_PER_ATP * inward
    force = inward * jnp.divide(outward, whole)
    defined = leaks_both_ways(V, E_Na, E_K) & (input_resistance > 0)
    return nan_unless(defined, jnp.divide(PICOAMPERE_MOHM * force, input_resistance))


def chord_atp_rate(
    V: Scalar, E_Na: Scalar, E_K: Scalar, input_resistance: Scalar
) -> Float[Array, ""]:
    r"""Return a third of the sodium leak that the chord equation of K and Na without a pump tells.

    $g_{Na} (E_{Na} - V)/3e$ with $g_{Na}/g_K = (V - E_K)/(E_{Na} - V)$ and $g_{Na} + g_K =
    1/R_{in}$, which is $(E_{Na} - V)(V - E_K)/[3 e R_{in} (E_{Na} - E_K)]$. NaN outside
    E_K < V < E_Na and R_in > 0.

    Args:
        V: resting potential, inside minus outside [mV].
        E_Na: reversal potential of sodium [mV].
        E_K: reversal potential of potassium [mV].
        input_resistance: slope resistance of the cell [MOhm].

    Returns:
        ATP [1/s].
    """
    inward, outward = jnp.asarray(E_Na - V), jnp.asarray(V - E_K)
    force = inward * jnp.divide(outward, outward + inward)
    defined = leaks_both_ways(V, E_Na, E_K) & (input_resistance > 0)
    leak = nan_unless(defined, jnp.divide(PICOAMPERE_MOHM * force, input_resistance))
    return leak * (PER_SECOND_PA / SODIUM_PER_ATP)


def _evaluate(values: Values) -> dict[str, Array]:
    """Return every output of `resting_cost` and the status."""
    at = (values["V"], values["E_Na"], values["E_K"], values["input_resistance"])
    V, E_Na, E_K, resistance = at
    budget = values["atp_budget"]
    defined = leaks_both_ways(V, E_Na, E_K) & (resistance > 0) & (budget > 0)
    current = nan_unless(defined, pump_current(*at))
    spent = current * PER_SECOND_PA
    chord = nan_unless(defined, chord_atp_rate(*at))
    found = {
        "atp_rate": spent,
        "atp_rate_chord": chord,
        "Na_load": SODIUM_PER_ATP * spent,
        "pump_current": current,
        "budget_share": jnp.divide(spent, budget),
    }
    finite = jnp.asarray(True)
    for value in (*at, *found.values()):
        finite &= jnp.isfinite(value)
    found = {name: nan_unless(finite, value) for name, value in found.items()}
    return found | {"status": status(defined, finite)}


resting_cost = Kernel(
    name="resting_cost",
    parameters={
        "V": parameter("V", -70.0, _ROUND),
        "E_Na": parameter("E_Na", 50.0, _ROUND),
        "E_K": parameter("E_K", -100.0, _ROUND),
        "input_resistance": parameter("input_resistance", 200.0, _ROUND),
        "atp_budget": parameter("atp_budget", ATP_BUDGET, BUDGET_SOURCE),
    },
    outputs={
        name: output(name, headline=name == "atp_rate")
        for name in ("atp_rate", "atp_rate_chord", "Na_load", "pump_current", "budget_share")
    },
    evaluate=_evaluate,
    codes=codes(),
)
"""Kernel: the ATP that a cell spends to hold its rest, by its input resistance.

Status 11 outside E_K < V < E_Na and without a positive input resistance and budget; 10 where a
number leaves the range of the precision. With either every output is NaN.
"""
