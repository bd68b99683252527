"""A store goes on with the kernel that it was made with, and with no other."""

from __future__ import annotations

import json

import numpy as np
import pytest

from leakscape.declare.study import Study
from leakscape.errors import StoreError
from leakscape.evaluation import plan
from leakscape.running import run, sweep

OLD = {"sha256": "of the display text"}
"""The first hash did not say its version."""


@pytest.fixture
def cell(monkeypatch):
    """Make a study whose kernel reads a global, in several chunks."""
    monkeypatch.setattr(plan, "CHUNK_BYTES", 40)
    settings = {"shift": 1.0, "traced": 0}

    def kernel(E_K):
        settings["traced"] += 1
        return {"V": E_K + settings["shift"]}

    kernel.parameters = {"E_K": {"unit": "mV", "default": -90}}
    kernel.outputs = {"V": "mV"}
    axes = {"E_K": {"linear": [-90, -60], "size": 31, "unit": "mV"}}
    return settings, Study(name="stale", kernel=kernel, axes=axes)


def test_the_guard_speaks_in_the_same_process(cell, path):
    settings, study = cell
    assert run(study, path).V.values[0] == -89
    settings["shift"] = 2.0
    with pytest.raises(StoreError, match=r"the kernel's code changed since the store was made"):
        run(study, path)
    settings["shift"] = 1.0
    assert run(study, path).V.values[0] == -89


def test_a_run_traces_once(cell, path):
    settings, study = cell
    for runs in (1, 2):
        run(study, path)
        assert settings["traced"] == runs


def test_a_new_path_gets_the_new_numbers(cell, path, tmp_path):
    settings, study = cell
    run(study, path)
    settings["shift"] = 2.0
    assert run(study, tmp_path / "b.zarr").V.values[0] == -88


def test_a_store_of_the_old_hash_goes_on_where_a_chunk_agrees(cell, path, aged):
    _, study = cell
    whole = run(study, path).V.values
    held = json.loads(json.loads((path / "zarr.json").read_text())["attributes"]["sweep"])
    aged(path, kernel_code=OLD | {"jax": held["kernel_code"]["jax"]})
    (path / "status" / "c.1").unlink()
    assert sweep(study, path).computed == 1
    np.testing.assert_array_equal(run(study, path).V.values, whole)


def test_a_store_of_the_old_hash_does_not_go_on_with_other_numbers(cell, path, aged):
    settings, study = cell
    run(study, path)
    held = json.loads(json.loads((path / "zarr.json").read_text())["attributes"]["sweep"])
    aged(path, kernel_code=OLD | {"jax": held["kernel_code"]["jax"]})
    (path / "status" / "c.1").unlink()
    settings["shift"] = 1.001
    with pytest.raises(
        StoreError,
        match=r"V of chunk 0 comes out otherwise than it is stored; give another path, or the ke",
    ):
        sweep(study, path)
