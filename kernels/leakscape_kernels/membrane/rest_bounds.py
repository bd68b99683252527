"""Where every equilibrium of a membrane must lie, by the signs of its currents.

Below the reversal potentials of its open channels each of their currents is inward, and above them
outward. Where their sum exceeds what pumps, sources and ions that are missing on one side can bring
against it, no equilibrium lies beyond.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from leakscape_kernels.mechanisms.gate import Gated
from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.membrane.at_values import Part, State
from leakscape_kernels.on_demand import jax, jnp
from leakscape_kernels.zeros.stretch import Stretch

FURTHEST = 1000.0
"""No equilibrium is looked for beyond this potential, of either sign [mV]."""

_STEPS = (0.5, 10.0, 50.0, 150.0, 400.0, 2 * FURTHEST)
"""How far beyond the reversal potentials proof is looked for, nearest first [mV]."""

_PAD = 0.5
"""What rounding may move a zero beyond a reversal potential, with room to spare [mV]."""

_ROUNDING = 8
"""The rounding error of a sum of currents, in units of its largest terms and the precision."""

_GRID = 1024.0
"""Cells are this fraction of 1 mV wide, or a multiple: then the border between two is one number,
however it is computed, in float32 too [1/mV]."""


def given(state: State, low: float, high: float) -> Stretch:
    """Return a bracket that is to stay as it is, and whether equilibria lie outside.

    Args:
        state: the membrane.
        low: lower end [mV].
        high: upper end [mV].
    """
    bottom, top = (jnp.asarray(end, _dtype(state)) for end in (low, high))
    proven = _nothing_below(state, bottom), _nothing_above(state, top)
    if _passive(state):
        first, last = _lowest(state, finite=False), _highest(state, finite=False)
        inside = (first - _PAD > low) & (first - _PAD < high), (last + _PAD < high)
        bottom = jnp.where(inside[0], first - _PAD, bottom)
        top = jnp.where(inside[1] & (last + _PAD > bottom), last + _PAD, top)
    return Stretch(bottom, top, jnp.int32(1), *proven)


def usual(state: State, low: float, high: float, cells: int) -> Stretch:
    """Return the stretch that is tried first: between the reversal potentials, or a usual one.

    Args:
        state: the membrane.
        low: lower end where pumps or sources take part [mV].
        high: upper end [mV].
        cells: how many cells there are between `low` and `high`.
    """
    bottom, top = (jnp.asarray(end, _dtype(state)) for end in (low, high))
    if _passive(state):
        first, last = _lowest(state, finite=False), _highest(state, finite=False)
        bottom = jnp.where(jnp.isfinite(first), jnp.maximum(first - _PAD, -FURTHEST), bottom)
        top = jnp.where(jnp.isfinite(last), jnp.minimum(last + _PAD, FURTHEST), top)
    bottom, top, windows = _divided(bottom, top, high - low, cells)
    proven = _nothing_below(state, bottom), _nothing_above(state, top)
    return Stretch(bottom, top, windows, *proven)


def extended(state: State, first: Stretch, low: float, high: float, cells: int) -> Stretch:
    """Return a stretch beyond which it is proven that no equilibrium lies, if there is one.

    Args:
        state: the membrane.
        first: the stretch that was tried first.
        low: lower end of the usual one [mV].
        high: upper end [mV].
        cells: how many cells there are between `low` and `high`.
    """
    least, greatest = _lowest(state, finite=True), _highest(state, finite=True)
    steps = jnp.asarray(_STEPS, _dtype(state))

    def down(i: Any, held: Any) -> Any:
        end, proven = held
        V = jnp.maximum(jnp.minimum(first.low, least) - steps[i], -FURTHEST)
        return jnp.where(proven, end, V), proven | _nothing_below(state, V)

    def up(i: Any, held: Any) -> Any:
        end, proven = held
        V = jnp.minimum(jnp.maximum(first.high, greatest) + steps[i], FURTHEST)
        return jnp.where(proven, end, V), proven | _nothing_above(state, V)

    bottom, below = jax.lax.fori_loop(0, len(_STEPS), down, (first.low, first.below))
    top, above = jax.lax.fori_loop(0, len(_STEPS), up, (first.high, first.above))
    return Stretch(*_divided(bottom, top, high - low, cells), below, above)


def _divided(low: Any, high: Any, usual: float, cells: int) -> tuple[Any, Any, Any]:
    """Return ends and windows of a stretch whose cells are no wider than usual.

    It becomes a little longer, so that rounding does not move the borders of its cells.
    """
    bottom = jnp.floor(low)
    windows = jnp.maximum(jnp.ceil((high - bottom) / usual), 1.0)
    width = jnp.ceil((high - bottom) / (windows * cells) * _GRID) / _GRID
    return bottom, bottom + windows * cells * width, windows.astype(jnp.int32)


def _nothing_below(state: State, V: Any) -> Any:
    """Return whether the total is inward at all potentials below V."""
    bound, noise = _bound(state, V, below=True)
    return (bound < -noise) | (_lowest(state, finite=False) > V)


def _nothing_above(state: State, V: Any) -> Any:
    """Return whether the total is outward at all potentials above V."""
    bound, noise = _bound(state, V, below=False)
    return (bound > noise) | (_highest(state, finite=False) < V)


def _bound(state: State, V: Any, *, below: bool) -> tuple[Any, Any]:
    """Return what the total is nowhere above below V, or nowhere below above V; and its rounding.

    Args:
        state: the membrane.
        V: the potential [mV].
        below: which of both.

    Returns:
        the bound, infinite where nothing is known, and what rounding may make of it [uA/cm2].
    """
    leaks = state.leaks  # they rise everywhere
    total = leaks.current(V)
    size = abs(leaks.conductance * V) + abs(leaks.steady) + abs(total)
    for name in state.gated:
        bound = _bound_of(state.parts[name], V, state.here[name], below=below)
        total, size = total + bound, size + abs(bound)
    return total, _ROUNDING * float(np.finfo(V.dtype).eps) * size


def _bound_of(part: Part, V: Any, here: Any, *, below: bool) -> Any:
    """Return the same of one mechanism [uA/cm2]."""
    law, size = part.mechanism, here["size"]
    worse, better = (jnp.maximum, jnp.minimum) if below else (jnp.minimum, jnp.maximum)
    bound: Any = jnp.inf if below else -jnp.inf
    if law.rises_to is not None:
        turn = law.rises_to(here)
        current = law.current(V, here)
        # A block that follows V leaves between nothing and all of it.
        current = current if part.block is None else worse(current, 0.0)
        bound = jnp.where(turn >= V if below else turn == jnp.inf, current, bound)
    if isinstance(law.current, Gated):
        # Likewise a gate, of a pathway that rises everywhere; one that opens further out leaves no
        # less of it than here.
        pathway = law.current.pathway(V, here)
        left = _left_open(law.current, V, here, below=below)
        behind = worse(pathway, 0.0) + left * better(pathway, 0.0)
        bound = jnp.where(size >= 0, better(bound, behind), bound)
    elif _one_sign(law) and law.reversal is not None:
        E = law.reversal(here)
        beyond = (E >= V) if below else (E <= V)
        bound = jnp.where(beyond & (size >= 0), better(bound, 0.0), bound)
    return jnp.where(size == 0, 0.0, bound)


def _left_open(law: Gated, V: Any, here: Any, *, below: bool) -> Any:
    """Return what the gates of a channel leave open at the least below V, or above V [1]."""
    opens = jnp.ones((), bool)
    for gate in law.gates:
        if gate.sense is None:
            return 0.0
        opens &= gate.sense(here) == (-1 if below else 1)
    return jnp.where(opens, law.open(V, here), 0.0)


def _one_sign(law: Mechanism) -> bool:
    return law.channel or law.signed


def _signed(state: State) -> bool:
    """Return whether every current is known to be inward below its reversal potential."""
    laws = [part.mechanism for part in state.parts.values()]
    return "I_app" not in state.values and all(
        _one_sign(law) and law.reversal is not None for law in laws
    )


def _passive(state: State) -> bool:
    """Return whether there are channels alone."""
    return _signed(state) and all(part.mechanism.channel for part in state.parts.values())


def _lowest(state: State, *, finite: bool) -> Any:
    """Return the lowest reversal potential of what is open [mV].

    Args:
        state: the membrane.
        finite: whether to leave out those of missing ions, which are infinite; otherwise all
            currents are inward below the result, which is minus infinity where that is not known.
    """
    found = jnp.asarray(jnp.inf if finite or _signed(state) else -jnp.inf, _dtype(state))
    for E, size in _reversals(state):
        open_ = (size > 0) & jnp.isfinite(E) if finite else size != 0
        backwards = jnp.where(size < 0, -jnp.inf, E)  # as a pump may be run
        found = jnp.minimum(found, jnp.where(open_, backwards, jnp.inf))
    return found


def _highest(state: State, *, finite: bool) -> Any:
    """Return the highest reversal potential of what is open, likewise [mV]."""
    found = jnp.asarray(-jnp.inf if finite or _signed(state) else jnp.inf, _dtype(state))
    for E, size in _reversals(state):
        open_ = (size > 0) & jnp.isfinite(E) if finite else size != 0
        backwards = jnp.where(size < 0, jnp.inf, E)
        found = jnp.maximum(found, jnp.where(open_, backwards, -jnp.inf))
    return found


def _reversals(state: State) -> Iterator[tuple[Any, Any]]:
    """Return reversal potential [mV] and size of whatever has one sign on either side of it."""
    for name, part in state.parts.items():
        if _one_sign(part.mechanism) and part.mechanism.reversal is not None:
            yield state.reversal(name), state.here[name]["size"]


def _dtype(state: State) -> Any:
    return jnp.result_type(*(jnp.asarray(value).dtype for value in state.values.values()))
