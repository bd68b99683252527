"""Laws of a store that holds its study in one table: it means the same, and goes on."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from pathlib import Path

import exact_values as exact
import numpy as np
import pytest

import leakscape as ls
from leakscape import store as stores
from leakscape.declare.reduction import Reduction
from leakscape.evaluation import reduced
from leakscape.evaluation.plan import make_plan
from leakscape.running import sweep
from leakscape.store.layout import pass_place
from leakscape.store.metadata import read


@pytest.fixture
def study():
    return ls.load(exact.STUDY)


@pytest.fixture
def old(tmp_path):
    """Unpack a store of which four chunks are there, and a reduction left in its first pass."""
    with tarfile.open(exact.OF_ONE_TABLE) as file:
        file.extractall(tmp_path, filter="data")
    return tmp_path


def said(path: Path) -> dict:
    attributes = json.loads((path / "zarr.json").read_bytes())["attributes"]
    return json.loads(attributes["sweep"])["meaning"]


def test_its_study_is_the_study_and_its_fingerprint_that_of_now(old, study):
    path = old / "halved.zarr"
    assert "study" in said(path)
    store = read(path)
    plan = make_plan(study, chunks=exact.CHUNKS, format=store.format)
    assert (store.meaning, store.division) == (plan.meaning, plan.division)
    assert store.fingerprint == plan.fingerprint


def test_it_goes_on_as_it_was_begun_and_stays_in_one_table(old, study):
    path = old / "halved.zarr"
    report = sweep(study, path)
    assert (report.complete, report.computed) == (True, 8)
    for name, (dims, values) in exact.expected().items():
        wanted = exact.beyond(name, dims, values, "fill")
        np.testing.assert_array_equal(exact.held(path, name, dims), wanted)
    assert "study" in said(path)
    assert stores.verify(path).sound


def test_a_reduction_goes_on_with_the_partials_that_are_there(old, study, monkeypatch):
    monkeypatch.setattr(reduced, "TILE_POINTS", 2)
    path = old / "unfinished.zarr"
    there = len(list((pass_place(path, 0) / "status").glob("c*")))
    report = sweep(replace(study, outputs=(), reduce=LEAST), path)
    assert there > 0
    assert report.computed == report.total - there
    V = exact.expected()["V"][1]
    with ls.open(path) as found:
        np.testing.assert_array_equal(found.V_min.values, np.nanmin(V, axis=0))


LEAST = Reduction.of({"over": ["x"], "V": ["min"]})


def test_a_new_store_holds_identity_and_extent_apart(tmp_path, study):
    sweep(study, tmp_path / "a.zarr")
    held = said(tmp_path / "a.zarr")
    assert "study" not in held
    assert held["identity"] == {
        "precision": "float32",
        "kernel": {"name": "exact_kernel.py:kernel"},
        "axes": [["x", {"unit": "1"}], ["t", {"unit": "degC"}]],
        "population": {
            "sampling": "sobol",
            "seed": 3,
            "parameters": [["y", {"uniform": [0.0, 1.0], "unit": "1"}]],
        },
    }
    assert held["extent"] == {
        "axes": {"x": {"values": [0.5, 1.5, 2.5, 3.5, 4.5]}, "t": {"values": [5.0, 25.0, 37.0]}},
        "population": {"size": 7},
        "outputs": {"keep": ["V", "E", "pair", "above"]},
    }
    assert read(tmp_path / "a.zarr").meaning == study.meaning()
