"""Numbers are arguments: another one needs neither tracing nor compiling, in one process."""

from __future__ import annotations

import numpy as np
import pytest

import leakscape as ls
from leakscape.evaluation import executable as compiling
from leakscape.evaluation import tracing
from leakscape.evaluation.plan import make_plan
from leakscape_kernels.formulas.nernst import nernst
from leakscape_kernels.membrane.equilibrium import equilibrium
from leakscape_kernels.protocol import Kernel

PER_KELVIN = 1000 * 8.31446261815324 / 96485.33212331002
"""R/F [mV/K], from the exact constants of the SI."""


@pytest.fixture
def work(monkeypatch):
    """Count what is traced and what is compiled from here on."""
    done = []
    for module, name in ((tracing, "point_function"), (compiling, "compiled")):
        plain = getattr(module, name)

        def counted(*given, plain=plain, name=name, **named):
            done.append(name)
            return plain(*given, **named)

        monkeypatch.setattr(module, name, counted)
    tracing._kept.cache_clear()
    compiling._executable.cache_clear()
    compiling._computing.cache_clear()
    return done


def potassium(temperature, inside=140.0, out=(4.0, 16.0), **more):
    return ls.Study(
        name="numbers",
        kernel="nernst",
        fixed={"temperature": f"{temperature} degC", "inside": f"{inside} mmol/L"},
        axes={"outside": {"values": list(out), "unit": "mmol/L"}},
        precision="float64",
        **more,
    )


def test_another_number_is_neither_traced_nor_compiled_and_counts(work):
    cases = [(37.0, 140.0, (4.0, 16.0)), (20.0, 120.0, (4.0, 16.0)), (20.0, 120.0, (1.0, 8.0))]
    for temperature, inside, out in cases:
        found = ls.evaluate(potassium(temperature, inside, out)).E
        expected = PER_KELVIN * (temperature + 273.15) * np.log(np.array(out) / inside)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert work == ["point_function", "compiled"]


@pytest.mark.parametrize(
    "change",
    [{"derived": {"inside": "36 * outside"}}, {"outputs": ("E",), "name": "other", "size": 3}],
)
def test_another_structure_is_traced_anew(work, change):
    ls.evaluate(potassium(37.0))
    axis = {"values": [4.0, 16.0, 64.0][: change.pop("size", 2)], "unit": "mmol/L"}
    changed = {
        "name": "numbers",
        "kernel": "nernst",
        "fixed": {"temperature": "37 degC"} | ({} if "derived" in change else {"inside": "140 mM"}),
        "axes": {"outside": axis},
        "precision": "float64",
    }
    found = ls.evaluate(ls.Study(**(changed | change))).E
    inside = 36 * found.outside if "derived" in change else 140.0
    expected = PER_KELVIN * 310.15 * np.log(found.outside / inside)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    # More points are the same code, compiled for another shape.
    assert work.count("point_function") == (2 if "derived" in change else 1)
    assert work.count("compiled") == 2


def test_what_follows_from_constants_alone_is_computed_in_double_precision():
    # In float32 the sum is another number than the rounded sum.
    assert np.float32(100.1) + np.float32(0.2) != np.float32(100.1 + 0.2)
    study = ls.Study(
        name="numbers",
        kernel="nernst",
        fixed={"valence": 1},
        derived={"inside": "valence * 100.1 mmol/L + valence * 0.2 mmol/L"},
        axes={"outside": {"values": [4, 5], "unit": "mmol/L"}},
    )
    assert make_plan(study).space.settled["inside"] == 100.1 + 0.2


def test_the_hash_of_the_code_is_that_of_every_number_and_the_fingerprint_is_not():
    one, other = (make_plan(potassium(temperature)) for temperature in (37.0, 20.0))
    assert one.kernel_code == other.kernel_code
    assert one.fingerprint != other.fingerprint


CELL = {
    "ions": {"K": {"valence": 1, "inside": "140 mmol/L", "outside": "5 mmol/L"}},
    "mechanisms": {
        "Kir": {"type": "kir", "ion": "K", "g": "1 mS/cm2", "V_shift": "0 mV", "k": "10 mV"},
        "leak": {"type": "ohmic_leak", "g": "0.02 mS/cm2", "E": "-10 mV"},
    },
}


def changed(**mechanisms):
    return CELL | {
        "mechanisms": {n: t | mechanisms.get(n, {}) for n, t in CELL["mechanisms"].items()}
    }


def test_a_kernel_of_other_numbers_has_the_same_structure_and_one_of_other_laws_has_not():
    own = equilibrium(membrane=CELL).structure
    assert own is not None
    assert equilibrium(membrane=changed(Kir={"g": "2 mS/cm2"})).structure == own
    others = [
        equilibrium(membrane=changed(Kir={"form": "boltzmann", "K_ref": "5 mmol/L"})),
        equilibrium(membrane=changed(leak={"q10": {"Q10": 2, "T_ref": "25 degC"}})),
        equilibrium(membrane=CELL | {"ions": {"K": CELL["ions"]["K"] | {"valence": 2}}}),
        equilibrium(membrane=CELL, rest="highest"),
        equilibrium(membrane=CELL, cells=32),
        equilibrium(membrane=CELL, bracket=["-100 mV", "100 mV"]),
        nernst,
    ]
    assert len({own, *(other.structure for other in others)}) == 1 + len(others)


def test_a_kernel_that_holds_an_unknown_object_has_no_structure():
    held = object()

    def evaluate(values):
        return {"E": values["valence"], "held": held}

    bare = Kernel(
        name="bare", parameters=nernst.parameters, outputs=nernst.outputs, evaluate=evaluate
    )
    assert bare.structure is None
