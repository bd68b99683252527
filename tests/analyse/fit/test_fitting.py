"""Laws of whole fits: published numbers come back, ridges are said, and results read well."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import leakscape as ls
from leakscape.analyse.fit.told import card
from leakscape.errors import DeclarationError

R, F = 8.31446261815324, 96485.33212331001
HODGKIN_HOROWICZ_KELVIN = 58.0 / (1e3 * R * np.log(10.0) / F)
"""Temperature at which a decade is 58 mV [K]."""


def goldman(free, frame, *, fixed=(), per=(), **more):
    """A fit of V to K_out and whatever else the frame has, without chloride."""
    conditions = [name.partition(" ")[0] for name in frame if name[0] not in "VE" and "[" in name]
    return ls.Fit(
        name="goldman",
        kernel="ghk_voltage",
        fixed={"P_Cl": "0 cm/s", "Na_in": "0 mmol/L"} | dict(fixed),
        data={"conditions": conditions, "outputs": {"V": {"output": "V_rest", "sd": "2 mV"}}},
        free=free,
        **more,
    )


@pytest.mark.slow
def test_frog_muscle_gives_back_its_sodium_permeability_from_one_potential():
    # K 124 in, 2.2 out, Na 4 in, 109 out, 26 degC, -91 mV, chloride passive.
    fixed = {"K_in": "124 mmol/L", "Na_in": "4 mmol/L", "temperature": "26 degC"}
    frame = pd.DataFrame({"K_out [mM]": [2.2], "Na_out [mM]": [109.0], "V [mV]": [-91.0]})
    free = {"P_Na_over_P_K": {"loguniform": [1e-3, 1]}}
    found = ls.fit(goldman(free, frame, fixed=fixed), frame, method="lm", progress=False)
    np.testing.assert_allclose(float(found["best/P_Na_over_P_K"]), 0.0132, atol=5e-5)
    assert float(found["best/chi2"]) < 1e-12


@pytest.fixture(scope="module")
def horowicz():
    """58 log10[(K + 0.01 Na)/140], the published formula as data without noise."""
    K = np.array([0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 50.0, 100.0])
    V = 58.0 * np.log10((K + 0.01 * (120.0 - K)) / 140.0)
    np.testing.assert_allclose(V[2], -91.6905002, atol=1e-7)
    frame = pd.DataFrame({"K_out [mM]": K, "Na_out [mM]": 120.0 - K, "V [mV]": V})
    fixed = {"temperature": f"{HODGKIN_HOROWICZ_KELVIN - 273.15} degC"}
    free = {"P_Na_over_P_K": {"loguniform": [1e-4, 1]}}
    free |= {"K_in": {"uniform": [80, 220], "unit": "mmol/L"}}
    return ls.fit(goldman(free, frame, fixed=fixed), frame, progress=False, seed=3)


def test_hodgkin_and_horowicz_formula_gives_back_its_constants(horowicz):
    np.testing.assert_allclose(float(horowicz["best/P_Na_over_P_K"]), 0.01, rtol=1e-6)
    np.testing.assert_allclose(float(horowicz["best/K_in"]), 140.0, rtol=1e-6)


def test_posterior_and_profiles_agree_on_a_well_posed_problem(horowicz):
    best = horowicz["best"].to_dataset()
    for place, name in enumerate(best["parameter"].values):
        draws = horowicz["posterior"][str(name)].values
        for level, quantiles in (("68", (0.16, 0.84)), ("95", (0.025, 0.975))):
            low, high = np.quantile(draws, quantiles)
            width = float(best[f"upper_{level}"][place] - best[f"lower_{level}"][place])
            assert abs(low - float(best[f"lower_{level}"][place])) < 0.15 * width
            assert abs(high - float(best[f"upper_{level}"][place])) < 0.15 * width


def test_a_result_has_every_group_with_units(horowicz):
    groups = {"posterior", "prior", "posterior_predictive", "observed_data", "log_likelihood"}
    groups |= {"sample_stats", "best", "scan", "curves"}
    assert set(horowicz.children) >= groups
    for node in horowicz.subtree:
        for variable in node.data_vars.values():
            assert "units" in variable.attrs, (node.path, variable.name)
            assert "long_name" in variable.attrs, (node.path, variable.name)
    assert horowicz["posterior/K_in"].attrs["units"] == "mmol/L"


def test_predictions_follow_the_formula_and_new_recordings_scatter_more(horowicz):
    at = {"K_out": [3.0, 30.0], "Na_out": [117.0, 90.0]}
    band = ls.predict(horowicz, at)
    want = 58.0 * np.log10((np.array(at["K_out"]) + 0.01 * np.array(at["Na_out"])) / 140.0)
    np.testing.assert_allclose(band["V"], want, rtol=1e-6)
    again = ls.predict(horowicz, at, noise=True)
    narrow = band["V_upper_95"] - band["V_lower_95"]
    wide = again["V_upper_95"] - again["V_lower_95"]
    assert (wide > narrow).all()
    np.testing.assert_allclose(np.sqrt(wide**2 - narrow**2), 2 * 1.96 * 2.0, rtol=0.15)
    assert (band["V_lower_95"] < band["V_lower_68"]).all()


def test_a_prediction_takes_frames_and_refuses_what_the_fit_does_not_know(horowicz):
    frame = pd.DataFrame({"K_out [M]": [0.003], "Na_out [mM]": [117.0]})
    np.testing.assert_allclose(ls.predict(horowicz, frame)["K_out"], 3.0)
    for wrong, sentence in (
        ({"K_o": [3]}, "no condition or group 'K_o'; did you mean K_out"),
        ({"K_out": [1, 2], "Na_out": [1, 2, 3]}, "conditions differ in length"),
        ({"K_out": ["much"]}, "K_out needs numbers in"),
        ([3], "expected conditions by name"),
    ):
        with pytest.raises(DeclarationError, match=sentence):
            ls.predict(horowicz, wrong)


def test_the_card_tells_values_intervals_and_misfit(horowicz):
    (table, words) = card(horowicz).sections
    rows = {row[0]: row for row in table.table.rows}
    assert rows["K_in"][1] == "140"
    assert rows["K_in"][-1] == "mmol/L"
    assert "ln evidence" in " ".join(words.texts)


def test_a_kept_result_predicts_and_is_told_alike(horowicz, tmp_path):
    from leakscape.analyse.fit.on_disk import opened, save

    save(tmp_path / "f.zarr", horowicz)
    held = opened(tmp_path / "f.zarr")
    assert card(held) == card(horowicz)
    at = {"K_out": [3.0], "Na_out": [117.0]}
    xr.testing.assert_equal(ls.predict(held, at), ls.predict(horowicz, at))


@pytest.mark.slow
def test_of_permeabilities_only_ratios_are_determined_and_no_interval_is_invented():
    K = np.array([2.5, 5.0, 10.0, 20.0, 40.0])
    frame = pd.DataFrame({"K_out [mM]": K, "V [mV]": [-80.0, -70.0, -56.0, -42.0, -27.0]})
    free = {n: {"loguniform": [1e-9, 1e-4], "unit": "cm/s"} for n in ("P_K", "P_Na")}
    found = ls.fit(goldman(free, frame), frame, method="lm", progress=False)
    remarks = " ".join(json.loads(found.attrs["remarks"]))
    assert "ratio" in remarks
    assert np.isinf(found["best/error"]).all()
    (table, _) = card(found).sections
    assert {row[2] for row in table.table.rows} == {"not determined"}


def test_what_changes_nothing_that_was_recorded_is_refused():
    frame = pd.DataFrame({"K_out [mM]": [2.5, 5.0], "V [mV]": [-80.0, -70.0]})
    free = {"P_Na_over_P_K": {"loguniform": [1e-3, 1]}}
    free |= {"Cl_in": {"uniform": [4, 30], "unit": "mmol/L"}}
    with pytest.raises(DeclarationError, match=r"free\.Cl_in: changes nothing that was recorded"):
        ls.fit(goldman(free, frame), frame, method="lm", progress=False)


BAD = {
    "method": ({"method": "mcmc"}, "as method"),
    "most": ({"most": 0}, "most must be above 0"),
    "until": ({"until": -1}, "until must be above 0"),
    "seed": ({"seed": -1}, "seed must be a whole number"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_in_what_is_asked_is_one_sentence(case):
    options, sentence = BAD[case]
    with pytest.raises(DeclarationError, match=sentence):
        ls.fit("fit_root_potassium", progress=False, **options)


def test_something_else_is_no_fit():
    with pytest.raises(DeclarationError, match="expected a fit, its name or the path"):
        ls.fit(3)
    with pytest.raises(DeclarationError, match="expected the result of a fit"):
        ls.predict(xr.DataTree(), {})
