"""The moments of a flickering potential: published rows, the moment equations, limits.
The oracles solve the moments of V itself with mpmath; the code solves conditional ones of V - V*.
"""

from itertools import pairwise

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from leakscape_kernels.flicker.moments import flicker

pytestmark = pytest.mark.usefixtures("double")

FEW = flicker(most=20)
MANY = flicker(most=300)
VALUES = ("V_mean", "V_sd", "V_mean_linear", "V_sd_linear", "time_constant")
E_C, E_L = -90.0, 60.0

# N, gamma [pS], g [nS], C [pF], a, b [1/ms]; mean and variance, exact and by linear noise.
ROWS = """
1000 14 0.5 20 0.1 0.1 -79.994312484085 0.057010214096 -80 0.056811594203
100 14 0.2 20 0.1 0.1 -56.629580170674 1.240807589002 -56.666666666667 1.234567901235
20 100 0.3 20 0.05 0.2 -25.199493517047 33.318544635775 -25.714285714286 33.144084701550
10 14 0.02 10 0.1 0.1 -56.579597623032 2.925578202048 -56.666666666667 2.894441490933
1 14 0.01 10 0.05 0.05 -1.513921113689 22.313292746048 -1.764705882353 22.065353072668
"""


def cell(*values):
    names = ("n_channels", "gamma_channel", "leak_conductance", "cell_capacitance")
    return dict(zip((*names, "open_probability", "tau_channel"), values, strict=True))


def exact(at):
    """Solve 0 = j (A_k m_{j-1}(k) - B_k m_j(k)) + sum_l Q_lk m_j(l) for m_j(k) = E[V^j; n = k]."""
    with mpmath.workdps(40):
        N = int(at["n_channels"])
        _, gamma, g, C, p, tau = (mpmath.mpf(x) for x in at.values())
        gamma /= 1000
        a, b, states = p / tau, (1 - p) / tau, range(N + 1)
        A = [(gamma * k * mpmath.mpf(E_C) + g * mpmath.mpf(E_L)) / C for k in states]
        B = [(gamma * k + g) / C for k in states]

        def solved(j, right):
            pivot = [j * B[k] + (N - k) * a + k * b for k in states]
            m = list(right)
            for k in range(1, N + 1):
                share = (N - k + 1) * a / pivot[k - 1]
                pivot[k] -= share * k * b
                m[k] += share * m[k - 1]
            m[N] /= pivot[N]
            for k in reversed(range(N)):
                m[k] = (m[k] + (k + 1) * b * m[k + 1]) / pivot[k]
            return m

        law = [mpmath.binomial(N, k) * p**k * (1 - p) ** (N - k) for k in states]
        first = solved(1, [x * y for x, y in zip(A, law, strict=True)])
        second = solved(2, [2 * x * y for x, y in zip(A, first, strict=True)])
        mean = mpmath.fsum(first)
        return float(mean), float(mpmath.sqrt(mpmath.fsum(second) - mean**2))


@pytest.mark.parametrize("row", ROWS.split("\n")[1:-1])
def test_published_rows(evaluate, row):
    *given, a, b, mean, variance, mean_linear, variance_linear = (float(x) for x in row.split())
    at = cell(*given, a / (a + b), 1 / (a + b))
    found = evaluate(flicker(most=1000), **at)
    assert found["status"] == 1
    # The published numbers are differences of raw moments in double: beyond 1e-10 they are noise.
    assert found["V_mean"] == pytest.approx(mean, abs=2e-12)
    assert found["V_sd"] ** 2 == pytest.approx(variance, abs=1e-10)
    assert found["V_mean_linear"] == pytest.approx(mean_linear, abs=1e-12)
    assert found["V_sd_linear"] ** 2 == pytest.approx(variance_linear, abs=1e-12)
    N, gamma, g, C = given
    assert found["time_constant"] == pytest.approx(C / (N * a / (a + b) * gamma / 1000 + g))
    assert (found["V_mean"], found["V_sd"]) == pytest.approx(exact(at), rel=2e-13)


def logarithmic(low, high):
    return st.floats(low, high).map(lambda exponent: 10.0**exponent)


cells = st.builds(
    cell,
    st.one_of(st.integers(1, 5), st.integers(1, 300)),
    logarithmic(-1, 3),
    logarithmic(-3, 1),
    logarithmic(0, 2.5),
    st.one_of(st.floats(0.01, 0.99), logarithmic(-9, -1), logarithmic(-9, -1).map(lambda q: 1 - q)),
    logarithmic(-3, 4),
)


