"""What is near a fold: a number of millivolts, by the shape of the current at its zero."""

import numpy as np
import pytest

from leakscape_kernels.membrane.equilibrium import equilibrium

pytestmark = pytest.mark.usefixtures("double")

LIST = ("V_rest", "V_saddle", "V_equilibrium", "near_fold", "status")


def rectifier(V, E):
    return (V - E) / (1 + np.exp((V - E) / 10))


def fold_cell(distance):
    """A membrane whose current has a parabola's extremum this far above its stable zero [mV].

    On the descending limb of a rectifier a leak makes the slope what is asked for.
    """
    V, h = -72.0, 1e-4
    i = [rectifier(np.float64(V + d), -90.0) for d in (-h, 0.0, h)]
    slope, bend = (i[2] - i[0]) / (2 * h), (i[2] - 2 * i[1] + i[0]) / h**2
    g = -slope + abs(bend) * distance
    return g, V + i[1] / g


FOLDING = equilibrium(
    membrane={
        "mechanisms": {
            "Kir": {
                "type": "kir",
                "E": "-90 mV",
                "g": "1 mS/cm2",
                "V_half": "-90 mV",
                "k": "10 mV",
            },
            "leak": {"type": "ohmic_leak"},
        }
    },
    rest="nearest",
    near="-72 mV",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("distance", "near"),
    # Above the extremum, where the zero is unstable, its twin below lies about as far from it.
    [(0.95, 1), (1.05, 0), (0.2, 1), (3.0, 0), (-0.8, 1), (-3.0, 0)],
)
def test_near_a_fold_is_within_1_mV_of_the_extremum_on_both_sides(evaluate, distance, near):
    g, E = fold_cell(distance)
    found = evaluate(FOLDING, LIST, g_leak=g, E_leak=E)
    assert np.nanmin(np.abs(found["V_equilibrium"] + 72)) < 1e-6
    assert found["near_fold"] == near
    if distance > 0:  # the rest itself is the one
        assert found["V_rest"] == pytest.approx(-72, abs=1e-6)
        assert found["status"] == (2 if near else 1)
