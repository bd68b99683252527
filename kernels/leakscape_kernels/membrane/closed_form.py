r"""The equilibria that have a formula, chosen by what a membrane is made of.

* Ohmic conductances and currents that do not depend on V: $V = (\sum g E - \sum I)/\sum g$.
* Constant-field currents of monovalent and divalent ions: the positive root of a quadratic in
  $e^{FV/RT}$, for monovalent ions alone the GHK voltage equation (see `constant_field`).

Each has exactly one equilibrium, and a stable one: its current rises everywhere with V. A gate, a
block that follows V, a trivalent ion, or a pump beside a constant-field current has no formula.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leakscape_kernels.formulas.constant_field import CHARGES, pulls
from leakscape_kernels.mechanisms.pathway import CONSTANT_FIELD, NEUTRAL, OHMIC, STEADY
from leakscape_kernels.membrane.at_values import State
from leakscape_kernels.membrane.membrane import Membrane
from leakscape_kernels.numerics import log_ratio, nan_unless
from leakscape_kernels.on_demand import jnp

Formula = Callable[[State], Any]
"""Takes a membrane with its values, returns the potential at rest [mV]."""


def formula(membrane: Membrane) -> Formula | None:
    """Return what gives a membrane's only equilibrium, None where nothing but a search does.

    Args:
        membrane: the membrane.

    Returns:
        a function of the membrane with its values that returns the potential at rest, inside minus
        outside [mV].
    """
    parts = [p for p in membrane.parts.values() if p.mechanism.current != NEUTRAL]
    if any(part.block is not None for part in parts):
        return None
    pathways = {part.mechanism.current for part in parts}
    if OHMIC in pathways and pathways <= {OHMIC, STEADY}:
        return chord
    if pathways == {CONSTANT_FIELD} and "I_app" not in membrane.parameters:
        charges = {abs(membrane.kinds[str(part.mechanism.ion)].valence) for part in parts}
        if charges.issubset(CHARGES):
            return constant_field
    return None


def chord(state: State) -> Any:
    """Return the rest of ohmic conductances and constant currents [mV]."""
    total: Any = 0.0
    pull: Any = state.values.get("I_app", 0.0)
    for name, part in state.parts.items():
        here = state.here[name]
        if part.mechanism.current == OHMIC:
            total = total + here["size"]
            pull = pull + here["size"] * here["E"]
        elif part.mechanism.current == STEADY:
            pull = pull - here["size"]
    return nan_unless(jnp.asarray(total > 0), jnp.divide(pull, total))


def constant_field(state: State) -> Any:
    """Return the rest of monovalent and divalent ions [mV]."""
    parts = state.parts.items()
    leaks = [state.here[n] for n, part in parts if part.mechanism.current == CONSTANT_FIELD]
    columns = ([leak[key] for leak in leaks] for key in ("size", "valence", "inside", "outside"))
    return leaks[0]["kT"] * log_ratio(*pulls(*columns))