@settings(max_examples=60, deadline=None)
@given(at=cells)
@example(at=cell(1, 14.0, 0.01, 10.0, 1e-12, 1e4))
@example(at=cell(300, 100.0, 0.001, 1.0, 1 - 1e-12, 1e4))
@example(at=cell(300, 1000.0, 1e-3, 1.0, 1e-3, 1e4))
def test_moments_solve_the_moment_equations(evaluate, at):
    found = evaluate(MANY, **at)
    mean, sd = exact(at)
    assert found["status"] == 1
    assert found["V_mean"] == pytest.approx(mean, rel=1e-11, abs=1e-11)
    # The variance is a difference of two squares about V*.
    moved = mean - found["V_mean_linear"]
    assert found["V_sd"] ** 2 == pytest.approx(sd**2, rel=1e-11, abs=1e-14 * moved**2)


@settings(max_examples=30, deadline=None)
@given(at=cells)
def test_float32_agrees_with_float64(evaluate, at):
    rounded = {name: float(np.float32(value)) for name, value in at.items()}
    double = evaluate(MANY, **rounded)
    with jax.enable_x64(False):
        single = evaluate(MANY, **rounded)
    assert single["status"] == double["status"] == 1
    for name in VALUES[:4]:
        assert single[name] == pytest.approx(double[name], abs=1e-3)


@pytest.mark.parametrize(
    ("still", "V"),
    [
        ({"open_probability": 0.0}, 60.0),
        ({"open_probability": 1.0}, (20 * 0.014 * -90 + 0.2 * 60) / (20 * 0.014 + 0.2)),
        ({"gamma_channel": 0.0}, 60.0),
        ({"E_leak": -90.0}, -90.0),
        ({"leak_conductance": 0.0}, -90.0),
    ],
)
@pytest.mark.parametrize("precise", [True, False])
def test_what_cannot_flicker_stands_exactly_still(evaluate, still, V, precise):
    with jax.enable_x64(precise):
        found = evaluate(FEW, **{"n_channels": 20.0, **still})
    assert found["status"] == 1
    assert found["V_sd"] == found["V_sd_linear"] == 0.0
    assert found["V_mean"] == pytest.approx(V, rel=1e-12 if precise else 1e-6)


def test_fast_channels_give_the_potential_of_the_mean_conductance(evaluate):
    found = [evaluate(FEW, n_channels=20, tau_channel=tau) for tau in (1e-2, 1e-4, 1e-6)]
    for fast in found:
        assert fast["V_sd"] == pytest.approx(fast["V_sd_linear"], rel=fast["V_sd"] ** 2 / 10)
    assert found[2]["V_mean"] == pytest.approx(found[2]["V_mean_linear"], abs=1e-6)
    # Variance goes as tau_c, and so does what the mean is off by.
    for slower, faster in pairwise(found):
        assert slower["V_sd"] == pytest.approx(10 * faster["V_sd"], rel=1e-3)
        shifts = [at["V_mean"] - at["V_mean_linear"] for at in (slower, faster)]
        assert shifts[0] == pytest.approx(100 * shifts[1], rel=1e-3)


@pytest.mark.parametrize(("N", "p"), [(1, 0.5), (7, 0.2), (20, 0.9), (20, 0.001)])
def test_slow_channels_give_the_binomial_mixture_of_rests(evaluate, N, p):
    found = evaluate(FEW, n_channels=N, open_probability=p, tau_channel=1e12)
    k = np.arange(N + 1)
    rest = (k * 0.014 * E_C + 0.2 * E_L) / (k * 0.014 + 0.2)
    law = binom.pmf(k, N, p)
    mean = law @ rest
    assert found["V_mean"] == pytest.approx(mean, abs=1e-7)
    assert found["V_sd"] == pytest.approx(np.sqrt(law @ (rest - mean) ** 2), abs=1e-7)


def test_linear_noise_is_the_limit_of_many_channels(evaluate):
    off = []
    for N in (3, 30, 300):
        # As many times less conductance each: V* and tau_m stay.
        found = evaluate(MANY, n_channels=N, gamma_channel=1400 / N)
        assert found["V_mean_linear"] == pytest.approx(-56.666666666667, rel=1e-12)
        off.append(found["V_sd"] / found["V_sd_linear"] - 1)
    assert off[0] > 0.05
    assert off[0] > 7 * off[1] > 49 * off[2] > 0


def test_conductances_count_per_capacitance_and_potentials_by_their_span(evaluate):
    one = evaluate(FEW, n_channels=7)
    scaled = evaluate(
        FEW, n_channels=7, gamma_channel=28.0, leak_conductance=0.4, cell_capacitance=40.0
    )
    wide = evaluate(FEW, n_channels=7, E_channel=-180.0, E_leak=120.0)
    for name in VALUES:
        assert scaled[name] == pytest.approx(one[name], rel=1e-13)
    for name in VALUES[:4]:
        assert wide[name] == pytest.approx(2 * one[name], rel=1e-13)


