"""Codes and roles as a dataset tells them: in words, in pictures, in findings, and from before."""

from __future__ import annotations

import csv
import json

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import leakscape as ls
from leakscape import cli, store
from leakscape.evaluation.plan import make_plan
from leakscape.sweep import Sweep
from leakscape.sweep.roles import (
    is_count,
    is_current_over_potential,
    roles_of,
    stability_of,
    stable_flag,
)

OWN = """
import jax.numpy as jnp


def kernel(T):
    hot, warm = T > 60.0, T > 40.0
    code = jnp.where(hot, 40, jnp.where(warm, 7, 1))
    return {"y": jnp.where(hot, jnp.nan, T), "status": code}


kernel.parameters, kernel.outputs = {"T": "degC"}, {"y": "1"}
"""
CODES = 'kernel.codes = {40: {"name": "too_hot", "remedy": "open a window"}, 7: "warm"}\n'
STUDY = """
name = "oven"
kernel = "oven.py:kernel"
axes.T = { linear = [10, 100], size = 10, unit = "degC" }
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "oven.py").write_text(OWN + CODES, encoding="utf-8")
    (tmp_path / "oven.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def said(capsys, *words):
    code = cli.main([*words])
    return code, capsys.readouterr().out


def test_a_code_of_ones_own_has_its_name_wherever_points_are_counted(folder, capsys):
    remark = "status 7, warm (valid, with a remark): 20 % of the points\n"
    failure = "status 40, too hot (no value): 40 % of the points; open a window"
    code, text = said(capsys, "run", "oven.toml")
    assert (code, remark in text, failure in text) == (0, True, True)
    for words in (("status", "oven.zarr"), ("findings", "oven.zarr")):
        shown = " ".join(said(capsys, *words)[1].split())
        assert " ".join(remark.split()) in shown
        assert " ".join(failure.split()) in shown
    assert failure in repr(ls.findings(ls.evaluate("oven.toml")))
    said(capsys, "export", "oven.zarr", "oven.csv")
    table = (folder / "oven.csv").read_text(encoding="utf-8").splitlines()
    words = [row["status"] for row in csv.DictReader(table)]
    assert words == ["ok"] * 4 + ["warm"] * 2 + ["too hot"] * 4
    legends = [t.get_text() for g in ls.plot("oven.zarr").legends for t in g.get_texts()]
    assert [text for text in legends if text.startswith("no value: too hot (40% of")]


def test_without_a_table_the_number_is_told(folder, capsys):
    (folder / "oven.py").write_text(OWN, encoding="utf-8")
    _, text = said(capsys, "run", "oven.toml")
    assert "status 40, a code of the kernel's own (no value): 40 % of the points\n" in text
    legends = [t.get_text() for g in ls.plot("oven.zarr").legends for t in g.get_texts()]
    assert [text for text in legends if text.startswith("no value: status 40 (40% of")]


def test_a_store_of_before_the_codes_were_told_goes_on_with_what_it_says(folder):
    ls.run("oven.toml", "whole.zarr")
    (folder / "oven.py").write_text(OWN, encoding="utf-8")
    ls.run("oven.toml", "oven.zarr")
    (chunk,) = [p for p in (folder / "oven.zarr" / "y").iterdir() if p.name.startswith("c.")]
    held = chunk.read_bytes()
    chunk.unlink()
    before = (folder / "oven.zarr" / "status" / "zarr.json").read_bytes()
    (folder / "oven.py").write_text(OWN + CODES, encoding="utf-8")
    again = ls.run("oven.toml", "oven.zarr")
    assert chunk.read_bytes() == held == (folder / "whole.zarr" / "y" / chunk.name).read_bytes()
    assert (folder / "oven.zarr" / "status" / "zarr.json").read_bytes() == before
    assert store.verify("oven.zarr").sound
    assert "too_hot" not in again.status.attrs["flag_meanings"]
    assert "too_hot" in ls.open("whole.zarr").status.attrs["flag_meanings"]


def test_an_equilibrium_tells_which_solutions_are_stable_and_what_is_counted():
    axes = {"K_out": {"values": [3, 5], "unit": "mmol/L"}}
    kept = (
        "V_rest",
        "V_equilibrium",
        "stable",
        "rising",
        "n_unstable",
        "n_equilibria",
        "near_fold",
    )
    plan = make_plan(ls.Study(name="x", kernel="equilibrium", axes=axes, outputs=kept))
    made = {  # as planned: to compile a search takes seconds, and its numbers are of no matter here
        each.name: (each.dims, np.zeros(each.shape, each.dtype), each.attributes)
        for each in plan.variables
    }
    sweep = Sweep.of(xr.Dataset(made))
    assert sweep.dataset.V_equilibrium.attrs["role"] == "potential solutions"
    assert sweep.dataset.stable.attrs["flag_values"] == [-1, 0, 1]
    assert sweep.dataset.stable.attrs["flag_meanings"] == "none unstable stable"
    assert (stability_of(sweep, "V_equilibrium"), stable_flag(sweep, "stable")) == ("stable", 1)
    assert stability_of(sweep, "V_rest") == stability_of(sweep, "stable") == ""
    assert roles_of(sweep, "n_unstable") == {"count", "growing"}
    assert roles_of(sweep, "rising") == {"slope"}
    assert sweep.dataset.rising.attrs["flag_meanings"] == "none falling rising"
    counts = ["n_unstable", "n_equilibria", "near_fold"]
    assert [name for name in kept if is_count(sweep, name)] == counts


def curve(current: dict[str, str], axis: dict[str, str], **more: str) -> Sweep:
    V = np.linspace(-2.0, 2.0, 5)
    return Sweep.of(
        xr.Dataset(
            {"I": ("V", V, {"units": "uA/cm2"} | current)},
            coords={"V": ("V", V, {"units": "mV"} | axis)},
            attrs={"study": json.dumps({"name": "x"})},
        )
    )


@pytest.mark.parametrize(
    ("current", "axis", "is_one"),
    [
        ({}, {}, True),
        ({"units": "1"}, {}, False),
        ({"role": "net_current"}, {"role": "potential"}, True),
        ({"role": "net_current"}, {}, False),  # over a reversal potential, which is in mV too
        ({"role": "current"}, {"role": "potential"}, False),  # zero at its own reversal, no rest
        ({"role": "net_current", "units": "mol"}, {"role": "potential"}, True),
        ({"role": "data"}, {}, True),  # some other program's word
    ],
)
def test_a_current_voltage_curve_is_what_says_so_or_else_what_units_suggest(current, axis, is_one):
    assert is_current_over_potential(curve(current, axis), "I", "V") is is_one


def test_a_kernel_of_ones_own_names_its_stability_as_it_likes():
    def kernel(p):
        x = jnp.stack([-jnp.sqrt(p), jnp.sqrt(p)])  # x' = p - x^2: the upper one is stable
        return {"x": x, "kind": jnp.where(x > 0.0, 3, 8).astype(jnp.int8), "n": jnp.int8(2)}

    kernel.parameters = {"p": "1"}
    kernel.outputs = {
        "x": {"unit": "1", "dimension": "root", "role": "solutions"},
        "kind": {
            "unit": "1",
            "dimension": "root",
            "role": "stability",
            "flags": {3: "stable", 8: "saddle"},
        },
        "n": {"unit": "1", "flags": {2: "two"}},
    }
    axes = {"p": {"linear": [1, 4], "size": 7, "unit": "1"}}
    made = ls.evaluate(ls.Study(name="fold", kernel=kernel, axes=axes, outputs=("x", "kind", "n")))
    sweep = Sweep.of(made)
    assert roles_of(sweep, "x") == {"solutions"}
    assert (stability_of(sweep, "x"), stable_flag(sweep, "kind")) == ("kind", 3)
    assert not is_count(sweep, "n")  # it stands for something
    lines = ls.plot(made, output="x", x="p").axes[0].get_lines()
    curves = {line.get_linestyle(): line.get_ydata() for line in lines if len(line.get_ydata()) > 2}
    assert np.all(curves["-"] > 0.0)
    assert np.all(curves["--"] < 0.0)


def test_the_axes_of_a_membrane_current_tell_which_is_the_potential():
    axes = {
        "V": {"linear": [-90, 0], "size": 4, "unit": "mV"},
        "K_out": {"values": [3, 5], "unit": "mmol/L"},
    }
    study = ls.Study(name="iv", kernel="membrane_current", axes=axes)
    made = ls.evaluate(study)
    assert made.V.attrs["role"] == "potential"
    assert "role" not in made.K_out.attrs
    assert made.I_total.attrs["role"] == "net_current"
    assert is_current_over_potential(Sweep.of(made), "I_total", "V")
