"""Remarks: which one a point has, and that 3 is there just where an output is undefined."""

import itertools
import math

import jax
import mpmath
import numpy as np
import pytest
from quick import quick

from leakscape.status import FIRST_FAILURE, GENERAL
from leakscape_kernels.codes import CODES, REMARKS
from leakscape_kernels.dynamics.rest import pump_leak_rest
from leakscape_kernels.formulas.chord import chord_conductance
from leakscape_kernels.formulas.ghk import ghk_voltage
from leakscape_kernels.membrane.equilibrium import equilibrium
from leakscape_kernels.protocol import with_remark

GHK = ghk_voltage()
TWO_FIELDS = equilibrium(
    membrane={
        "temperature": "19.98 degC",
        "ions": {
            "K": {"valence": 1, "inside": "100 mmol/L", "outside": "0 mmol/L"},
            "Ca": {"valence": 2, "inside": "0 mmol/L", "outside": "100 mmol/L"},
        },
        "mechanisms": {
            "K": {"type": "ghk_leak", "ion": "K", "P": "1.4e-6 cm/s"},
            "Ca": {"type": "ghk_leak", "ion": "Ca", "P": "1e-6 cm/s"},
        },
    }
)
# Closed form: ohmic leaks and a current, beside an ion that nothing carries.
PUSHED = equilibrium(
    membrane={
        "ions": {
            "K": {"valence": 1, "inside": "140 mmol/L", "outside": "5 mmol/L"},
            "Na": {"valence": 1, "inside": "15 mmol/L", "outside": "145 mmol/L"},
            "Cl": {"valence": -1, "inside": "10 mmol/L", "outside": "110 mmol/L"},
        },
        "mechanisms": {
            "K": {"type": "ohmic_leak", "ion": "K", "g": "0.1 mS/cm2"},
            "Na": {"type": "ohmic_leak", "ion": "Na", "g": "0.02 mS/cm2"},
            "pump": {"type": "constant_current", "I_const": "0 uA/cm2"},
        },
    }
)


@pytest.mark.parametrize("order", list(itertools.permutations((2, 3, 4, 5))), ids=str)
def test_failures_come_before_2_and_that_before_4_5_and_3(order):
    cases = list(itertools.product([1, 10, 11, 12, 15], *[[False, True]] * 4))
    first, given = np.array([case[0] for case in cases]), np.array([case[1:] for case in cases])

    def told(code, applies):
        for place, remark in enumerate(order):
            code = with_remark(code, remark, applies[place])
        return code

    found = jax.vmap(told)(first.astype(np.uint8), given)
    assert found.dtype == np.uint8
    for code, applies, one in zip(first, given, np.asarray(found), strict=True):
        there = {remark for remark, is_so in zip(order, applies, strict=True) if is_so}
        wanted = next((remark for remark in (2, 4, 5, 3) if remark in there), 1)
        assert one == (code if code >= 10 else wanted)


def test_every_remark_is_a_code_below_the_failures_and_what_the_engine_writes_has_its_name():
    assert sorted(REMARKS) == sorted(code for code in CODES if code < FIRST_FAILURE)
    shared = CODES.keys() & GENERAL.keys()
    assert shared == {3, 10, 11, 13}
    assert all(CODES[code].name == GENERAL[code].name for code in shared)


def test_without_sodium_outside_the_rest_holds_and_sodium_has_no_potential(evaluate, double):
    found = evaluate(GHK, Na_out=0)
    with mpmath.workdps(30):
        P_Na, P_Cl = mpmath.mpf("0.04"), mpmath.mpf("0.45")
        ratio = (5 + P_Cl * 10) / (140 + P_Na * 15 + P_Cl * 110)
        kT = mpmath.mpf("8.31446261815324") / mpmath.mpf("96.48533212331") * mpmath.mpf("310.15")
        exact = float(kT * mpmath.log(ratio))
    assert found["V_rest"] == pytest.approx(exact, rel=1e-12)
    assert round(found["V_rest"], 2) == -80.08
    assert found["status"] == 3
    assert math.isnan(found["E_Na"])
    assert math.isnan(found["driving_force_Na"])


