"""The kernels of a composed membrane: its equilibria, and its current-voltage curve.

References:
    Izhikevich EM (2007) Dynamical Systems in Neuroscience. MIT Press, chapter 3 (equilibria of
    one-dimensional systems, their stability and their folds). ISBN 978-0-262-09043-8
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from leakscape_kernels import roots
from leakscape_kernels.cells import CELLS
from leakscape_kernels.certified import Posed
from leakscape_kernels.closed_form import formula
from leakscape_kernels.lowest import listed, lowest, resting
from leakscape_kernels.mechanisms.table_entry import one_of
from leakscape_kernels.membrane import Membrane
from leakscape_kernels.membrane import membrane as membrane_of
from leakscape_kernels.nomenclature import output, parameter
from leakscape_kernels.numerics import nan_unless
from leakscape_kernels.protocol import (
    NOT_FINITE,
    OK,
    UNDEFINED_OUTPUT,
    Factory,
    Kernel,
    Output,
    Values,
    status,
    with_remark,
)
from leakscape_kernels.readouts import HEADLINES, absent, described, readouts, slope
from leakscape_kernels.state import State

NO_SIGN_CHANGE = 12
"""Status of a point without an equilibrium in the bracket."""

TOO_MANY = 14
"""Status of a point with more equilibria than slots."""

STANDARD = "textbook_neuron"
"""The membrane of a kernel that is given none."""

RULES = ("lowest", "highest", "nearest")
"""Which stable equilibrium V_rest is."""

_MILLIVOLT = {"mV": 1.0, "V": 1000.0, "uV": 1e-3}
"""The units of `near` and `bracket`, which no engine converts [mV]."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """Where equilibria are looked for, and which of them is the rest.

    Args:
        low: lower end of the bracket [mV].
        high: upper end [mV].
        rule: "lowest", "highest" or "nearest".
        near: what "nearest" is nearest to [mV].
        slots: the most equilibria that are kept.
        cells: how many cells the bracket is divided into.
    """

    low: float
    high: float
    rule: Any
    near: float | None
    slots: int
    cells: int


@dataclass(frozen=True)
class _Equilibria:
    """The evaluation behind `equilibrium`, for one membrane and one search."""

    membrane: Membrane
    search: Search

    def __call__(self, values: Values) -> dict[str, Array]:
        """Return every output of `equilibrium` and the status.

        Where the laws tell enough the rest is found apart from the list of all equilibria, so that
        whoever keeps only what is at rest does not pay for the list.
        """
        state = self.membrane.at(values)
        defined, finite = self.membrane.inside(state), self.membrane.finite(values)
        exists = defined & finite
        solve = formula(self.membrane)
        if solve is None:
            every = self._all(state)
            V, code = self._rest(state, every)
        else:
            V, code, every = self._closed(state, solve(state))
        code = jnp.where(exists, code, status(defined, finite)).astype(jnp.uint8)
        V = nan_unless(code < NOT_FINITE, V)
        found = {"V_rest": V} | readouts(self.membrane, state, V)
        sure = every.status < NOT_FINITE
        known = exists & (sure | (every.status == NO_SIGN_CHANGE) | (every.status == TOO_MANY))
        # A list that is cut short is no list of all equilibria.
        whole = known & (every.count <= self.search.slots)
        V_each = jnp.where(whole, every.V, jnp.nan)
        n_stable = jnp.sum(every.stable == 1)
        found |= {
            "n_equilibria": jnp.where(known, every.count, -1).astype(jnp.int8),
            "n_stable": jnp.where(whole, n_stable, -1).astype(jnp.int8),
            "near_fold": jnp.where(whole, jnp.any(every.fold), -1).astype(jnp.int8),
            "V_equilibrium": V_each,
            "stable": jnp.where(whole, every.stable, -1).astype(jnp.int8),
        }
        at_each = jax.vmap(lambda at: readouts(self.membrane, state, at))(V_each)
        there = jnp.isfinite(V_each)
        for name, value in at_each.items():
            found[f"{name}_equilibrium"] = jnp.where(there, value, jnp.nan)
        undefined = absent(self.membrane, state, V)
        return found | {"status": with_remark(code, UNDEFINED_OUTPUT, undefined)}

    def _rest(self, state: State, every: roots.Roots) -> tuple[Any, Any]:
        search = self.search
        if search.rule != "lowest" or state.turn() is None:
            return resting(every, search.rule, search.near)
        return lowest(self._posed, state.values, state.total, search.slots, search.cells)

    def _posed(self, values: Values) -> Posed:
        state = self.membrane.at(values)
        low, high = state.span(self.search.low, self.search.high)
        return Posed(state.total, state.least_slope, state.least, low, high, state.turn())

    def _all(self, state: State) -> roots.Roots:
        search = self.search
        if state.turn() is not None:
            # From the parameters themselves: they are fewer than what follows from them.
            return listed(self._posed, state.values, state.total, search.slots, search.cells)
        low, high = state.span(search.low, search.high)
        return roots.all_roots(state.total, low, high, slots=search.slots, cells=search.cells)

    def _closed(self, state: State, V: Any) -> tuple[Any, Any, roots.Roots]:
        """Return the rest that a formula gives, its status, and the same as a list of one."""
        search = self.search
        there = jnp.logical_and(search.low <= V, search.high >= V)
        # Without an ion on one side the formula has no value: the current never changes sign.
        code = jnp.where(there, OK, NO_SIGN_CHANGE)
        V = nan_unless(there, V)
        first = jnp.arange(search.slots) == 0
        column = jnp.where(first & there, V, jnp.nan)
        every = roots.Roots(
            V=column,
            stable=jnp.where(first & there, 1, -1).astype(jnp.int8),
            slope=jnp.where(first, slope(state, V), jnp.nan),
            residual=jnp.where(first, state.total(V), jnp.nan),
            fold=jnp.zeros(search.slots, bool),
            count=there.astype(jnp.int32),
            status=code.astype(jnp.uint8),
        )
        return V, code, every


def _build(
    membrane: Any = STANDARD,
    rest: Any = "lowest",
    near: Any = None,
    bracket: Any = ("-200 mV", "100 mV"),
    slots: Any = 7,
    cells: Any = 64,
) -> Kernel:
    """Return the kernel `equilibrium` for its options, which may be anything yet."""
    cell = membrane_of(membrane)
    rule = one_of("equilibrium: rest", rest, RULES)
    if (rule == "nearest") != (near is not None):
        raise ValueError(
            'equilibrium: rest = "nearest" and near = "-70 mV" belong together; give both or none'
        )
    if isinstance(bracket, str) or not isinstance(bracket, Sequence) or len(bracket) != 2:
        raise ValueError(
            f'equilibrium: bracket must be two potentials such as ["-200 mV", "100 mV"], '
            f"got {bracket!r}"
        )
    low, high = (_millivolt("bracket", end) for end in bracket)
    if not low < high:
        raise ValueError(f"equilibrium: bracket must rise, got {list(bracket)}")
    if not isinstance(slots, int) or isinstance(slots, bool) or not 1 <= slots <= 64:
        raise ValueError(f"equilibrium: slots must be a number from 1 to 64, got {slots!r}")
    if not isinstance(cells, int) or cells % CELLS or not CELLS <= cells <= 1024:
        raise ValueError(
            f"equilibrium: cells must be a multiple of {CELLS} up to 1024, got {cells!r}"
        )
    target = None if near is None else _millivolt("near", near)
    search = Search(low=low, high=high, rule=rule, near=target, slots=slots, cells=cells)
    at_rest = {"V_rest": output("V_rest")} | dict(described(cell))
    outputs = {name: replace(o, headline=name in HEADLINES) for name, o in at_rest.items()}
    outputs |= {name: output(name) for name in ("n_equilibria", "n_stable", "near_fold")}
    outputs |= {name: _each(name) for name in ("V_equilibrium", "stable")}
    outputs |= {f"{name}_equilibrium": _each(f"{name}_equilibrium") for name in described(cell)}
    return Kernel(
        name="equilibrium",
        parameters=cell.parameters,
        outputs=outputs,
        evaluate=_Equilibria(cell, search),
    )


def _each(name: str) -> Output:
    """Return an output that has one value for every equilibrium."""
    return replace(output(name), dimension="equilibrium")


def _millivolt(option: str, text: Any) -> float:
    """Return a potential that an option gives as a text [mV]."""
    number, _, unit = str(text).strip().partition(" ")
    try:
        value = float(number)
        factor = _MILLIVOLT[unit.strip()]
    except (ValueError, KeyError):
        value = factor = float("nan")
    if not abs(value * factor) < float("inf"):
        raise ValueError(
            f'equilibrium: {option} must be a potential such as "-70 mV", got {text!r}'
        )
    return value * factor


equilibrium = Factory(
    name="equilibrium",
    options={
        "membrane": "a table of ions and mechanisms, or the name of a preset",
        "rest": 'which stable equilibrium V_rest is: "lowest", "highest" or "nearest" (to near)',
        "near": 'the potential that rest = "nearest" is nearest to, such as "-70 mV"',
        "bracket": 'where equilibria are looked for, ["-200 mV", "100 mV"] unless given',
        "slots": "the most equilibria that are kept, 7 unless given",
        "cells": "cells of the bracket, 64 unless given; none wider than the smallest k of a gate",
    },
    build=_build,
)
"""Kernel factory: every potential at which a membrane's currents balance, and the rest among them.

