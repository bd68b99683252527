"""Laws of a problem: predictions, densities and scores, against closed forms, SciPy and tables."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from leakscape.analyse.fit.posing import pose
from leakscape.declare.fit import Fit
from leakscape.declare.fits import load_fit
from leakscape.errors import DeclarationError

R, F, ZERO = 8.31446261815324, 96485.33212331001, 273.15
FRAME = pd.DataFrame(
    {
        "K_out [mM]": [2.5, 5.0, 10.0, 20.0],
        "V [mV]": [-91.0, -76.0, -62.0, -46.0],
        "V_sd [mV]": [1.0, 2.0, 2.0, 3.0],
        "drug": ["none", "Ba", "none", "Ba"],
    }
)
FREE = {"P_Na_over_P_K": {"loguniform": [1e-3, 1]}}


def posed(frame=FRAME, data=(), **changes):
    table = {"conditions": ["K_out"], "outputs": {"V": {"output": "V_rest", "sd": "V_sd"}}}
    given = {"name": "f", "kernel": "ghk_voltage", "free": FREE} | changes
    return pose(Fit(data=table | dict(data), **given), frame)


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64(True):
        yield


def goldman(K_out, *, ratio, K_in=140.0, celsius=37.0):
    outside = K_out + ratio * 145.0 + 0.45 * 10.0
    inside = K_in + ratio * 15.0 + 0.45 * 110.0
    return 1e3 * R * (celsius + ZERO) / F * np.log(outside / inside)


def test_predictions_are_those_of_the_model_at_every_row():
    problem = posed()
    found, status = jax.jit(problem.predict)(jnp.array([0.04]))
    np.testing.assert_allclose(found[:, 0], goldman(FRAME["K_out [mM]"], ratio=0.04), rtol=1e-12)
    assert (np.asarray(status) == 1).all()


def test_densities_are_those_of_scipy_under_both_laws():
    want = goldman(FRAME["K_out [mM]"], ratio=0.04)
    observed, sd = FRAME["V [mV]"], FRAME["V_sd [mV]"]
    normal = jax.jit(posed().log_likelihood)(jnp.array([0.04]))[:, 0]
    np.testing.assert_allclose(normal, stats.norm.logpdf(observed, want, sd), rtol=1e-12)
    student = posed(noise={"law": "student", "df": 3.5})
    found = jax.jit(student.log_likelihood)(jnp.array([0.04]))[:, 0]
    np.testing.assert_allclose(found, stats.t.logpdf(observed, 3.5, want, sd), rtol=1e-12)
    assert posed().linear_noise
    assert not student.linear_noise


def test_a_free_scatter_is_an_unknown_and_repeats_narrow_it():
    outputs = {"V": {"output": "V_rest", "sd": {"uniform": [0.1, 10], "unit": "mV"}, "n": 4}}
    problem = posed(data={"outputs": outputs})
    assert [u.flat_name for u in problem.unknowns] == ["P_Na_over_P_K", "sd_V"]
    found = jax.jit(problem.log_likelihood)(jnp.array([0.04, 3.0]))[:, 0]
    want = goldman(FRAME["K_out [mM]"], ratio=0.04)
    np.testing.assert_allclose(found, stats.norm.logpdf(FRAME["V [mV]"], want, 1.5), rtol=1e-12)


def test_an_offset_is_added_to_what_is_recorded_in_its_own_unit():
    problem = posed(offsets={"V": {"normal": [0, 3000], "unit": "uV"}})
    assert problem.unknowns[1].flat_name == "offset_V"
    shifted, _ = jax.jit(problem.predict)(jnp.array([0.04, 2500.0]))
    plain = goldman(FRAME["K_out [mM]"], ratio=0.04)
    np.testing.assert_allclose(shifted[:, 0] - plain, 2.5, rtol=1e-9)


def test_each_group_has_a_value_of_its_own():
    free = FREE | {"K_in": {"uniform": [80, 200], "unit": "mM", "per": "drug"}}
    problem = posed(free=free)
    names = [u.flat_name for u in problem.unknowns]
    assert names == ["P_Na_over_P_K", "K_in[none]", "K_in[Ba]"]
    found, _ = jax.jit(problem.predict)(jnp.array([0.04, 140.0, 120.0]))
    inside = np.array([140.0, 120.0, 140.0, 120.0])
    want = goldman(FRAME["K_out [mM]"], ratio=0.04, K_in=inside)
    np.testing.assert_allclose(found[:, 0], want, rtol=1e-12)


def test_a_hierarchy_is_not_centred():
    free = {"K_in": {"normal": ["m", "s"], "unit": "mM", "per": "drug"}}
    free |= {"m": {"uniform": [80, 200], "unit": "mM"}, "s": {"loguniform": [1, 50], "unit": "mM"}}
    problem = posed(free=free)
    assert problem.hierarchical
    assert [u.flat_name for u in problem.unknowns] == ["m", "s", "K_in[none]", "K_in[Ba]"]
    z = jnp.array([0.2, -0.3, 1.5, -0.5])
    m, s, one, two = jax.jit(problem.from_normal)(z)
    np.testing.assert_allclose([one, two], [m + 1.5 * s, m - 0.5 * s], rtol=1e-12)
    np.testing.assert_allclose(
        jax.jit(lambda z: problem.to_normal(problem.from_normal(z)))(z), z, atol=1e-9
    )
    twice = np.stack([z, -z])
    np.testing.assert_allclose(problem.values_of(twice)[0], [m, s, one, two], rtol=1e-12)
    np.testing.assert_allclose(problem.scores_of(problem.values_of(twice)), twice, atol=1e-9)
    found = jax.jit(problem.residuals)(z)
    assert found.shape == (4 + 2,)
    np.testing.assert_allclose(found[4:], z[2:])


PRIORS = {
    "uniform": ([0.01, 0.5], stats.uniform(0.01, 0.49)),
    "loguniform": ([1e-3, 1], stats.loguniform(1e-3, 1)),
    "lognormal": ([0.05, 0.5], stats.lognorm(0.5, scale=0.05)),
    "truncated_normal": ([0.1, 0.05, 0.0, 0.3], stats.truncnorm(-2.0, 4.0, 0.1, 0.05)),
}


@pytest.mark.parametrize("law", PRIORS)
def test_scores_and_shares_stand_for_the_priors_quantiles(law):
    numbers, known = PRIORS[law]
    problem = posed(free={"P_Na_over_P_K": {law: numbers}})
    for z in (-3.0, -0.4, 0.0, 2.5):
        share = stats.norm.cdf(z)
        value = problem.from_normal(jnp.array([z]))
        np.testing.assert_allclose(value[0], known.ppf(share), rtol=1e-9)
        np.testing.assert_allclose(problem.from_uniform(jnp.array([share])), value, rtol=1e-9)
        np.testing.assert_allclose(problem.to_normal(value)[0], z, rtol=1e-6, atol=1e-9)
        several = np.array([[z], [0.0]])
        np.testing.assert_allclose(problem.values_of(several)[0, 0], known.ppf(share), rtol=1e-9)
        found = problem.scores_of(problem.values_of(several))
        np.testing.assert_allclose(found, several, rtol=1e-6, atol=1e-9)


def test_priors_that_measure_are_residuals_and_ranges_are_none():
    z = jnp.array([0.7])
    flat = posed().residuals(z)
    assert flat.shape == (4,)
    measured = posed(free={"P_Na_over_P_K": {"truncated_normal": [0.1, 0.05, 0.0, 0.3]}})
    value = measured.from_normal(z)[0]
    np.testing.assert_allclose(measured.residuals(z)[4], (value - 0.1) / 0.05, rtol=1e-12)


def test_a_model_without_a_value_is_impossible_and_has_gradients():
    free = {"K_in": {"normal": ["m", "s"], "unit": "mM", "per": "drug"}}
    free |= {"m": {"uniform": [-9, 20], "unit": "mM"}, "s": {"uniform": [1, 50], "unit": "mM"}}
    problem = posed(free=free)
    values = jnp.array([10.0, 1.0, -5.0, 120.0])
    found = problem.log_likelihood(values)[:, 0]
    assert np.isneginf(found[np.array([0, 2])]).all()
    assert np.isfinite(found[np.array([1, 3])]).all()
    slopes = jax.grad(lambda v: problem.log_likelihood(v)[1, 0])(values)
    assert np.isfinite(slopes).all()


def test_cells_without_a_recording_say_nothing():
    frame = FRAME.assign(**{"E [mV]": [np.nan, -80.0, np.nan, np.nan]})
    outputs = {"V": {"output": "V_rest", "sd": "V_sd"}, "E": {"output": "E_K", "sd": "1 mV"}}
    problem = posed(frame, {"outputs": outputs, "skip": True})
    assert problem.n_data == 5
    found = jax.jit(problem.log_likelihood)(jnp.array([0.04]))
    assert (np.asarray(found[:, 1]) != 0).tolist() == [False, True, False, False]
    assert jax.jit(problem.standardised)(jnp.array([0.04]))[0, 1] == 0.0


def test_root_potentials_have_the_chi2_of_the_published_fit():
    # By the scatter of single recordings, as published; the fit takes means of seven.
    problem = pose(load_fit("fit_root_potassium", ["data.outputs.V.n=1"]))
    best = {"c0[nitrate]": 4.95558, "K_eff[nitrate]": 1135.8436}
    best |= {"c0[ammonium]": 2.04658, "K_eff[ammonium]": 316.5096}
    values = jnp.array([best[u.flat_name] for u in problem.unknowns])
    residuals = np.asarray(problem.standardised(values))[:, 0]
    np.testing.assert_allclose((residuals[:5] ** 2).sum(), 0.9411, atol=5e-5)
    np.testing.assert_allclose((residuals[5:] ** 2).sum(), 9.3239, atol=5e-5)


OTHER = {
    "a recording": {"frame": FRAME.assign(**{"V [mV]": [-91.0, -76.0, -62.0, -46.5]})},
    "an error": {"frame": FRAME.assign(**{"V_sd [mV]": [1.0, 2.0, 2.0, 3.5]})},
    "a condition": {"frame": FRAME.assign(**{"K_out [mM]": [2.5, 5.0, 10.0, 21.0]})},
    "a constant": {"fixed": {"temperature": "20 degC"}},
    "a prior": {"free": {"P_Na_over_P_K": {"loguniform": [1e-3, 2]}}},
    "a law": {"noise": {"law": "student", "df": 4}},
}


def test_compiled_code_is_found_again_for_the_same_fit_of_the_same_table_alone():
    first = posed()
    assert first.follows_from == posed().follows_from is not None
    assert first.model_follows_from == posed(**OTHER["a recording"]).model_follows_from
    for what, changes in OTHER.items():
        assert posed(**changes).follows_from != first.follows_from, what


class Ohm:
    """A kernel of a user, whose code may follow from more than its text."""

    parameters, outputs = {"K_out": "mmol/L", "g": "1"}, {"V_rest": "mV"}

    def __call__(self, K_out, g):
        return {"V_rest": -g * K_out, "status": jnp.ones((), jnp.uint8)}


def test_what_was_compiled_of_a_users_kernel_is_not_kept():
    problem = posed(kernel=Ohm(), free={"g": {"uniform": [0, 9]}})
    assert problem.follows_from is None
    assert problem.model_follows_from is None


MISTAKES = {
    "bounds": ({"free": {"K_in": {"normal": [120, 15], "unit": "mM"}}}, "free.K_in: a normal can"),
    "unit": ({"free": {"K_in": {"uniform": [80, 150], "unit": "mV"}}}, "K_in is in mmol/L, got mV"),
    "no unit": ({"free": {"K_in": {"uniform": [80, 150]}}}, "values are without a unit"),
    "name": ({"free": {"K_inn": {"uniform": [8, 9], "unit": "mM"}}}, "did you mean K_in?"),
    "offset": ({"offsets": {"W": {"normal": [0, 3], "unit": "mV"}}}, "is no recorded column"),
    "series": ({"offsets": {"R_series": {"normal": [5, 1]}}}, "belongs to a clamp"),
    "offset's unit": ({"offsets": {"V": {"normal": [0, 3], "unit": "mM"}}}, "V is in mV, got mM"),
    "per": ({"free": {"K_in": {"uniform": [8, 9], "unit": "mM", "per": "x"}}}, "no column 'x'"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_what_does_not_fit_the_kernel_is_one_sentence(case):
    changes, sentence = MISTAKES[case]
    with pytest.raises(DeclarationError) as caught:
        posed(**changes)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_output_without_a_unit_in_its_header_is_asked_for_it():
    frame = FRAME.rename(columns={"V [mV]": "V"})
    with pytest.raises(DeclarationError, match=r'column V has no unit; write "V \[mV\]"'):
        posed(frame, {"outputs": {"V": {"output": "V_rest", "sd": "2"}}})
