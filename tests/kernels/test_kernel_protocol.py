"""What every kernel promises, and the one table of symbols that it takes its names from."""

import dataclasses
import math
import pickle
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick import quick

from leakscape_kernels import Factory, Kernel, nomenclature
from leakscape_kernels.dynamics.donnan import donnan
from leakscape_kernels.dynamics.rest import pump_leak_rest
from leakscape_kernels.formulas.chord import chord_conductance
from leakscape_kernels.formulas.ghk import ghk_current, ghk_voltage
from leakscape_kernels.formulas.nernst import nernst

BARIUM = {"type": "hill", "blocker": "Ba", "IC50": "0.1 mmol/L"}
WARM = {"Q10": 3, "T_ref": "25 degC"}
KERNELS = {
    "nernst": (nernst, {}),
    "ghk_current": (ghk_current, {"V": -70.0}),
    "ghk_voltage": (ghk_voltage(), {}),
    "ghk_changed": (ghk_voltage(block={"K": BARIUM}, q10={"Cl": WARM}), {"Ba_out": 0.0}),
    "chord": (chord_conductance(), {}),
    "chord_changed": (
        chord_conductance(leaks=["K", "leak"], block={"leak": BARIUM}, q10={"K": WARM}),
        {"Ba_out": 0.0, "g_leak": 0.02, "E_leak": -20.0},
    ),
    "donnan": (donnan(), {}),
    "donnan_fixed": (donnan(system="fixed"), {}),
    "donnan_closed": (donnan(system="closed"), {}),
    "steady": (pump_leak_rest(), {}),
    "steady_field": (pump_leak_rest(leaks="permeability"), {}),
}
SEARCHED = ("donnan_closed", "steady_field")
EACH = pytest.mark.parametrize(
    ("kernel", "required"),
    [
        # What is solved by a search takes long to compile.
        pytest.param(*row, id=name, marks=pytest.mark.slow if name in SEARCHED else ())
        for name, row in KERNELS.items()
    ],
)


@EACH
def test_names_units_and_meanings_are_those_of_the_nomenclature(kernel, required):
    assert kernel.parameters.keys().isdisjoint(kernel.outputs)
    for name, described in (kernel.parameters | kernel.outputs).items():
        row = nomenclature.symbol(name)
        text = described.meaning if name in kernel.parameters else described.long_name
        assert (described.unit, text) == (row.unit, row.meaning)
        assert text
    for parameter in kernel.parameters.values():
        assert parameter.bounds[0] < parameter.bounds[1]
        assert parameter.default is None or parameter.source
        if isinstance(parameter.default, float):
            assert parameter.bounds[0] <= parameter.default <= parameter.bounds[1]


@EACH
def test_outputs_are_those_described_in_the_default_precision(kernel, required):
    for x64, dtype in ((False, "float32"), (True, "float64")):
        with jax.enable_x64(x64):
            found = quick(lambda given: kernel(**given))(required)
        assert found.keys() == kernel.outputs.keys() | {"status"}
        assert found["status"].dtype == "uint8"
        assert int(found["status"]) == 1
        for name in kernel.outputs:
            assert found[name].shape == ()
            assert found[name].dtype == dtype
            assert np.isfinite(found[name])


@EACH
def test_exactly_one_output_is_the_headline(kernel, required):
    assert [out.headline for out in kernel.outputs.values()].count(True) == 1
    assert next(iter(kernel.outputs.values())).headline


@EACH
def test_gradients_are_finite_at_the_defaults(kernel, required):
    headline = next(iter(kernel.outputs))
    values = {name: kernel._default(name) for name in kernel.parameters if name not in required}
    gradient = quick(jax.grad(lambda v: kernel(**v)[headline]))(values | required)
    assert all(np.isfinite(g) for g in gradient.values())


@EACH
def test_kernel_survives_a_process_boundary(kernel, required):
    copy = pickle.loads(pickle.dumps(kernel))
    assert {k: float(v) for k, v in copy(**required).items()} == {
        k: float(v) for k, v in kernel(**required).items()
    }


