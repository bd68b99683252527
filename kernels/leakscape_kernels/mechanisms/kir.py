"""The inward rectifier: a conductance that closes on depolarisation.

boltzmann: I = g s (V - E)/(1 + exp((V - V_half)/k)). With V_shift in place of V_half the midpoint
is E + V_shift, so that the gate follows the reversal potential as strong Kir channels do. With
K_ref the conductance scales by s = sqrt(K_out/K_ref), else s = 1.
luo_rudy: the cardiac I_K1 of Luo & Rudy, g sqrt(K_out/K_ref) K1(V - E) (V - E), whose gate K1 is a
function of V - E alone and whose g is that at K_ref = 5.4 mmol/L.

Limits:
    The block by Mg and polyamines is in its steady state, and in no other way a function of what is
    inside the cell.

References:
    Luo CH, Rudy Y (1994) A dynamic model of the cardiac ventricular action potential. Circ Res
    74:1071-1096. doi:10.1161/01.RES.74.6.1071
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from leakscape_kernels.mechanisms.boltzmann import BoltzmannBounds, falling, falling_with_reversal
from leakscape_kernels.mechanisms.channel import channel
from leakscape_kernels.mechanisms.mechanism import Here, Mechanism
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.table_entry import Entry
from leakscape_kernels.on_demand import jax, jnp

_LUO_RUDY_PEAK = 16.7747
"""Where (V - E) K_1(V - E) is largest, and up to where it rises: V - E, rounded down [mV]."""

_LUO_RUDY_STEEPEST = 0.1247
"""What that current falls at most, per size and mV, rounded up [1]."""

_LUO_RUDY = "I_K1 of Luo & Rudy (1994), doi:10.1161/01.RES.74.6.1071"


def luo_rudy_gate(V: Any, here: Here) -> Any:
    r"""Return $K_1 = \alpha/(\alpha + \beta)$ of x = V - E, with the published constants [1].

    $\alpha = 1.02/(1 + e^{0.2385(x - 59.215)})$,
    $\beta = \frac{0.49124 e^{0.08032(x + 5.476)} + e^{0.06175(x - 594.31)}}
    {1 + e^{-0.5143(x + 4.753)}}$. The logistic factors are formed as such: written out, they
    overflow in float32 and leave no slope.
    """
    x = V - here["E"]
    alpha = 1.02 * jax.nn.sigmoid(-0.2385 * (x - 59.215))
    rise = 0.49124 * jnp.exp(0.08032 * (x + 5.476)) + jnp.exp(0.06175 * (x - 594.31))
    beta = rise * jax.nn.sigmoid(0.5143 * (x + 4.753))
    return alpha / (alpha + beta)


@dataclass(frozen=True)
class LuoRudyBounds:
    """What that gate tells of the current."""

    least: ClassVar[None] = None

    def rises_to(self, here: Here) -> Any:
        """Return the potential up to which the current rises [mV]."""
        return here["E"] + _LUO_RUDY_PEAK

    def least_slope(self, low: Any, high: Any, here: Here) -> Any:
        """Return what dI/dV is nowhere below [mS/cm2]."""
        return -_LUO_RUDY_STEEPEST * here["size"]


def root_of_potassium(here: Here) -> Any:
    """Return sqrt(K_out/K_ref), the growth of the conductance with its own ion [1].

    Without potassium outside its slope along K_ref is 0; that along K_out is infinite, and is given
    as 0: as a number, it would make all slopes NaN.
    """
    ratio = jnp.asarray(here["outside"] / here["K_ref"])
    none = ratio == 0
    return jnp.where(none, 0.0, jnp.sqrt(jnp.where(none, 1.0, ratio)))


def kir(entry: Entry) -> Mechanism:
    """Return the rectifier that a table describes: `g`, `ion` or `E`, `form` and its gate.

    Args:
        entry: what was written: `g` [mS/cm2], `E`, `V_half`, `V_shift` and `k` [mV], `K_ref`
            [mmol/L].

    Returns:
        the mechanism; its current is outward positive [uA/cm2].

    Raises:
        ValueError: a key or value is not one that this type takes.
    """
    form = entry.choice("form", ("boltzmann", "luo_rudy"), "boltzmann")
    if form == "luo_rudy":
        entry.known(("ion", "g", "form", "K_ref"))
        _need_ion(entry, "form luo_rudy")
        reference = entry.own({"K_ref": 5.4}, _LUO_RUDY)
        return channel(
            entry,
            "g",
            reference,
            g=0.75,
            gate=luo_rudy_gate,
            bounds=LuoRudyBounds(),
            factor=root_of_potassium,
            source=_LUO_RUDY,
        )
    entry.known(("ion", "E", "g", "form", "V_half", "V_shift", "k", "K_ref"))
    middle = entry.either("V_half", "V_shift")
    more = entry.own({middle: None, "k": None})
    gate = falling if middle == "V_half" else falling_with_reversal
    bounds = BoltzmannBounds(relative=middle == "V_shift")
    if "K_ref" not in entry.table:
        return channel(entry, "g", more, gate=gate, bounds=bounds)
    _need_ion(entry, "K_ref")
    more |= entry.own({"K_ref": None})
    return channel(entry, "g", more, gate=gate, bounds=bounds, factor=root_of_potassium)


def _need_ion(entry: Entry, what: str) -> None:
    if "ion" not in entry.table:
        raise ValueError(f"{entry.where}: {what} needs an ion; add ion = ...")


KIR = MechanismType(
    build=kir,
    words=__doc__,
    examples=(
        'Kir = { type = "kir", ion = "K", g = "1 mS/cm2", V_shift = "0 mV", k = "10 mV" }',
        'Kir = { type = "kir", form = "luo_rudy", ion = "K" }',
    ),
)
"""The type `kir`."""
