"""Laws of gates that no form describes, by the name that a table gives them.

References:
    Connor JA, Walter D, McKown R (1977) Neural repetitive firing: modifications of the
    Hodgkin-Huxley axon suggested by experimental results from crustacean axons. Biophys J
    18:81-102. doi:10.1016/S0006-3495(77)85598-7
    Dayan P, Abbott LF (2001) Theoretical Neuroscience, section 6.2. MIT Press.
    ISBN 978-0-262-04199-7
    Huguenard JR, McCormick DA (1992) Simulation of the currents involved in rhythmic oscillations
    in thalamic relay neurons. J Neurophysiol 68:1373-1383. doi:10.1152/jn.1992.68.4.1373
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from leakscape_kernels.on_demand import jax, jnp


def connor_stevens_a_inf(V: Any) -> Any:
    """Return where the activation of the A current rests [1]."""
    rise = 0.0761 * jnp.exp(0.0314 * (V + 94.22))
    return jnp.cbrt(rise * jax.nn.sigmoid(-0.0346 * (V + 1.17)))


def connor_stevens_a_tau(V: Any) -> Any:
    """Return the time constant of the activation of the A current [ms]."""
    return 0.3632 + 1.158 * jax.nn.sigmoid(-0.0497 * (V + 55.96))


def connor_stevens_b_inf(V: Any) -> Any:
    """Return where the inactivation of the A current rests [1]."""
    return jax.nn.sigmoid(-0.0688 * (V + 53.3)) ** 4


def connor_stevens_b_tau(V: Any) -> Any:
    """Return the time constant of the inactivation of the A current [ms]."""
    return 1.24 + 2.678 * jax.nn.sigmoid(-0.0624 * (V + 50.0))


def huguenard_mccormick_h_tau(V: Any) -> Any:
    """Return the time constant of the gate of thalamic HCN channels at about 34 degC [ms]."""
    return 1.0 / (jnp.exp(-14.59 - 0.086 * V) + jnp.exp(-1.87 + 0.0701 * V))


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "connor_stevens_a_inf": connor_stevens_a_inf,
    "connor_stevens_a_tau": connor_stevens_a_tau,
    "connor_stevens_b_inf": connor_stevens_b_inf,
    "connor_stevens_b_tau": connor_stevens_b_tau,
    "huguenard_mccormick_h_tau": huguenard_mccormick_h_tau,
}
"""The laws by name."""
