"""Wide and narrow priors, and a model that has no value everywhere: nothing is told that is not so.

One problem of unknowns that share nothing, so that each has a closed form of its own.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from toy_problems import Toy, Unknown

from leakscape.analyse.fit.identify import ridges
from leakscape.analyse.fit.least_squares import best_fit
from leakscape.analyse.fit.profiles import profiles

pytestmark = pytest.mark.slow  # compiling a problem takes seconds

KT = 25.0
K = np.array([1.0, 5.0, 20.0, 80.0])
NOISE = np.array([1.0, -1.0, 0.5, -0.5])
"""Of mean 0, so that the best is what was put in."""
END, GAP = 1.5, (1.2, 1.4)
"""The model has no value of a from `END` on, nor of b within `GAP`."""


def model(v):
    wide, narrow, a, b = v
    known = (a < END) & ((b < GAP[0]) | (b > GAP[1]))
    told = jnp.concatenate([KT * jnp.log(K / wide), narrow * jnp.asarray(K), jnp.stack([a, b])])
    return jnp.where(known, told, jnp.nan)


@pytest.fixture(scope="module")
def fitted():
    unknowns = [
        Unknown("wide", 0.0, 1e12, unit="mmol/L"),
        Unknown("narrow", 1.0, 1.0 + 1e-12),
        Unknown("a", -20.0, 20.0),
        Unknown("b", -20.0, 20.0),
    ]
    observed = np.concatenate([KT * np.log(K / 140.0) + NOISE, K, [0.0, 0.0]])
    problem = Toy(unknowns, model, observed)
    best = best_fit(problem, [[140.0, 1.0 + 5e-13, 0.1, 0.1], [1e10, 1.0 + 2e-13, -1.0, -1.0]])
    return problem, best, profiles(problem, best)


def test_a_wide_prior_has_no_edge_at_what_is_determined(fitted):
    _, best, profile = fitted
    np.testing.assert_allclose(best.values[0], 140.0, rtol=1e-7)
    assert best.at_bound[0] == 0
    assert best.determined[0]
    # Four recordings of 1 mV, and d ln wide = dV / kT.
    share = 0.5 / KT
    np.testing.assert_allclose(best.error[0], 140.0 * share, rtol=1e-7)
    np.testing.assert_allclose(profile.lower_68[0], 140.0 * np.exp(-share), rtol=1e-6)
    assert not [remark for remark in best.remarks if "edge" in remark]


def test_what_changes_less_than_errors_tell_is_not_said_to_change_nothing(fitted):
    problem, best, profile = fitted
    told = [sentence for sentence in ridges(problem, best, profile) if "narrow" in sentence]
    assert told[0] == "narrow changes no output by more than 1e-08 of its error within its prior."


def test_no_bound_is_told_where_the_model_has_no_value(fitted):
    problem, best, profile = fitted
    ends = [getattr(profile, f"{side}_{level}") for level in ("68", "95") for side in SIDES]
    # chi2 rises by a^2, to 2.25 before it ends.
    np.testing.assert_allclose([x[2] for x in ends], [-1.0, 1.0, -LAST, np.inf], rtol=1e-6)
    told = [sentence for sentence in ridges(problem, best, profile) if "of a" in sentence]
    assert len(told) == 1
    assert told[0].startswith("The 95 % interval of a is open above: its misfit is known up to 1.")
    assert told[0].endswith("beyond it the model was found to have no value.")


def test_a_gap_without_values_hides_no_bound(fitted):
    _, _, profile = fitted
    ends = [getattr(profile, f"{side}_{level}")[3] for level in ("68", "95") for side in SIDES]
    np.testing.assert_allclose(ends, [-1.0, 1.0, -LAST, LAST], rtol=1e-6)


SIDES = ("lower", "upper")
LAST = 1.959963984540054