@pytest.mark.parametrize("precise", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_sweep_of_numbers_is_each_number(evaluate, precise):
    with jax.enable_x64(precise):
        N = jnp.arange(1.0, 21.0)
        swept = jax.jit(jax.vmap(lambda n: FEW(n_channels=n)))(N)
        for i, n in enumerate(N):
            alone = evaluate(FEW, n_channels=n)
            for name in VALUES:
                near = {"rel": 1e-13} if precise else {"rel": 1e-6, "abs": 1e-5}
                assert float(swept[name][i]) == pytest.approx(alone[name], **near)
    assert (np.asarray(swept["status"]) == 1).all()
    assert (np.diff(swept["V_mean"]) < 0).all()


@pytest.mark.parametrize(
    "outside",
    [
        {"n_channels": 21.0},
        {"n_channels": 2.5},
        {"n_channels": 0.0},
        {"n_channels": -1.0},
        {"n_channels": np.nan},
        {"n_channels": np.inf},
        {"open_probability": 1.1},
        {"open_probability": -0.1},
        {"gamma_channel": -1.0},
        {"leak_conductance": -0.1},
        {"leak_conductance": 0.0, "open_probability": 0.0},
        {"leak_conductance": 0.0, "gamma_channel": 0.0},
        {"tau_channel": 0.0},
        {"cell_capacitance": 0.0},
        {"E_leak": np.nan},
    ],
)
def test_what_is_no_cell_has_status_11(evaluate, outside):
    found = evaluate(FEW, **{"n_channels": 20.0, **outside})
    assert found["status"] == 11
    assert all(np.isnan(found[name]) for name in VALUES)


@pytest.mark.parametrize(
    "huge",
    [
        {"E_leak": 3e38},
        {"E_leak": np.inf},
        {"tau_channel": 1e38},
        {"cell_capacitance": 1e38, "leak_conductance": 1e-30, "gamma_channel": 0.0},
        {"leak_conductance": np.inf},
    ],
)
def test_what_overflows_has_status_10(evaluate, huge):
    with jax.enable_x64(False):
        found = evaluate(FEW, n_channels=10.0, **huge)
    assert found["status"] == 10
    assert all(np.isnan(found[name]) for name in VALUES)


@pytest.mark.parametrize("tiny", ["gamma_channel", "leak_conductance", "open_probability"])
def test_what_underflows_is_a_cell_that_stands_still(evaluate, tiny):
    with jax.enable_x64(False):
        found = evaluate(FEW, n_channels=10.0, **{tiny: 1e-37})
    assert found["status"] == 1
    assert found["V_sd"] == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("most", [0, -1, 2.0, True, "100", None, 10_001])
def test_a_wrong_option_is_one_sentence(most):
    with pytest.raises(ValueError, match=r"^flicker: most must be a whole number .* got [^\n]*$"):
        flicker(most=most)
    with pytest.raises(ValueError, match=r"^flicker: no option named least; its options are most$"):
        flicker(least=1)


STEPS = {
    "open_probability": (0.3, 1e-5),
    "gamma_channel": (14.0, 1e-3),
    "tau_channel": (5.0, 1e-3),
    "leak_conductance": (0.2, 1e-5),
    "cell_capacitance": (20.0, 1e-3),
    "E_leak": (60.0, 1e-2),
}


@pytest.mark.slow
def test_gradients_are_those_of_finite_differences():
    def at(given):
        return {name: FEW(n_channels=15.0, **given)[name] for name in VALUES}

    here = {name: x for name, (x, _) in STEPS.items()}
    slopes, value = jax.jit(jax.jacfwd(at))(here), jax.jit(at)
    for name, (x, step) in STEPS.items():
        above, below = value(here | {name: x + step}), value(here | {name: x - step})
        for output in VALUES:
            slope = float(above[output] - below[output]) / (2 * step)
            assert float(slopes[output][name]) == pytest.approx(slope, rel=1e-6, abs=1e-11)


@pytest.mark.parametrize("p", [0.0, pytest.param(1.0, marks=pytest.mark.slow)])
def test_gradients_are_right_and_finite_where_nothing_flickers(p):
    @jax.jit
    def at(value):
        found = FEW(n_channels=15.0, open_probability=value)
        return found["V_mean"], found["V_sd"]

    inward = 1e-5 if p == 0 else -1e-5
    here, near, far = (float(at(p + i * inward)[0]) for i in range(3))
    mean, sd = jax.jit(jax.jacrev(at))(p)
    assert float(mean) == pytest.approx((4 * near - 3 * here - far) / (2 * inward), rel=1e-6)
    assert float(sd) == 0
