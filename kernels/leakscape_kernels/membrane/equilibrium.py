"""The kernels of a composed membrane: its equilibria, and its current-voltage curve.

References:
    Izhikevich EM (2007) Dynamical Systems in Neuroscience. MIT Press, chapter 3 (equilibria of
    one-dimensional systems, their stability and their folds). ISBN 978-0-262-09043-8
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from leakscape_kernels.codes import (
    NEAR_FOLD,
    NO_REST,
    NO_ROOT,
    NOT_CONVERGED,
    TOO_MANY_ROOTS,
    UNDEFINED_OUTPUT,
    ZEROS_OUTSIDE_BRACKET,
    codes,
)
from leakscape_kernels.membrane.equilibria import Equilibria
from leakscape_kernels.membrane.excitability import NAMES as BEARABLE
from leakscape_kernels.membrane.excitability import described as bearable
from leakscape_kernels.membrane.gating import without_tau
from leakscape_kernels.membrane.membrane import KEYS, Membrane
from leakscape_kernels.membrane.membrane import membrane as membrane_of
from leakscape_kernels.membrane.readouts import HEADLINES, described, slope
from leakscape_kernels.membrane.search import Search
from leakscape_kernels.nomenclature import output, parameter
from leakscape_kernels.numerics import nan_unless
from leakscape_kernels.on_demand import Array, jnp
from leakscape_kernels.options.quantities import in_unit
from leakscape_kernels.options.tables import one_of
from leakscape_kernels.protocol import (
    Factory,
    Kernel,
    Output,
    Values,
    status,
)
from leakscape_kernels.zeros.hermite_cells import CELLS

STANDARD = "textbook_neuron"
"""The membrane of a kernel that is given none."""

RULES = ("lowest", "highest", "nearest")
"""Which stable equilibrium V_rest is."""

USUAL = ("-200 mV", "100 mV")
"""Where equilibria are looked for first, unless a bracket is given."""

LISTED = ("V_equilibrium", "stable", "rising", "n_unstable")
"""What there is of each equilibrium beside the read-outs."""

IN_TIME = ("V_momentary", "resonance_frequency")
"""What there is at rest where gates move in time."""

_STILL = "nothing of the membrane moves in time beside V; give a gate with rates or tau"
"""Why a membrane has none of these."""

_UNDRIVEN = 'nothing of the membrane moves in time beside V; write I_app = "0 uA/cm2" in it'
"""Why a membrane has no read-outs of what current it bears."""

MEMBRANE = (
    f"a table of {', '.join(KEYS)}, or the name of a preset; an ion has valence, inside and "
    "outside, and leakscape show TYPE tells the keys of a mechanism"
)
"""What the option `membrane` takes."""

TYPES = {
    "membrane.mechanisms.*.type": "leakscape.mechanisms",
    "membrane.mechanisms.*.gates.*.inf": "leakscape.gates",
    "membrane.mechanisms.*.gates.*.tau": "leakscape.gates",
}
"""Where a membrane names mechanisms, or laws of gates, that others wrote."""


def _build(
    membrane: Any = STANDARD,
    rest: Any = "lowest",
    near: Any = None,
    bracket: Any = None,
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
    given = bracket is not None
    bracket = bracket if given else USUAL
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
    search = Search(
        low=low, high=high, given=given, rule=rule, near=target, slots=slots, cells=cells
    )
    at_rest = {"V_rest": output("V_rest")} | dict(described(cell))
    outputs = {
        name: replace(
            o, headline=name in HEADLINES, may_be_undefined=o.may_be_undefined or cell.moves
        )
        for name, o in at_rest.items()
    }
    in_time = {name: output(name, may_be_undefined=True) for name in IN_TIME if cell.moves}
    in_time |= bearable(cell)
    missing = _missing(cell, in_time)
    outputs |= {name: row for name, row in in_time.items() if name not in missing}
    outputs |= {name: output(name) for name in ("n_equilibria", "n_stable", "near_fold")}
    outputs["V_saddle"] = output("V_saddle", may_be_undefined=True)
    outputs |= {name: _each(name) for name in LISTED}
    outputs |= {f"{name}_equilibrium": _each(f"{name}_equilibrium") for name in described(cell)}
    return Kernel(
        name="equilibrium",
        parameters=cell.parameters,
        outputs=outputs,
        evaluate=Equilibria(cell, search),
        codes=codes(
            NEAR_FOLD,
            UNDEFINED_OUTPUT,
            ZEROS_OUTSIDE_BRACKET,
            *([NO_REST] if cell.moves else []),
            NO_ROOT,
            NOT_CONVERGED,
            TOO_MANY_ROOTS,
        ),
        missing=missing,
    )


def _missing(cell: Membrane, in_time: Collection[str]) -> dict[str, str]:
    """Return the read-outs of time and of injected current that a membrane has not, and why."""
    if gate := without_tau(cell):
        return dict.fromkeys(
            (*IN_TIME, *BEARABLE), f"{gate} has no tau; give tau or instant = true"
        )
    lacking = {name for name in (*IN_TIME, *BEARABLE) if name not in in_time}
    return {name: _STILL if name in IN_TIME else _UNDRIVEN for name in lacking}


def _each(name: str) -> Output:
    """Return an output that has one value for every equilibrium."""
    return replace(output(name), dimension="equilibrium")


def _millivolt(option: str, text: Any) -> float:
    """Return a potential that an option gives as a text [mV]."""
    return in_unit(f"equilibrium: {option}", text, "mV")


equilibrium = Factory(
    name="equilibrium",
    options={
        "membrane": MEMBRANE,
        "rest": 'which stable equilibrium V_rest is: "lowest", "highest" or "nearest" (to near)',
        "near": 'the potential that rest = "nearest" is nearest to, such as "-70 mV"',
        "bracket": 'where alone equilibria are looked for; ["-200 mV", "100 mV"] unless given, '
        "and wherever else the signs of the currents let others lie, up to 1000 mV",
        "slots": "the most equilibria that are kept, 7 unless given",
        "cells": "cells of the bracket, 64 unless given; none wider than the smallest k of a gate",
    },
    build=_build,
    code=TYPES,
)
"""Kernel factory: every potential at which a membrane's currents balance, and the rest among them.

