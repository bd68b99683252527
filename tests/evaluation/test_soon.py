"""Small studies are compiled quickly, large ones for speed; the numbers are the same."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import leakscape as ls
from leakscape.evaluation import plan
from leakscape.evaluation.compiling import SOON

STUDY = {
    "name": "soon",
    "kernel": "ghk_voltage",
    "axes": {
        "P_Na_over_P_K": {"log": [0.01, 1.0], "size": 40, "unit": "1"},
        "temperature": {"linear": [5.0, 40.0], "size": 25, "unit": "degC"},
    },
}


def found(monkeypatch, most, precision):
    """Evaluate with another border between small and large; return V_rest and the options."""
    asked = []

    plain = jax.stages.Lowered.compile

    def watched(lowered, options):
        asked.append(options)
        return plain(lowered, options)

    monkeypatch.setattr(plan, "SOON_VALUES", most)
    monkeypatch.setattr(jax.stages.Lowered, "compile", watched)
    return ls.evaluate(ls.Study(**STUDY, precision=precision)).V_rest, asked


@pytest.mark.parametrize(("precision", "rtol"), [("float32", 1e-6), ("float64", 1e-14)])
def test_a_small_study_is_compiled_quickly_and_gives_the_same_numbers(monkeypatch, precision, rtol):
    quick, options = found(monkeypatch, 1000, precision)
    assert options[0] == SOON
    fast, options = found(monkeypatch, 999, precision)
    assert options[0] is None
    np.testing.assert_allclose(quick, fast, rtol=rtol)
