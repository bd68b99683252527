"""Block and temperature laws on the channels of any kernel."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakscape_kernels.formulas.chord import chord_conductance
from leakscape_kernels.formulas.ghk import ghk_voltage
from leakscape_kernels.modifiers import hill_open, q10_factor

pytestmark = pytest.mark.usefixtures("double")

BARIUM = {"type": "hill", "blocker": "Ba", "IC50": "0.1 mmol/L", "hill": 1}
WARM = {"Q10": 7, "T_ref": "37 degC"}
FACTORIES = pytest.mark.parametrize("factory", [ghk_voltage, chord_conductance])
positive = st.floats(-6, 3).map(lambda x: 10.0**x)
power = st.floats(0.3, 5)
open_of = jax.jit(hill_open)


@given(positive, positive, power)
@settings(deadline=None)
def test_hill_block_follows_its_law(c, half, n):
    blocked = c**n / (c**n + half**n)
    assert 1 - float(open_of(c, half, n)) == pytest.approx(blocked, rel=1e-9, abs=1e-12)
    assert float(open_of(half, half, n)) == 0.5
    # Symmetric on a log scale: a dose as far below IC50 as another above leaves what that blocks.
    assert float(open_of(half**2 / c, half, n)) == pytest.approx(blocked, rel=1e-9, abs=1e-12)


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize("bits", [32, 64])
def test_hill_block_is_finite_with_its_gradients_at_any_dose(bits):
    with jax.enable_x64(bits == 64):
        doses = jnp.array([0.0, 1e-30, 1e-3, 0.1, 1e3, 1e30], float)
        value = jax.vmap(hill_open, (0, None, None))(doses, 0.1, 3.0)
        gradients = jax.vmap(jax.grad(hill_open, (0, 1, 2)), (0, None, None))(doses, 0.1, 3.0)
        first = jax.grad(hill_open, (0, 1, 2))(0.0, 0.1, 1.0)
    np.testing.assert_allclose(
        value, [1, 1, 1 - 1e-6 / (1 + 1e-6), 0.5, 0, 0], rtol=1e-6, atol=1e-11
    )
    assert all(np.isfinite(g).all() for g in gradients)
    np.testing.assert_allclose(first, (-10, 0, 0), rtol=1e-6)


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize("slopes", [jax.grad, jax.jacfwd])
@pytest.mark.parametrize(("n", "along_dose"), [(0.3, 0), (0.7, 0), (1.0, -10), (2.5, 0)])
def test_a_control_says_nothing_of_the_block(slopes, n, along_dose):
    # Nothing is blocked at dose 0 whatever IC50 and n are.
    assert slopes(hill_open, (0, 1, 2))(0.0, 0.1, n) == (along_dose, 0, 0)
    assert float(hill_open(0.0, 0.1, n)) == 1


def test_q10_law():
    assert float(q10_factor(3.0, 35.0, 25.0)) == pytest.approx(3, rel=1e-15)
    assert float(q10_factor(3.0, 25.0, 25.0)) == 1
    # A twenty-fold rise from 24 to 42 degC is a mean Q10 of 5.28.
    assert float(q10_factor(5.281951900505, 42.0, 24.0)) == pytest.approx(20, rel=1e-11)


@pytest.mark.parametrize(
    ("T", "V"),
    [
        (27, -35.5525914199393),
        (32, -53.5381982289358),
        (37, -68.590572190588),
        (42, -79.5349744966339),
    ],
)
def test_tabulated_warming_of_two_channels(T, V):
    kernel = ghk_voltage(q10={"K": WARM, "Na": {"Q10": 1.3, "T_ref": "37 degC"}})
    assert float(kernel(temperature=T, P_Cl=0)["V_rest"]) == pytest.approx(V, rel=1e-12)


def test_temperature_alone_moves_the_rest_by_rt_over_f():
    for T, V in ((27, -66.3790), (42, -69.6963)):
        assert float(ghk_voltage()(temperature=T, P_Cl=0)["V_rest"]) == pytest.approx(V, abs=5e-5)


@FACTORIES
def test_dose_at_ic50_is_half_a_block(factory):
    blocked = factory(block={"K": BARIUM})(Ba_out=0.1)
    half = factory()(blocked_K=0.5)
    for name, value in half.items():
        assert float(blocked[name]) == pytest.approx(float(value), rel=1e-14)


@FACTORIES
def test_modifiers_multiply(factory):
    kernel = factory(block={"K": BARIUM}, q10={"K": {"Q10": 3.0, "T_ref": "27 degC"}})
    found = kernel(Ba_out=0.3, blocked_K=0.2, temperature=37)
    # 0.8 x 1/4 x 3 of the channel is left.
    expected = factory()(blocked_K=0.4)
    assert float(found["V_rest"]) == pytest.approx(float(expected["V_rest"]), rel=1e-13)


@FACTORIES
def test_added_parameters(factory):
    plain, changed = factory(), factory(block={"K": BARIUM}, q10={"Na": WARM})
    added = changed.parameters.keys() - plain.parameters.keys() - {"temperature"}
    assert added == {"Ba_out", "IC50_K", "hill_K", "Q10_Na", "T_ref_Na"}
    assert changed.parameters["Ba_out"].default is None
    assert changed.parameters["IC50_K"].default == "0.1 mmol/L"
    assert changed.parameters["hill_K"].default == 1
    assert changed.parameters["T_ref_Na"].default == "37 degC"
    assert changed.parameters["temperature"].default == 37
    assert changed.outputs == plain.outputs


@FACTORIES
def test_two_channels_share_a_blocker(factory):
    weak = BARIUM | {"IC50": "1 mmol/L"}
    kernel = factory(block={"K": BARIUM, "Na": weak})
    assert [name for name in kernel.parameters if name == "Ba_out"] == ["Ba_out"]
    found = kernel(Ba_out=1.0)["V_rest"]
    expected = factory()(blocked_K=10 / 11, blocked_Na=0.5)["V_rest"]
    assert float(found) == pytest.approx(float(expected), rel=1e-12)


@FACTORIES
def test_defaults_left_out_of_a_table_are_required_parameters(factory):
    kernel = factory(block={"K": {"type": "hill", "blocker": "Ba"}}, q10={"K": {"Q10": 2}})
    assert kernel.parameters["IC50_K"].default is None
    assert kernel.parameters["hill_K"].default == 1
    assert kernel.parameters["T_ref_K"].default is None


@FACTORIES
@pytest.mark.parametrize(
    "values",
    [{"Ba_out": -1}, {"IC50_K": 0}, {"hill_K": 0}, {"Q10_K": 0}, {"Q10_K": -2}, {"hill_K": np.nan}],
)
def test_law_outside_its_domain_is_nan_with_status_11(factory, values):
    kernel = factory(block={"K": BARIUM}, q10={"K": WARM})
    found = kernel(**({"Ba_out": 0.1} | values))
    assert int(found["status"]) == 11
    assert np.isnan(found["V_rest"])
    assert np.isnan(found["I_K"])


@FACTORIES
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"block": {"Ca": BARIUM}}, "block: no channel named Ca; it has K, Na"),
        ({"block": {"K": 0.5}}, "block.K: needs a table, got 0.5"),
        ({"block": [1]}, r"block: needs one table per channel, got \[1\]"),
        ({"block": {"K": {}}}, "block.K: type must be one of hill, got None"),
        (
            {"block": {"K": BARIUM | {"type": "woodhull"}}},
            "block.K: type must be one of hill, got 'woodhull'",
        ),
        ({"block": {"K": BARIUM | {"type": ["hill"]}}}, "block.K: type must be one of hill"),
        ({"block": {"K": BARIUM | {"ic50": 1}}}, "block.K: no key named ic50; it has type"),
        ({"block": {"K": BARIUM | {"blocker": "Ba2+"}}}, "block.K: blocker must be a name"),
        ({"block": {"K": {"type": "hill"}}}, "block.K: blocker must be a name"),
        ({"block": {"K": BARIUM | {"IC50": 0.1}}}, "block.K: IC50 must be a quantity with its"),
        ({"block": {"K": BARIUM | {"hill": 0}}}, "block.K: hill must be a positive number, got 0"),
        ({"block": {"K": BARIUM | {"hill": True}}}, "block.K: hill must be a positive number"),
        ({"q10": {"K": {"T_ref": "25 degC"}}}, "q10.K: Q10 must be a positive number, got None"),
        ({"q10": {"K": {"Q10": float("nan")}}}, "q10.K: Q10 must be a positive number, got nan"),
        ({"q10": {"K": {"Q10": 3, "T_ref": 25}}}, "q10.K: T_ref must be a quantity with its unit"),
        ({"q10": {"K": {"Q10": 3, "ref": 1}}}, "q10.K: no key named ref; it has Q10, T_ref"),
        ({"q10": {"Cs": WARM}}, "q10: no channel named Cs"),
        ({"q_10": {}}, "no option named q_10; its options are"),
    ],
)
def test_options_are_refused_by_one_sentence(factory, options, sentence):
    with pytest.raises(ValueError, match=f"^{factory.name}:? {sentence}"):
        factory(**options)


def test_blocker_may_not_bear_the_name_of_an_ion():
    with pytest.raises(ValueError, match="ghk_voltage K: Na_out is already a parameter"):
        ghk_voltage(block={"K": BARIUM | {"blocker": "Na"}})
