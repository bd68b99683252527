"""The kernel of the steady state that a pump pays for: potential, concentrations, volume, cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from leakscape_kernels.codes import (
    BATH_NOT_NEUTRAL,
    NOT_CONVERGED,
    OUTSIDE_DOMAIN,
    UNBOUNDED,
    UNDEFINED_OUTPUT,
    codes,
)
from leakscape_kernels.dynamics.asked_cell import OPTIONS, cell_of
from leakscape_kernels.dynamics.balance import one_unknown
from leakscape_kernels.dynamics.cell import MMOL_PER_L, Cell, Inside
from leakscape_kernels.dynamics.settled import settled
from leakscape_kernels.formulas.energy import (
    ATP_BUDGET,
    BUDGET_SOURCE,
    MEGOHM_UM2,
    charges_per_second,
    chord_atp_rate,
    leaks_both_ways,
)
from leakscape_kernels.membrane.equilibrium import TYPES
from leakscape_kernels.membrane.readouts import slope
from leakscape_kernels.nomenclature import output, parameter
from leakscape_kernels.numerics import has_log_ratio, nan_unless
from leakscape_kernels.on_demand import Array, jnp
from leakscape_kernels.protocol import Factory, Kernel, Output, Values, with_remark

OUTPUTS = (
    "V_rest",
    "volume",
    "Na_in",
    "K_in",
    "Cl_in",
    "X_in",
    "E_Na",
    "E_K",
    "E_Cl",
    "I_pump",
    "input_resistance",
    "atp_rate",
    "atp_rate_chord",
    "budget_share",
    "Na_load",
)
"""What a steady state shows."""


@dataclass(frozen=True)
class _Steady:
    """The evaluation behind `pump_leak_rest`, for one cell."""

    cell: Cell

    def __call__(self, values: Values) -> dict[str, Array]:
        """Return every output and the status."""
        state = settled(self.cell, values)
        membrane = self.cell.at(values, state.inside)
        # A strong pump with hardly a leak leaves less of an ion than the precision holds.
        there = [
            has_log_ratio(values[f"{ion}_out"], c) for ion, c in state.inside._asdict().items()
        ]
        E = Inside(*(membrane.E[ion] for ion in Inside._fields))
        charges = charges_per_second(state.pump, values["area"])
        returned = self.cell.currents(membrane, state.V, of="pumps").Na
        exists = jnp.isfinite(state.V)
        returned, conductance = (
            nan_unless(exists, x) for x in (returned, slope(membrane, state.V))
        )
        resistance = MEGOHM_UM2 / (conductance * values["area"])
        found = {
            "V_rest": state.V,
            "volume": MMOL_PER_L * values["n_X"] / state.X,
            "Na_in": state.inside.Na,
            "K_in": state.inside.K,
            "Cl_in": state.inside.Cl,
            "X_in": state.X,
            "E_Na": E.Na,
            "E_K": E.K,
            "E_Cl": E.Cl,
            "I_pump": state.pump,
            "input_resistance": resistance,
            "atp_rate": charges,
            "atp_rate_chord": chord_atp_rate(state.V, E.Na, E.K, resistance),
            "budget_share": charges / values["atp_budget"],
            "Na_load": charges_per_second(returned, values["area"]),
        }
        # A share of nothing is none.
        good = values["atp_budget"] > 0
        found = {name: nan_unless(good, value) for name, value in found.items()}
        code = jnp.where(good, state.code, OUTSIDE_DOMAIN)
        charged = jnp.logical_not(self.cell.bath_is_neutral(values))
        # A pump that stands still leaves K at equilibrium, and where nothing moves it Na too.
        defined = leaks_both_ways(state.V, E.Na, E.K) & there[0] & there[1] & there[2]
        code = with_remark(code, UNDEFINED_OUTPUT, jnp.logical_not(defined))
        return found | {"status": with_remark(code, BATH_NOT_NEUTRAL, charged)}


def _build(leaks: Any = None, law: Any = None, membrane: Any = None) -> Kernel:
    """Return the kernel for its options, which may be anything yet."""
    cell = cell_of("pump_leak_rest", leaks, law, membrane)
    parameters = dict(cell.parameters)
    parameters.setdefault("atp_budget", parameter("atp_budget", ATP_BUDGET, BUDGET_SOURCE))
    if one_unknown(cell) is None:
        parameters |= cell.start
    partial = ("E_Na", "E_K", "E_Cl", "atp_rate_chord")
    outputs: dict[str, Output] = {
        name: output(name, may_be_undefined=name in partial) for name in OUTPUTS
    }
    outputs["V_rest"] = replace(outputs["V_rest"], headline=True)
    return Kernel(
        name="pump_leak_rest",
        parameters=parameters,
        outputs=outputs,
        evaluate=_Steady(cell),
        codes=codes(UNDEFINED_OUTPUT, BATH_NOT_NEUTRAL, NOT_CONVERGED, UNBOUNDED),
    )


pump_leak_rest = Factory(
    name="pump_leak_rest",
    options=OPTIONS,
    build=_build,
    code=TYPES,
)
"""Kernel factory: potential, concentrations and volume at which pump and leaks balance.

With a membrane of other mechanisms than leaks, pumps and KCC2 the state is the one that the cell
comes to from the sodium and chloride that it starts with, `Na_start` and `Cl_start`, which are the
table's `inside` unless given; K follows from charge and water. A membrane with two potentials
starts on the branch that E_K leads to. Only a stable state is one.

Status 15 where there is no such state because the cell swells without bound; everything is NaN
then. 13 where none was found, as in a cell that goes round and round. 3 where V does not lie
between E_K and E_Na, so that the chord equation says nothing (`atp_rate_chord`), and where the pump
leaves less of an ion than a number can hold; 5 where the bath is not neutral (see `bath`).
"""
