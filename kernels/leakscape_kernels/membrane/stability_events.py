"""Where a membrane becomes stable and ceases to be, along a window of V."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from leakscape_kernels.batching import in_blocks
from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.membrane.stability_change import FOLD, NONE, located
from leakscape_kernels.membrane.stability_look import Looking, Remade, look, opened
from leakscape_kernels.membrane.stability_scan import Changes, changes, stretches
from leakscape_kernels.on_demand import jax, jnp
from leakscape_kernels.zeros.tolerance import implicit


class Window(NamedTuple):
    """Potentials between which stability is looked at.

    Args:
        low: lower end [mV].
        high: upper end [mV].
        cells: cells of the scan, a multiple of 32; two of them are lost at the upper end.
        slots: most stable stretches kept.
    """

    low: float = -120.0
    high: float = 60.0
    cells: int = 128
    slots: int = 4


class Events(NamedTuple):
    """The changes of stability that were asked for.

    Args:
        V: where each is, NaN where there is none [mV].
        kind: `FOLD`, `HOPF`, or `NONE` where there is none.
        stretch: which stable stretch holds the rest, the lowest where none does.
        number: how many changes there are in the window.
        first: whether the membrane is stable at the lower end of the window.
        known: whether the count was known all along the window.
    """

    V: Any
    kind: Any
    stretch: Any
    number: Any
    first: Any
    known: Any

    @property
    def stretches(self) -> Any:
        """How many stable stretches there are."""
        return stretches(self.number, self.first)

    def at(self, place: Any, known: Any) -> tuple[Any, Any]:
        """Return potential and kind of what stands at a place, NaN and `NONE` if nothing does."""
        there = known & (place >= 0) & (place < self.V.shape[0])
        held = jnp.clip(place, 0, self.V.shape[0] - 1)
        return jnp.where(there, self.V[held], jnp.nan), jnp.where(there, self.kind[held], NONE)


Choice = Callable[[Any, Any], list[Any]]
"""Takes the stretch that holds the rest and the changes; returns which of them to find."""


def ends(stretch: Any, found: Changes | Events) -> tuple[Any, Any]:
    """Return which change starts a stretch and which ends it; out of range where none does."""
    start = 2 * stretch - found.first
    return start, start + 1


def events(gating: Gating, window: Window, V_rest: Any, choice: Choice | None) -> Events:
    """Return changes of stability, with the derivatives of the implicit function.

    Args:
        gating: the membrane in time.
        window: where to look.
        V_rest: the rest, NaN where there is none [mV].
        choice: which changes are wanted; None for all, in `2 slots` slots.
    """
    V_rest = jax.lax.stop_gradient(jnp.asarray(V_rest))
    remade, given = opened(gating, V_rest)
    slots = 2 * window.slots

    def search(held: Any) -> Events:
        given, V_rest = held
        looking = remade(given)
        low, high = (jnp.asarray(end, V_rest.dtype) for end in (window.low, window.high))
        found = changes(remade, given, low, high, window.cells, slots)
        stretch = _holds(looking, found, V_rest)
        places = jnp.arange(slots)
        if choice is not None:
            places = jnp.stack([jnp.asarray(k, jnp.int32) for k in choice(stretch, found)])
        there = (places >= 0) & (places < jnp.minimum(found.number, slots)) & found.known
        V, kind = _located(remade, given, found, jnp.where(there, places, -1))
        return Events(V, kind, stretch, found.number, found.first, found.known)

    found: Events = in_blocks(search, (given, V_rest))
    return found._replace(V=_differentiable(gating, found.V, found.kind))


def _holds(looking: Looking, found: Changes, V_rest: Any) -> Any:
    """Return which stretch holds the rest, the lowest where none does.

    A rest and a change inside one cell are told apart by what the rest itself is: the cell holds
    one change, so that a stable rest lies on its stable side.
    """
    stable = looking(jnp.where(jnp.isnan(V_rest), 0.0, V_rest)).n_unstable == 0
    place = jnp.arange(found.low.shape[0])
    leaving = (place < found.number) & ((place % 2 == 0) == found.first)
    below = jnp.sum(leaving & (found.low + found.width < V_rest))
    return jnp.where(stable & ~jnp.isnan(V_rest), below, 0).astype(jnp.int32)


def _located(remade: Remade, given: Any, found: Changes, places: Any) -> tuple[Any, Any]:
    """Return where changes are, and of which kind; NaN and `NONE` for a negative place."""
    slots = jnp.arange(places.shape[0])
    length = jnp.max(jnp.where(places >= 0, slots + 1, 0))

    def more(state: Any) -> Any:
        return state[0] < length

    def one(state: Any) -> Any:
        i, V, kind = state
        place = places[i]
        there = place >= 0
        low = jnp.where(there, found.low[jnp.maximum(place, 0)], 0.0)
        leaving = (place % 2 == 0) == found.first
        where, what = located(remade, given, low, found.width, leaving, there)
        here = (slots == i) & there
        return i + 1, jnp.where(here, where, V), jnp.where(here, what, kind)

    nothing = jnp.full(slots.shape, jnp.nan, found.low.dtype), jnp.zeros(slots.shape, jnp.int8)
    _, V, kind = jax.lax.while_loop(more, one, (jnp.int32(0), *nothing))
    return V, kind


def _differentiable(gating: Gating, V: Any, kind: Any) -> Any:
    """Return where changes are with the derivatives of the implicit function [mV].

    At a fold the slope of the current-voltage curve is 0, at a Hopf point the Hurwitz determinant.
    """

    def one(at: Any) -> Any:
        V, kind = at

        there = kind != NONE

        def balance(V: Any) -> Any:
            seen = look(gating, V)
            change = jnp.where(kind == FOLD, seen.slope, seen.pairs)
            return jnp.where(there, change, V)

        # Empty slots carry a zero that moves with nothing: no NaN enters a sum of derivatives.
        return jnp.where(there, implicit(balance, jnp.where(there, V, 0.0)), jnp.nan)

    return jax.lax.map(one, (V, kind))
