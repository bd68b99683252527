r"""Where a cell of leaks, a pump and KCC2 settles: all but one unknown by formula.

At a pump current J of no matter what law no ion moves where, with $kT$ for RT/F and
$\beta = g_K g_{Cl} + g_K g_{KCC2} + g_{KCC2} g_{Cl}$,

$Na_i = a\theta$, $K_i = b\theta$, $Cl_i = c/\theta$, $V = -kT \ln\theta$,
$a = Na_o e^{-3J/(g_{Na}kT)}$, $b = K_o e^{2J(g_{Cl} + g_{KCC2})/(\beta kT)}$,
$c = Cl_o e^{-2J g_{KCC2}/(\beta kT)}$,

and charge and osmolarity give $(1 - z)(a + b)\theta^2 + z\Pi\theta - (1 + z)c = 0$. (The extended
methods of Düsterwald et al. print a minus in $\beta$, their code and the derivation do not.) For
z = -1, no impermeant solutes outside and no KCC2 that is $\theta = 1/\mu$ with
$\mu = (a + b)/(Na_o + K_o)$. What remains of the osmolarity are the impermeant solutes; where
nothing remains ($\mu \ge 1$) the cell swells without bound. The constant field has no such form:
there Na_i gives J by the law, J the potential, and that K_i and Cl_i.

The one unknown left, J or Na_i, is a zero between two ends: more sodium drives the pump harder, a
harder pump leaves less sodium.

References:
    Düsterwald KM et al. (2018) eLife 7:e39575. doi:10.7554/eLife.39575
    Kay AR (2017) Front Cell Dev Biol 5:41. doi:10.3389/fcell.2017.00041
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from leakscape_kernels.constants import F
from leakscape_kernels.dynamics.cell import Cell, Inside
from leakscape_kernels.mechanisms.channel import Size
from leakscape_kernels.mechanisms.cotransport import KCC2
from leakscape_kernels.mechanisms.cotransported import Cycle
from leakscape_kernels.mechanisms.k2p import orio, two_state
from leakscape_kernels.mechanisms.pathway import CONSTANT_FIELD, OHMIC, STEADY
from leakscape_kernels.mechanisms.pump_laws import LAWS
from leakscape_kernels.mechanisms.sodium_potassium_pump import MOVES, Poisoned
from leakscape_kernels.membrane.at_values import State
from leakscape_kernels.numerics import bernoulli_pair
from leakscape_kernels.on_demand import jax, jnp
from leakscape_kernels.zeros.refine import zero
from leakscape_kernels.zeros.tolerance import implicit

_HALVES = 12
"""Times that a bracket is halved at first."""

_STEPS = 24
"""Steps by value and slope after that; a handful is usual."""

_FIELD_STEPS = 12
"""Newton's steps to the potential of a sodium flux, convex in it."""

_EXPONENT = 40.0
"""Sodium is looked for down to e^-40 of that outside."""

_BELOW = 16.0
"""Likewise for a constant field: down to e^-16 of all solutes."""

_FAR = 1e6
"""Concentrations beyond this multiple of all solutes are as good as that."""

_FIXED_SIZES = tuple(Size(s, factor) for s in ("g", "P") for factor in (None, two_state, orio))
"""Sizes of leaks that follow no solution inside."""

_RATE_LAWS = tuple(law.size for law in LAWS.values())
"""Sizes of pumps, which follow no solution inside but sodium."""

Found = tuple[Any, Inside, Any]
"""Potential [mV], concentrations [mmol/L] and the pumps' current [uA/cm2]."""

Solution = Callable[[Cell, State], tuple[Found, Any]]
"""Takes a cell and its membrane (`Cell.anyhow`), returns its steady state and whether it was found.
"""


def one_unknown(cell: Cell) -> Solution | None:
    """Return what solves a cell of which one unknown is left, None for any other membrane.

    Its leaks are all ohmic or all of the constant field, its pumps follow sodium alone of what is
    inside, and with ohmic leaks there may be KCC2.

    Args:
        cell: the membrane and what it encloses.

    Returns:
        a function of the cell and its values: potential [mV], concentrations inside [mmol/L] and
        the pumps' current [uA/cm2], with whether they were found.
    """
    ohmic = field = 0
    for name, each in cell.mechanisms.items():
        if cell.membrane.parts[name].block is not None:
            return None
        if each.atp is not None:
            law = each.size.size if isinstance(each.size, Poisoned) else each.size
            if each.current != STEADY or each.carries != MOVES or law not in _RATE_LAWS:
                return None
        elif each.cycle is not None:
            if each.cycle != Cycle(KCC2):
                return None
            ohmic += 1
        elif each.size in _FIXED_SIZES and each.current in (OHMIC, CONSTANT_FIELD):
            ohmic, field = ohmic + (each.current == OHMIC), field + (each.current != OHMIC)
        else:
            return None
    if ohmic and field:
        return None
    return _of_current if ohmic else _of_sodium


