"""An axis is called what its kernel calls the output, a reversal potential never a resting one."""

from __future__ import annotations

import pytest

import leakscape as ls
from leakscape.picture import Wish, figure_of


@pytest.mark.parametrize(
    ("kernel", "output", "label"),
    [
        ("nernst", "E", "Reversal potential"),
        ("chord_conductance", "V_rest", "Resting potential"),
    ],
)
def test_a_potential_is_called_by_what_it_is_with_its_unit(kernel, output, label):
    axis = "temperature" if kernel == "nernst" else "E_K"
    values = {"values": [5.0, 20.0, 35.0], "unit": "degC" if kernel == "nernst" else "mV"}
    axes = {axis: values}
    fixed = {"inside": "140 mmol/L", "outside": "5 mmol/L", "valence": 1}
    fixed = fixed if kernel == "nernst" else {}
    study = ls.Study(name="s", kernel=kernel, axes=axes, fixed=fixed, outputs=[output])
    figure, _ = figure_of([("s", ls.evaluate(study))], Wish())
    said = figure.axes[0].get_ylabel()
    assert said.startswith(label)
    assert said.endswith(" (mV)")
    assert ("esting" in said) is (output == "V_rest")
