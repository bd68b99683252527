"""An output may be undefined where the solution holds: status 3, whatever is kept."""

import itertools

import jax.numpy as jnp
import numpy as np
import pytest

import leakscape as ls
from leakscape.declare.axis import Axis
from leakscape.declare.catalogue import from_tables
from leakscape.declare.kernel import describe
from leakscape.errors import DeclarationError
from leakscape.evaluation.plan import make_plan

NMDG = {
    "name": "nmdg",
    "kernel": "ghk_voltage",
    "axes": {"Na_out": {"values": [0, 145], "unit": "mM"}},
}
IONS = {
    "K": {"valence": 1, "inside": "100 mmol/L", "outside": "0 mmol/L"},
    "Ca": {"valence": 2, "inside": "0 mmol/L", "outside": "100 mmol/L"},
}
FIELDS = {
    "K": {"type": "ghk_leak", "ion": "K", "P": "1.4e-6 cm/s"},
    "Ca": {"type": "ghk_leak", "ion": "Ca", "P": "1e-6 cm/s"},
}
BI_IONIC = {
    "name": "bi_ionic",
    "kernel": {
        "name": "equilibrium",
        "membrane": {"temperature": "19.98 degC", "ions": IONS, "mechanisms": FIELDS},
    },
    "axes": {"Ca_out": {"values": [50, 94.7, 100], "unit": "mmol/L"}},
}


@pytest.mark.parametrize(
    ("tables", "undefined", "status", "V_rest"),
    [
        (NMDG, ["E_Na"], [3, 1], [-80.08, -67.34]),
        (NMDG, ["E_Na", "driving_force_Na", "I_Na"], [3, 1], [-80.08, -67.34]),
        (BI_IONIC, ["E_K", "chord_conductance"], [3, 3, 3], [-5.78, 5.01, 5.89]),
    ],
)
def test_status_is_of_the_rest_whichever_outputs_are_kept(tables, undefined, status, V_rest):
    alone = ls.evaluate(from_tables(tables | {"outputs": {"keep": ["V_rest"]}}, "t"))
    beside = ls.evaluate(from_tables(tables | {"outputs": {"keep": ["V_rest", *undefined]}}, "t"))
    assert alone.status.values.tolist() == beside.status.values.tolist() == status
    for ds in (alone, beside):
        kept = ds.V_rest.where(ds.status < 10)
        np.testing.assert_allclose(kept, V_rest, atol=0.005)
    assert np.isnan(beside[undefined[0]]).values.any()


def plain(*, g, E, c):
    """A kernel that returns no status: `force` does not exist without c, `ratio` overflows."""
    potential = jnp.log(c)
    return {"V": g * E, "force": E - jnp.where(c > 0, potential, jnp.nan), "ratio": E / g}


plain.parameters = {"g": {"unit": "1", "default": 1.0}, "E": "mV", "c": "mmol/L"}
plain.outputs = {
    "V": "mV",
    "force": {"unit": "mV", "may_be_undefined": True},
    "ratio": {"unit": "mV"},
}


def spoken(*, g, E, c):
    """The same with a status of its own."""
    found = plain(g=g, E=E, c=c)
    return found | {"status": jnp.where(c > 0, 1, 3).astype(jnp.uint8)}


spoken.parameters, spoken.outputs = plain.parameters, plain.outputs


def of(kernel, keep, g=1.0):
    axes = {"c": Axis.values([0.0, 1.0], unit="mM"), "E": Axis.values([-90.0, 60.0], unit="mV")}
    fixed = {"g": f"{g}"}
    return ls.evaluate(
        ls.Study(name="x", kernel=kernel, axes=axes, fixed=fixed, outputs=["ratio", *keep])
        if "force" in keep
        else ls.Study(
            name="x",
            kernel=kernel,
            axes={"E": axes["E"]},
            fixed=fixed | {"c": "0 mM"},
            outputs=["ratio", *keep],
        )
    )


@pytest.mark.parametrize("kernel", [plain, spoken])
def test_a_kernel_of_ones_own_has_status_3_without_its_undefined_output_too(kernel):
    both, alone = of(kernel, ["V", "force"]), of(kernel, ["V"])
    assert both.status.sel(c=0).values.tolist() == alone.status.values.tolist() == [3, 3]
    assert both.status.sel(c=1).values.tolist() == [1, 1]
    assert np.isnan(both.force.sel(c=0)).all()
    assert np.isfinite(both.V).all()


@pytest.mark.parametrize("kernel", [plain, spoken])
def test_an_output_that_is_always_defined_and_is_not_finite_is_still_a_failure(kernel):
    both = of(kernel, ["V", "force"], g=0.0)
    assert (both.status == 10).all()


def test_whether_an_output_may_be_undefined_is_a_matter_of_true_or_false():
    def kernel(*, g):
        return {"V": g}

    kernel.parameters = {"g": "1"}
    kernel.outputs = {"V": {"unit": "1", "may_be_undefined": "yes"}}
    with pytest.raises(DeclarationError, match=r"output V: may_be_undefined is True or False"):
        describe(kernel, "k")


def test_a_changed_declaration_is_another_plan():
    def planned(**more):
        def kernel(*, g):
            return {"V": g, "status": jnp.uint8(1)}

        kernel.parameters, kernel.outputs = {"g": "1"}, {"V": {"unit": "1"} | more}
        axes = {"g": Axis.linear(0, 1, size=2, unit="1")}
        return make_plan(ls.Study(name="x", kernel=kernel, axes=axes)).fingerprint

    assert planned() == planned(may_be_undefined=False)
    assert planned() != planned(may_be_undefined=True)


def test_the_status_of_a_rest_varies_along_no_more_than_the_rest_asks_for():
    axes = {"temperature": {"values": [20, 37], "unit": "degC"}}
    tables = NMDG | {"axes": NMDG["axes"] | axes, "outputs": {"keep": ["V_rest", "E_Na"]}}
    plan = make_plan(from_tables(tables, "t"))
    assert plan.depends["status"] == {"Na_out"}


def test_every_code_has_its_meaning_and_its_remedy_in_the_dataset():
    attributes = ls.evaluate(from_tables(NMDG, "t")).status.attrs
    values = attributes["flag_values"]
    meanings = dict(zip(values, attributes["flag_meanings"].split(), strict=True))
    remedies = dict(zip(values, attributes["flag_remedies"].split("\n"), strict=True))
    assert meanings == {
        0: "not_computed",
        1: "ok",
        3: "undefined_output",
        10: "not_finite",
        11: "outside_domain",
        13: "not_converged",
        16: "left_out_by_a_condition",
    }
    assert "E of a missing ion" in remedies[3]  # the kernel's words, not the engine's
    assert "precision" in remedies[10]
    assert "concentration" in remedies[11]
    assert (remedies[0], remedies[1]) == ("", "")
    assert all(low < high for low, high in itertools.pairwise(values))


def test_a_status_may_vary_along_a_dimension_that_no_judged_output_has():
    """V must be finite and lacks c; `force` may be undefined and has it; V fails for one E."""
    axes = {
        "E": {"values": [1.0, 1e38], "unit": "mV"},
        "c": {"values": [0.0, 1.0, 2.0], "unit": "mmol/L"},
    }
    given = {"name": "s", "kernel": plain, "axes": axes, "fixed": {"g": 10}}
    found = ls.evaluate(ls.Study(**given, outputs=["V", "force"]))
    assert found.V.dims == ("E",)
    assert found.status.values.tolist() == [[3, 1, 1], [10, 10, 10]]
