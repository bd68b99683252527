"""The steady-state Boltzmann gate, shared by the voltage-dependent mechanisms."""

from __future__ import annotations

from typing import Any

import jax

from leakscape_kernels.mechanisms.mechanism import Here


def rising(V: Any, here: Here) -> Any:
    r"""Return $1/(1 + e^{-(V - V_{1/2})/k})$: opens on depolarisation where k > 0 [1]."""
    return jax.nn.sigmoid((V - here["V_half"]) / here["k"])


def falling(V: Any, here: Here) -> Any:
    r"""Return $1/(1 + e^{(V - V_{1/2})/k})$: opens on hyperpolarisation where k > 0 [1]."""
    return jax.nn.sigmoid((here["V_half"] - V) / here["k"])


def falling_with_reversal(V: Any, here: Here) -> Any:
    """Return the falling gate whose midpoint is E + V_shift [1]."""
    return jax.nn.sigmoid((here["E"] + here["V_shift"] - V) / here["k"])
