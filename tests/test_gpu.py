"""On an accelerator: the numbers of the CPU, and a store that reads back the same."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import leakscape as ls

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize(
    ("precision", "within"), [("float32", 1e-3), ("float64", 1e-9)], ids=["float32", "float64"]
)
def test_an_accelerator_gives_the_voltages_of_the_cpu(precision, within):
    study = ls.load("potassium_titration", [f"precision={precision}"])
    here = ls.evaluate(study)
    with jax.default_device(jax.devices("cpu")[0]):
        cpu = ls.evaluate(study)
    np.testing.assert_allclose(here.V_rest, cpu.V_rest, rtol=0, atol=within)
    np.testing.assert_array_equal(here.status, cpu.status)


def test_a_run_on_an_accelerator_is_what_evaluate_gives(tmp_path):
    study = ls.load("resting_landscape", ["axes.blocked_K.size=11"])
    stored = ls.run(study, tmp_path / "x.zarr").load()
    np.testing.assert_allclose(stored.V_rest, ls.evaluate(study).V_rest, rtol=0, atol=1e-4)
    assert set(np.unique(stored.status)) == {1}
