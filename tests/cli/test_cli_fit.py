"""The command `fit`: a table, sentences, the path; and one sentence for whatever is wrong."""

from __future__ import annotations

import errno
import os
import re

import numpy as np
import pytest
import xarray as xr
from scipy import special

from leakscape.store.lock import lock

KERNEL = """
import jax.numpy as jnp

def kernel(*, x, r, idle):
    V = -70.0 + 40.0 * x + 10.0 * jnp.log10(r)
    kink = V + 0.0 * jnp.sqrt(jnp.maximum(x - 0.5, 0.0))  # a value, but no slope below 0.5
    return {"V": V, "count": jnp.round(V).astype(jnp.int8), "kinked": kink,
            "idle_V": V + idle, "lost": jnp.where(x > 0.0, jnp.nan, V)}

kernel.parameters = {
    "x": {"unit": "1", "default": 0.5, "bounds": (0.0, 1.0)},
    "r": {"unit": "1", "default": 1.0},
    "idle": {"unit": "mV", "default": 0.0},
}
kernel.outputs = {
    "V": {"unit": "mV", "headline": True},
    "count": {"unit": "mV"},
    "kinked": {"unit": "mV"},
    "idle_V": {"unit": "mV"},
    "lost": {"unit": "mV"},
}
"""
TABLE = """r,V [mV],V_sd [mV],note
0.1,-59.1,2,a
1,-50.4,2,b
10,-39.2,2,c
100,-30.7,2,d
"""
FIT = """
name = "own"
question = "How large is x?"
kernel = "fitted.py:kernel"
[data]
table = "own.csv"
conditions = ["r"]
[data.outputs]
V = { output = "V", sd = "V_sd" }
[free]
x = { uniform = [0.05, 0.95] }
"""


@pytest.fixture
def own(folder):
    """A folder with a fit, its table and its kernel."""
    (folder / "fitted.py").write_text(KERNEL, encoding="utf-8")
    (folder / "own.csv").write_text(TABLE, encoding="utf-8")
    (folder / "own.toml").write_text(FIT, encoding="utf-8")
    return folder


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.zarr*"))


@pytest.mark.slow
def test_a_table_sentences_the_path_and_how_to_draw_it(own, command):
    said = command("fit", "own.toml", "--store", "out/x.zarr")
    assert said.status == 0, said.err
    # V = -70 + 40 x + 10 log10 r: a mean of four, each of sd 2 mV.
    left = np.array([-59.1, -50.4, -39.2, -30.7]) + 70.0 - 10.0 * np.array([-1.0, 0.0, 1.0, 2.0])
    x, chi2 = left.mean() / 40.0, (((left - left.mean()) / 2.0) ** 2).sum()
    (row,) = [line.split() for line in said.out.splitlines() if line.startswith("x ")]
    assert float(row[1]) == pytest.approx(x, rel=1e-3)
    assert float(row[2]) == pytest.approx(x - 0.025, abs=2e-3)
    words = " ".join(said.out.split())
    judged = re.search(r"chi2 is ([\d.]+) for 3 degrees of freedom", words)
    assert judged is not None
    assert float(judged[1]) == pytest.approx(chi2, rel=1e-3)
    evidence = re.search(r"ln evidence is (-[\d.]+)", words)
    assert evidence is not None
    height = -0.5 * chi2 - 4.0 * np.log(2.0 * np.sqrt(2.0 * np.pi))
    want = height + np.log(0.025 * np.sqrt(2.0 * np.pi) / 0.9)
    assert float(evidence[1]) == pytest.approx(want, abs=1e-3)
    assert said.out.splitlines()[-2:] == [
        "Result: out/x.zarr",
        "Draw it with: leakscape plot out/x.zarr",
    ]
    held = xr.open_datatree(own / "out/x.zarr", engine="zarr", consolidated=False)
    assert float(held["best/x"]) == pytest.approx(x, rel=1e-9)
    # A mean of sixteen is four times as sure; it is another fit, which replaces none.
    words = ("--method", "lm", "--set", "data.outputs.V.n=16", "--store")
    said = command("fit", "own.toml", *words, "out/x.zarr")
    assert said.status == 65
    assert "holds another fit (own); choose another --store" in said.err
    said = command("fit", "own.toml", *words, "out/y.zarr")
    assert said.status == 0, said.err
    assert f"in place of the error of their mean, chi2 would be {chi2:.4g}" in " ".join(
        said.out.split()
    )
    held = xr.open_datatree(own / "out/y.zarr", engine="zarr", consolidated=False)
    assert float(held["best/error"][0]) == pytest.approx(0.025 / 4.0, rel=1e-6)
    assert "posterior" not in held.children


