"""SALib and Leakscape mean the same problem, and find the same indices."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from published import ishigami, ishigami_value, kernel, study

import leakscape as ls

LAWS = {
    "a": {"uniform": [-1, 2]},
    "b": {"loguniform": [0.1, 10]},
    "c": {"normal": [3, 0.5]},
    "d": {"truncated_normal": [0, 1, -0.5, 2]},
    "e": {"lognormal": [2, 0.3]},
}


def every_law(**fields) -> ls.Study:
    return study(kernel(tuple(LAWS), lambda *xs: sum(xs)), LAWS, **fields)


def test_a_population_becomes_a_problem_and_comes_back():
    one = every_law(sensitivity={"groups": {"both": ["a", "c"]}})
    problem = ls.to_salib(one)
    assert problem["num_vars"] == 5
    assert problem["names"] == ["a", "b", "c", "d", "e"]
    assert problem["dists"] == ["unif", "logunif", "norm", "truncnorm", "lognorm"]
    assert problem["bounds"][3] == [-0.5, 2.0, 0.0, 1.0]
    assert problem["bounds"][4] == pytest.approx([np.log(2), 0.3])
    assert problem["groups"] == ["both", "b", "both", "d", "e"]
    back = ls.from_salib(problem, units={"a": "mV"}, size=1024, seed=1)
    for name, law in LAWS.items():
        kind, numbers = next(iter(law.items()))
        assert back.parameters[name].name == kind
        assert back.parameters[name].numbers == pytest.approx(numbers, rel=1e-14)
        assert back.parameters[name].unit == ("mV" if name == "a" else "1")
    assert (back.size, back.seed) == (1024, 1)


def test_what_has_no_equal_is_refused():
    choice = study(kernel(("a", "b"), lambda a, b: a + b), {"a": {"choice": [1, 2]}, **_b()})
    with pytest.raises(ls.DeclarationError, match=r"a is a choice, which SALib does not know"):
        ls.to_salib(choice)
    with pytest.raises(ls.DeclarationError, match=r"has a correlation, which SALib's problems"):
        ls.to_salib(every_law().with_(population={"correlation": {"a, b": 0.5}}))
    with pytest.raises(ls.DeclarationError, match=r"has no population with distributions"):
        ls.to_salib("two_leak_balance")
    with pytest.raises(ls.DeclarationError, match=r"expected a problem with names and bounds"):
        ls.from_salib({"names": ["a"]})
    with pytest.raises(ls.DeclarationError, match=r"a is a 'triang', which has no equal here"):
        ls.from_salib({"names": ["a"], "bounds": [[0, 1, 0.5]], "dists": ["triang"]})


def test_conditions_are_nothing_that_salib_knows():
    with pytest.raises(
        ls.DeclarationError, match=r"the conditions of published .*remove \[where\]"
    ):
        ls.to_salib(ishigami(where=["x1 > 0"]))


def _b():
    return {"b": {"uniform": [0, 1]}}


@pytest.mark.slow
def test_salib_draws_what_its_problem_says_as_leakscape_does():
    scaled = pytest.importorskip("SALib.util")
    problem = ls.to_salib(every_law())
    shares = (np.arange(64) + 0.5)[:, None].repeat(5, axis=1) / 64
    theirs = scaled._nonuniform_scale_samples(shares, problem["bounds"], problem["dists"])
    import scipy.special

    for place, (name, entry) in enumerate(every_law().population.parameters.items()):
        ours = entry.quantile(shares[:, place], np, scipy.special)
        np.testing.assert_allclose(theirs[:, place], ours, rtol=1e-9, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("pairs", [False, True])
def test_the_same_study_has_the_same_indices_under_salib(pairs):
    pytest.importorskip("SALib")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of SALib and what it loads
        from SALib.analyze import sobol as analyze
        from SALib.sample import sobol as sample

        one = ishigami(size=2048)
        problem = ls.to_salib(one)
        x = sample.sample(problem, 2**13, calc_second_order=pairs, seed=3)
        theirs = analyze.analyze(
            problem, ishigami_value(*x.T, xp=np), calc_second_order=pairs, seed=3
        )
    ours = ls.sensitivity(one, second_order=pairs)
    for name in ("S1", "ST"):
        both = theirs[f"{name}_conf"] + ours[f"y_{name}_error"]
        assert (np.abs(theirs[name] - ours[f"y_{name}"]) <= both).all()
    if pairs:
        upper = np.triu_indices(3, 1)
        away = np.abs(theirs["S2"] - ours.y_S2.values)[upper]
        assert (away <= (theirs["S2_conf"] + ours.y_S2_error.values)[upper]).all()
