"""Laws of verification, opening and state: damage is named, and never passes for data."""

from __future__ import annotations

import importlib
import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr

from leakscape import store as stores
from leakscape.errors import DamageError, StoreError
from leakscape.running import sweep
from leakscape.store.verify import Damage


@pytest.fixture(scope="module")
def made(tmp_path_factory, request):
    """Keep one finished sweep for the module."""
    return tmp_path_factory.mktemp("made") / "a.zarr"


@pytest.fixture
def path(made, toy, tmp_path):
    """Give each test a copy of a finished sweep."""
    if not made.exists():
        sweep(toy(), made)
    copy = tmp_path / "a.zarr"
    shutil.copytree(made, copy)
    shutil.copytree(f"{made}.sweep", f"{copy}.sweep")
    return copy


def journal(path: Path) -> Path:
    return Path(f"{path}.sweep") / "journal.jsonl"


def test_a_finished_sweep_is_sound(path):
    report = stores.verify(path)
    assert report.sound
    assert report.chunks == report.journalled == 13 + 13 + 13 + 1 + 3


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (lambda b: bytes([b[0] ^ 1]) + b[1:], "do not have the checksum at their end"),
        (lambda b: b[:9] + bytes([b[9] ^ 16]) + b[10:], "do not have the checksum at their end"),
        (lambda b: b[:-1], ""),
        (lambda b: bytes(len(b)), "do not have the checksum at their end"),
        (lambda b: b"", "empty file"),
    ],
    ids=["first bit", "some bit", "truncated", "zeros", "empty"],
)
@pytest.mark.parametrize("place", ["V/c.3.0", "status/c.3.0.0", "E/c.0", "x/c.0"])
def test_a_damaged_file_is_found_by_name(path, place, harm, what):
    file = path / place
    file.write_bytes(harm(file.read_bytes()))
    (damage,) = stores.verify(path).damage
    variable, chunk = place.split("/")
    assert (damage.variable, damage.chunk) == (variable, chunk)
    assert what in damage.what
    assert what or "were written" in damage.what or "checksum" in damage.what


def test_two_files_that_changed_places_are_both_found(path):
    one, other = path / "V" / "c.2.0", path / "V" / "c.5.0"
    held = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(held)
    damage = stores.verify(path).damage
    assert {d.chunk for d in damage} == {"c.2.0", "c.5.0"}
    assert {d.what for d in damage} == {"another chunk: its checksum is not the journal's"}


def test_missing_files_are_named(path):
    (path / "V" / "c.2.0").unlink()
    (path / "status" / "c.4.0.0").unlink()
    (path / "x" / "c.0").unlink()
    (path / "E" / "zarr.json").unlink()
    (path / "pair" / "zarr.json").write_text("{")
    assert set(stores.verify(path).damage) == {
        Damage("V", "c.2.0", "missing"),
        Damage("status", "c.4.0.0", "missing, and the journal has it as committed"),
        Damage("x", "c.0", "missing"),
        Damage("E", "zarr.json", "missing"),
        Damage("pair", "zarr.json", "not readable as JSON"),
    }


def test_changed_metadata_is_found(path):
    file = path / "V" / "zarr.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"shape": [50, 11]}))
    (damage,) = stores.verify(path).damage
    assert damage == Damage("V", "zarr.json", "changed: shape is [50, 11], not [50, 10]")


def test_without_a_journal_checksums_are_checked_all_the_same(path):
    journal(path).unlink()
    file = path / "V" / "c.3.0"
    file.write_bytes(file.read_bytes()[:-1])
    report = stores.verify(path)
    assert report.journalled == 0
    assert [(d.variable, d.chunk) for d in report.damage] == [("V", "c.3.0")]


def test_a_damaged_chunk_cannot_be_read_as_data(path):
    file = path / "V" / "c.3.0"
    content = file.read_bytes()
    file.write_bytes(content[:20] + bytes([content[20] ^ 1]) + content[21:])
    ds = stores.open(path)
    with pytest.raises(DamageError, match=r"V/c.3.0 of chunk 3 \(x 0.308884 to .*checksum"):
        ds.V[12:16].load()
    assert ds.V[:8].notnull().all()


