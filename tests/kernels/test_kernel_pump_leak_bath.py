"""A bath whose charges do not add up to zero is a remark, 5, and no other number changes."""

import pytest

from leakscape_kernels.dynamics.donnan import donnan
from leakscape_kernels.dynamics.rest import pump_leak_rest
from leakscape_kernels.dynamics.run_down import pump_leak

KAY = pump_leak_rest()
FIELD = pump_leak_rest(leaks="permeability")
COURSE = pump_leak(times=[0.0, 1.0])
GIVEN = pump_leak(times=[0.0, 1.0], start="given")
OPEN, FIXED, CLOSED = donnan(), donnan(system="fixed"), donnan(system="closed")
START = {"Na_start": 15.0, "Cl_start": 5.0}


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize("kernel", [KAY, FIELD, COURSE, OPEN, FIXED, CLOSED])
def test_the_published_cells_lie_in_a_neutral_bath(evaluate, kernel):
    assert evaluate(kernel, ("status",))["status"] == 1


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize(
    ("kernel", "more"), [(KAY, {}), (COURSE, {}), (GIVEN, START)], ids=["rest", "course", "given"]
)
def test_a_bath_with_23_mmol_of_charge_to_spare_is_status_5(evaluate, kernel, more):
    found = evaluate(kernel, ("status", "V_rest"), Na_out=170.0, **more)
    assert found["status"] == 5
    assert -120 < found["V_rest"] < 0


@pytest.mark.parametrize("kernel", [OPEN, FIXED, CLOSED])
def test_donnan_too_tells_a_bath_that_is_not_neutral(evaluate, kernel):
    sodium = "n_Na" if kernel is CLOSED else "Na_out"
    much = kernel._default(sodium) + 90.0
    found = evaluate(kernel, ("status", "V_rest"), **{sodium: much})
    assert found["status"] == 5
    assert -100 < found["V_rest"] < 100


# 0.5 % of Na + K + Cl: with K 3 and Cl 150, Na = 147 + d lacks d of 300 + d.
EDGE = 0.005 * 300 / (1 - 0.005)


@pytest.mark.parametrize(("spare", "status"), [(0.999 * EDGE, 1), (1.001 * EDGE, 5)])
def test_half_a_percent_of_the_ions_is_rounding_and_more_is_not(evaluate, spare, status):
    assert evaluate(KAY, ("status",), Na_out=147.0 + spare)["status"] == status
    missing = 0.005 * 300 / (1 + 0.005) * spare / EDGE
    assert evaluate(KAY, ("status",), Na_out=147.0 - missing)["status"] == status


@pytest.mark.parametrize(("solutes", "status"), [(74.0, 1), (72.5, 5)])
def test_impermeant_solutes_outside_carry_up_to_two_charges_each(evaluate, solutes, status):
    # 1 mmol/L of chloride is left of 148: sulfate of -2 takes the place of 147 with 73.5.
    given = {"Na_out": 145.0, "K_out": 3.0, "Cl_out": 1.0, "X_out": solutes}
    assert evaluate(KAY, ("status",), **given)["status"] == status


def test_no_rest_is_more_than_a_remark(evaluate):
    assert evaluate(KAY, ("status",), Na_out=170.0, Cl_out=173.0, blocked_pump=1.0)["status"] == 15
    assert evaluate(FIXED, ("status",), Na_out=-1.0)["status"] == 11


def test_where_no_pump_works_the_chord_equation_says_nothing_unless_the_bath_says_more(evaluate):
    # Donnan's end: every ion at equilibrium, so that V lies not between E_K and E_Na.
    held = {"blocked_pump": 1.0, "Na_out": 100.0, "K_out": 3.0, "Cl_out": 103.0, "X_out": 94.0}
    found = evaluate(KAY, **held)
    assert found["status"] == 3
    assert found["V_rest"] == pytest.approx(found["E_K"], rel=1e-5)
    assert found["V_rest"] == pytest.approx(found["E_Na"], rel=1e-5)
    charged = held | {"Na_out": 140.0, "X_out": 0.5, "Cl_out": 100.0}
    assert evaluate(KAY, ("status",), **charged)["status"] in (5, 15)
