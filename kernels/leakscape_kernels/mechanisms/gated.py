"""A channel behind gates that follow V or calcium: ohmic, or by the constant field.

The current is g (V - E), or with P that of a ghk_leak, times the product of x^power over the gates.
A gate moves by dx/dt = (x_inf - x)/tau; at rest x = x_inf, and equilibria need no tau.

With V_half and k in the row itself there is one gate that follows V at once,
x_inf = 1/(1 + exp(-(V - V_half)/k)): a positive k opens the channel on depolarisation (activation),
a negative one on hyperpolarisation (inactivation, or an HCN channel). The other gates stand in
`gates`, one table a gate. Each has one of these:

    rates    x_inf = alpha/(alpha + beta) and tau = 1/(alpha + beta). Each rate has a form, a rate
             A, a midpoint M and a scale S; with x = (V - M)/S they are, as in NeuroML 2,
             exp A exp(x), sigmoid A/(1 + exp(-x)), exp_linear A x/(1 - exp(-x)), which is A at M
    V_half   with k: x_inf = 1/(1 + exp(-(V - V_half)/k))
    follows  "Ca", with K_half and hill: x_inf = c^hill/(c^hill + K_half^hill), where c is Ca_in, or
             with a table `calcium` of the membrane what its Ca currents bring in
    inf      a function of V, or of V and of what the mechanism sees, that returns x_inf

A gate with rates has its tau from them. Any other may have a tau, or be `instant`:

    "1 ms"                        constant
    { min, max, V_half, k }       a bell, min + (max - min) exp(-((V - V_half)/k)^2)
    { cosh = "25 ms" }            Morris and Lecar's, 25 ms/cosh((V - V_half)/(4 k)), V_half and k
                                  being those of the gate
    "my_gates.py:a_tau"           a function, as for inf

`rate_factor` and `q10` divide tau (they multiply both rates) and leave x_inf as it is; `q10` of the
row itself multiplies the current instead. Every number is a parameter: `V_half_m_Na`, `k_h_Na`,
`tau_n_K`, `rate_alpha_m_Na`, `midpoint_alpha_m_Na`, `scale_alpha_m_Na`, `tau_max_n_K`, `Q10_m_Na`.

Limits:
    Gates of one channel are independent of each other: no Markov schemes. A k, a scale or a tau of
    0 is outside the domain. With cells of the usual width, 4.7 mV, every equilibrium is found of
    gates with a k of 3.3 mV and more; of steeper ones a search may not settle (status 13): give
    more `cells`.

References:
    Hodgkin AL, Huxley AF (1952) A quantitative description of membrane current and its application
    to conduction and excitation in nerve. J Physiol 117:500-544.
    doi:10.1113/jphysiol.1952.sp004764
    Cannon RC et al. (2014) LEMS: a language for expressing complex biological models in concise and
    hierarchical form and its use in underpinning NeuroML 2. Front Neuroinform 8:79.
    doi:10.3389/fninf.2014.00079
    Morris C, Lecar H (1981) Voltage oscillations in the barnacle giant muscle fiber. Biophys J
    35:193-213. doi:10.1016/S0006-3495(81)84782-0
"""

from __future__ import annotations

from leakscape_kernels.mechanisms.boltzmann import BoltzmannBounds, rising
from leakscape_kernels.mechanisms.channel import channel
from leakscape_kernels.mechanisms.gate import Gate
from leakscape_kernels.mechanisms.gate_domain import domain
from leakscape_kernels.mechanisms.gate_keys import KEYS
from leakscape_kernels.mechanisms.gate_table import read_gates
from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.table_entry import Entry


def gated(entry: Entry) -> Mechanism:
    """Return the channel that a table describes: `g` and `E` or `ion`, or `P` and `ion`; gates.

    Args:
        entry: what was written: `g` [mS/cm2] or `P` [cm/s], `E` [mV], `V_half` and `k` [mV] of its
            only gate, or a table `gates`.

    Returns:
        the mechanism; its current is outward positive [uA/cm2].

    Raises:
        ValueError: a key or value is not one that this type takes.
    """
    entry.known(("ion", "E", "g", "P", "V_half", "k", "gates"))
    symbol = entry.either("g", "P")
    if entry.instead("gates", ("V_half", "k"), "its gates, one table each: see the keys of a gate"):
        gates, parameters = read_gates(entry, entry.table["gates"])
        return channel(entry, symbol, parameters, gates=gates)
    # Of a gated constant field nothing is known: it bends by itself.
    bounds = BoltzmannBounds(opens=True) if symbol == "g" else None
    middle = entry.own({"V_half": None, "k": None})
    gate = Gate(steady=rising, instant=True, inside=domain(middle, entry.name))
    return channel(entry, symbol, middle, gate=gate, bounds=bounds)


GATED = MechanismType(
    build=gated,
    words=__doc__,
    examples=(
        'NaV = { type = "gated", ion = "Na", g = "0.1 mS/cm2", V_half = "-50 mV", k = "5 mV" }',
        'NaV = { type = "gated", ion = "Na", g = "120 mS/cm2", '
        'gates.m = { power = 3, rates = { alpha = ["exp_linear", "1 1/ms", "-40 mV", "10 mV"], '
        'beta = ["exp", "4 1/ms", "-65 mV", "-18 mV"] } }, '
        'gates.h = { rates = { alpha = ["exp", "0.07 1/ms", "-65 mV", "-20 mV"], '
        'beta = ["sigmoid", "1 1/ms", "-35 mV", "10 mV"] } } }',
    ),
    inner={"Keys of a gate": KEYS},
)
"""The type `gated`."""
