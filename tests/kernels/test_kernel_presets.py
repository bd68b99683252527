"""The ready-made membranes against the numbers that they were published or computed with."""

import math

import pytest
from scipy.optimize import brentq

from leakscape_kernels import nomenclature
from leakscape_kernels.membrane.equilibrium import equilibrium
from leakscape_kernels.membrane.membrane import membrane
from leakscape_kernels.membrane.presets import membranes

pytestmark = pytest.mark.usefixtures("double")

EACH = pytest.mark.parametrize("name", membranes())
REST = ("V_rest", "status")
LIST = ("V_equilibrium", "stable", "n_equilibria")
MSN = equilibrium(membrane="striatal_msn")
CARDIAC = equilibrium(membrane="cardiac_ik1_leak")
THALAMIC = equilibrium(membrane="thalamocortical")
SEARCHED = {"striatal_msn": MSN, "cardiac_ik1_leak": CARDIAC, "thalamocortical": THALAMIC}


def thalamic_rest(g_HCN):
    """Return the rest of a thalamocortical neuron with so much HCN [mV]."""

    def current(V):
        kir = 0.02 * (V + 100) / (1 + math.exp((V + 97.9) / 9.7))
        hcn = g_HCN * (V + 43) / (1 + math.exp((V + 75) / 5.5))
        return kir + 0.01 * (V + 100) + 0.003 * V + hcn

    return brentq(current, -100, 0, xtol=1e-13)


def leak_channels_rest(temperature=37.0, NALCN=1.0):
    """Return the rest of that cell by the equation of Goldman, Hodgkin and Katz [mV]."""
    T = temperature + 273.15
    trek = 0.7 / (1 + math.exp(150e3 / 8.31446261815324 * (1 / T - 1 / 315.15)))
    K, Na = 0.8 + trek + 0.04 * NALCN, 0.04 * NALCN
    ratio = (K * 5 + Na * 145 + 0.45 * 10) / (K * 140 + Na * 15 + 0.45 * 110)
    return 1000 * 8.31446261815324 * T / 96485.33212331001 * math.log(ratio)


@EACH
def test_every_number_of_a_preset_has_a_source(name):
    cell = membrane(name)
    assert cell.about
    assert cell.source
    for parameter in cell.parameters.values():
        assert parameter.default is not None
        assert parameter.source
        assert "the membrane's table" not in parameter.source


@EACH
def test_names_of_a_preset_are_those_of_the_nomenclature(name):
    kernel = equilibrium(membrane=name)
    for each, described in (kernel.parameters | kernel.outputs).items():
        assert described.unit == nomenclature.symbol(each).unit
    names = [*kernel.parameters, *kernel.outputs]
    assert len({each.lower() for each in names}) == len(names)


@pytest.mark.parametrize(
    ("name", "symbols"),
    [
        ("squid_axon_rest", ("K_in", "Cl_out", "temperature")),
        ("squid_axon_peak", ("K_in", "Cl_out", "temperature", "P_Na")),
        ("squid_axon_undershoot", ("K_in", "Cl_out", "temperature", "P_K")),
        ("nitella", ("K_in", "Cl_out", "temperature", "P_Na")),
        ("root_cell", ("K_in", "g_K", "E_leak", "I_max_pump", "kappa_io_pump", "pH_out")),
        ("cardiac_ik1_leak", ("g_leak", "E_leak")),
        ("leak_channels", ("P_TASK", "P_TREK", "P_NALCNNa", "P_NALCNK")),
    ],
)
def test_constructed_numbers_are_labelled(name, symbols):
    for symbol in symbols:
        source = membrane(name).parameters[symbol].source
        assert source.startswith("constructed for this program: ")


def test_permeabilities_of_the_squid_axon_at_rest_are_those_of_hodgkin_and_katz():
    parameters = membrane("squid_axon_rest").parameters
    for ion in ("K", "Na", "Cl"):
        assert "doi:10.1113/jphysiol.1949.sp004310" in parameters[f"P_{ion}"].source


@pytest.mark.parametrize(
    ("name", "V"),
    [
        ("textbook_neuron", -67.343094040387012),
        ("textbook_neuron_ohmic", -70),
        ("squid_axon_rest", -59.274401278929854),
        ("squid_axon_peak", 37.767806806432962),
        ("squid_axon_undershoot", -73.88717738485819),
        pytest.param("striatal_msn", -89.991401361344, marks=pytest.mark.slow),
        pytest.param("cardiac_ik1_leak", -83.959866451026, marks=pytest.mark.slow),
        pytest.param("thalamocortical", -81.3287589635429, marks=pytest.mark.slow),
        pytest.param("thalamocortical_hcn", thalamic_rest(0.022), marks=pytest.mark.slow),
        pytest.param("astrocyte_halnes", -85.864218074713956, marks=pytest.mark.slow),
        ("leak_channels", leak_channels_rest()),
        ("nitella", -140.064863837205),
        pytest.param("root_cell", -160.798269994308738, marks=pytest.mark.slow),
    ],
)
def test_rest_of_every_preset(evaluate, name, V):
    kernel = SEARCHED.get(name) or equilibrium(membrane=name)
    found = evaluate(kernel, LIST + REST if name in SEARCHED else REST)
    assert found["V_rest"] == pytest.approx(V, abs=1e-11)
    assert found["status"] == 1


def test_the_presets_are_the_only_ones():
    assert list(membranes()) == sorted(membranes())
    assert len(membranes()) == 19


