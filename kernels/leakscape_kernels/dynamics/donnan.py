r"""Donnan equilibria: where cells without a pump end, by formula.

Every ion is at its own equilibrium: $Na_i = \theta Na_o$, $K_i = \theta K_o$, $Cl_i = Cl_o/\theta$,
$V = -(RT/F) \ln\theta$. What else holds depends on the system:

* `open`: a bath without end, water in osmotic equilibrium. Without impermeant solutes outside such
  a cell swells without bound (status 15).
* `fixed`: a volume that cannot change, as behind a stiff wall: charge alone,
  $\theta - 1/\theta = -zX/C$ in a bath of a salt C.
* `closed`: a bath of little volume, such as the space between cells: the amounts of all ions, and
  the volume of both together, are given.

References:
    Donnan FG (1911) Theorie der Membrangleichgewichte und Membranpotentiale bei Vorhandensein von
    nicht dialysierenden Elektrolyten. Z Elektrochem 17:572-581. doi:10.1002/bbpc.19110171405
    Düsterwald KM et al. (2018) eLife 7:e39575. doi:10.7554/eLife.39575
    Hübel N, Ullah G (2016) Anions govern cell volume: a case study of relative astrocytic and
    neuronal swelling in spreading depolarization. PLoS One 11:e0147060.
    doi:10.1371/journal.pone.0147060
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from leakscape_kernels.codes import (
    BATH_NOT_NEUTRAL,
    NOT_CONVERGED,
    NOT_FINITE,
    OK,
    OUTSIDE_DOMAIN,
    UNBOUNDED,
    codes,
)
from leakscape_kernels.constants import MILLIVOLT_PER_KELVIN, T0
from leakscape_kernels.dynamics.balance import balance, donnan_factor
from leakscape_kernels.dynamics.bath import is_neutral
from leakscape_kernels.dynamics.cell import MMOL_PER_L
from leakscape_kernels.formulas.nernst import thermal_voltage
from leakscape_kernels.nomenclature import output, parameter
from leakscape_kernels.on_demand import Array, jnp
from leakscape_kernels.options.tables import one_of
from leakscape_kernels.protocol import Factory, Kernel, Parameter, Values, with_remark

_DUSTERWALD = "Düsterwald et al. (2018), doi:10.7554/eLife.39575"
_HUBEL = "after Hübel & Ullah (2016), ModelDB 187599; totals worked out from its end state"

_DEFAULTS: dict[str, tuple[str, dict[str, float]]] = {
    "open": (
        _DUSTERWALD,
        {
            "temperature": 26.725 / MILLIVOLT_PER_KELVIN - T0,
            "Na_out": 145.0,
            "K_out": 3.5,
            "Cl_out": 119.0,
            "X_out": 29.5,
            "n_X": 300.0,
            "valence_X": -0.85,
        },
    ),
    "fixed": (
        "a textbook cell",
        {
            "temperature": 37.0,
            "Na_out": 145.0,
            "K_out": 5.0,
            "Cl_out": 150.0,
            "X_in": 100.0,
            "valence_X": -1.0,
        },
    ),
    "closed": (
        _HUBEL,
        {
            "temperature": 26.64 / MILLIVOLT_PER_KELVIN - T0,
            "n_Na": 145.9,
            "n_K": 280.5,
            "n_Cl": 111.5,
            "n_X": 318.0,
            "valence_X": -310.6 / 318.0,
            "n_X_out": 40.0,
            "volume_total": 2880.0,
        },
    ),
}
"""Defaults by system and their source [the symbol's unit]."""

_EDGE = 1e-4
"""A cell takes at least this part of a closed system, and leaves at least as much [1]."""


@dataclass(frozen=True)
class _Donnan:
    """The evaluation behind `donnan`, for one system."""

    system: str

    def __call__(self, values: Values) -> dict[str, Array]:
        """Return every output and the status."""
        solve = {"open": _open, "fixed": _fixed, "closed": _closed}[self.system]
        found, balanced, bounded = solve(values)
        theta = found.pop("theta")
        V = -thermal_voltage(values["temperature"]) * jnp.log(theta)
        inside = jnp.asarray(True)
        for name, row in _parameters(self.system).items():
            low, high = row.bounds
            inside &= (values[name] >= low) & (values[name] <= high)
            if name.startswith("Cl_") or name in ("n_X", "n_Cl", "volume_total"):
                inside &= values[name] > 0
        code = jnp.where(bounded, OK, UNBOUNDED)
        code = jnp.where(balanced, code, NOT_CONVERGED)
        code = jnp.where(jnp.isfinite(V), code, NOT_FINITE)
        code = jnp.where(inside, code, OUTSIDE_DOMAIN)
        found = {"V_rest": V} | found
        good = code == OK
        found = {name: jnp.where(good, value, jnp.nan) for name, value in found.items()}
        charged = jnp.logical_not(self._neutral(values))
        return found | {"status": with_remark(code, BATH_NOT_NEUTRAL, charged)}

    def _neutral(self, values: Values) -> Any:
        """Return whether the bath's charges can add up to zero, or those of a closed system."""
        if self.system == "closed":
            within = values["valence_X"] * values["n_X"]
            Na, K, Cl, X = (values[f"n_{each}"] for each in ("Na", "K", "Cl", "X_out"))
            return is_neutral(Na, K, Cl, X, charge=within)
        beside = values["X_out"] if self.system == "open" else 0.0
        return is_neutral(values["Na_out"], values["K_out"], values["Cl_out"], beside)


Answer = tuple[dict[str, Any], Any, Any]
"""The outputs but for V, whether they were found, and whether the volume is finite."""


def _open(values: Values) -> Answer:
    """Return the end in a bath without end."""
    outside = {ion: values[f"{ion}_out"] for ion in ("Na", "K", "Cl")}
    total = sum(outside.values()) + values["X_out"]
    cations = outside["Na"] + outside["K"]
    theta = donnan_factor(values["valence_X"], cations, outside["Cl"], total)
    found = _spread(theta, outside)
    X = total - sum(found.values())
    eps = float(np.finfo(X.dtype).eps)
    bounded = 16 * eps * total < X
    volume = MMOL_PER_L * values["n_X"] / jnp.where(bounded, X, 1.0)
    return found | {"theta": theta, "X_in": X, "volume": volume}, jnp.asarray(True), bounded


def _fixed(values: Values) -> Answer:
    """Return the end at a volume that cannot change."""
    outside = {ion: values[f"{ion}_out"] for ion in ("Na", "K", "Cl")}
    cations = outside["Na"] + outside["K"]
    charge = values["valence_X"] * values["X_in"]
    theta = _positive_root(cations, charge, -outside["Cl"])
    return _spread(theta, outside) | {"theta": theta}, jnp.asarray(True), jnp.asarray(True)


def _closed(values: Values) -> Answer:
    """Return the end of a cell and a bath that share what there is."""
    cations, anions = values["n_Na"] + values["n_K"], values["n_Cl"]
    charge, whole = values["valence_X"] * values["n_X"], values["volume_total"]

    def theta_of(part: Any) -> Any:
        rest = 1.0 - part
        # Charge inside: the ions that a part of the volume holds, and the impermeant ones.
        return _positive_root(
            part * rest * (cations + charge),
            part**2 * (cations - anions) + charge * (part**2 + rest**2),
            part * rest * (charge - anions),
        )

    def pressure(part: Any) -> Any:
        theta, rest = theta_of(part), 1.0 - part
        out = cations / (theta * part + rest)
        inside = anions / (part + theta * rest)
        within = theta * out + inside + values["n_X"] / part
        without = out + theta * inside + values["n_X_out"] / rest
        return (without - within) / (without + within)

    one = jnp.ones_like(whole)
    part, balanced = balance(pressure, _EDGE * one, (1.0 - _EDGE) * one)
    theta = theta_of(part)
    mix = {
        "Na": values["n_Na"] / (theta * part + 1.0 - part),
        "K": values["n_K"] / (theta * part + 1.0 - part),
        "Cl": theta * anions / (part + theta * (1.0 - part)),
    }
    outside = {ion: MMOL_PER_L * amount / whole for ion, amount in mix.items()}
    volume = part * whole
    found = _spread(theta, outside) | {f"{ion}_out": c for ion, c in outside.items()}
    found |= {"X_in": MMOL_PER_L * values["n_X"] / volume, "volume": volume, "theta": theta}
    return found, balanced, jnp.asarray(True)


def _spread(theta: Any, outside: dict[str, Any]) -> dict[str, Any]:
    """Return the concentrations inside."""
    power = {"Na": theta, "K": theta, "Cl": 1.0 / theta}
    return {f"{ion}_in": c * power[ion] for ion, c in outside.items()}


def _positive_root(a: Any, b: Any, c: Any) -> Any:
    """Return the positive root of a x^2 + b x + c for a > 0 > c, without loss of digits."""
    root = jnp.sqrt(b * b - 4.0 * a * c)
    negative = b < 0
    return jnp.where(
        negative, (root - b) / (2.0 * a), -2.0 * c / jnp.where(negative, 1.0, b + root)
    )


def _parameters(system: str) -> dict[str, Parameter]:
    source, defaults = _DEFAULTS[system]
    return {name: parameter(name, value, source) for name, value in defaults.items()}


def _build(system: Any = "open") -> Kernel:
    """Return the kernel `donnan` for its option, which may be anything yet."""
    name = one_of("donnan: system", system, _DEFAULTS)
    outputs = ["V_rest", "Na_in", "K_in", "Cl_in"]
    outputs += {"open": ["X_in", "volume"], "fixed": []}.get(
        name, ["Na_out", "K_out", "Cl_out", "X_in", "volume"]
    )
    described = {n: output(n) for n in outputs}
    described["V_rest"] = replace(described["V_rest"], headline=True)
    return Kernel(
        name="donnan",
        parameters=_parameters(name),
        outputs=described,
        evaluate=_Donnan(name),
        codes=codes(BATH_NOT_NEUTRAL, NOT_CONVERGED, UNBOUNDED),
    )


donnan = Factory(
    name="donnan",
    options={"system": '"open" (unless given), "fixed" volume, or "closed"'},
    build=_build,
)
"""Kernel factory: the potential, concentrations and volume of a cell without a pump.

Status 15 where its volume has no bound; 5 where the bath is not neutral (see `bath`), or where the
amounts of a closed system are not.
"""
