"""Laws of what may be run where: studies of every shape, and nothing into another's store."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import xarray as xr

from leakscape import Study
from leakscape import store as stores
from leakscape.errors import DeclarationError, StorageError, StoreError, SweepError
from leakscape.running import filling, run, sweep, work
from leakscape.store.commit import Committer
from leakscape.store.studied import where

REACH = "the same study of another extent"
CHANGES = {
    "axes.x.size: 50 in the store, 60 in the study": (
        lambda f: f["axes"]["x"].update(size=60),
        REACH,
    ),
    "axes.t.values: ": (lambda f: f["axes"]["t"].update(values=[5.0, 25.0, 38.0]), REACH),
    "outputs: ": (lambda f: f.update(outputs=["V", "pair"]), REACH),
    "precision: ": (lambda f: f.update(precision="float64"), "another study"),
    "axes.y: ": (lambda f: f["axes"].pop("y"), "another study"),
}


@pytest.mark.parametrize("text", CHANGES)
def test_another_study_is_refused_by_field_and_the_store_untouched(toy, path, text):
    sweep(toy(), path)
    everything = {f: f.read_bytes() for f in path.parent.rglob("*") if f.is_file()}
    fields = {"axes": {name: axis.table() for name, axis in toy().axes.items()}}
    change, what = CHANGES[text]
    change(fields)
    with pytest.raises(StoreError) as caught:
        sweep(toy(**fields), path)
    whole = "extent" if what == REACH else "study"
    assert str(caught.value).startswith(f"{path}: holds {what}: {text}")
    assert str(caught.value).endswith(f"; give another path, or the {whole} that the store is of")
    assert caught.value.exit_status == 65
    assert {f: f.read_bytes() for f in path.parent.rglob("*") if f.is_file()} == everything


def test_another_seed_is_another_study(toy, path, contents):
    population = {"size": 30, "parameters": {"y": {"uniform": [1.0, 2.0], "unit": "1"}}}
    sweep(toy(axes={}, population=population | {"seed": 1}), path)
    before = contents(path)
    with pytest.raises(StoreError, match=r"holds another study: population.seed: 1 in .*, 2 in th"):
        sweep(toy(axes={}, population=population | {"seed": 2}), path)
    assert contents(path) == before


def test_other_words_are_the_same_study(toy, path, computed):
    sweep(toy(), path)
    computed.clear()
    assert sweep(toy(question="Why?", expect="Because."), path).complete
    assert computed == []


SPELT = {
    "fixed": {"k": "0.07 mol/L", "h": "50 %", "T": "310.15 K"},
    "derived": {"y": "  h +x\n- k / (1 mmol/L) "},
    "axes": {"x": {"log": [1, 2], "size": 100}, "c": {"linear": [1, 9], "size": 5, "unit": "mM"}},
}


def spelt(**fields):
    """A study whose constants are no round numbers in other units, in float64."""

    def kernel(*, x, y, k, h, c, T):
        return {"V": x * y + k * c + h + T}

    parameters = {"k": "mmol/L", "c": "mmol/L", "T": "degC"}
    kernel.parameters = {n: parameters.get(n, "1") for n in ("x", "y", "k", "h", "c", "T")}
    kernel.outputs = {"V": "1"}
    given = {
        "fixed": {"k": "70 mmol/L", "h": 0.5, "T": "37 degC"},
        "derived": {"y": "h + x - k / (1 mmol/L)"},
        "axes": {
            "x": {"log": [1.0, 2.0], "size": 100, "unit": "1"},
            "c": {"linear": [1.0, 9.0], "size": 5, "unit": "mmol/L"},
        },
    }
    return Study(name="spelt", kernel=kernel, precision="float64", **{**given, **fields})


@pytest.mark.parametrize("other", [*({key: SPELT[key]} for key in SPELT), SPELT], ids=str)
def test_the_same_values_in_other_words_resume_and_are_the_same_bits(
    path, contents, monkeypatch, other
):
    sweep(spelt(), path)
    handed, job_of = [], filling.job_of
    monkeypatch.setattr(filling, "job_of", lambda *a: handed.append(a[1]) or job_of(*a))
    before, document = contents(path), (path / "zarr.json").read_bytes()
    assert sweep(spelt(**other), path).computed == 0
    for file in path.rglob("c*"):
        if file.is_file() and file.parent.name in ("V", "status"):
            file.unlink()
    assert sweep(spelt(**other), path).computed == 1
    assert [study.meaning() for study in handed] == [spelt().meaning()]  # what workers get
    assert contents(path) == before
    held = json.loads((path / "zarr.json").read_bytes())["attributes"]
    assert held["study"] == json.loads(document)["attributes"]["study"]
    assert stores.open(path).c.attrs["units"] == "mmol/L"


@pytest.mark.parametrize(
    ("other", "text"),
    [
        ({"fixed": {"k": "0.0701 mol/L", "h": 0.5, "T": "37 degC"}}, "fixed.k: "),
        ({"fixed": {"k": "70 mol/L", "h": 0.5, "T": "37 degC"}}, "fixed.k: "),
        ({"fixed": {"k": "70 mmol/L", "h": 0.5, "T": "37.0000001 degC"}}, "fixed.T: "),
        ({"derived": {"y": "h + x + k / (1 mmol/L)"}}, "derived.y: "),
        (
            {"axes": {**spelt().axes, "c": {"linear": [1e-3, 9e-3], "size": 5, "unit": "mol/L"}}},
            "axes.c: the same values, but labelled in mmol/L in the store, in mol/L in the study; "
            "write them in mmol/L",
        ),
        ({"axes": {**spelt().axes, "c": {"linear": [1, 9], "size": 5, "unit": "mol/L"}}}, "axes.c"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_other_values_and_other_labels_are_another_study(path, contents, other, text):
    sweep(spelt(), path)
    before = contents(path)
    with pytest.raises(StoreError) as caught:
        sweep(spelt(**other), path)
    assert str(caught.value).startswith(f"{path}: holds another study: {text}")
    assert contents(path) == before


def other_kernel(*, x, t, y):
    return {"V": x + y + t}


def kernel(*, x, t, y):
    return {"V": x * y * t}


for function in (kernel, other_kernel):
    function.parameters = {name: {"unit": "1", "default": 1.0} for name in ("x", "t", "y")}
    function.outputs = {"V": {"unit": "1"}}
other_kernel.__name__ = "kernel"
FREE = {"x": {"linear": [0.0, 1.0], "size": 100, "unit": "1"}}


def test_a_kernel_whose_code_changed_is_refused(toy, path):
    sweep(toy(kernel=kernel, axes=FREE), path)
    with pytest.raises(StoreError, match=r"the kernel's code changed since"):
        sweep(toy(kernel=other_kernel, axes=FREE), path)


OTHER_JAX = {"sha256": "other", "jax": "0.0.1"}


def test_under_another_jax_the_same_numbers_may_go_on(toy, path, aged, contents, whole):
    sweep(toy(), path)
    aged(path, kernel_code=OTHER_JAX)
    (path / "status" / "c.7.0.0").unlink()
    assert sweep(toy(), path).computed == 1
    assert contents(path) == whole


def test_under_another_jax_other_numbers_may_not(toy, path, aged):
    sweep(toy(), path)
    aged(path, kernel_code=OTHER_JAX)
    (path / "status" / "c.7.0.0").unlink()
    shutil.copy(path / "V" / "c.1.0", path / "V" / "c.0.0")
    (Path(f"{path}.sweep") / "journal.jsonl").unlink()  # which would know that it is another chunk
    with pytest.raises(StoreError, match=r"V of chunk 0 comes out otherwise under JAX"):
        sweep(toy(), path)


def test_a_store_without_compression_holds_the_same_values(toy, path, tmp_path):
    sweep(toy(), path, compression="none")
    ds = run(toy(), tmp_path / "b.zarr")
    xr.testing.assert_equal(stores.open(path).load(), ds.load())


def test_a_study_without_axes_is_one_chunk(toy, path):
    ds = run(toy(axes={}), path)
    assert ds.status.shape == ()
    assert int(ds.status) == 1
    assert ds.pair.shape == (2,)
    assert stores.verify(path).sound
    assert sweep(toy(axes={}), path).computed == 0


def test_samples_are_stored_as_coordinates(toy, path):
    population = {"size": 300, "parameters": {"y": {"uniform": [1.0, 2.0], "unit": "1"}}}
    ds = run(toy(axes={}, population=population), path)
    assert ds.y.dims == ("cell",)
    assert "y" in ds.coords
    assert 1.0 <= float(ds.y.min()) <= float(ds.y.max()) <= 2.0


@pytest.mark.parametrize("name", ["process", "local:0", "local:x", "inproc://", "tcp://a"])
def test_an_unknown_scheduler_is_refused(toy, path, name):
    with pytest.raises(DeclarationError, match=r"scheduler: unknown"):
        sweep(toy(), path, scheduler=name)
    assert not path.exists()


def test_an_open_door_to_another_machine_is_refused(toy, path):
    with pytest.raises(DeclarationError, match=r"anyone who reaches tcp://10.0.0.1:8786 can run"):
        sweep(toy(), path, scheduler="tcp://10.0.0.1:8786")


def test_a_scheduler_that_is_not_there_is_a_storage_error(toy, path):
    with pytest.raises(StorageError, match=r"cannot be reached.*0 of 13 chunks done; run the"):
        sweep(toy(), path, scheduler="tcp://127.0.0.1:9", patience=0.5)


def test_a_failed_run_raises_with_the_first_failure(toy, path, monkeypatch):
    monkeypatch.setattr(Committer, "commit", lambda *_: 1 / 0)
    with pytest.raises(
        SweepError, match=r"13 of 13 chunks are missing, chunk 0 .*ZeroDivisionError"
    ):
        run(toy(), path)


def test_where_names_the_values_of_a_chunk(toy, path):
    sweep(toy(), path)
    store = stores.metadata.read(path)
    text = where(store, 0)
    assert text == "chunk 0 (x 0.1 to 0.132571, t 5 to 37 degC, y 0.1 to 3)"
    assert work.stopped(store.identity) is False
