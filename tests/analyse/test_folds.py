"""Where a count changes: between the right neighbours, and narrowed down by evaluating there."""

from __future__ import annotations

import jax.numpy as jnp
import pytest

import leakscape as ls
from leakscape.analyse.folds import find_folds
from leakscape.sweep import Sweep

LOW, HIGH = 0.31416, 0.7135


def kernel(*, x, c):
    """Three equilibria between LOW and HIGH + c, one elsewhere, none where x is small."""
    return {
        "n": jnp.where((x > LOW) & (x < HIGH + c), 3, 1).astype(jnp.int8),
        "flag": (x > 0.5).astype(jnp.int8),
        "V": x,
        "status": jnp.where(x < 0.15, 12, 1),
    }


kernel.parameters = {"x": {"unit": "mS/cm2"}, "c": {"unit": "1", "default": 0.0}}
kernel.outputs = {"n": {"unit": "1"}, "flag": {"unit": "1"}, "V": {"unit": "1"}}


def study(ends=(0.0, 1.0), **fields):
    axes = {
        "x": {"linear": list(ends), "size": 11, "unit": "mS/cm2"},
        "c": {"values": [0.0, 0.1], "unit": "1"},
    }
    given = {"name": "counts", "kernel": kernel, "axes": axes, "outputs": ["n", "flag", "V"]}
    return ls.Study(**given | fields)


@pytest.mark.parametrize("ends", [(0.0, 1.0), (1.0, 0.0)])
def test_without_the_study_a_fold_lies_between_two_neighbours(ends):
    first, second = sorted(
        find_folds(Sweep.of(ls.evaluate(study(ends)))), key=lambda fold: fold.low
    )
    assert (first.axis, first.unit, first.before, first.after) == ("x", "mS/cm2", 1, 3)
    assert (second.before, second.after) == (3, 1)
    assert (first.low, first.high) == pytest.approx((0.3, 0.4))
    assert (second.low, second.high) == pytest.approx((0.8, 0.9))  # c is held in its middle, 0.1


@pytest.mark.parametrize("ends", [(0.0, 1.0), (1.0, 0.0)])
def test_with_the_study_a_fold_is_known_to_a_thirty_thousandth_of_a_step(ends):
    asked = study(ends, picture={"select": {"c": "0"}})
    first, second = sorted(
        find_folds(Sweep.of(ls.evaluate(asked)), asked), key=lambda fold: fold.low
    )
    for fold, true in ((first, LOW), (second, HIGH)):
        assert fold.low <= true <= fold.high
        assert fold.high - fold.low == pytest.approx(0.1 / 32**3, rel=1e-6)


def test_a_sweep_of_another_kernel_is_not_narrowed_with_this_one():
    kept, away = find_folds(Sweep.of(ls.evaluate(study())), study(kernel=shifted))
    assert kept.low <= LOW <= kept.high
    assert kept.high - kept.low < 1e-5
    assert (away.low, away.high) == pytest.approx((0.8, 0.9))


def shifted(*, x, c):
    return kernel(x=x, c=c) | {"n": jnp.where(x > LOW, 3, 1).astype(jnp.int8)}


shifted.parameters, shifted.outputs = kernel.parameters, kernel.outputs


def thrice(*, x, c):
    """From 1 to 3, back and up again between two neighbours of the grid."""
    inside = ((x > 0.31) & (x < 0.34)) | (x > 0.37 + 0.1 * c)
    return kernel(x=x, c=c) | {"n": jnp.where(inside, 3, 1).astype(jnp.int8)}


thrice.parameters, thrice.outputs = kernel.parameters, kernel.outputs


def test_three_changes_between_neighbours_are_not_told_as_one_place():
    asked = study(kernel=thrice)
    (fold,) = find_folds(Sweep.of(ls.evaluate(asked)), asked)
    assert (fold.before, fold.after) == (1, 3)
    assert (fold.low, fold.high) == pytest.approx((0.3, 0.4))


def test_what_is_left_out_is_no_count():
    kept = study(where=["x < 0.6 mS/cm2"])
    (fold,) = find_folds(Sweep.of(ls.evaluate(kept)), kept)
    assert (fold.before, fold.after) == (1, 3)


@pytest.mark.slow
def test_the_folds_of_an_inward_rectifier_are_found_to_six_digits():
    """g_leak = -dI_Kir/dV where V + I_Kir/g_leak = -20 mV, solved by mpmath at 5 mmol/L."""
    asked = ls.load("kir_bistability").with_(axes={"K_out": {"values": [5], "unit": "mmol/L"}})
    found = find_folds(Sweep.of(ls.evaluate(asked)), asked)
    true = (0.014588158574994, 0.049795837738013)
    assert [fold.low for fold in found] == pytest.approx(true, rel=1e-6)
    assert [fold.high for fold in found] == pytest.approx(true, rel=1e-6)
