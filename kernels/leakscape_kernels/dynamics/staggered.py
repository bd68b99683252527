r"""One step of a membrane in time: gates and calcium half a step apart from the potential.

$C \dot V = I_{app} - I(V, x, c)$ with gates $\dot x_j = (x_{j,\infty} - x_j)/\tau_j$. The gates
stand at half steps, so that each step of theirs sees V in its middle, and each step of V the
gates. Either is then one linear equation, and a step by the trapezoidal rule
(Crank and Nicolson) is

$x^{+} = \frac{x + \frac{h}{\tau}(x_\infty - x/2)}{1 + h/(2\tau)}, \qquad
V^{+} = V + h\, \frac{I_{app} - I(V, x^{+})}{C + \frac{h}{2} \partial I/\partial V}$.

The error falls with $h^2$, and by its symmetry with $h^4$ once two step sizes are combined. A fast
gate or a large conductance makes a step less exact, never unstable, where $\partial I/\partial V$
is positive.

References:
    Hines M (1984) Efficient computation of branched nerve equations. Int J Biomed Comput 15:69-76.
    doi:10.1016/0020-7101(84)90008-4
    Mascagni MV, Sherman AS (1998) Numerical methods for neuronal modeling. In: Koch C, Segev I
    (eds) Methods in Neuronal Modeling, 2nd ed. MIT Press. ISBN 978-0-262-11231-4
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.on_demand import jax, jnp


class Moving(NamedTuple):
    """The variables of a membrane.

    Args:
        V: membrane potential [mV].
        x: where each gate stands, half a step earlier [1].
        calcium: its concentration inside, half a step earlier; None where it is as given [mmol/L].
    """

    V: Any
    x: tuple[Any, ...]
    calcium: Any


def at_rest(gating: Gating, V: Any) -> Moving:
    """Return the variables where everything has long been at a potential.

    Args:
        gating: the membrane.
        V: the potential [mV].
    """
    calcium = gating.state.calcium(V) if gating.state.pool else None
    return Moving(V, tuple(gating.steady(V, calcium)), calcium)


def step(gating: Gating, now: Moving, h: Any) -> Moving:
    """Return the variables a step later.

    Args:
        gating: the membrane.
        now: its variables.
        h: length of the step [ms].
    """
    V, old, calcium = now
    x = _moved(old, gating.opening_and_closing(V, calcium), h)
    if gating.state.pool:
        # What carries calcium follows none of it, so that these gates are where they should be.
        between = [0.5 * (before + after) for before, after in zip(old, x, strict=True)]

        def change(c: Any) -> Any:
            return gating.change_of_calcium(V, between, c)

        speed, slope = jax.jvp(change, (calcium,), (jnp.ones_like(calcium),))
        after = jnp.maximum(calcium + h * speed / (1.0 - 0.5 * h * slope), 0.0)
        followed = _moved(old, gating.opening_and_closing(V, 0.5 * (calcium + after)), h)
        x = tuple(
            theirs if gate.follows_calcium else own
            for own, theirs, (_, gate) in zip(x, followed, gating.gates, strict=True)
        )
        calcium = after

    def current(V: Any) -> Any:
        return gating.current(V, x, calcium)

    total, slope = jax.jvp(current, (V,), (jnp.ones_like(V),))
    return Moving(
        V - h * total / (gating.state.values["capacitance"] + 0.5 * h * slope), x, calcium
    )


def _moved(x: Sequence[Any], rates: Sequence[tuple[Any, Any]], h: Any) -> tuple[Any, ...]:
    """Return where gates stand a step later [1]."""
    found = []
    for at, (opening, closing) in zip(x, rates, strict=True):
        whole = 0.5 * h * (opening + closing)
        found.append((at - whole * at + h * opening) / (1.0 + whole))
    return tuple(found)
