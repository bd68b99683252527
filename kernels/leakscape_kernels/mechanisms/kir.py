"""The inward rectifier: a conductance that closes on depolarisation.

boltzmann: I = g s (V - E)/(1 + exp((V - V_half)/k)). With V_shift in place of V_half the midpoint
is E + V_shift, so that the gate follows the reversal potential as strong Kir channels do. With
K_ref the conductance scales by s = (K_out/K_ref)^K_exponent, the square root unless K_exponent is
given, else s = 1.
With k2 there is a second factor, 1/(1 + exp((V - V_half2)/k2)) or with V_shift2 likewise, and the
open fraction is the product of both. A factor closes on depolarisation where its k is positive and
opens where it is negative. With power the open fraction is raised to it: 0.5 is a square-root gate.
The astrocyte of Halnes et al. has V_shift = "-18.5 mV", k = "42.5 mV", V_half2 = "-118.6 mV" and
k2 = "-44.1 mV".
luo_rudy: the cardiac I_K1 of Luo & Rudy, I = g s K1 (V - E), whose gate K1 = alpha/(alpha + beta)
is a function of x = V - E alone and whose g is that at K_ref = 5.4 mmol/L:
alpha = rate_alpha/(1 + exp(steep_alpha (x - shift_alpha))),
beta = (rate_beta exp(steep_beta (x - shift_beta)) + exp(steep_far (x - shift_far)))
/(1 + exp(-steep_near (x - shift_near))).

Limits:
    The block by Mg and polyamines is in its steady state, and in no other way a function of what is
    inside the cell. With a second factor every rest is searched for, as nothing is known beforehand
    of where the current rises; with other constants than those of Luo & Rudy, above E.

References:
    Luo CH, Rudy Y (1994) A dynamic model of the cardiac ventricular action potential. Circ Res
    74:1071-1096. doi:10.1161/01.RES.74.6.1071
    Halnes G, Ostby I, Pettersen KH, Omholt SW, Einevoll GT (2013) Electrodiffusive model for
    astrocytic and neuronal ion concentration dynamics. PLoS Comput Biol 9:e1003386.
    doi:10.1371/journal.pcbi.1003386
"""

from __future__ import annotations

from leakscape_kernels.mechanisms.boltzmann import BoltzmannBounds, Falling
from leakscape_kernels.mechanisms.channel import channel
from leakscape_kernels.mechanisms.gate import Gate
from leakscape_kernels.mechanisms.luo_rudy import CONSTANTS, SOURCE, LuoRudyBounds, luo_rudy_gate
from leakscape_kernels.mechanisms.mechanism import Here, Mechanism
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.table_entry import Entry
from leakscape_kernels.on_demand import Array, Float, jnp
from leakscape_kernels.protocol import Parameter

_SQUARE_ROOT = "the square root of K outside, as strong inward rectifiers have it"

_SECOND = ("V_half2", "V_shift2", "k2")
"""The keys of a second factor: any of them makes one."""


def growth_with_potassium(here: Here) -> Float[Array, ""]:
    """Return (K_out/K_ref)^K_exponent, the growth of the conductance with its own ion [1].

    Without potassium outside it is 0, and so are its slopes: that along K_out may be infinite, and
    as a number it would make all slopes NaN.
    """
    ratio = jnp.asarray(here["outside"] / here["K_ref"])
    none = ratio == 0
    # Two functions that run side by side for many points: a power is thrice as slow.
    grown = jnp.exp(here["K_exponent"] * jnp.log(jnp.where(none, 1.0, ratio)))
    return jnp.where(none, 0.0, grown)


def kir(entry: Entry) -> Mechanism:
    """Return the rectifier that a table describes: `g`, `ion` or `E`, `form` and its gate.

    Args:
        entry: what was written: `g` [mS/cm2], `E`, `V_half`, `V_shift` and `k`, and those of a
            second factor, `V_half2`, `V_shift2` and `k2` [mV], `power` [1], `K_ref` [mmol/L],
            `K_exponent` [1]; with the form luo_rudy its constants.

    Returns:
        the mechanism; its current is outward positive [uA/cm2].

    Raises:
        ValueError: a key or value is not one that this type takes.
    """
    form = entry.choice("form", ("boltzmann", "luo_rudy"), "boltzmann")
    return _luo_rudy(entry) if form == "luo_rudy" else _boltzmann(entry)


def _luo_rudy(entry: Entry) -> Mechanism:
    """Return the rectifier of Luo and Rudy."""
    entry.known(("ion", "g", "form", "K_ref", "K_exponent", *CONSTANTS))
    _need_ion(entry, "form luo_rudy")
    return channel(
        entry,
        "g",
        entry.own({"K_ref": 5.4, "K_exponent": 0.5, **CONSTANTS}, SOURCE),
        g=0.75,
        gate=luo_rudy_gate,
        bounds=LuoRudyBounds(),
        factor=growth_with_potassium,
        source=SOURCE,
    )


def _boltzmann(entry: Entry) -> Mechanism:
    """Return a rectifier of one Boltzmann factor, or of two."""
    gate = ("V_half", "V_shift", "k", *_SECOND, "power")
    entry.known(("ion", "E", "g", "form", *gate, "K_ref", "K_exponent"))
    middle = entry.either("V_half", "V_shift")
    power = "power" in entry.table
    gates = [Gate(steady=Falling(middle == "V_shift", power=power), instant=True)]
    more = entry.own({middle: None, "k": None})
    bounds = BoltzmannBounds(relative=middle == "V_shift", power=power)
    if second := _second(entry):
        law = Falling(second == "V_shift2", number="2", power=power)
        gates.append(Gate(steady=law, name="2", instant=True))
        more |= entry.own({second: None, "k2": None})
    more |= entry.own({"power": None}) if power else {}
    growth = _growth(entry)
    return channel(
        entry,
        "g",
        more | growth,
        gates=gates,
        bounds=None if second else bounds,
        factor=growth_with_potassium if growth else None,
    )


def _second(entry: Entry) -> str | None:
    """Return the symbol of a second midpoint, V_half2 where only k2 is written; None without."""
    written = [key for key in _SECOND if key in entry.table]
    if "k2" in written and len(written) == 1:
        return "V_half2"
    return entry.either("V_half2", "V_shift2") if written else None


def _growth(entry: Entry) -> dict[str, Parameter]:
    """Return the parameters of the growth with potassium outside, none without it."""
    for key in ("K_ref", "K_exponent"):
        if key in entry.table:
            _need_ion(entry, key)
            return entry.own({"K_ref": None}) | entry.own({"K_exponent": 0.5}, _SQUARE_ROOT)
    return {}


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