def test_state_says_what_was_found(path):
    state = stores.state(path)
    with xr.open_zarr(path, consolidated=False) as ds:
        ds.load()
    assert (state.done, state.total, state.points) == (13, 13, 1500)
    assert state.complete
    assert not state.running
    assert state.failed == ()
    for name in ("V", "E", "pair"):
        finite = ds[name].values[np.isfinite(ds[name].values)]
        found = state.found[name]
        assert (found.minimum, found.maximum) == (finite.min(), finite.max())
        assert found.finite == finite.size
    for code in (1, 11):
        assert state.status[code] == (ds.status == code).sum()
    assert sum(state.status.values()) == 1500


@pytest.mark.parametrize("harm", [lambda t: b"", lambda t: t[:-20], lambda t: t[:700]])
def test_state_is_the_same_without_its_journal(path, harm):
    before = stores.state(path)
    journal(path).write_bytes(harm(journal(path).read_bytes()))
    assert stores.state(path) == before
    journal(path).unlink()
    assert stores.state(path) == before


def test_state_and_open_need_no_jax(path):
    code = (
        "import sys; from leakscape import store; s = store.state(sys.argv[1])\n"
        "store.open(sys.argv[1]); assert s.complete; assert 'jax' not in sys.modules"
    )
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(
        command, env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_a_dataset_without_one_of_its_variables_is_an_error(path):
    shutil.rmtree(path / "E")
    with pytest.raises(StoreError, match=r"damaged, E/zarr.json: missing .and 1 more"):
        stores.open(path)


def test_nothing_there_is_an_error(tmp_path):
    for look in (stores.open, stores.state, stores.verify):
        with pytest.raises(StoreError, match=r"no sweep there; leakscape run makes one"):
            look(tmp_path / "nothing")


def test_a_foreign_group_opens_yet_has_no_state(tmp_path):
    ds = xr.Dataset({"V": ("x", [1.0, 2.0])}, {"x": [0, 1]})
    ds.to_zarr(tmp_path / "a.zarr", zarr_format=3, consolidated=False)
    xr.testing.assert_equal(stores.open(tmp_path / "a.zarr").load(), ds)
    with pytest.raises(StoreError, match=r"no sweep of Leakscape's"):
        stores.state(tmp_path / "a.zarr")


def test_many_chunks_open_without_a_dask_graph(path, monkeypatch):
    assert stores.open(path).V.chunks is not None
    monkeypatch.setattr(importlib.import_module("leakscape.store.open"), "MOST_DASK_CHUNKS", 5)
    lazy = stores.open(path)
    assert lazy.V.chunks is None
    assert math.isfinite(lazy.V[0, 0])


def bomb(path, shape, chunks, name="x"):
    group = zarr.open_group(path, mode="w")
    group.create_array(name, shape=shape, chunks=chunks, dtype="float64", dimension_names=["x"])
    return path


def test_a_coordinate_that_would_fill_the_memory_is_refused(tmp_path):
    path = bomb(tmp_path / "a", (10**12,), (10**6,))
    with pytest.raises(StoreError, match=r"coordinates of 8e\+12 bytes"):
        stores.open(path)


def test_a_chunk_that_would_fill_the_memory_is_refused(tmp_path):
    path = bomb(tmp_path / "a", (10**12,), (10**10,), "V")
    with pytest.raises(StoreError, match=r"V has chunks of 8e\+10 bytes"):
        stores.open(path)


def test_a_chunk_of_no_length_is_refused(tmp_path):
    path = bomb(tmp_path / "a", (10,), (5,), "V")
    file = path / "V" / "zarr.json"
    file.write_text(file.read_text().replace("5", "0"))
    with pytest.raises(StoreError, match=r"damaged"):
        stores.open(path)


def test_a_chunk_bomb_of_any_count_opens_without_a_graph(tmp_path):
    path = bomb(tmp_path / "a", (10**12,), (10,), "V")
    assert stores.open(path).V.chunks is None
