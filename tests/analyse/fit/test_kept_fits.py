"""Laws of a kept fit: what takes a sweep says what it is, and another fit does not replace it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import leakscape as ls
from leakscape import store as stores
from leakscape.analyse.fit.on_disk import refuse_other, save
from leakscape.errors import DeclarationError, OtherStudyError, StoreError


@pytest.fixture
def kept(tmp_path):
    made = xr.DataTree.from_dict({"/best": xr.Dataset({"chi2": 1.0})})
    made.attrs = {"fit": "{}", "name": "f", "method": "lm", "table_digest": "one"}
    save(tmp_path / "f.zarr", made)
    return tmp_path / "f.zarr"


@pytest.mark.parametrize("look", [stores.state, stores.verify, stores.repair, stores.open])
def test_what_takes_a_sweep_says_that_it_is_a_fit(kept, look):
    with pytest.raises(StoreError, match=r"is the result of a fit.*leakscape plot .* draws it"):
        look(kept)


def test_another_fit_or_another_table_does_not_replace_it(kept):
    refuse_other(kept, "{}", "one")
    with pytest.raises(OtherStudyError, match=r"holds a fit of another table; choose another"):
        refuse_other(kept, "{}", "two")
    with pytest.raises(OtherStudyError, match=r"holds another fit \(f\); choose another --store"):
        refuse_other(kept, '{"name": "g"}', "one")


def test_what_takes_a_study_says_that_it_is_a_fit():
    for take in (ls.load, ls.plan):
        with pytest.raises(
            DeclarationError, match=r"is a fit, no study; leakscape fit .* takes it"
        ):
            take("fit_kir_iv")
    told = ls.show("fit_kir_iv")
    assert told.kind == "fit"
    assert list(told.parameters.index) == ["g_Kir", "k_Kir", "g_leak", "E_leak"]


def test_the_likeliest_point_of_a_hierarchy_is_not_looked_for():
    frame = pd.DataFrame({"K_out [mM]": [2.5, 5.0], "V [mV]": [-80.0, -70.0], "cell": ["a", "b"]})
    free = {"K_in": {"lognormal": ["m", "s"], "unit": "mM", "per": "cell"}}
    free |= {"m": {"uniform": [80, 200], "unit": "mM"}, "s": {"uniform": [0.01, 1]}}
    fit = ls.Fit(
        name="cells",
        kernel="ghk_voltage",
        data={"conditions": ["K_out"], "outputs": {"V": {"output": "V_rest", "sd": "1 mV"}}},
        free=free,
    )
    with pytest.raises(DeclarationError, match=r"hierarchy is degenerate.*use --method nuts"):
        ls.fit(fit, frame, method="lm", progress=False)


def test_a_curve_follows_conditions_that_move_along():
    from leakscape.analyse.fit.curves import _following

    over, grid = np.array([1.0, 2.0, 2.0, 4.0]), np.array([1.0, 3.0])
    np.testing.assert_allclose(_following(over, 10.0 - over, grid), [9.0, 7.0])
    np.testing.assert_allclose(_following(over, np.array([5.0, 6.0, 7.0, 8.0]), grid), [6.5, 6.5])
