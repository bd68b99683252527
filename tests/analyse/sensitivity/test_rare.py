"""Outcomes that say nothing: conditions met too rarely, and groups that a method does not take."""

from __future__ import annotations

import re

import jax.numpy as jnp
import numpy as np
import pytest
from published import between, kernel, study

import leakscape as ls
from leakscape.analyse.sensitivity.wording import card
from leakscape.card import text_of

SUM = kernel(("a", "b"), lambda a, b: a + b)
UNIT = between(("a", "b"), 0, 1)
FEW = re.compile(r"y > 1\.9 holds at (\d+) of 2 048 points: too few to say what decides it; give")


def test_a_condition_that_holds_at_few_points_has_no_indices_until_there_are_enough():
    made = study(SUM, UNIT, size=64)
    few = ls.sensitivity(made, output=["y > 1.9", "y > 1"])
    # 64 base points, two halves each, of 16 scrambles; the share that holds is 0.1^2 / 2.
    hits = int(FEW.search(few.attrs["remark"])[1])
    assert hits == round(float(few.y_above_1p9_mean) * 2048)
    assert 1 <= hits < 30
    for name in ("S1", "S1_error", "ST", "ST_error"):
        assert few[f"y_above_1p9_{name}"].isnull().all()
        assert few[f"y_above_1_{name}"].notnull().all()
    said = text_of(card(few))
    assert "whether y > 1.9" not in said
    assert "whether y > 1 " in " ".join(said.split())

    enough = ls.sensitivity(made, output="y > 1.9", until=0.5, most=200_000)
    assert enough.attrs["base_points"] > 64
    assert "remark" not in enough.attrs
    p = 0.1**2 / 2.0
    alone = (0.1**3 / 3.0 - p**2) / (p * (1.0 - p))  # E[y > 1.9 | a] = max(a - 0.9, 0)
    away = abs(enough.y_above_1p9_S1 - alone)
    assert (away < 2.0 * enough.y_above_1p9_S1_error).all()
    assert (enough.y_above_1p9_S1_error > 0.0).all()
    assert int(enough.n_points) / 4 * 2 * float(enough.y_above_1p9_mean) >= 100


def test_a_rare_outcome_is_named_with_its_place_and_others_keep_their_indices():
    axes = {"t": {"values": [0.5, 0.0], "unit": "1"}}
    moved = kernel(("a", "b", "t"), lambda a, b, t: jnp.where(t > 0.2, a + b, 0.5 * (a + b)))
    found = ls.sensitivity(study(moved, UNIT, size=64, axes=axes), output="y < 0.8")
    assert found.y_below_0p8_ST.notnull().all()
    found = ls.sensitivity(study(moved, UNIT, size=64, axes=axes), output="y < 0.95")
    np.testing.assert_array_equal(found.y_below_0p95_ST.isnull().any("parameter"), [False, True])
    assert re.search(r"fails at \d+ of 2 048 points at t = 0: too few", found.attrs["remark"])


def test_a_condition_that_is_never_met_is_refused_after_the_last_doubling():
    made = study(SUM, UNIT, size=64)
    with pytest.raises(ls.DeclarationError, match=r"holds at none of the 2 048 points.*give more"):
        ls.sensitivity(made, output="y > 3")
    with pytest.raises(ls.DeclarationError, match=r"y < 3 holds at all of the 4 096 points"):
        ls.sensitivity(made, output="y < 3", until=0.2, most=8192)


def test_conditions_that_are_met_too_rarely_are_refused_as_such():
    thin = study(SUM, UNIT, size=64, where=["a + b > 1.99"])
    with pytest.raises(ls.DeclarationError, match=r"\[where\], which are met too rarely"):
        ls.sensitivity(thin, "shapley")


@pytest.mark.parametrize("method", ["morris", "dgsm"])
def test_a_method_without_groups_says_so(method):
    made = study(SUM, UNIT, size=16, sensitivity={"groups": {"both": ["a"]}})
    found = ls.sensitivity(made, method, scrambles=2)
    assert f"{method} takes each parameter alone; sobol and shapley take groups" in found.remark
    assert found.remark in " ".join(text_of(card(found)).split())
