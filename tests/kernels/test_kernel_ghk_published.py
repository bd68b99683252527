"""Published and tabulated numbers of the GHK voltage equation, with block and with the pump."""

import jax
import numpy as np
import pytest

from leakscape_kernels.formulas.ghk import ghk_voltage

pytestmark = pytest.mark.usefixtures("double")

GHK = ghk_voltage()
CONCENTRATIONS = ("K_in", "K_out", "Na_in", "Na_out", "Cl_in", "Cl_out")
DEFAULTS = {name: p.default for name, p in GHK.parameters.items()}


def two_ions(evaluate, alpha, **more):
    return evaluate(GHK, P_K=1e-6, P_Na=alpha * 1e-6, P_Cl=0, **more)["V_rest"]


ALPHA_TABLE = [0, 0.001, 0.01, 0.02, 0.03, 0.04, 0.05, 0.1, 0.2, 0.5, 1, 10]
ALPHA_REST = [-89.0586940, -88.2975102, -82.2815786, -76.8904662, -72.4152203, -68.5905722]
ALPHA_REST += [-65.2520513, -52.9691715, -38.3924210, -17.1999479, -0.8763624, 43.1069008]


@pytest.mark.parametrize(("alpha", "V"), list(zip(ALPHA_TABLE, ALPHA_REST, strict=True)))
def test_tabulated_permeability_ratios(evaluate, alpha, V):
    assert two_ions(evaluate, alpha) == pytest.approx(V, abs=6e-8)


@pytest.mark.parametrize(
    ("alpha", "V"), [(0.02, -52.9691715), (0.04, -38.392421012127), (0.05, -33.3662178)]
)
def test_eighty_percent_block_of_potassium(evaluate, alpha, V):
    assert two_ions(evaluate, alpha, blocked_K=0.8) == pytest.approx(V, abs=6e-8)


def test_published_solutions(evaluate):
    found = evaluate(GHK)
    assert found["V_rest"] == pytest.approx(-67.343094040387012, rel=1e-14)
    assert evaluate(GHK, P_Na=0.05e-6)["V_rest"] == pytest.approx(-64.94419778078858, rel=1e-13)
    assert two_ions(evaluate, 0.036144869051142809) == pytest.approx(-70, rel=1e-13)
    swapped = two_ions(evaluate, 0.015890039332399, K_out=7.91481142074941)
    assert swapped == pytest.approx(-70, rel=1e-12)
    closed = two_ions(evaluate, 0.015890039332399, K_out=7.91481142074941, blocked_K=0.8)
    assert closed == pytest.approx(-53, rel=1e-12)
    textbook = {"K_in": 400, "K_out": 20, "Na_in": 50, "Na_out": 440, "Cl_in": 52, "Cl_out": 560}
    for P, V in (
        ((1, 0.04, 0.45), -59.926680238953369),
        ((1, 20, 0.45), 42.381189572547144),
        ((1.8, 0, 0.45), -70.608041888099921),
    ):
        axon = textbook | dict(zip(("P_K", "P_Na", "P_Cl"), P, strict=True))
        assert evaluate(GHK, temperature=20, **axon)["V_rest"] == pytest.approx(V, rel=1e-13)


def test_tabulated_derivatives():
    scale = {"P_K": 1.0, "P_Na": 0.04, "P_Cl": 0.45}
    slope = jax.grad(lambda v: GHK(**v)["V_rest"])(DEFAULTS | scale)
    expected = {
        "P_K": -10.94876598577127,
        "P_Na": 251.182977944656,
        "P_Cl": 2.003215262188952,
        "K_out": 1.746840464872109,
        "K_in": -0.1405926307866558,
        "Na_out": 0.06987361859488436,
        "Na_in": -0.005623705231466232,
        "Cl_out": -0.06326668385399511,
        "Cl_in": 0.7860782091924491,
        "temperature": -0.2171307239735193,
    }
    assert {name: float(slope[name]) for name in expected} == pytest.approx(expected, rel=1e-12)
    for names in (scale, CONCENTRATIONS):
        values = DEFAULTS | scale
        assert abs(sum(float(slope[n]) * values[n] for n in names)) < 1e-12


@pytest.mark.parametrize(
    ("alpha", "V", "difference"),
    [
        (0.001, -88.548819062122943, -0.2513),
        (0.01, -84.353827017383414, -2.0722),
        (0.04, -73.824285980485751, -5.2337),
        (0.1, -60.487308393094576, -7.5181),
        (1, -10.394954707819112, -9.5186),
    ],
)
def test_tabulated_pump_contributions(evaluate, alpha, V, difference):
    found = two_ions(evaluate, alpha, pump_ratio=1.5)
    assert found == pytest.approx(V, rel=1e-13)
    assert found - two_ions(evaluate, alpha) == pytest.approx(difference, abs=6e-5)


def test_no_ratio_of_permeabilities_gives_the_pump_more_than_its_bound(evaluate):
    def difference(alpha):
        return two_ions(evaluate, alpha, pump_ratio=1.5) - two_ions(evaluate, alpha)

    best = 0.69480833377965119
    assert difference(best) == pytest.approx(-9.5877290135630071, abs=1e-11)
    assert difference(best / 1.1) > difference(best) < difference(best * 1.1)


def test_pump_and_block_together(evaluate):
    found = two_ions(evaluate, 0.04, pump_ratio=1.5, blocked_K=0.8)
    assert found == pytest.approx(-47.1452896055, abs=6e-11)
    # A ratio of r only rescales alpha: 0.03 with the pump is 0.02 without.
    assert two_ions(evaluate, 0.03, pump_ratio=1.5) == pytest.approx(-76.8904662179928, rel=1e-13)


def test_pump_requires_chloride_to_be_passive(evaluate):
    refused = evaluate(GHK, pump_ratio=1.5)
    assert refused["status"] == 11
    assert np.isnan([v for k, v in refused.items() if k.startswith(("V", "I", "driving"))]).all()
    for closed in ({"P_Cl": 0}, {"blocked_Cl": 1}):
        found = evaluate(GHK, pump_ratio=1.5, **closed)
        assert found["V_rest"] == pytest.approx(-73.824285980485751, rel=1e-13)
        assert found["status"] == 1
        assert found["I_Cl"] == 0