@pytest.mark.parametrize("Ca", [50.0, 94.7, 100.0])
def test_bi_ionic_reversal_holds_where_neither_ion_has_a_potential(evaluate, double, Ca):
    # K inside and Ca outside alone (Fatt & Ginsborg 1958): with x = exp(FV/RT) their currents
    # cancel where x^2 + x = 4 P_Ca Ca/(P_K K).
    found = evaluate(TWO_FIELDS, Ca_out=Ca)
    kT = 8.31446261815324 / 96.48533212331 * (19.98 + 273.15)
    excess = 4 * 1e-6 * Ca / (1.4e-6 * 100)
    x = (math.sqrt(1 + 4 * excess) - 1) / 2
    assert found["V_rest"] == pytest.approx(kT * math.log(x), abs=1e-9)
    assert found["status"] == 3
    for name in ("E_K", "E_Ca", "driving_force_K", "driving_force_Ca", "chord_conductance"):
        assert math.isnan(found[name])


def scalars(kernel):
    return {n: out for n, out in kernel.outputs.items() if out.dimension is None}


SAMPLED = {
    "ghk": (GHK, ["K_in", "K_out", "Na_in", "Na_out", "Cl_in", "Cl_out", "P_K", "P_Na"]),
    "chord": (chord_conductance(), ["g_K", "g_Na", "E_K", "E_Na"]),
    "two fields": (TWO_FIELDS, ["K_in", "K_out", "Ca_in", "Ca_out", "P_K", "P_Ca", "area"]),
    "pushed": (PUSHED, ["K_out", "Cl_in", "Cl_out", "g_K", "g_Na", "I_const_pump", "area"]),
    "pump": (pump_leak_rest(), ["blocked_pump", "g_Na", "X_out", "I_max_pump"]),
}

LONG = {"two fields", "pushed"}
"""Searches, which take long to compile."""
NO_LOSS = {"V_saddle"}
"""NaN is their answer: there is none."""


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n in LONG else ()) for n in SAMPLED]
)
def test_status_3_is_there_just_where_an_output_is_undefined(name, double):
    """All values that are there at status below 10 are finite, or declared and told by 3."""
    kernel, varied = SAMPLED[name]
    rng = np.random.default_rng(3)
    size = 4000
    values = {}
    for key in kernel.parameters:
        usual = kernel._default(key)
        values[key] = np.full(size, usual)
        if key in varied:
            spread = (
                usual * 10 ** rng.uniform(-1.5, 1.5, size) if usual else rng.uniform(-3, 3, size)
            )
            low, high = kernel.parameters[key].bounds
            absent = rng.random(size) < 0.2
            values[key] = np.clip(np.where(absent, 0.0, spread), low, high)
    names = [*scalars(kernel), "status"]
    run = quick(jax.vmap(lambda given: {n: kernel(**given)[n] for n in names}))
    found = {key: np.asarray(value) for key, value in run(values).items()}
    status = found.pop("status")
    assert set(status.tolist()) <= {1, *kernel.codes}
    holds = status < 10
    declared = {n for n, out in scalars(kernel).items() if out.may_be_undefined}
    partial = declared - NO_LOSS
    undefined = np.zeros(size, bool)
    for key, value in found.items():
        if key in NO_LOSS:
            continue
        if key in partial:
            undefined |= ~np.isfinite(value)
        else:
            assert np.isfinite(value[holds]).all(), key
    assert holds.sum() > 100
    assert (status[holds & ~undefined] != 3).all()
    assert np.isin(status[holds & undefined], REMARKS).all()
    if partial:
        assert (status == 3).sum() > 20
        assert (holds & ~undefined).sum() > 20
