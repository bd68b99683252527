"""Published rate laws of the sodium-potassium pump, which says where each was read.

Each returns the pump's net outward current density, I_max times a function of the solutions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from leakscape_kernels.constants import F
from leakscape_kernels.mechanisms.mechanism import Here
from leakscape_kernels.mechanisms.pathway import STEADY
from leakscape_kernels.on_demand import jax, jnp


def hill(here: Here) -> Any:
    """Return the current with K_exponent K sites and Na_exponent Na sites [uA/cm2]."""
    K, Na = here["K_out"], here["Na_in"]
    filled = K / (K + here["K_K"]), Na / (Na + here["K_Na"])
    return here["I_max"] * filled[0] ** here["K_exponent"] * filled[1] ** here["Na_exponent"]


def sigmoid(here: Here) -> Any:
    """Return the current with logistic rises [uA/cm2]."""
    Na = jax.nn.sigmoid((here["Na_in"] - here["K_Na"]) / here["Na_width"])
    K = jax.nn.sigmoid((here["K_out"] - here["K_K"]) / here["K_width"])
    return here["I_max"] * Na * K


def cubic(here: Here) -> Any:
    """Return the current that follows the cube of the sodium ratio [uA/cm2]."""
    return here["I_max"] * (here["Na_in"] / here["Na_out"]) ** 3


def luo_rudy(here: Here) -> Any:
    """Return the current without its dependence on V [uA/cm2]."""
    exponent = here["Na_exponent"]
    Na = here["Na_in"] ** exponent
    filled = Na / (Na + here["K_Na"] ** exponent)
    return here["I_max"] * filled * here["K_out"] / (here["K_out"] + here["K_K"])


def luo_rudy_current(V: Any, here: Here) -> Any:
    r"""Return the current with $f = 1/(1 + 0.1245 e^{-0.1v} + 0.0365 \sigma e^{-v})$ [uA/cm2]."""
    v = V / here["kT"]
    sigma = jnp.expm1(here["Na_out"] / 67.3) / 7.0
    return here["size"] / (1.0 + 0.1245 * jnp.exp(-0.1 * v) + 0.0365 * sigma * jnp.exp(-v))


def hamada(here: Here) -> Any:
    """Return the current of the two isoforms; I_max is that of alpha 3 [uA/cm2]."""
    cube = here["Na_in"] ** 3
    return here["I_max"] * (1.62 * cube / (cube + 6.7**3) + cube / (cube + 67.6**3))


def linear(here: Here) -> Any:
    """Return a third of the pumped sodium, each cycle moving one charge [uA/cm2]."""
    return F * here["lambda"] * here["Na_in"] / 3.0


def constant(here: Here) -> Any:
    """Return the current itself [uA/cm2]."""
    return here["I_max"]


@dataclass(frozen=True, kw_only=True)
class Law:
    """One row of the table of rate laws.

    Args:
        size: the current but for what follows V.
        constants: default by symbol [the symbol's unit].
        source: where the constants come from.
        needs: the ions whose solutions it reads.
        current: how it follows V.
    """

    size: Callable[[Here], Any]
    constants: Mapping[str, float | None] = field(default_factory=dict)
    source: str = ""
    needs: tuple[str, ...] = ("Na", "K")
    current: Callable[[Any, Here], Any] = STEADY


LAWS = {
    "hill": Law(
        size=hill,
        constants={
            "I_max": 13.0,
            "K_K": 2.0,
            "K_exponent": 2.0,
            "K_Na": 10.0,
            "Na_exponent": 3.0,
        },
        source="nakpump of ModelDB 222321, after doi:10.1152/jn.2000.84.1.495",
    ),
    "sigmoid": Law(
        size=sigmoid,
        constants={"I_max": 6.8, "K_K": 5.5, "K_width": 1.0, "K_Na": 25.0, "Na_width": 3.0},
        source="ModelDB 187599, after doi:10.1007/s10827-008-0132-4",
    ),
    "cubic": Law(
        size=cubic,
        constants={"I_max": 1000.0},
        source="0.1 A/dm2, doi:10.7554/eLife.39575",
        needs=("Na",),
    ),
    "luo_rudy": Law(
        size=luo_rudy,
        current=luo_rudy_current,
        constants={"I_max": None, "K_Na": 10.0, "Na_exponent": 1.5, "K_K": 1.5},
        source="Luo & Rudy (1994), doi:10.1161/01.RES.74.6.1071, read in its CellML",
    ),
    "hamada": Law(size=hamada, constants={"I_max": None}, needs=("Na",)),
    "linear": Law(
        size=linear,
        constants={"lambda": 1e-5},
        source="NaKdyn.m of Gabbiani & Cox (2017)",
        needs=("Na",),
    ),
    "constant": Law(size=constant, constants={"I_max": None}, needs=()),
}
"""The rate laws by name."""
