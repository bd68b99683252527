"""How fast a gate opens and closes, for a simulation, which asks at every step.

A gate with rates opens and closes by them: to work out where it rests and its time constant, only
to multiply them again, would take several divisions, and a gate is all that most steps compute.
"""

from __future__ import annotations

from typing import Any

from leakscape_kernels.mechanisms.gate import Gate, Law
from leakscape_kernels.mechanisms.kinetics import Hastened, TauOfRates
from leakscape_kernels.mechanisms.mechanism import Here


def opening_and_closing(gate: Gate, V: Any, here: Here) -> tuple[Any, Any]:
    """Return the opening and the closing rate of a gate: dx/dt = opening (1 - x) - closing x.

    Args:
        gate: one with a time constant.
        V: membrane potential [mV].
        here: what its mechanism sees.

    Returns:
        x_inf/tau and (1 - x_inf)/tau [1/ms].
    """
    tau: Law | None = gate.tau
    speed: Any = 1.0
    if isinstance(tau, Hastened):
        speed, tau = tau.speed(here), tau.tau
    if isinstance(tau, TauOfRates):
        return speed * tau.alpha(V, here), speed * tau.beta(V, here)
    assert tau is not None, "a gate without a time constant is no variable"
    rate, steady = speed / tau(V, here), gate.steady(V, here)
    return rate * steady, rate * (1.0 - steady)