@pytest.mark.slow
def test_thalamocortical_leaks_without_kir(evaluate):
    found = evaluate(THALAMIC, LIST + REST, blocked_Kir=1)
    assert found["V_rest"] == pytest.approx(-76.9230769, abs=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("g_HCN", [0, 0.01, 0.1])
def test_hcn_holds_the_thalamic_rest_above_that_of_its_leaks(evaluate, g_HCN):
    kernel = equilibrium(membrane="thalamocortical_hcn")
    found = evaluate(kernel, REST, g_HCN=g_HCN)
    assert found["V_rest"] == pytest.approx(thalamic_rest(g_HCN), abs=1e-10)


@pytest.mark.parametrize("V", [-100, -75, -40])
@pytest.mark.parametrize("T", [24, 34])
def test_the_gate_of_the_thalamic_hcn_moves_as_published(V, T):
    cell = membrane("thalamocortical_hcn")
    (gate,) = cell.parts["HCN"].mechanism.current.gates
    values = {name: row.default for name, row in cell.parameters.items()}
    here = {"V_half_h": -75.0, "k_h": -5.5, "Q10_h": 4.0, "T_ref_h": 34.0, "temperature": float(T)}
    assert values["Q10_h_HCN"] == 4.0
    tau = 1 / (math.exp(-14.59 - 0.086 * V) + math.exp(-1.87 + 0.0701 * V))
    assert gate.slow
    assert float(gate.tau(V, here)) == pytest.approx(tau * 4 ** ((34 - T) / 10), rel=1e-12)
    assert float(gate.steady(V, here)) == pytest.approx(1 / (1 + math.exp((V + 75) / 5.5)))


@pytest.mark.parametrize(("T", "mu"), [(20, 1), (42, 1), (37, 0), (37, 3)])
def test_warmth_and_nalcn_move_the_rest_of_the_leak_channels(evaluate, T, mu):
    found = evaluate(equilibrium(membrane="leak_channels"), REST, temperature=T, mu=mu)
    assert found["V_rest"] == pytest.approx(leak_channels_rest(T, mu), abs=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mu", "g_s", "V"),
    [
        (1, 6, (-85.6048529595,)),
        (1, 12, (-59.676879684297,)),
        (1, 18, (-45.824002583938,)),
        (1.4, 12, (-81.682154186619, -46.933924576287, -37.134688598152)),
        (1.4, 10, (-84.085468393025, -41.949774760952, -39.105941657546)),
        (1.4, 14, (-76.033349312223, -69.361020565861, -36.179779070201)),
        (
            1.3,
            13.2,
            (
                -75.477072694948,
                -68.23196581172,
                -56.264520711876,
                -45.934079899803,
                -40.887825932215,
            ),
        ),
        (1.4, 9.7265221056485 * (1 - 1e-6), 1),
        (1.4, 9.7265221056485 * (1 + 1e-6), 3),
        (1.4, 14.166088426583 * (1 - 1e-6), 3),
        (1.4, 14.166088426583 * (1 + 1e-6), 1),
        (1.2, 12.455462983208 * (1 - 1e-6), 1),
        (1.2, 12.455462983208 * (1 + 1e-6), 3),
        (1.2, 12.526919363084 * (1 - 1e-6), 3),
        (1.2, 12.526919363084 * (1 + 1e-6), 1),
        (1.3, 12.92, 1),
        (1.3, 12.96, 3),
        (1.3, 13.1, 5),
        (1.3, 13.4, 3),
        (1.3, 13.48, 1),
    ],
)
def test_states_of_the_spiny_neuron(evaluate, mu, g_s, V):
    found = evaluate(MSN, LIST + REST, mu=mu, g_s=1e-3 * g_s)
    count = V if isinstance(V, int) else len(V)
    assert found["n_equilibria"] == count
    assert list(found["stable"][:count]) == [1, 0, 1, 0, 1][:count]
    if not isinstance(V, int):
        assert found["V_equilibrium"][:count] == pytest.approx(V, abs=5e-11)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "V"),
    [
        ({"K_out": 5.4}, (-83.959866451026, -32.360720396716, -10.087169486924)),
        ({"K_out": 2.5}, (-99.659232886764, -72.169829977327, -10.00010)),
        ({"K_out": 1.5}, (-10.0000012,)),
        ({"K_out": 8}, (-74.726748637137,)),
        ({"K_out": 1.6941991974607 * (1 - 1e-7)}, 1),
        ({"K_out": 1.6941991974607 * (1 + 1e-7)}, 3),
        ({"K_out": 7.5002522485254 * (1 - 1e-7)}, 3),
        ({"K_out": 7.5002522485254 * (1 + 1e-7)}, 1),
        (
            {"K_out": 2.5, "g_leak": 0.03, "E_leak": -20},
            (-93.212163563779, -82.170439920095, -20.0015),
        ),
        ({"K_out": 2, "g_leak": 0.03, "E_leak": -20}, (-20.0002,)),
        ({"K_out": 2.3650214458583 * (1 - 1e-7), "g_leak": 0.03, "E_leak": -20}, 1),
        ({"K_out": 2.3650214458583 * (1 + 1e-7), "g_leak": 0.03, "E_leak": -20}, 3),
        ({"K_out": 5.6140365771892 * (1 - 1e-7), "g_leak": 0.03, "E_leak": -20}, 3),
        ({"K_out": 5.6140365771892 * (1 + 1e-7), "g_leak": 0.03, "E_leak": -20}, 1),
    ],
)
def test_low_potassium_depolarises_the_heart(evaluate, given, V):
    found = evaluate(CARDIAC, LIST + REST, **given)
    count = V if isinstance(V, int) else len(V)
    assert found["n_equilibria"] == count
    if not isinstance(V, int):
        for one, expected in zip(found["V_equilibrium"], V, strict=False):
            digits = len(str(expected).partition(".")[2])
            assert one == pytest.approx(expected, abs=0.6 * 10.0**-digits)