def _of_current(cell: Cell, state: State) -> tuple[Found, Any]:
    """Return the steady state of ohmic leaks, and whether it was found."""
    values = state.values
    kT = state.here[cell.pumps[0]]["kT"]
    g_Na, g_K, g_Cl = cell.paths(state)
    joint: Any = 0.0
    for name, each in cell.mechanisms.items():
        joint = joint + (0.0 if each.cycle is None else state.here[name]["size"])
    beta = g_K * g_Cl + g_K * joint + joint * g_Cl

    def at(J: Any) -> Found:
        a = values["Na_out"] * jnp.exp(-3.0 * J / (g_Na * kT))
        b = values["K_out"] * jnp.exp(2.0 * J * (g_Cl + joint) / (beta * kT))
        c = values["Cl_out"] * jnp.exp(-2.0 * J * joint / (beta * kT))
        theta = donnan_factor(values["valence_X"], a + b, c, cell.osmolarity(values))
        return -kT * jnp.log(theta), Inside(a * theta, b * theta, c / theta), J

    if not any(cell.mechanisms[pump].needs for pump in cell.pumps):
        return at(sum(state.here[pump]["size"] for pump in cell.pumps)), jnp.asarray(True)
    top = cell.pumped(values, at(jnp.zeros_like(g_Na))[1].Na)
    # A pump that stands still has no range to look in; and where a current would leave next to no
    # sodium, no pump sustains it.
    still = ~(top > 0)
    # The current at which the larger exponent is 1.
    unit = kT * jnp.minimum(g_Na / 3.0, beta / (2.0 * (g_Cl + joint)))
    scale = jnp.where(still, 1.0, jnp.minimum(top, _EXPONENT * unit))

    def excess(y: Any) -> Any:
        return y - cell.pumped(values, at(y * scale)[1].Na) / scale

    y, balanced = balance(excess, jnp.zeros_like(scale), jnp.ones_like(scale))
    return at(jnp.where(still, 0.0, y * scale)), balanced | still


def donnan_factor(z: Any, cations: Any, anions: Any, osmolarity: Any) -> Any:
    r"""Return $\theta = e^{-FV/RT}$ of $(1 - z) C \theta^2 + z\Pi\theta - (1 + z) A = 0$ [1].

    The root that is positive, and the larger one where both are: the smaller leaves less than no
    impermeant solutes.

    Args:
        z: charge number of the impermeant solutes.
        cations: C, their concentration outside [mmol/L].
        anions: A, likewise.
        osmolarity: all solutes outside [mmol/L].
    """
    across = z * osmolarity
    square = across**2 + 4.0 * (1.0 - z) * (1.0 + z) * cations * anions
    # Below z = -1 there may be no root. Then ions alone exceed the osmolarity at any potential, and
    # with 0 for the square so they do.
    real = square > 0
    root = jnp.where(real, jnp.sqrt(jnp.where(real, square, 1.0)), 0.0)
    falling = z <= 0
    # Either form where it loses no digits.
    below = 2.0 * (1.0 - z) * cations
    above = across + root
    return jnp.where(
        falling,
        (root - across) / jnp.where(falling, below, 1.0),
        2.0 * (1.0 + z) * anions / jnp.where(falling, 1.0, above),
    )


def _of_sodium(cell: Cell, state: State) -> tuple[Found, Any]:
    """Return the steady state of constant fields, and whether it was found."""
    values = state.values
    kT = state.here[cell.pumps[0]]["kT"]
    P_Na, P_K, _ = cell.paths(state)
    z, total = values["valence_X"], cell.osmolarity(values)

    def at(sodium: Any) -> Found:
        J = cell.pumped(values, sodium)
        # Sodium leaks in at 3 J: the potential at which it does.
        entry = 3.0 * J / (F * P_Na)

        def flux(u: Any) -> Any:
            rising, falling = bernoulli_pair(u)
            return (sodium * rising - values["Na_out"] * falling + entry) / (
                sodium + values["Na_out"]
            )

        u = jnp.log(values["Na_out"] / sodium)
        for _ in range(_FIELD_STEPS):
            value, slope = jax.jvp(flux, (u,), (jnp.ones_like(u),))
            u = u - value / slope
        rising, falling = bernoulli_pair(u)
        K = (values["K_out"] * falling + 2.0 * J / (F * P_K)) / rising
        eps = float(np.finfo(u.dtype).eps)
        u = jnp.where(jnp.abs(flux(u)) <= 64 * eps * (1 + jnp.abs(u)), u, jnp.nan)
        return u * kT, Inside(sodium, K, values["Cl_out"] * jnp.exp(u)), J

    def charge(log_sodium: Any) -> Any:
        _, inside, _ = at(jnp.exp(log_sodium))
        # Far from the zero only the sign counts, and nothing may overflow.
        cations = (1.0 - z) * (inside.Na + jnp.minimum(inside.K, _FAR * total))
        anions = (1.0 + z) * inside.Cl - z * total
        return (cations - anions) / (cations + jnp.abs(anions))

    high = jnp.log(total)
    log_sodium, balanced = balance(charge, high - _BELOW, high)
    return at(jnp.exp(log_sodium)), balanced


def balance(function: Callable[[Any], Any], low: Any, high: Any) -> tuple[Any, Any]:
    """Return the zero of a function that rises from below 0 to above, and whether it was found.

    Args:
        function: of one number, in whatever unit; its values are of the order of 1 [1].
        low: where it is below 0 [the unit of its number].
        high: where it is above 0 [likewise].
    """

    def curve(x: Any) -> Any:
        return jax.jvp(function, (x,), (jnp.ones_like(x),))

    def halved(_: Any, ends: Any) -> Any:
        middle = 0.5 * (ends[0] + ends[1])
        above = function(middle) > 0
        return jnp.where(above, ends[0], middle), jnp.where(above, middle, ends[1])

    low, high = jax.lax.stop_gradient((low, high))
    # Pumps differ by decades between the ends, where steps by the slope would only creep.
    a, b = jax.lax.fori_loop(0, _HALVES, halved, (low, high))
    x = zero(curve, a, b, jnp.ones((), bool), _STEPS)
    value, slope = curve(x)
    eps = float(np.finfo(x.dtype).eps)
    reach = jnp.maximum(jnp.abs(low), jnp.abs(high))
    found = jnp.abs(value) <= 16 * eps * (jnp.abs(slope) * reach + 1.0)
    return implicit(function, jnp.where(found, x, high)), found
