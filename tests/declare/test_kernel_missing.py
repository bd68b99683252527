"""An output of its kind that a kernel has not says why it has not."""

import tomllib

import pytest

from leakscape.declare.catalogue import from_tables
from leakscape.declare.resolve import resolve
from leakscape.errors import DeclarationError

STUDY = """
name = "still"
question = "Where does a membrane without moving gates resonate?"
axes.temperature = { values = [10, 20], unit = "degC" }
[kernel]
name = "equilibrium"
membrane = "textbook_neuron"
"""


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ('[outputs]\nkeep = ["resonance_frequency"]', "outputs.keep"),
        ('[outputs.units]\nresonance_frequency = "kHz"', "outputs.units"),
        ('[reduce]\nover = ["temperature"]\nresonance_frequency = ["mean"]', "reduce"),
    ],
)
def test_an_output_that_the_membrane_cannot_have_is_told_why(asked, where):
    message = (
        rf"^{where}: kernel equilibrium has no output 'resonance_frequency' here: nothing of the "
        r"membrane moves in time beside V; give a gate with rates or tau$"
    )
    with pytest.raises(DeclarationError, match=message):
        resolve(from_tables(tomllib.loads(STUDY + asked), "still"))
