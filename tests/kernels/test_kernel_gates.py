"""Gates: where they rest and how fast they get there, against mpmath and their definitions."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from quick import quick

from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.membrane.membrane import Membrane

V = np.linspace(-200.0, 200.0, 161)  # every 2.5 mV: the midpoints below are among them
BOTH = pytest.mark.parametrize("wide", [False, True], ids=["float32", "float64"])
CALCIUM = {"Ca": {"valence": 2, "inside": "1e-4 mmol/L", "outside": "2 mmol/L"}}
RATES = {
    "of the squid's m": (("exp_linear", 1.0, -40.0, 10.0), ("exp", 4.0, -65.0, -18.0)),
    "of the squid's h": (("exp", 0.07, -65.0, -20.0), ("sigmoid", 1.0, -35.0, 10.0)),
    "two linear ones": (("exp_linear", 1.28, -50.0, 4.0), ("exp_linear", 1.4, -22.5, -5.0)),
    "that overflow": (("exp", 1.0, -50.0, 2.0), ("exp", 1.0, -50.0, -2.0)),
    "two sigmoids": (("sigmoid", 0.5, 0.0, -3.0), ("sigmoid", 2.0, 10.0, 3.0)),
}

LEAST = {False: 1e-15, True: 1e-125}
"""What of a rate, or of a fraction, is not to be seen beside 1: rates end at e^-36 and e^-300."""


def row(form, rate, midpoint, scale):
    return [form, f"{rate} 1/ms", f"{midpoint} mV", f"{scale} mV"]


def gating(table, **values):
    """Return the only gate of a membrane, in time."""
    channel = {"type": "gated", "g": "1 mS/cm2", "E": "0 mV", "gates": {"x": table}}
    cell = Membrane(ions=CALCIUM, mechanisms={"X": channel})
    given = {}
    for name, parameter in cell.parameters.items():
        default = parameter.default
        given[name] = float(default.split()[0]) if isinstance(default, str) else default
    return Gating(cell.at({n: jnp.asarray(float(v)) for n, v in (given | values).items()}))


def steady(table, at=V, **values):
    gates = gating(table, **values)
    return np.asarray(quick(jax.vmap(lambda each: gates.steady(each)[0]))(jnp.asarray(at)))


def tau(table, at=V, **values):
    gates = gating(table, **values)
    return 1.0 / np.asarray(quick(jax.vmap(lambda each: gates.rates(each)[0]))(jnp.asarray(at)))


def exact_rate(form, rate, midpoint, scale, at):
    """A rate as NeuroML 2 defines it (HHExpRate, HHSigmoidRate, HHExpLinearRate)."""
    x = (mpmath.mpf(at) - midpoint) / scale
    if form == "exp":
        return rate * mpmath.exp(x)
    if form == "sigmoid":
        return rate / (1 + mpmath.exp(-x))
    return mpmath.mpf(rate) if x == 0 else rate * x / (1 - mpmath.exp(-x))


def rest(alpha, beta, at):
    a, b = exact_rate(*alpha, at), exact_rate(*beta, at)
    return a / (a + b)


def tolerance(wide, *scales):
    """What rounding of x = (V - midpoint)/scale, then of e^x, leaves: |x| times a few units."""
    reach = max(250.0 / abs(scale) for scale in scales)
    return 4 * (1 + reach) * float(np.finfo(np.float64 if wide else np.float32).eps)


@BOTH
@pytest.mark.parametrize("case", RATES)
def test_a_gate_with_rates_rests_and_moves_as_its_rates_have_it(case, wide):
    alpha, beta = RATES[case]
    table = {"rates": {"alpha": row(*alpha), "beta": row(*beta)}}
    with mpmath.workdps(30), jax.enable_x64(wide):
        pairs = [(exact_rate(*alpha, at), exact_rate(*beta, at)) for at in V]
        rests = np.array([float(rest(alpha, beta, at)) for at in V])
        taus = np.array([float(1 / (a + b)) for a, b in pairs])
        bound = {"rtol": tolerance(wide, alpha[3], beta[3]), "atol": LEAST[wide]}
        found = steady(table)
        assert found.dtype == (np.float64 if wide else np.float32)
        np.testing.assert_allclose(found, rests, **bound)
        np.testing.assert_allclose(tau(table), taus, **bound)


@BOTH
@pytest.mark.parametrize("case", RATES)
def test_its_slope_is_finite_wherever_it_is_looked_for_and_exact(case, wide):
    alpha, beta = RATES[case]
    table = {"rates": {"alpha": row(*alpha), "beta": row(*beta)}}
    with mpmath.workdps(30), jax.enable_x64(wide):
        gates = gating(table)
        far = np.linspace(-1000.0, 1000.0, 801)
        slope = quick(jax.vmap(jax.grad(lambda at: gates.steady(at)[0])))
        assert np.isfinite(np.asarray(slope(jnp.asarray(far)))).all()

        some = np.array([-120.0, -65.0, -50.0, -40.0, -22.5, 0.0, 60.0])
        step = mpmath.mpf(10) ** -8
        exact = [
            float((rest(alpha, beta, at + step) - rest(alpha, beta, at - step)) / (2 * step))
            for at in map(mpmath.mpf, some)
        ]
        # A central difference of step h errs by h^2/6 times the third derivative: 1e-17. Near 1
        # the slope of a fraction is the difference of two numbers of about 1.
        bound = {"rtol": 4 * tolerance(wide, alpha[3], beta[3]), "atol": tolerance(wide, 250.0)}
        np.testing.assert_allclose(np.asarray(slope(jnp.asarray(some))), exact, **bound)


@BOTH
@pytest.mark.parametrize("scale", [10.0, -5.0, 4.0])
def test_the_linear_rate_is_exact_at_its_midpoint_in_value_and_slope(scale, wide):
    alpha, beta = ("exp_linear", 3.0, -40.0, scale), ("exp", 1.0, 0.0, 1e30)
    with mpmath.workdps(40), jax.enable_x64(wide):
        eps = float(np.finfo(np.float64 if wide else np.float32).eps)
        gates = gating({"rates": {"alpha": row(*alpha), "beta": row(*beta)}})
        # beta is 1, so that 1/tau - 1 is alpha.
        rate = lambda at: gates.rates(at)[0] - 1.0  # noqa: E731
        near = -40.0 + scale * np.array([0.0, 1e-6, -1e-6, 1e-3, -1e-2, 0.1, 0.49, 0.51, -0.5])
        near = np.asarray(jnp.asarray(near))
        exact = np.array([float(exact_rate(*alpha, float(at))) for at in near])
        np.testing.assert_allclose(quick(jax.vmap(rate))(near), exact, rtol=8 * eps)
        # x/(1 - e^-x) = 1 + x/2 + x^2/12 - ...: the slope at the midpoint is rate/(2 scale).
        assert float(rate(-40.0)) == pytest.approx(3.0, rel=2 * eps)
        assert float(jax.grad(rate)(-40.0)) == pytest.approx(3.0 / (2 * scale), rel=4 * eps)
        x = (near.astype(float) + 40.0) / scale
        slopes = [float(mpmath.diff(lambda at: exact_rate(*alpha, at), at)) for at in near[4:]]
        np.testing.assert_allclose(quick(jax.vmap(jax.grad(rate)))(near)[4:], slopes, rtol=64 * eps)
        assert abs(x[3]) < 0.01


@BOTH
def test_one_of_the_rates_may_be_none(wide):
    rates = {"alpha": row("exp", 0, -50, 1.0), "beta": row("exp", 1, -50, -1.0)}
    with jax.enable_x64(wide):
        np.testing.assert_array_equal(steady({"rates": rates}), 0.0)
        turned = {"alpha": row("exp", 1, -50, -1.0), "beta": row("exp", 0, -50, 1.0)}
        np.testing.assert_array_equal(steady({"rates": turned}), 1.0)


FORMS = {
    "constant": ("2 ms", lambda at: mpmath.mpf(2)),
    "a bell": (
        {"min": "0.5 ms", "max": "6 ms", "V_half": "-50 mV", "k": "20 mV"},
        lambda at: 0.5 + mpmath.mpf("5.5") * mpmath.exp(-(((at + 50) / 20) ** 2)),
    ),
    "Morris and Lecar's": ({"cosh": "25 ms"}, lambda at: 25 / mpmath.cosh((at + 20) / 16)),
    "a function": (lambda V: 1.0 + V * V / 1e4, lambda at: 1 + at * at / 10**4),
    "one that sees more": (
        lambda V, here: here["temperature"] + 0.0 * V,
        lambda at: mpmath.mpf(37),
    ),
}


@BOTH
@pytest.mark.parametrize("case", FORMS)
def test_every_form_of_a_time_constant(case, wide):
    written, exact = FORMS[case]
    table = {"V_half": "-20 mV", "k": "4 mV", "tau": written}
    with mpmath.workdps(30), jax.enable_x64(wide):
        wanted = [float(exact(mpmath.mpf(at))) for at in V]
        np.testing.assert_allclose(tau(table), wanted, rtol=tolerance(wide, 4.0))


def test_the_cosh_of_a_distant_potential_overflows_nothing():
    table = {"V_half": "0 mV", "k": "1 mV", "tau": {"cosh": "1 ms"}}
    gates = gating(table)
    # In float32 cosh(100) is infinite, and its slope over its square no number.
    law = gates.gates[0][1].tau
    far, slope = jax.value_and_grad(lambda at: law(at, gates.state.here["X"]))(400.0)
    assert 0 <= float(far) < 1e-37
    assert abs(float(slope)) < 1e-37


@BOTH
def test_a_boltzmann_gate_and_one_of_calcium(wide):
    with mpmath.workdps(30), jax.enable_x64(wide):
        bound = {"rtol": tolerance(wide, 3.3), "atol": 2 * float(np.finfo(np.float32).tiny)}
        found = steady({"V_half": "-20 mV", "k": "3.3 mV", "tau": "1 ms"})
        exact = [1 / (1 + mpmath.exp(-(mpmath.mpf(at) + 20) / mpmath.mpf("3.3"))) for at in V]
        np.testing.assert_allclose(found, np.array(exact, float), **bound)
        table = {"follows": "Ca", "K_half": "0.002 mmol/L", "hill": 3, "tau": "1 ms"}
        for c in (0.0, 1e-9, 1e-4, 2e-3, 1.0, 1e30):
            cubes = mpmath.mpf(c) ** 3, mpmath.mpf("0.002") ** 3
            wanted = float(cubes[0] / (cubes[0] + cubes[1]))
            (found,) = gating(table, Ca_in=c).steady(jnp.asarray(0.0))
            assert float(found) == pytest.approx(wanted, rel=4e-6 if not wide else 1e-14)


HASTY = {"rates": {"alpha": row(*RATES["of the squid's m"][0]), "beta": row("exp", 4, -65, -18)}}


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize(
    "table", [HASTY, {"V_half": "-20 mV", "k": "4 mV", "tau": {"cosh": "3 ms"}}], ids=["rates", "k"]
)
def test_a_factor_and_q10_hasten_a_gate_and_leave_where_it_rests(table):
    more = {"rate_factor": 5, "q10": {"Q10": 3, "T_ref": "6.3 degC"}}
    given = {"temperature": 26.3}
    np.testing.assert_array_equal(steady(table | more, **given), steady(table, **given))
    hasty, slow = tau(table | more, **given), tau(table, **given)
    np.testing.assert_allclose(hasty, slow / (5 * 3.0**2), rtol=1e-14)
    twice = tau(table | more, rate_factor_x_X=10, **given)
    np.testing.assert_allclose(twice, hasty / 2, rtol=1e-14)


def test_every_number_of_a_gate_is_a_parameter_in_its_own_unit():
    bell = {"min": "1 ms", "max": "2 ms", "V_half": "-3 mV", "k": "4 mV"}
    gates = {
        "m": {"power": 3, **HASTY, "rate_factor": 2, "q10": {"Q10": 3, "T_ref": "6.3 degC"}},
        "h": {"V_half": "-60 mV", "k": "-5 mV", "tau": bell},
        "c": {"follows": "Ca", "K_half": "1e-3 mmol/L", "tau": "7 ms"},
    }
    channel = {"type": "gated", "g": "1 mS/cm2", "E": "0 mV", "gates": gates}
    rows = Membrane(ions=CALCIUM, mechanisms={"X": channel}).parameters
    units = {
        **dict.fromkeys(["rate_alpha_m_X", "rate_beta_m_X"], "1/ms"),
        **dict.fromkeys(["midpoint_alpha_m_X", "scale_beta_m_X", "V_half_h_X", "k_h_X"], "mV"),
        **dict.fromkeys(["tau_min_h_X", "tau_max_h_X", "tau_c_X"], "ms"),
        **dict.fromkeys(["tau_V_half_h_X", "tau_k_h_X"], "mV"),
        **dict.fromkeys(["rate_factor_m_X", "Q10_m_X", "hill_c_X"], "1"),
        "T_ref_m_X": "degC",
        "K_half_c_X": "mmol/L",
        "I_app": "uA/cm2",
    }
    assert {name: rows[name].unit for name in units} == units
    assert rows["rate_beta_m_X"].default == "4 1/ms"
    assert rows["V_half_h_X"].default == "-60 mV"
    assert (rows["hill_c_X"].default, rows["rate_factor_m_X"].default) == (1.0, 2.0)


SENSES = {
    "rising": (("exp", 1.0, -40.0, 9.0), ("sigmoid", 1.0, -30.0, -5.0), 1),
    "falling": (("sigmoid", 1.0, -40.0, -9.0), ("exp_linear", 1.0, -30.0, 5.0), -1),
    "neither": (("exp", 1.0, -40.0, 9.0), ("exp", 2.0, -30.0, 5.0), 0),
}


@BOTH
@pytest.mark.parametrize("case", SENSES)
def test_a_gate_that_says_that_it_opens_with_v_does_so_everywhere(case, wide):
    alpha, beta, sense = SENSES[case]
    far = np.linspace(-1000.0, 1000.0, 2001)
    with jax.enable_x64(wide):
        table = {"rates": {"alpha": row(*alpha), "beta": row(*beta)}}
        ((_, gate),) = gating(table).gates
        here = gating(table).state.here["X"]
        assert float(gate.sense(here)) == sense
        steps = np.diff(steady(table, far).astype(float))
        # Rounding may bring a unit of the last digit back.
        assert (sense * steps >= -2 * float(np.finfo(np.float64 if wide else np.float32).eps)).all()
        assert sense * steps.sum() >= 0
        for k in (5.0, -5.0):
            middle = {"V_half": "0 mV", "k": f"{k} mV", "tau": "1 ms"}
            ((_, gate),) = gating(middle).gates
            assert float(gate.sense(gating(middle).state.here["X"])) == np.sign(k)
            assert (np.sign(k) * np.diff(steady(middle, far)) >= 0).all()


def a_rest(at):
    opening = mpmath.mpf("0.0761") * mpmath.exp(mpmath.mpf("0.0314") * (at + mpmath.mpf("94.22")))
    closing = 1 + mpmath.exp(mpmath.mpf("0.0346") * (at + mpmath.mpf("1.17")))
    return mpmath.cbrt(opening / closing)


CONNOR_STEVENS = {
    "a_inf": a_rest,
    "b_inf": lambda at: (1 + mpmath.exp(mpmath.mpf("0.0688") * (at + mpmath.mpf("53.3")))) ** -4,
    "a_tau": lambda at: (
        mpmath.mpf("0.3632")
        + mpmath.mpf("1.158") / (1 + mpmath.exp(mpmath.mpf("0.0497") * (at + mpmath.mpf("55.96"))))
    ),
    "b_tau": lambda at: (
        mpmath.mpf("1.24")
        + mpmath.mpf("2.678") / (1 + mpmath.exp(mpmath.mpf("0.0624") * (at + 50)))
    ),
}
"""The A current as Dayan and Abbott print it (2001, section 6.2)."""


@BOTH
@pytest.mark.parametrize("name", CONNOR_STEVENS)
def test_the_laws_that_bear_a_name_are_the_published_ones(name, wide):
    with mpmath.workdps(30), jax.enable_x64(wide):
        wanted = [float(CONNOR_STEVENS[name](mpmath.mpf(at))) for at in V]
        law = f"connor_stevens_{name}"
        if name.endswith("inf"):
            found = steady({"inf": law, "tau": "1 ms"})
        else:
            found = tau({"V_half": "0 mV", "k": "1 mV", "tau": law})
        # The steepest of them raises e to 17, and its fourth power to 70.
        np.testing.assert_allclose(found, wanted, rtol=4 * tolerance(wide, 3.6))
