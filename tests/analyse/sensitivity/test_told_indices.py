"""What an analysis says in words: bounds that tell nothing, pairs, and steps."""

from __future__ import annotations

import math
import re

import jax.numpy as jnp
import pytest
from published import between, ishigami, kernel, study

import leakscape as ls
from leakscape.analyse.sensitivity.wording import card
from leakscape.card import text_of

NAMES = ("a", "b", "c")


def said(found) -> str:
    return " ".join(text_of(card(found)).split())


def test_a_bound_above_all_of_the_variance_tells_nothing():
    # Over [0, 1] the bound is the mean squared slope, by pi^2 times the variance: above 1 of b.
    wavy = kernel(NAMES, lambda a, b, c: a + 0.3 * c + jnp.sin(9.0 * b))
    told = said(ls.sensitivity(study(wavy, between(NAMES, 0, 1), size=64), "dgsm", scrambles=2))
    mean, square = (1.0 - math.cos(9.0)) / 9.0, 0.5 - math.sin(18.0) / 36.0
    bound = 100.0 / math.pi**2 / (1.09 / 12.0 + square - mean**2)
    share = re.search(r"given, a can account for ([\d.]+) % of the variance of y at most", told)
    assert float(share[1]) == pytest.approx(bound, rel=0.03)
    assert "% of the variance of y at most; the bound of b is above 100 %, which tells" in told
    waves = ls.sensitivity(ishigami(size=64), "dgsm", scrambles=2)
    all_above = said(waves)
    assert "The bound of x1, x2 and x3 is above 100 % of the variance of y, which" in all_above
    assert "at most." not in all_above
    row = next(row for row in text_of(card(waves)).splitlines() if row.startswith("x2 "))
    assert " 1 " not in row  # a unit of 1 is not written


def test_pairs_whose_interval_excludes_0_are_listed():
    found = ls.sensitivity(ishigami(size=64), second_order=True, scrambles=8)
    told = said(found)
    # Of the three pairs only x1 with x3 acts together.
    assert f"x1 with x3 {float(found.y_S2.sel(parameter='x1', other_parameter='x3')):.4f}" in told
    assert "x1 with x2" not in told
    added = kernel(("a", "b"), lambda a, b: a + b)
    plain = study(added, between(("a", "b"), 0, 1), size=64)
    told = said(ls.sensitivity(plain, second_order=True, scrambles=2))
    assert "The interval of S2 includes 0 for every pair." in told
    assert "only together" not in said(ls.sensitivity(plain, scrambles=2))


def test_effects_are_said_to_be_of_steps():
    told = said(ls.sensitivity(ishigami(size=64), "morris", scrambles=2))
    assert "x2 moves y most: by 7.875 on average" in told
    assert "over steps of two thirds of its distribution, scaled to the whole." in told