@EACH
def test_trace_is_the_same_text_twice(kernel, required):
    texts = {str(jax.make_jaxpr(lambda v: kernel(**v))(required | {})) for _ in range(2)}
    assert len(texts) == 1
    assert not re.search("0x[0-9a-f]{6}", texts.pop())


def test_headlines_of_the_resting_kernels_are_the_rest_alone():
    for factory in (ghk_voltage, chord_conductance):
        headlines = [name for name, out in factory().outputs.items() if out.headline]
        assert headlines == ["V_rest"]


def test_factories_describe_options_and_kernels_describe_parameters():
    for factory in (ghk_voltage, chord_conductance):
        assert isinstance(factory, Factory)
        assert {"block", "q10"} <= factory.options.keys()
        assert all("\n" not in text for text in factory.options.values())
        assert not hasattr(factory, "parameters")
        assert isinstance(factory(), Kernel)
    for kernel in (nernst, ghk_current):
        assert not hasattr(kernel, "options")


def test_unknown_and_missing_names_are_refused():
    with pytest.raises(TypeError, match="nernst: no parameter named K_out; it takes valence, ins"):
        nernst(K_out=3)
    with pytest.raises(TypeError, match="ghk_current: V has no default; give it in mV"):
        ghk_current()


def test_default_in_another_unit_is_left_to_the_caller():
    kernel = ghk_voltage(block={"K": BARIUM | {"IC50": "100 umol/L"}})
    with pytest.raises(TypeError, match="IC50_K has the default '100 umol/L', which is not in mm"):
        kernel(Ba_out=0.1)
    assert np.isfinite(kernel(Ba_out=0.1, IC50_K=0.1)["V_rest"])


def test_kernels_and_their_rows_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        nernst.name = "other"
    with pytest.raises(dataclasses.FrozenInstanceError):
        nernst.parameters["inside"].default = 1.0


def test_integers_and_numpy_numbers_are_taken():
    for value in (5, np.float32(5), np.float64(5), np.int64(5), jnp.asarray(5)):
        assert float(nernst(outside=value)["E"]) == float(nernst(outside=5.0)["E"])


@pytest.mark.parametrize(
    ("name", "unit", "meaning"),
    [
        ("temperature", "degC", "temperature"),
        ("V_rest", "mV", "resting potential, inside minus outside"),
        ("P_Na", "cm/s", "permeability to Na, unblocked"),
        ("K_out", "mmol/L", "concentration of K outside"),
        ("T_ref_Kir", "degC", "temperature at which Kir has its stated size"),
        ("driving_force_Cl", "mV", "driving force on Cl: V_rest minus its reversal potential"),
        # `in` and `out` are sides, never owners: this is an ion called g.
        ("g_in", "mmol/L", "concentration of g inside"),
    ],
)
def test_symbols_are_read_from_the_table(name, unit, meaning):
    row = nomenclature.symbol(name)
    assert (row.unit, row.meaning) == (unit, meaning)


@pytest.mark.parametrize(
    "name", ["", "K", "P_", "_in", "P_Na_K", "mystery", "P-Na", "temperature_K"]
)
def test_other_names_are_no_symbols(name):
    with pytest.raises(KeyError, match="no symbol of the nomenclature"):
        nomenclature.symbol(name)


def test_no_name_can_be_read_in_two_ways():
    owners = ["K", "Na", "leak", "g", "E", "IC50", "T", "ref", "P", "n", "lambda"]
    names = [family.replace("{}", owner) for family in nomenclature.FAMILIES for owner in owners]
    for name in names:
        patterns = [family.replace("{}", nomenclature._OWNER) for family in nomenclature.FAMILIES]
        assert sum(bool(re.fullmatch(pattern, name)) for pattern in patterns) == 1
        assert name not in nomenclature.PLAIN


def test_concentration_and_permeability_bounds():
    assert nomenclature.symbol("K_in").bounds == (0, math.inf)
    assert nomenclature.symbol("P_K").bounds == (0, math.inf)
    assert nomenclature.symbol("blocked_K").bounds == (0, 1)
    assert nomenclature.symbol("temperature").bounds[0] > -273.15
