r"""The equilibria that have a formula, chosen by what a membrane is made of.

* Ohmic conductances and currents that do not depend on V: $V = (\sum g E - \sum I)/\sum g$.
* Constant-field currents of monovalent ions: the GHK voltage equation.
* With divalent ions too, $x = e^{FV/RT}$ is the positive root of
  $(M_i + D_i) x^2 + (M_i - M_o) x - (M_o + D_o) = 0$, where M sums $P c$ of the monovalent and D
  $4 P c$ of the divalent ions, anions with their sides swapped.

Each has exactly one equilibrium, and a stable one: its current rises everywhere with V. A gate, a
block that follows V, a trivalent ion, or a pump beside a constant-field current has no formula.

References:
    Spangler SG (1972) Expansion of the constant field equation to include both divalent and
    monovalent ions. Ala J Med Sci 9:218-223.
    Lewis CA (1979) Ion-concentration dependence of the reversal potential and the single channel
    conductance of ion channels at the frog neuromuscular junction. J Physiol 286:417-445.
    doi:10.1113/jphysiol.1979.sp012629
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leakscape_kernels.mechanisms.pathway import CONSTANT_FIELD, OHMIC, STEADY
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
    parts = membrane.parts.values()
    if any(part.block is not None for part in parts):
        return None
    pathways = {part.mechanism.current for part in parts}
    if OHMIC in pathways and pathways <= {OHMIC, STEADY}:
        return chord
    if pathways == {CONSTANT_FIELD} and "I_app" not in membrane.parameters:
        charges = {abs(membrane.kinds[str(part.mechanism.ion)].valence) for part in parts}
        if charges == {1}:
            return monovalent
        if charges <= {1, 2}:
            return with_divalents
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
        else:
            pull = pull - here["size"]
    return nan_unless(jnp.asarray(total > 0), jnp.divide(pull, total))


def monovalent(state: State) -> Any:
    """Return the rest of the GHK voltage equation [mV]."""
    up, down = _weighted(state, 1)
    return _kT(state) * log_ratio(up, down)


def with_divalents(state: State) -> Any:
    """Return the rest of monovalent and divalent ions, without cancellation [mV]."""
    (M_o, M_i), (D_o, D_i) = _weighted(state, 1), _weighted(state, 2)
    c, a = M_o + 4.0 * D_o, M_i + 4.0 * D_i
    # Scaled to a + c = 1: products of permeabilities underflow in float32.
    both = (a > 0) & (c > 0)
    scale = jnp.where(both, a + c, 1.0)
    a, b, c = (jnp.where(both, x / scale, 1.0) for x in (a, M_i - M_o, c))
    root = jnp.sqrt(b * b + 4.0 * a * c)
    over = b > 0
    x_up, x_down = jnp.where(over, 2.0 * c, root - b), jnp.where(over, b + root, 2.0 * a)
    return nan_unless(both, _kT(state) * log_ratio(x_up, x_down))


def _kT(state: State) -> Any:
    return next(iter(state.here.values()))["kT"]


def _weighted(state: State, charges: int) -> tuple[Any, Any]:
    """Return the sums of P c that pull the potential up and down, over the ions of one charge."""
    up: Any = jnp.zeros(())
    down: Any = jnp.zeros(())
    for here in state.here.values():
        if abs(here["valence"]) == charges:
            inside, outside = here["inside"], here["outside"]
            sides = (inside, outside) if here["valence"] > 0 else (outside, inside)
            up, down = up + here["size"] * sides[1], down + here["size"] * sides[0]
    return up, down
