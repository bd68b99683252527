"""What data cannot tell apart is named: ratios, a factor and a shift, products, idle unknowns.

One problem holds several membranes that share nothing, so that every ridge is a block of its own.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from toy_problems import Toy, Unknown

from leakscape.analyse.fit.identify import ridges
from leakscape.analyse.fit.least_squares import best_fit
from leakscape.analyse.fit.profiles import profiles
from leakscape.analyse.fit.report import fit_report

KT = 8.314462618 * 310.15 / 96485.33212 * 1e3
K = np.array([1.0, 2.5, 5.0, 10.0, 20.0, 50.0, 100.0])
CL = np.array([4.0, 40.0, 80.0, 120.0, 60.0, 20.0, 10.0])
NAMES = (
    "P_K",
    "P_Na",
    "P_Cl",
    "K_in",
    "offset_V",
    "K_cell",
    "offset_W",
    "g",
    "area",
    "a",
    "b",
    "t",
)
TRUE = np.array([1e-6, 2e-8, 3e-7, 140.0, 1.0, 120.0, 0.0, 0.5, 3.0, 0.7, 0.9, 0.3])

pytestmark = pytest.mark.slow  # compiling a problem takes seconds


def model(v):
    inward = v[0] * K + v[1] * (120.0 - K) + v[2] * 8.0
    outward = v[0] * 140.0 + v[1] * 10.0 + v[2] * CL
    return jnp.concatenate(
        [
            KT * jnp.log(inward / outward),
            KT * jnp.log(K / v[3]) + v[4],
            KT * jnp.log(K / v[5]) + v[6],
            v[7] * v[8] * K,
            (v[9] + v[10]) * K,
        ]
    )


@pytest.fixture(scope="module")
def found():
    unknowns = [
        *(Unknown(name, 1e-10, 1e-4, "loguniform", "cm/s") for name in NAMES[:3]),
        Unknown("K_in", 60.0, 300.0, unit="mmol/L"),
        Unknown("offset_V", -10.0, 10.0, unit="mV"),
        Unknown("K_cell", 60.0, 300.0, unit="mmol/L"),
        Unknown("offset_W", 0.0, 3.0, "normal", "mV"),
        *(Unknown(name, 0.01, 100.0, "loguniform") for name in NAMES[7:9]),
        *(Unknown(name, 0.1, 2.0) for name in NAMES[9:11]),
        Unknown("t", 0.0, 1.0),
    ]
    assert tuple(unknown.name for unknown in unknowns) == NAMES
    problem = Toy(unknowns, model, model(TRUE))
    generator = np.random.default_rng(2)
    best = best_fit(problem, TRUE * np.exp(generator.normal(0.0, 0.1, (8, len(TRUE)))))
    return problem, best, ridges(problem, best)


def about(sentences, *names):
    told = [one for one in sentences if all(name in one for name in names)]
    assert len(told) == 1, sentences
    return told[0]


def test_only_ratios_of_permeabilities_show_in_a_potential(found):
    # dV / d ratio, by hand, of recordings of 1 mV.
    up = K + 0.02 * (120.0 - K) + 0.3 * 8.0
    down = 140.0 + 0.02 * 10.0 + 0.3 * CL
    slopes = KT * np.stack([(120.0 - K) / up - 10.0 / down, 8.0 / up - CL / down], axis=1)
    sodium, chloride = np.sqrt(np.diag(np.linalg.inv(slopes.T @ slopes)))
    assert about(found[2], "P_Na") == (
        f"only ratios are determined: P_Na/P_K = 0.02 +- {sodium:.2g} and P_Cl/P_K = 0.3 +- "
        f"{chloride:.2g}; P_K, P_Na and P_Cl together are not."
    )


def test_a_concentration_and_an_offset_are_one_parameter_of_a_nernstian_membrane(found):
    told = about(found[2], "offset_V")
    assert told.startswith("K_in and offset_V are one parameter here: only K_in x exp(-offset_V / ")
    # dV / d ln K_in = -RT/F, which an offset makes good.
    assert f"({KT:.4g} mV)" in told
    assert f"raised by {KT / 100.0:.3g} mV" in told
    assert told.endswith(" mV.")


def test_a_prior_that_settles_a_ridge_is_named(found):
    told = about(found[2], "offset_W", "one parameter")
    assert told.endswith("; the priors settle the rest.")
    _, best, sentences = found
    assert best.determined[[5, 6]].all()
    np.testing.assert_allclose(best.error[6], 3.0, rtol=1e-9)
    # Both errors come from the offset's prior and from seven recordings of 1 mV.
    slope = KT / best.values[5]
    np.testing.assert_allclose(best.error[5] * slope, np.sqrt(9.0 + 1.0 / 7.0), rtol=1e-9)
    r = 3.0 / np.sqrt(9.0 + 1.0 / 7.0)
    np.testing.assert_allclose(best.correlation[5, 6], r, rtol=1e-9)
    assert f"(r = {r:.3f})" in about(sentences, "K_cell", "strongly correlated")


def test_a_product_is_named_and_a_sum_is_not_taken_for_one(found):
    assert about(found[2], "area").startswith("only the product g x area is determined;")
    assert about(found[2], "a and b").endswith(
        ": 1 more of a and 1 less of b leave every output as it is."
    )


def test_an_idle_unknown_changes_no_output(found):
    assert about(found[2], "t does not") == "t does not change any output."


def test_no_error_is_invented_for_what_is_not_determined(found):
    _, best, _ = found
    free = np.array([0, 1, 2, 3, 4, 7, 8, 9, 10, 11])
    assert not best.determined[free].any()
    assert np.isinf(best.error[free]).all()
    assert np.isfinite(best.correlation).all()
    np.testing.assert_array_equal(best.correlation[np.ix_(free, free)], np.eye(len(free)))
    text = fit_report(best)
    assert text.count("(not determined)") == len(free)
    assert "[[Intervals]]" not in text
    assert "inf" not in text
    # Five directions of twelve are left out; one prior counts as a measurement.
    assert best.degrees_of_freedom == 35 + 1 - (12 - 5)
    assert (best.eigenvalue < 1e-9 * best.eigenvalue[0]).sum() == 5
    assert best.optima_starts.tolist() == [8]


def test_a_ridge_has_the_bounds_that_its_priors_leave(found):
    problem, best, _ = found
    profile = profiles(problem, best, steps=5)
    assert np.isinf([profile.lower_95[11], profile.upper_95[11]]).all()
    told = ridges(problem, best, profile)
    # Nor in the table: these ends are those of other priors.
    intervals = fit_report(best, profile).partition("[[Intervals]] of the profiles\n")[2]
    lines = dict(line.split(":", 1) for line in intervals.splitlines()[: len(NAMES)])
    for place, name in enumerate(NAMES):
        bare = lines[f"    {name}"].strip() == "not determined"
        assert bare != best.determined[place]
    assert about(told, "interval of t ").startswith(
        "The 95 % interval of t is open below (down to 0)"
    )
    # K_in exp(-offset / kT) is known to 1 mV / sqrt(7), and the offset lies within 10 mV.
    at_edge = np.log(profile.upper_95[3] / 140.0) * KT + 1.0
    np.testing.assert_allclose(at_edge, 10.0 + 1.959964 / np.sqrt(7.0), rtol=1e-5)
