"""Where the equilibria of a membrane are looked for, and looking there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from leakscape_kernels.batching import where_needed
from leakscape_kernels.codes import NO_ROOT, OK
from leakscape_kernels.membrane import rest_bounds
from leakscape_kernels.membrane.at_values import State
from leakscape_kernels.membrane.membrane import Membrane
from leakscape_kernels.numerics import nan_unless
from leakscape_kernels.on_demand import jax, jnp
from leakscape_kernels.protocol import Values
from leakscape_kernels.zeros.all_zeros import all_zeros
from leakscape_kernels.zeros.certificate import Found, Known, Problem
from leakscape_kernels.zeros.stretch import Stretch
from leakscape_kernels.zeros.zero_list import Roots


@dataclass(frozen=True, kw_only=True)
class Search:
    """Where equilibria are looked for, and which of them is the rest.

    Args:
        low: lower end of the bracket, or of the usual stretch where none is given [mV].
        high: upper end [mV].
        given: whether they are a bracket that is to stay as it is.
        rule: "lowest", "highest" or "nearest".
        near: what "nearest" is nearest to [mV].
        slots: the most equilibria that are kept.
        cells: how many cells the bracket is divided into.
    """

    low: float
    high: float
    given: bool
    rule: Any
    near: float | None
    slots: int
    cells: int


def problem(
    membrane: Membrane, search: Search, values: Values, known: Known | None = None
) -> Problem:
    """Return what is asked of a membrane's current.

    Args:
        membrane: the membrane.
        search: where equilibria are looked for.
        values: the membrane's parameters.
        known: the first stretch and the potential up to which the current rises, if known.
    """
    state = membrane.at(values)
    usual = search.low, search.high, search.cells
    if known is not None:
        first, turn = known
    elif search.given:
        # What lies outside is told by a remark, and keeps nothing from being found.
        proven = {"below": jnp.ones((), bool), "above": jnp.ones((), bool)}
        first = rest_bounds.given(state, search.low, search.high)._replace(**proven)
        turn = state.rises_to()
    else:
        first, turn = rest_bounds.usual(state, *usual), state.rises_to()
    further: Any = partial(rest_bounds.extended, state, first, *usual)
    if search.given:
        further = partial(_itself, first)
    return Problem(state.total, state.least_slope, state.least, first, further, turn)


def searched(membrane: Membrane, search: Search, state: State) -> Roots:
    """Return all equilibria by a search, where the laws tell too little.

    Args:
        membrane: the membrane.
        search: where equilibria are looked for.
        state: the membrane with its parameters' values.
    """
    slots, cells = search.slots, search.cells
    frozen = jax.tree.map(lambda x: jax.lax.stop_gradient(jnp.asarray(x)), state.values)
    first = problem(membrane, search, frozen).stretch

    def extended(values: Values) -> Stretch:
        return problem(membrane, search, values).extended()

    where = where_needed(extended, ~(first.below & first.above), frozen, first)
    found = all_zeros(
        state.total, where.low, where.high, slots=slots, cells=cells, windows=where.windows
    )
    return found._replace(below=where.below, above=where.above)


def outside(membrane: Membrane, search: Search, state: State) -> Any:
    """Return whether equilibria lie outside the bracket, or whether that is not known.

    Args:
        membrane: the membrane.
        search: its bracket.
        state: the membrane with its parameters' values.
    """
    frozen = jax.tree.map(lambda x: jax.lax.stop_gradient(jnp.asarray(x)), state.values)
    first = rest_bounds.given(membrane.at(frozen), search.low, search.high)

    def looked(values: Values) -> Any:
        state = membrane.at(values)
        first = rest_bounds.given(state, search.low, search.high)
        usual = search.low, search.high, search.cells
        where = rest_bounds.extended(state, first, *usual)
        found = all_zeros(
            state.total,
            where.low,
            where.high,
            slots=search.slots,
            cells=search.cells,
            windows=where.windows,
        )
        beyond = (search.low > found.V) | (search.high < found.V)
        missed = found.count > search.slots
        return jnp.any(beyond) | missed | ~(where.below & where.above)

    proven = first.below & first.above
    return where_needed(looked, ~proven, frozen, jnp.zeros((), bool))


def closed(search: Search, state: State, V: Any) -> tuple[Found, Roots]:
    """Return the rest that a formula gives, its status, and the same as a list of one.

    Args:
        search: where equilibria are looked for.
        state: the membrane with its parameters' values.
        V: what the formula gives [mV].
    """
    limit = rest_bounds.FURTHEST
    low, high = (search.low, search.high) if search.given else (-limit, limit)
    there = jnp.logical_and(low <= V, high >= V)
    # Without an ion on one side the formula has no value: the current never changes sign.
    code = jnp.where(there, OK, NO_ROOT).astype(jnp.uint8)
    # One that lies further out is none that was found.
    within = jnp.asarray(search.given) | there | jnp.isnan(V)
    V = nan_unless(there, V)
    first = jnp.arange(search.slots) == 0
    column = jnp.where(first & there, V, jnp.nan)
    every = Roots(
        V=column,
        rising=jnp.where(first & there, 1, -1).astype(jnp.int8),
        fold=jnp.zeros(search.slots, bool),
        count=there.astype(jnp.int32),
        status=code,
        below=within,
        above=within,
    )
    return (V, code), every


def _itself(first: Stretch) -> Stretch:
    return first
