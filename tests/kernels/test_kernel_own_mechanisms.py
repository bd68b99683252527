"""Mechanisms that somebody else wrote: their currents, and every equilibrium, by a search alone."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from leakscape_kernels.mechanisms import Entry, Gate, Mechanism, channel, read_gates
from leakscape_kernels.membrane.equilibrium import equilibrium, membrane_current

LEAK = {"type": "ohmic_leak", "g": "0.05 mS/cm2", "E": "-90 mV"}


def relief(V, here):
    return 1.0 / (1.0 + here["Mg_out"] / here["Mg_half"] * jnp.exp(-0.062 * V))


def nmda(entry: Entry) -> Mechanism:
    """The NMDA receptor (Jahr & Stevens 1990, doi:10.1523/JNEUROSCI.10-09-03178.1990)."""
    more = entry.new("Mg_half", "mmol/L", 3.57, meaning="Mg that halves it at 0 mV")
    more["Mg_out"] = entry.shared("Mg", "Mg_out", 1.0, "usual in saline")
    return channel(entry, "g", more, gate=relief)


def cubic(entry: Entry) -> Mechanism:
    """A current of no pathway that the package has: a (V - E)^3, put together part by part."""
    return Mechanism(
        name=entry.name,
        parameters=entry.new("a", "uA/cm2/mV**3", 1e-6) | entry.own({"E": None}),
        size=lambda here: here["a"],
        current=lambda V, here: here["size"] * (V - here["E"]) ** 3,
        reversal=lambda here: here["E"],
    )


def cell(**row):
    usual = {"type": nmda, "g": "0.3 mS/cm2", "E": "0 mV", "Mg": "2 mmol/L"}
    return {"mechanisms": {"leak": LEAK, "N": usual | row}}


def current(V, g, Mg, leak=0.05):
    """The same membrane in NumPy [uA/cm2]."""
    return leak * (V + 90.0) + g * V / (1.0 + Mg / 3.57 * np.exp(-0.062 * V))


def test_its_parameters_are_parameters_of_the_membrane():
    rows = membrane_current(membrane=cell()).parameters
    assert {"g_N", "E_N", "Mg_half_N", "Mg_out", "blocked_N"} <= rows.keys()
    assert (rows["Mg_half_N"].default, rows["Mg_half_N"].unit) == (3.57, "mmol/L")
    assert rows["Mg_out"].default == "2 mmol/L"
    given = membrane_current(membrane=cell(Mg_half="2 mmol/L", q10={"Q10": 3, "T_ref": "25 degC"}))
    assert given.parameters["Mg_half_N"].default == "2 mmol/L"
    assert "Q10_N" in given.parameters


def test_its_current_is_the_one_that_was_written(evaluate, double):
    kernel = membrane_current(membrane=cell())
    for V in (-80.0, -30.0, 20.0):
        found = evaluate(kernel, ("I_total", "I_N"), V=V)
        assert found["I_total"] == pytest.approx(current(V, 0.3, 2.0), rel=1e-12)
    blocked = evaluate(kernel, ("I_total", "I_N"), V=-30.0, blocked_N=0.5)
    assert blocked["I_N"] == pytest.approx(current(-30.0, 0.15, 2.0, leak=0.0), rel=1e-12)


def test_a_mechanism_may_be_put_together_part_by_part(evaluate, double):
    row = {"type": cubic, "E": "-60 mV"}
    kernel = membrane_current(membrane={"mechanisms": {"odd": row}})
    assert evaluate(kernel, ("I_total",), V=-50.0)["I_total"] == pytest.approx(1e-3, rel=1e-12)


def n_inf(V, here):
    return 1.0 / (1.0 + jnp.exp(-(V - here["middle"]) / 10.0))


def n_tau(V, here):
    return 2.0 + 0.0 * V


def sound(here):
    return here["middle"] < 0


def slow_k(entry: Entry, **changed) -> Mechanism:
    """A channel behind a gate whose laws lie in a file, with a domain of its own."""
    parts = {"steady": n_inf, "name": "n", "power": 4, "tau": n_tau, "inside": sound} | changed
    return channel(entry, "g", entry.new("middle", "mV", -20.0), gates=[Gate(**parts)])


def test_a_gate_of_others_has_its_own_domain_and_moves(evaluate, double):
    row = {"type": slow_k, "g": "2 mS/cm2", "E": "-90 mV"}
    kernel = membrane_current(membrane={"mechanisms": {"K": row, "leak": LEAK}})
    found = evaluate(kernel, ("I_K", "status"), V=-30.0)
    open_part = 1 / (1 + np.exp(1.0))
    assert found == {"I_K": pytest.approx(2 * open_part**4 * 60.0, rel=1e-12), "status": 1}
    assert evaluate(kernel, ("I_K", "status"), V=-30.0, middle_K=1.0)["status"] == 11
    assert "I_app" in kernel.parameters  # it moves in time
    assert kernel.structure is None


@pytest.mark.parametrize(
    ("part", "function", "takes"),
    [
        ("steady", lambda V: V, "V, here"),
        ("tau", lambda V: V, "V, here"),
        ("inside", lambda V, here: True, "here"),
    ],
)
def test_each_law_of_a_gate_of_others_is_looked_at(part, function, takes):
    def made(entry):
        return slow_k(entry, **{part: function})

    row = {"type": made, "g": "2 mS/cm2", "E": "-90 mV"}
    with pytest.raises(ValueError, match=f"that does not take {takes}: test_kernel_own_mechanisms"):
        membrane_current(membrane={"mechanisms": {"K": row}})


def test_a_mechanism_of_others_may_have_the_gates_of_a_table(evaluate, double):
    def read(entry):
        entry.known(("ion", "E", "g", "gates"))
        gates, parameters = read_gates(entry, entry.table["gates"])
        return channel(entry, "g", parameters, gates=gates)

    q10 = {"Q10": 3, "T_ref": "6.3 degC"}
    gate = {"V_half": "-20 mV", "k": "10 mV", "tau": "1 ms", "q10": q10}
    row = {"type": read, "g": "2 mS/cm2", "E": "-90 mV", "gates": {"n": gate}}
    kernel = membrane_current(membrane={"mechanisms": {"K": row}})
    found = evaluate(kernel, ("I_K", "status"), V=-30.0)
    assert found["I_K"] == pytest.approx(120.0 / (1 + np.exp(1.0)), rel=1e-12)
    assert evaluate(kernel, ("I_K", "status"), V=-30.0, Q10_n_K=0.0)["status"] == 11


def test_what_others_wrote_may_change_and_so_has_no_structure():
    assert membrane_current(membrane=cell()).structure is None
    assert membrane_current(membrane={"mechanisms": {"leak": LEAK}}).structure is not None


@pytest.mark.slow
def test_every_equilibrium_of_a_channel_with_a_negative_slope_is_found(double):
    import jax

    from leakscape_kernels.codes import OK

    kernel = equilibrium(membrane=cell())
    names = ("V_rest", "V_saddle", "n_equilibria", "V_equilibrium", "stable", "status")
    lean = kernel.keeping(names)
    given = {name: kernel._default(name) for name in kernel.parameters}

    @jax.jit
    @jax.vmap
    def found(g_N, Mg_out):
        out = lean(**given | {"g_N": g_N, "Mg_out": Mg_out})
        return {name: out[name] for name in names}

    g, Mg = (x.ravel() for x in np.meshgrid(np.linspace(0.0, 2.0, 41), np.geomspace(0.1, 10, 25)))
    out = {name: np.asarray(value) for name, value in found(g, Mg).items()}
    V = np.linspace(-95.0, 5.0, 200_001)
    many = 0
    for point in range(g.size):
        held = current(V, g[point], Mg[point])
        at = np.flatnonzero(np.signbit(held[1:]) != np.signbit(held[:-1]))
        rising = held[at + 1] > held[at]
        count = out["n_equilibria"][point]
        assert count == at.size
        assert out["status"][point] in (OK, 2)
        where = out["V_equilibrium"][point][:count]
        np.testing.assert_allclose(where, V[at], atol=2 * (V[1] - V[0]))
        np.testing.assert_array_equal(out["stable"][point][:count] == 1, rising)
        assert out["V_rest"][point] == where[0]
        many += count == 3
    assert 20 < many < g.size - 20