def test_a_place_where_nothing_can_be_kept_is_said_before_the_work(own, command, monkeypatch):
    with lock(own / "x.zarr"):
        said = command("fit", "own.toml", "--store", "x.zarr")
    assert (said.status, said.out) == (75, "")
    assert "x.zarr: another run (pid" in said.err
    said = command("fit", "own.toml", "--store", "own.csv/x.zarr")
    assert (said.status, said.out) == (74, "")
    assert "own.csv: is a file, so nothing can be put below it" in said.err
    monkeypatch.setattr(os, "access", lambda *_: False)
    said = command("fit", "own.toml", "--store", "y.zarr")
    assert (said.status, said.out) == (74, "")
    assert "may not be written by this user" in said.err
    assert files(own) == ["x.zarr.sweep"]


def test_a_full_disk_is_said_and_leaves_nothing(own, command, monkeypatch):
    tree = xr.DataTree.from_dict({"/best": xr.Dataset({"x": 0.5})})
    tree.attrs["fit"] = "{}"
    monkeypatch.setattr("leakscape.analyse.fit.fitting._Work.done", lambda _: tree)
    monkeypatch.setattr(xr.DataTree, "to_zarr", full)
    said = command("fit", "own.toml")
    assert (said.status, said.out) == (74, "")
    assert said.err.strip().endswith("own.zarr: cannot be written, got No space left on device")
    assert {path.name for path in own.glob("own.zarr*/*")} <= {"lock", "holder.json"}


def full(tree, place, **named):
    place.mkdir()
    (place / "zarr.json").write_text("half")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_list_names_the_fits(command):
    said = command("list", "--fits")
    assert said.status == 0
    for name in ("fit_root_potassium", "fit_titration", "fit_kir_iv"):
        assert name in said.out


ROWS = {
    "a missing column": ("conditions = ['q']", "has no column 'q'"),
    "a unit that does not fit": ("outputs.V = { output = 'V', sd = '2 mM' }", "mM is no unit of"),
    "an sd of 0": ("outputs.V = { output = 'V', sd = '0 mV' }", "must be above 0, got '0 mV'"),
    "no number": ("conditions = ['note']", "row 2, column note: not a finite number, got 'a'"),
    "an integer": ("outputs.V = { output = 'count', sd = 'V_sd' }", "count is a whole number"),
    "another table": ("table = 'none.csv'", "there is no such file"),
}
PRIORS = {
    "outside of bounds": ("x = { uniform = [0.05, 1.5] }", r"can leave \[0, 1\]"),
    "a condition": ("r = { uniform = [0.1, 1] }", "r is a condition"),
    "no unit": ("idle = { uniform = [0, 1] }", "idle"),
    "no name": ("xx = { uniform = [0, 1] }", "did you mean x"),
}


@pytest.mark.parametrize("case", [*ROWS, *PRIORS])
def test_what_is_wrong_is_one_sentence_and_65(own, command, case):
    setting, sentence = ROWS[case] if case in ROWS else PRIORS[case]
    key = "data" if case in ROWS else "free"
    said = command("fit", "own.toml", "--set", f"{key}.{setting.replace(' = ', '=', 1)}")
    assert (said.status, said.out) == (65, ""), said
    assert re.search(sentence, said.err), said.err
    assert len(said.err.strip().splitlines()) == 1
    assert files(own) == []


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("-50.4", "nan", r"own.csv: row 3, column V: .*skip = true"),
        ("-50.4", "", r"own.csv: row 3, column V: is empty"),
        ("-50.4,2", "-50.4,0", r"own.csv: row 3, column V_sd: must be above 0, got 0"),
        ("-50.4,2", "-50.4,-2", r"own.csv: row 3, column V_sd: must be above 0, got -2"),
        ("V [mV]", "V [mM]", "mM"),
        ("V [mV]", "V", r'column V has no unit, and its sd is in mV; write "V \[mV\]" in its'),
    ],
)
def test_a_cell_or_header_that_is_wrong_is_named(own, command, old, new, sentence):
    (own / "own.csv").write_text(TABLE.replace(old, new, 1), encoding="utf-8")
    said = command("fit", "own.toml")
    assert (said.status, said.out) == (65, ""), said
    assert re.search(sentence, said.err), said.err
    assert len(said.err.strip().splitlines()) == 1
    assert files(own) == []


