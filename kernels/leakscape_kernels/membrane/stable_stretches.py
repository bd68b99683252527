"""The stretches of V along which a membrane with injected current is stable.

Every gate follows V, and with it calcium, so that the current that holds a membrane at V is
explicit: $I_{app} = I_{ss}(V)$. Where no eigenvalue has a positive real part $I_{ss}$ rises. So
the list of stable stretches, with the currents at their ends, answers for every injected current
how many stable equilibria there are.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from leakscape_kernels.codes import NOT_CONVERGED, OK, TOO_MANY_ROOTS
from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.membrane.stability_change import NONE
from leakscape_kernels.membrane.stability_events import Events, Window, ends, events
from leakscape_kernels.on_demand import jax, jnp


class Stretches(NamedTuple):
    """Stable stretches, ascending, in slots of which the first `count` are filled.

    Args:
        V_start: lower end, NaN beyond the count [mV].
        I_start: injected current that holds the membrane there [uA/cm2].
        V_end: upper end, likewise [mV].
        I_end: injected current that holds the membrane there [uA/cm2].
        start_kind: 0 where the window starts the stretch, 1 a fold, 2 a Hopf point; -1 beyond [1].
        end_kind: likewise for the upper end [1].
        count: number of stretches [1].
        status: 1, `NOT_CONVERGED` where it is not known everywhere what is stable, or
            `TOO_MANY_ROOTS` where there are more stretches than slots; then all is NaN [1].
    """

    V_start: Any
    I_start: Any
    V_end: Any
    I_end: Any
    start_kind: Any
    end_kind: Any
    count: Any
    status: Any


def stretches(
    gating: Gating, low: float, high: float, cells: int = 128, slots: int = 4
) -> Stretches:
    """Return the stable stretches between two potentials.

    Currents and potentials have the derivatives of the implicit function; at a fold that of the
    current is the partial one at fixed V, for the current has an extremum there.

    Args:
        gating: the membrane in time.
        low: lower end of the window [mV].
        high: upper end [mV].
        cells: cells of the scan, a multiple of 32.
        slots: most stretches kept.

    Returns:
        the stretches and the status.
    """
    window = Window(low, high, cells, slots)
    nowhere = jnp.full_like(gating.state.values["capacitance"], jnp.nan)
    return listed(gating, window, events(gating, window, nowhere, None))


def listed(gating: Gating, window: Window, found: Events) -> Stretches:
    """Return all changes of stability as a list of stretches.

    Args:
        gating: the membrane in time.
        window: where the changes were looked for.
        found: all of them.
    """
    dtype = found.V.dtype
    number = jnp.arange(window.slots)
    start, end = ends(number, found)
    V_start, start_kind = _at(found, start, jnp.asarray(window.low, dtype))
    V_end, end_kind = _at(found, end, jnp.asarray(window.high, dtype))
    count = found.stretches
    enough = count <= window.slots
    filled = found.known & enough & (number < count)
    I_start, I_end = (injected(gating, V, filled) for V in (V_start, V_end))
    status = jnp.where(found.known, jnp.where(enough, OK, TOO_MANY_ROOTS), NOT_CONVERGED)
    return Stretches(
        V_start=jnp.where(filled, V_start, jnp.nan),
        I_start=I_start,
        V_end=jnp.where(filled, V_end, jnp.nan),
        I_end=I_end,
        start_kind=jnp.where(filled, start_kind, -1).astype(jnp.int8),
        end_kind=jnp.where(filled, end_kind, -1).astype(jnp.int8),
        count=jnp.where(found.known, count, 0).astype(jnp.int32),
        status=status.astype(jnp.uint8),
    )


def _at(found: Events, place: Any, window_end: Any) -> tuple[Any, Any]:
    """Return potential and kind of changes, those of the window's end where there is none."""
    V, kind = found.at(place, True)
    return jnp.where(kind == NONE, window_end, V), kind


def injected(gating: Gating, V: Any, there: Any) -> Any:
    """Return the injected current that holds a membrane at potentials, NaN elsewhere [uA/cm2].

    Args:
        gating: the membrane in time.
        V: one or several [mV].
        there: whether each is wanted.
    """

    def one(V: Any) -> Any:
        calcium = gating.state.calcium(V) if gating.state.pool else None
        ionic = gating.current(V, gating.steady(V, calcium), calcium)
        return ionic + gating.state.values.get("I_app", 0.0)

    harmless = jnp.where(there, V, 0.0)
    found = jax.lax.map(one, harmless) if harmless.ndim else one(harmless)
    return jnp.where(there, found, jnp.nan)
