r"""The kernel of run-down: what becomes of potential, gradients and volume when the pump stops.

$\dot n_{Na} = -(A/F) I_{Na}$, $\dot n_K = -(A/F) I_K$ with the current of each ion through the
whole membrane (see `cell`, `course`), and V where no net current flows. The potential jumps by the
pump's current over the leaks' conductance at the block, within milliseconds; the rest takes minutes
to hours. A membrane that may have several such potentials keeps its own until that ends.

Two or three stiff equations are left, for Kværnø's implicit pair of order 3 with adaptive steps;
here it needs less time for the same error than those of order 4 and 5.

References:
    Kay AR (2017) Front Cell Dev Biol 5:41. doi:10.3389/fcell.2017.00041
    Kværnø A (2004) Singly diagonally implicit Runge-Kutta methods with an explicit first stage.
    BIT 44:489-502. doi:10.1023/B:BITN.0000046811.70614.38
    Kidger P (2021) On neural differential equations. Thesis, Oxford (diffrax). arXiv:2202.02435
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from leakscape_kernels.codes import (
    BATH_NOT_NEUTRAL,
    NOT_CONVERGED,
    NOT_FINITE,
    OK,
    OUTSIDE_DOMAIN,
    UNBOUNDED,
    codes,
)
from leakscape_kernels.dynamics.asked_cell import OPTIONS, cell_of
from leakscape_kernels.dynamics.balance import one_unknown
from leakscape_kernels.dynamics.cell import MMOL_PER_L, Cell
from leakscape_kernels.dynamics.course import Course, start
from leakscape_kernels.dynamics.settled import Settled, settled
from leakscape_kernels.formulas.energy import charges_per_second
from leakscape_kernels.membrane.equilibrium import TYPES
from leakscape_kernels.nomenclature import output, parameter
from leakscape_kernels.on_demand import Array, jax, jnp
from leakscape_kernels.options.tables import one_of
from leakscape_kernels.options.times import read_times
from leakscape_kernels.protocol import Factory, Kernel, Parameter, Values, with_remark

STARTS = ("steady_state", "given")
"""Where a run begins: the steady state of the unblocked pump, or given concentrations."""

VOLUMES = ("osmotic", "fixed")
"""Whether water follows the solutes, or a stiff wall keeps it."""

TOLERANCE = {4: 1e-5, 8: 1e-8}
"""Error of one step relative to each solute, by the size of a number: 4 bytes for float32 [1]."""

_MOST_STEPS = 65_536
_TIMES = {"linear": [0, 3600], "size": 61}
_ALONG = (
    "V",
    "volume",
    "relative_volume",
    "Na_in",
    "K_in",
    "Cl_in",
    "I_pump",
    "atp_rate",
    "Na_load",
)


@dataclass(frozen=True)
class _RunDown:
    """The evaluation behind `pump_leak`, for one cell."""

    cell: Cell
    times: tuple[float, ...]
    start: str
    stiff_wall: bool
    tolerance: float | None

    def __call__(self, values: Values) -> dict[str, Array]:
        """Return every output and the status."""
        before = self._start(self.cell.blocked_since(values, False))
        good = before.code < NOT_FINITE
        volume = jnp.where(good, MMOL_PER_L * values["n_X"] / before.X, 1.0)
        held = volume if self.stiff_wall else None

        def course(t: Any) -> Course:
            since = t >= values["t_block"]
            return Course(self.cell, self.cell.blocked_since(values, since), held)

        times = jnp.asarray(self.times, jnp.asarray(volume).dtype)
        # A harmless cell where there is none: a solver never ends on NaN.
        begin = jnp.where(good, course(0.0).state(before.inside, before.X, before.V), 1.0)
        found, solved = self._solve(course, begin, values["t_block"], times)

        def seen(y: Any, t: Any) -> dict[str, Any]:
            there = course(t)
            (inside, w), membrane, V = there.inside(y), there.membrane(y), there.potential(y)
            pump = self.cell.pump_current(membrane, V)
            leaks = self.cell.currents(membrane, V, of="leaks")
            row = {"V": V, "volume": w, "relative_volume": w / volume, "I_pump": pump}
            row["atp_rate"] = charges_per_second(pump, values["area"])
            row["Na_load"] = charges_per_second(-leaks.Na, values["area"])
            return row | {f"{ion}_in": c for ion, c in inside._asdict().items()}

        rows = jax.vmap(seen)(found, times)
        finite = jnp.all(jnp.isfinite(rows["V"]))
        code = jnp.where(solved, jnp.where(finite, OK, NOT_FINITE), NOT_CONVERGED)
        code = jnp.where(good, code, before.code).astype(jnp.uint8)
        rows |= {"V_rest": before.V}
        rows = {name: jnp.where(code == OK, value, jnp.nan) for name, value in rows.items()}
        charged = jnp.logical_not(self.cell.bath_is_neutral(values))
        return rows | {"status": with_remark(code, BATH_NOT_NEUTRAL, charged)}

    def _start(self, values: Values) -> Settled:
        """Return the state before the block."""
        if self.start == "steady_state":
            return settled(self.cell, values)
        inside, X = start(self.cell, values)
        membrane = self.cell.at(values, inside)
        V = Course(self.cell, values).settled(membrane, membrane.E["K"])
        sound = self.cell.inside(values, self.cell.anyhow(values))
        for c in (*inside, X):
            sound &= c > 0
        code = jnp.where(sound, jnp.where(jnp.isfinite(V), OK, NOT_FINITE), OUTSIDE_DOMAIN)
        pump = self.cell.pump_current(membrane, V)
        return Settled(V, inside, X, pump, code.astype(jnp.uint8))

    def _solve(
        self, course: Callable[[Any], Course], begin: Any, t_block: Any, times: Any
    ) -> tuple[Any, Any]:
        """Return the states at all times, and whether the solver got there."""
        import diffrax

        from leakscape_kernels.dynamics.by_formula import ByFormula

        usual = TOLERANCE[times.dtype.itemsize]
        tolerance = self.tolerance or usual
        if times.dtype.itemsize == 4:
            # Below it a step's error is rounding, and shorter steps only add to it.
            tolerance = max(tolerance, usual)
        # Amounts are in parts of the impermeant one: a hundredth of it is little of any ion.
        steps = diffrax.ClipStepSizeController(
            diffrax.PIDController(rtol=tolerance, atol=tolerance * 1e-2),
            # Between two steps a solution is known to fewer digits than at them.
            step_ts=times,
            jump_ts=t_block[None],
        )
        solver = diffrax.Kvaerno3(
            root_finder=diffrax.VeryChord(
                rtol=tolerance, atol=tolerance * 1e-2, linear_solver=ByFormula()
            )
        )
        found = diffrax.diffeqsolve(
            diffrax.ODETerm(lambda t, y, _: course(t).rate(y)),
            solver,
            # Also where the first time asked for is later: the clock of t_block starts here.
            t0=jnp.zeros_like(times[0]),
            t1=times[-1],
            dt0=None,
            y0=begin,
            saveat=diffrax.SaveAt(ts=times),
            stepsize_controller=steps,
            max_steps=_MOST_STEPS,
            throw=False,
        )
        return found.ys, found.result == diffrax.RESULTS.successful


def _build(
    leaks: Any = None,
    law: Any = None,
    membrane: Any = None,
    times: Any = None,
    start: Any = STARTS[0],
    volume: Any = VOLUMES[0],
    tolerance: Any = None,
) -> Kernel:
    """Return the kernel `pump_leak` for its options, which may be anything yet."""
    if importlib.util.find_spec("diffrax") is None:
        raise ValueError(
            "pump_leak: needs the package diffrax, which is not installed; "
            "pip install 'leakscape[dynamics]'"
        )
    cell = cell_of("pump_leak", leaks, law, membrane)
    real = isinstance(tolerance, float) and 1e-12 <= tolerance <= 1e-2
    if tolerance is not None and not real:
        raise ValueError(f"pump_leak: tolerance must be from 1e-12 to 1e-2, got {tolerance!r}")
    begins = one_of("pump_leak: start", start, STARTS)
    moments = read_times("pump_leak", _TIMES if times is None else times, "s")
    parameters: dict[str, Parameter] = dict(cell.parameters)
    for pump in cell.pumps:
        row = parameters[f"blocked_{pump}"]
        if row.default == 0.0:
            row = replace(row, default=1.0, source="ouabain that blocks all")
        parameters[f"blocked_{pump}"] = row
    parameters["t_block"] = parameter("t_block", 0.0, "from the start")
    if begins == "given" or one_unknown(cell) is None:
        parameters |= cell.start
    along = {
        name: replace(
            output(name),
            dimension="time",
            coordinate=moments,
            coordinate_unit="s",
            headline=name == "V",
        )
        for name in _ALONG
    }
    return Kernel(
        name="pump_leak",
        parameters=parameters,
        outputs=along | {"V_rest": output("V_rest")},
        evaluate=_RunDown(
            cell,
            moments,
            begins,
            one_of("pump_leak: volume", volume, VOLUMES) == "fixed",
            tolerance,
        ),
        codes=codes(BATH_NOT_NEUTRAL, NOT_CONVERGED, UNBOUNDED),
    )


pump_leak = Factory(
    name="pump_leak",
    options={
        **OPTIONS,
        "times": "a list of times in s, or { linear = [0, 3600], size = 61 } (unless given) or "
        "{ log = [1, 36000], size = 50 }",
        "start": '"steady_state" of the unblocked pump (unless given), or "given": Na_start and '
        "Cl_start, which are the membrane's inside unless given",
        "volume": '"osmotic" (unless given) or "fixed"',
        "tolerance": "error of a step relative to each solute; 1e-8 in float64 unless given; in "
        "float32 1e-5, and never less",
    },
    build=_build,
    code=TYPES,
)
"""Kernel factory: time courses of potential, concentrations and volume after a block of the pump.

From `t_block` on the pumps are blocked by what blocks them: `blocked_<pump>`, all of it unless
given, and a dose such as `ouabain_out`. A membrane that has several potentials without net current
starts on the branch that its steady state has, or that E_K leads to from given concentrations.

Status 15 where the run would begin at a steady state and there is none; 13 where the solver gives
up; 5 where the bath is not neutral (see `bath`).
"""
