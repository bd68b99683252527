"""A membrane that the solutions of a cell cannot follow is refused in one sentence."""

import pytest
from any_cell import IONS, USUAL, membrane

from leakscape_kernels.dynamics.rest import pump_leak_rest
from leakscape_kernels.dynamics.run_down import pump_leak
from leakscape_kernels.membrane.membrane import Membrane


def without(*names, **more):
    return {name: row for name, row in USUAL.items() if name not in names} | more


def ions(**more):
    return {**IONS, **more}


CA = {"valence": 2, "inside": "1e-4 mmol/L", "outside": "2 mmol/L"}
FIXED = {"type": "ohmic_leak", "g": "1 mS/cm2", "E": "-60 mV"}
CURRENT = {"type": "constant_current", "I_const": "1 uA/cm2"}
PROTONS = {"type": "proton_pump", "I_max": "1 uA/cm2"}
TWO = {"valence": 2, "outside": "110 mmol/L"}
LACKING = {name: row for name, row in IONS.items() if name != "Cl"}


@pytest.mark.parametrize(
    ("table", "text"),
    [
        (
            {"ions": IONS, "mechanisms": USUAL | {"rest": FIXED}},
            "membrane mechanism rest: nothing tells which ions carry its current; give it an ion",
        ),
        (
            {"ions": IONS, "mechanisms": USUAL | {"clamp": CURRENT}},
            "membrane mechanism clamp: nothing tells which ions carry its current",
        ),
        (
            {"ions": IONS, "mechanisms": USUAL | {"H": PROTONS}},
            "membrane mechanism H: only Na, K and Cl inside can follow, and it carries H",
        ),
        (
            {"ions": ions(Ca=CA), "mechanisms": USUAL},
            "only Na, K and Cl inside can follow, got the ion Ca; leave it out",
        ),
        (
            {"ions": LACKING, "mechanisms": without("Cl")},
            "needs the ions Na, K and Cl, got no Cl; add Cl",
        ),
        (
            {"ions": ions(Cl=TWO), "mechanisms": USUAL},
            "membrane ion Cl: valence must be -1, got 2; change it",
        ),
        (
            {"ions": IONS, "mechanisms": without("pump")},
            "the membrane has no pump; add a sodium_potassium_pump, or use the kernel donnan",
        ),
        (
            {"ions": IONS, "mechanisms": without("Cl")},
            "no channel of the membrane carries Cl; add one",
        ),
        (
            {"ions": IONS, "mechanisms": USUAL, "I_app": "1 uA/cm2"},
            "the solutions of a cell cannot follow the membrane's I_app; leave it out",
        ),
        ("textbook_neuron", "the membrane has no pump"),
    ],
)
def test_a_membrane_that_no_solution_can_follow_is_one_sentence(table, text):
    for kernel in (pump_leak_rest, pump_leak):
        with pytest.raises(ValueError, match=rf"^{kernel.name}: ") as error:
            kernel(membrane=table)
        assert text in str(error.value)


@pytest.mark.parametrize(("option", "value"), [("leaks", "conductance"), ("law", "hill")])
def test_a_membrane_beside_leaks_or_a_law_is_one_sentence(option, value):
    with pytest.raises(ValueError, match=f"give membrane or {option}, not both"):
        pump_leak_rest(membrane=membrane(), **{option: value})


def test_a_cotransporter_needs_its_ions():
    with pytest.raises(ValueError, match="membrane mechanism NKCC1: needs the ion Cl; add it"):
        Membrane(ions=LACKING, mechanisms=without("Cl", NKCC1={"type": "nkcc1"}))