Status speaks of V_rest: 2 near a fold, where gradients diverge: an extremum of the current lies
within 1 mV (by the parabola that has its slope and curvature there); 3 where a read-out at rest is
undefined, kept or not, such as E of an ion that one side lacks; 4 where equilibria lie outside
the bracket that was given, or may; 11 outside the domain of a law or with every channel shut; 12
where no equilibrium was found, or where others, further out, may be the rest. From 10 on all that
depends on V_rest is NaN. `near_fold` speaks of all equilibria. A list with more equilibria than
slots is NaN; `n_equilibria` counts on, and is -1 where there may be others further out.

Without a `bracket` equilibria are looked for between -200 and 100 mV (with channels alone, between
their reversal potentials) and, wherever the signs of the currents at the ends leave room for
others, further out, up to 1000 mV of either sign, in cells no wider.

An equilibrium is `stable` where no mode of the whole membrane grows (`n_unstable` is 0): V, the
gates with a time constant, calcium. Without such gates that is where the steady current rises
(`rising`); with them it may rise and the equilibrium be unstable. Gates of which no time constant
is known count as instant. Where equilibria exist and none is stable there is no rest: V_rest and
all that is read there are NaN, with status 6.

`V_saddle` is the next equilibrium above the rest at which the steady current falls: a point of the
border between what falls back to the rest and what does not; the threshold of a spike is another
thing. NaN without one, which is no remark. `V_momentary` is the zero above the rest that the
current has while the slow gates have not moved. `threshold_distance` is measured to `V_threshold`,
which is assumed and does not follow from the membrane. `input_resistance` comes from the steady
slope, `time_constant` from the one with the slow gates held.
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
        codes=codes(),
    )


membrane_current = Factory(
    name="membrane_current",
    options={"membrane": MEMBRANE},
    build=_build_current,
    code=TYPES,
)
"""Kernel factory: the current of a membrane at a given potential, by mechanism and in all."""