OUTPUT = "data.outputs.V={{ output = '{}', sd = 'V_sd' }}"
IDLE = "free.idle={ uniform = [0, 1], unit = 'mV' }"
MODELS = {
    "what changes nothing": ("lm", IDLE, r"free\.idle: changes nothing that was recorded"),
    "no value by scan": ("auto", OUTPUT.format("lost"), "likelihood must be finite somewhere"),
    "no value by lm": ("lm", OUTPUT.format("lost"), "the model has a value at none of"),
    "no slope": ("lm", OUTPUT.format("kinked"), r"no slope at the best point \(x = 0\.\d+"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", MODELS)
def test_a_model_that_cannot_be_fitted_is_one_sentence_and_65(own, command, case):
    method, setting, sentence = MODELS[case]
    if case == "no slope":  # which is at x = 0.4
        table = re.sub(r",-(\d+\.\d)", lambda found: f",-{float(found[1]) + 4.0:.1f}", TABLE)
        (own / "own.csv").write_text(table, encoding="utf-8")
    said = command("fit", "own.toml", "--method", method, "--set", setting)
    assert (said.status, said.out) == (65, ""), said
    assert re.search(sentence, said.err), said.err
    assert len(said.err.strip().splitlines()) == 1
    assert files(own) == []


def test_words_that_are_no_fit_are_refused(own, command):
    for words, status, sentence in (
        (("fit",), 2, "Missing argument"),
        (("fit", "own.toml", "--method", "mcmc"), 2, "--method"),
        (("fit", "fit_root_potasium"), 65, "did you mean fit_root_potassium"),
        (("fit", "toy.toml"), 65, "is a study, and has no [data] to fit"),
        (("fit", "own.toml", "own.toml"), 65, "two of the fits have one name"),
        (("fit", "own.toml", "fit_titration", "--store", "x.zarr"), 65, "--store is for one fit"),
        (("fit", "own.toml", "--until", "0"), 65, "until must be above 0"),
        (("fit", "own.toml", "--seed", "-1"), 65, "seed must be a whole number"),
        (("fit", "own.toml", "--store", "own.csv"), 65, "holds something that is no fit"),
    ):
        said = command(*words)
        assert (said.status, sentence in said.err) == (status, True), said
    assert files(own) == []


def evidences():
    """Evidence of both models of the root, by sums over a grid of ln c0 and ln K_eff."""
    K = np.array([0.1, 1.5, 5.0, 20.0, 40.0])
    V = [[-141, -125, -119, -86, -86], [-118, -123, -119, -59, -51]]
    sd = [[11, 12, 13, 17, 10], [10, 18, 9, 6, 9]]
    c0 = np.linspace(np.log(0.01), np.log(100.0), 1201)
    K_eff = np.linspace(np.log(50.0), np.log(5000.0), 3001)
    drop = 1e3 * 8.31446261815324 * 293.15 / 96485.33212331001
    inner = []
    for own, scatter in zip(np.array(V, float), np.array(sd) / np.sqrt(7.0), strict=True):
        height = drop * np.log(K + np.exp(c0)[:, None])  # (c0, row)
        # Summed over rows: a parabola in ln K_eff, for each c0.
        wide = ((own - height) / scatter**2).sum(axis=1)
        square = (((own - height) / scatter) ** 2).sum(axis=1)
        weight = (1.0 / scatter**2).sum()
        chi2 = square[:, None] + 2 * drop * K_eff * wide[:, None] + weight * (drop * K_eff) ** 2
        log = -0.5 * chi2 - np.log(scatter * np.sqrt(2.0 * np.pi)).sum()
        inner.append(special.logsumexp(log, axis=1) - np.log(len(K_eff)))
    apart = sum(special.logsumexp(part) - np.log(len(c0)) for part in inner)
    return apart, special.logsumexp(inner[0] + inner[1]) - np.log(len(c0))


@pytest.mark.slow
def test_two_fits_are_compared_by_evidence_and_loo_where_it_holds(own, command):
    from leakscape.declare.fits import fits

    text = fits()["fit_root_potassium"].read_text(encoding="utf-8")
    recorded = fits()["fit_root_potassium"].parents[1] / "data" / "barley_root.csv"
    text = text.replace("../data/barley_root.csv", str(recorded))
    text = text.replace('unit = "mmol/L", per = "nitrogen" }\nK_eff', 'unit = "mmol/L" }\nK_eff')
    shared = text.replace('name = "fit_root_potassium"', 'name = "shared"')
    (own / "shared.toml").write_text(shared, encoding="utf-8")
    said = command("fit", "fit_root_potassium", "shared.toml")
    assert said.status == 0, said.err
    table = said.out[said.out.index("fit  ") :].splitlines()
    rows = {line.split()[0]: re.split(r"\s{2,}", line) for line in table[1:3]}
    assert set(rows) == {"fit_root_potassium", "shared"}
    for name, want in zip(("fit_root_potassium", "shared"), evidences(), strict=True):
        value, error = map(float, rows[name][1].split(" +- "))
        assert abs(value - want) < 3.0 * error + 5e-4
        largest = float(rows[name][-1])
        assert (rows[name][3] == "refused") == (largest > 0.7)
    assert {"fit_root_potassium.zarr", "shared.zarr"} <= {p.name for p in own.iterdir()}
    assert said.out.splitlines()[-2:] == [
        "Draw it with: leakscape plot fit_root_potassium.zarr",
        "Draw it with: leakscape plot shared.zarr",
    ]
