"""The equilibria of a membrane at one point, the rest among them, and what can be read there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from leakscape_kernels.codes import (
    NO_REST,
    NO_ROOT,
    NOT_FINITE,
    TOO_MANY_ROOTS,
    UNDEFINED_OUTPUT,
    ZEROS_OUTSIDE_BRACKET,
)
from leakscape_kernels.membrane.at_values import State
from leakscape_kernels.membrane.closed_form import formula
from leakscape_kernels.membrane.excitability import described as bearable
from leakscape_kernels.membrane.excitability import excitability
from leakscape_kernels.membrane.gating import Gating, without_tau
from leakscape_kernels.membrane.membrane import Membrane
from leakscape_kernels.membrane.readouts import absent, described, readouts
from leakscape_kernels.membrane.search import Search, closed, outside, problem, searched
from leakscape_kernels.membrane.stability import momentary_zero, n_unstable, resonance_frequency
from leakscape_kernels.numerics import nan_unless
from leakscape_kernels.on_demand import Array, jax, jnp
from leakscape_kernels.protocol import Values, status, with_remark
from leakscape_kernels.zeros.certificate import Found
from leakscape_kernels.zeros.resting import listed, lowest, resting
from leakscape_kernels.zeros.zero_list import Roots

_OF_ALL = frozenset(
    {
        "n_equilibria",
        "n_stable",
        "near_fold",
        "V_saddle",
        "V_equilibrium",
        "stable",
        "rising",
        "n_unstable",
    }
)
"""The outputs that need all equilibria, beside those at each of them."""

_AT_EACH = "_equilibrium"
"""How the name of a read-out at each equilibrium ends."""


@dataclass(frozen=True)
class Equilibria:
    """The evaluation behind `equilibrium`, for one membrane and one search.

    Args:
        membrane: the membrane.
        search: where equilibria are looked for, and which is the rest.
        wanted: the outputs to return, None for all.
    """

    membrane: Membrane
    search: Search
    wanted: frozenset[str] | None = None

    def keeping(self, names: frozenset[str]) -> Equilibria:
        """Return the evaluation of some outputs alone."""
        return replace(self, wanted=names)

    def __call__(self, values: Values) -> dict[str, Array]:
        """Return every output of `equilibrium` that is wanted, and the status.

        Where the laws tell enough the rest is found apart from the list of all equilibria, so that
        a caller who wants only what is at rest does not pay for the list.
        """
        state = self.membrane.at(values)
        defined, finite = self.membrane.inside(state), self.membrane.finite(values)
        exists = defined & finite
        (V, code), every, growing = self._found(state)
        code = jnp.where(exists, code, status(defined, finite)).astype(jnp.uint8)
        V = nan_unless(code < NOT_FINITE, V)
        found = {"V_rest": V} | readouts(self.membrane, state, V) | self._in_time(state, V)
        if every is not None:
            found |= self._of_all(state, every, growing, V, exists)
        bears = [name for name in bearable(self.membrane) if self._wants(name)]
        if bears and not without_tau(self.membrane):
            found |= excitability(Gating(state), V, exists, wanted=bears)
        undefined = absent(self.membrane, state, V)
        return found | {"status": with_remark(code, UNDEFINED_OUTPUT, undefined)}

    def _wants(self, name: str) -> bool:
        return self.wanted is None or name in self.wanted

    def _in_time(self, state: State, V: Any) -> dict[str, Any]:
        """Return the read-outs of a rest in a membrane whose gates move in time."""
        if not self.membrane.moves or without_tau(self.membrane):
            return {}
        gating, search, found = Gating(state), self.search, {}
        if self._wants("V_momentary"):
            place = search.low, search.high, search.cells
            found["V_momentary"] = momentary_zero(gating, V, *place)
        if self._wants("resonance_frequency"):
            found["resonance_frequency"] = resonance_frequency(gating, V)
        return found

    def _found(self, state: State) -> tuple[Found, Roots | None, Any]:
        """Return the rest, all equilibria if something of them is wanted, and what grows there."""
        solve, search = formula(self.membrane), self.search
        if solve is not None:
            rest, only = closed(search, state, solve(state))
            return rest, only, 1 - only.rising
        certified, lowest_first = state.rises_to() is not None, search.rule == "lowest"
        how = (
            partial(problem, self.membrane, search),
            state.values,
            state.total,
            search.slots,
            search.cells,
        )
        every: Roots | None = None
        growing: Any = None
        if certified and lowest_first and not self._wants_all():
            rest = lowest(*how)
        else:
            if certified:
                rest, every = listed(*how)
            else:
                every = searched(self.membrane, search, state)
                rest = resting(every, "lowest")
            if self.membrane.moves:
                growing = n_unstable(self.membrane, state.values, every.V)
                # Without a capacitance V follows at once: what is left is the slope.
                growing = jnp.where(growing < 0, 1 - every.rising, growing)
                rest = self._held(every, growing == 0)
            else:
                growing = 1 - every.rising
                if not lowest_first:
                    rest = resting(every, search.rule, search.near)
        V, code = rest
        if search.given:
            code = with_remark(code, ZEROS_OUTSIDE_BRACKET, outside(self.membrane, search, state))
        return (V, code), every, growing

    def _held(self, every: Roots, holds: Any) -> Found:
        """Return the rest among equilibria of which some hold; if none does it is no failure."""
        search = self.search
        V, code = resting(every, search.rule, search.near, holds)
        sure = (every.status < NOT_FINITE) & every.below & every.above & (every.count > 0)
        none = sure & ~jnp.any(every.filled & holds)
        return V, jnp.where(none, NO_REST, code).astype(jnp.uint8)

    def _wants_all(self) -> bool:
        return any(map(self._wants, _OF_ALL)) or bool(self._at_each())

    def _at_each(self) -> tuple[str, ...]:
        """Return the read-outs at each equilibrium that are wanted."""
        return tuple(n for n in described(self.membrane) if self._wants(f"{n}{_AT_EACH}"))

    def _of_all(
        self, state: State, every: Roots, growing: Any, V: Any, exists: Any
    ) -> dict[str, Any]:
        """Return the outputs that need all equilibria."""
        sure = every.status < NOT_FINITE
        known = exists & (sure | (every.status == NO_ROOT) | (every.status == TOO_MANY_ROOTS))
        known &= every.below & every.above
        # A list that is cut short is no list of all equilibria.
        whole = known & (every.count <= self.search.slots)
        V_each = jnp.where(whole, every.V, jnp.nan)
        saddles = jnp.where((every.rising == 0) & (V_each > V), V_each, jnp.inf)
        V_saddle = jnp.min(saddles)
        filled = whole & every.filled
        stable = filled & (growing == 0)
        found = {
            "n_equilibria": jnp.where(known, every.count, -1).astype(jnp.int8),
            "n_stable": jnp.where(whole, jnp.sum(stable), -1).astype(jnp.int8),
            "near_fold": jnp.where(whole, jnp.any(every.fold), -1).astype(jnp.int8),
            "V_saddle": nan_unless(V_saddle < jnp.inf, V_saddle),
            "V_equilibrium": V_each,
            "stable": jnp.where(filled, stable, -1).astype(jnp.int8),
            "rising": jnp.where(filled, every.rising, -1).astype(jnp.int8),
            "n_unstable": jnp.where(filled, growing, -1).astype(jnp.int8),
        }
        names, there = self._at_each(), jnp.isfinite(V_each)
        if names:
            at_each = jax.vmap(lambda at: readouts(self.membrane, state, at))(V_each)
            for name in names:
                found[f"{name}{_AT_EACH}"] = jnp.where(there, at_each[name], jnp.nan)
        return found