Status speaks of V_rest: 2 near a fold, where gradients diverge; 3 where a read-out at rest is
undefined, kept or not, such as E of an ion that one side lacks; 11 outside the domain of a law or
with every channel shut; 12 without an equilibrium in the bracket. From 10 on everything that
depends on V_rest is NaN. `near_fold` speaks of all equilibria. A list with more equilibria than
slots is NaN; `n_equilibria` counts on.
"""


@dataclass(frozen=True)
class _Curve:
    """The evaluation behind `membrane_current`, for one membrane."""

    membrane: Membrane

    def __call__(self, values: Values) -> dict[str, Array]:
        """Return every output of `membrane_current` and the status."""
        V = values["V"]
        state = self.membrane.at(values)
        defined = self.membrane.inside(state)
        finite = self.membrane.finite(values) & jnp.isfinite(V)
        V = nan_unless(defined & finite, V)
        found = {"I_total": state.total(V)}
        found |= {f"I_{name}": state.current(name, V) for name in state.parts}
        found["slope_conductance"] = slope(state, V)
        # A current that does not depend on V still does not exist outside the domain.
        found = {name: nan_unless(defined & finite, value) for name, value in found.items()}
        return found | {"status": status(defined, jnp.isfinite(found["I_total"]))}


def _build_current(membrane: Any = STANDARD) -> Kernel:
    """Return the kernel `membrane_current` for its option, which may be anything yet."""
    cell = membrane_of(membrane)
    names = ["I_total", *(f"I_{name}" for name in cell.parts), "slope_conductance"]
    return Kernel(
        name="membrane_current",
        parameters={"V": parameter("V")} | dict(cell.parameters),
        outputs={name: output(name, headline=name == "I_total") for name in names},
        evaluate=_Curve(cell),
    )


membrane_current = Factory(
    name="membrane_current",
    options={"membrane": "a table of ions and mechanisms, or the name of a preset"},
    build=_build_current,
)
"""Kernel factory: the current of a membrane at a given potential, by mechanism and in all."""
