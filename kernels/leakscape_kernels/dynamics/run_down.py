r"""The kernel of run-down: what becomes of potential, gradients and volume when the pump stops.

$\dot n_{Na} = -(A/F)(I_{Na} + 3 I_p)$, $\dot n_K = -(A/F)(I_K - 2 I_p)$ with the potential at which
no net current flows (see `cell`). That keeps $n_{Na} + n_K - n_{Cl} + z n_X$ at zero, an eigenvalue
that is exactly zero: $n_{Cl}$ is not integrated but follows from the other two, so that charge
holds to rounding however long the run. The potential jumps by $I_p/G$ at the block, within
milliseconds that this model does not resolve; the rest takes minutes to hours.

Two stiff equations are left, for Kværnø's implicit pair of order 3 with adaptive steps; here it
needs less time for the same error than those of order 4 and 5.

References:
    Kay AR (2017) Front Cell Dev Biol 5:41. doi:10.3389/fcell.2017.00041
    Kværnø A (2004) Singly diagonally implicit Runge-Kutta methods with an explicit first stage.
    BIT 44:489-502. doi:10.1023/B:BITN.0000046811.70614.38
    Kidger P (2021) On neural differential equations. Thesis, Oxford (diffrax). arXiv:2202.02435
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from leakscape_kernels.codes import (
    BATH_NOT_NEUTRAL,
    NOT_CONVERGED,
    NOT_FINITE,
    OK,
    UNBOUNDED,
    codes,
)
from leakscape_kernels.dynamics.balance import settled
from leakscape_kernels.dynamics.pump_leak_cell import (
    FMOL_PER_S,
    LEAKS,
    MMOL_PER_L,
    Cell,
    Inside,
    cell_of,
)
from leakscape_kernels.dynamics.rest import OPTIONS
from leakscape_kernels.formulas.energy import charges_per_second
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


class _Solutes(NamedTuple):
    """The amounts that are integrated, in parts of the impermeant amount [1]."""

    Na: Any
    K: Any


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
        before = self._start(values)
        solutes = before.inside
        X = before.X
        volume = MMOL_PER_L * values["n_X"] / X
        begin = _Solutes(solutes.Na / X, solutes.K / X)
        good = before.code < NOT_FINITE
        # A harmless cell where there is none: a solver never ends on NaN.
        begin = jax.tree.map(lambda x: jnp.where(good, x, 1.0), begin)
        safe = jnp.where(good, volume, 1.0)
        times = jnp.asarray(self.times, jnp.asarray(volume).dtype)
        found, solved = self._solve(values, begin, safe, times)

        def seen(solutes: _Solutes, t: Any) -> dict[str, Any]:
            inside, w = self._inside(values, solutes, safe)
            pump = self._pump(values, inside, t)
            V = self.cell.potential(values, inside, pump)
            sodium = self.cell.sodium_current(values, inside, V)
            row = {"V": V, "volume": w, "relative_volume": w / safe, "I_pump": pump}
            row["atp_rate"] = charges_per_second(pump, values["area"])
            row["Na_load"] = charges_per_second(-sodium, values["area"])
            return row | {f"{ion}_in": c for ion, c in inside._asdict().items()}

        rows = jax.vmap(seen)(found, times)
        finite = jnp.all(jnp.isfinite(rows["V"]))
        code = jnp.where(solved, jnp.where(finite, OK, NOT_FINITE), NOT_CONVERGED)
        code = jnp.where(good, code, before.code).astype(jnp.uint8)
        rows |= {"V_rest": before.V}
        rows = {name: jnp.where(code == OK, value, jnp.nan) for name, value in rows.items()}
        charged = jnp.logical_not(self.cell.bath_is_neutral(values))
        return rows | {"status": with_remark(code, BATH_NOT_NEUTRAL, charged)}

    def _start(self, values: Values) -> Any:
        """Return the state before the block."""
        if self.start == "steady_state":
            return settled(self.cell, values, jnp.ones(()))
        z, total = values["valence_X"], self.cell.osmolarity(values)
        Na, Cl = values["Na_start"], values["Cl_start"]
        # Charge and osmolarity leave no choice for K and for the impermeant solutes.
        K = ((1.0 + z) * Cl - z * total) / (1.0 - z) - Na
        inside = Inside(Na, K, Cl)
        X = total - sum(inside)
        pump = self.cell.pump(values, Na, jnp.ones(()))
        V = self.cell.potential(values, inside, pump)
        state = settled(self.cell, values, jnp.ones(()))
        sound = self.cell.inside(values) & (K > 0) & (X > 0) & (Na > 0) & (Cl > 0)
        code = jnp.where(sound, jnp.where(jnp.isfinite(V), OK, NOT_FINITE), 11)
        return state._replace(V=V, inside=inside, X=X, pump=pump, code=code.astype(jnp.uint8))

    def _inside(self, values: Values, solutes: _Solutes, volume: Any) -> tuple[Inside, Any]:
        """Return concentrations [mmol/L] and volume [um3] of amounts."""
        chloride = solutes.Na + solutes.K + values["valence_X"]
        parts = Inside(solutes.Na, solutes.K, chloride)
        whole = MMOL_PER_L * values["n_X"]
        if not self.stiff_wall:
            volume = whole * (sum(parts) + 1.0) / self.cell.osmolarity(values)
        return Inside(*(whole * part / volume for part in parts)), volume

    def _pump(self, values: Values, inside: Inside, t: Any) -> Any:
        blocked = jnp.where(t >= values["t_block"], values["blocked_pump"], 0.0)
        return self.cell.pump(values, inside.Na, 1.0 - blocked)

    def _solve(self, values: Values, begin: _Solutes, volume: Any, times: Any) -> tuple[Any, Any]:
        """Return the amounts at all times, and whether the solver got there."""
        import diffrax

        from leakscape_kernels.dynamics.two_by_two import Pair

        def rate(t: Any, solutes: Any, _: Any) -> Any:
            inside, _ = self._inside(values, _Solutes(*solutes), volume)
            pump = self._pump(values, inside, t)
            V = self.cell.potential(values, inside, pump)
            scale = -FMOL_PER_S * values["area"] / values["n_X"]
            sodium = self.cell.sodium_current(values, inside, V) + 3.0 * pump
            potassium = self.cell.potassium_current(values, inside, V) - 2.0 * pump
            return scale * jnp.stack([sodium, potassium])

        usual = TOLERANCE[times.dtype.itemsize]
        tolerance = self.tolerance or usual
        if times.dtype.itemsize == 4:
            # Below it a step's error is rounding, and shorter steps only add to it.
            tolerance = max(tolerance, usual)
        steps = diffrax.ClipStepSizeController(
            diffrax.PIDController(rtol=tolerance, atol=tolerance * 1e-2),
            # Between two steps a solution is known to fewer digits than at them.
            step_ts=times,
            jump_ts=values["t_block"][None],
        )
        solver = diffrax.Kvaerno3(
            root_finder=diffrax.VeryChord(
                rtol=tolerance, atol=tolerance * 1e-2, linear_solver=Pair()
            )
        )
        found = diffrax.diffeqsolve(
            diffrax.ODETerm(rate),
            solver,
            # Also where the first time asked for is later: the clock of t_block starts here.
            t0=jnp.zeros_like(times[0]),
            t1=times[-1],
            dt0=None,
            y0=jnp.stack(begin),
            saveat=diffrax.SaveAt(ts=times),
            stepsize_controller=steps,
            max_steps=_MOST_STEPS,
            throw=False,
        )
        return _Solutes(*found.ys.T), found.result == diffrax.RESULTS.successful


def _build(
    leaks: Any = LEAKS[0],
    law: Any = None,
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
    cell = cell_of("pump_leak", leaks, law)
    real = isinstance(tolerance, float) and 1e-12 <= tolerance <= 1e-2
    if tolerance is not None and not real:
        raise ValueError(f"pump_leak: tolerance must be from 1e-12 to 1e-2, got {tolerance!r}")
    begins = one_of("pump_leak: start", start, STARTS)
    moments = read_times("pump_leak", _TIMES if times is None else times, "s")
    parameters: dict[str, Parameter] = dict(cell.parameters())
    parameters["blocked_pump"] = parameter("blocked_pump", 1.0, "ouabain that blocks all")
    parameters["t_block"] = parameter("t_block", 0.0, "from the start")
    if begins == "given":
        parameters |= {name: parameter(name) for name in ("Na_start", "Cl_start")}
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
        "Cl_start",
        "volume": '"osmotic" (unless given) or "fixed"',
        "tolerance": "error of a step relative to each solute; 1e-8 in float64 unless given; in "
        "float32 1e-5, and never less",
    },
    build=_build,
)
"""Kernel factory: time courses of potential, concentrations and volume after a block of the pump.

Status 15 where the run would begin at a steady state and there is none; 13 where the solver gives
up; 5 where the bath is not neutral (see `bath`).
"""
