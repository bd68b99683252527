"""Laws of a store of format 1: it opens, is drawn, verified, repaired, and goes on as it began."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import exact_values as exact
import numpy as np
import pytest
import xarray as xr

import leakscape as ls
from leakscape import picture
from leakscape import store as stores
from leakscape.evaluation.plan import make_plan
from leakscape.running import sweep
from leakscape.store.flight import Flight, marks
from leakscape.store.lock import lock
from leakscape.store.metadata import read
from leakscape.store.template import create

NAMES = ("whole", "halved")


@pytest.fixture(scope="module")
def study():
    return ls.load(exact.STUDY)


@pytest.fixture
def old(tmp_path):
    """Unpack the two stores: of one all twelve chunks are there, of the other six."""
    with tarfile.open(exact.STORES) as file:
        file.extractall(tmp_path, filter="data")
    return {name: tmp_path / f"{name}.zarr" for name in NAMES}


def journal(path: Path) -> list[dict]:
    text = Path(f"{path}.sweep", "journal.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def holds_what_numpy_gives(path: Path, how: str) -> None:
    for name, (dims, values) in exact.expected().items():
        wanted = exact.beyond(name, dims, values, how)
        np.testing.assert_array_equal(exact.held(path, name, dims), wanted)


@pytest.mark.parametrize("opening", [ls.open, lambda p: xr.open_zarr(p, consolidated=False)])
def test_it_opens_with_the_values_that_numpy_gives(old, opening):
    with opening(old["whole"]) as found:
        for name, (dims, values) in exact.expected().items():
            assert found[name].dims == dims
            assert found[name].dtype == values.dtype
            np.testing.assert_array_equal(found[name].values, values)
    with opening(old["halved"]) as found:
        there = found.status.values > 0
        assert there.sum() == 2 * 3 * 7 + 2 * 2 * 7  # six of twelve chunks
        V = exact.expected()["V"][1]
        np.testing.assert_array_equal(found.V.values[there], V[there])
        assert np.isnan(found.V.values[~there]).all()


def test_it_is_verified_and_drawn_and_its_state_is_known(old, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report, state = stores.verify(old["whole"]), stores.state(old["whole"])
    assert (report.sound, report.unchecked) == (True, ())
    assert (state.done, state.complete, state.status) == (12, True, {1: 84, 11: 21})
    assert picture.draw([old["whole"]])
    report, state = stores.verify(old["halved"]), stores.state(old["halved"])
    assert report.sound
    assert report.unchecked[0].endswith("(2 of 12)")
    assert (state.done, state.complete) == (6, False)
    assert state.failed == ((9, "chunk 9: no reason"),)
    assert [text.partition(" (")[0] for text in state.in_flight] == ["chunk 7"]


def test_a_finished_one_that_is_run_again_stays_as_it_is(old, study, contents):
    before = contents(old["whole"])
    report = sweep(study, old["whole"])
    assert (report.complete, report.computed) == (True, 0)
    assert contents(old["whole"]) == before


@pytest.mark.parametrize("scheduler", ["threads", pytest.param("local:2", marks=pytest.mark.slow)])
def test_an_interrupted_one_goes_on_to_the_bits_of_a_whole_one(old, study, contents, scheduler):
    report = sweep(study, old["halved"], scheduler=scheduler)
    assert (report.complete, report.computed) == (True, 6)
    assert contents(old["halved"]) == contents(old["whole"])
    holds_what_numpy_gives(old["halved"], "edge")
    said = [line for line in journal(old["halved"]) if "chunk" in line]
    assert {line["chunk"] for line in said} == set(range(12))
    assert not [line for line in said if "extent" in line]
    one, other = read(old["halved"]), read(old["whole"])
    assert (one.format, one.fingerprint) == (1, other.fingerprint)
    assert stores.state(old["halved"]).complete
    assert stores.verify(old["halved"]).sound


def test_a_new_one_is_the_one_that_was_made_then(old, study, tmp_path, contents):
    path = tmp_path / "new.zarr"
    with lock(path):
        plan = make_plan(study, chunks=exact.CHUNKS, format=1)
        create(path, plan, compression="none", command="test")
    assert sweep(study, path).complete
    then, now = contents(old["whole"]), contents(path)
    codes = "status/zarr.json"  # which names each code of status, and there are more of them now
    assert {key: now[key] for key in now if key != codes} == {
        key: then[key] for key in then if key != codes
    }
    assert read(path).fingerprint == read(old["whole"]).fingerprint


def test_repair_and_run_heal_it_in_its_own_format(old, study, contents):
    before = contents(old["whole"])
    file = old["whole"] / "V" / "c.2.1.1"
    file.write_bytes(file.read_bytes()[::-1])
    (damage,) = stores.repair(old["whole"]).dropped
    assert damage.task == 11
    assert [line["chunk"] for line in journal(old["whole"]) if "dropped" in line] == [11]
    assert not stores.state(old["whole"]).complete
    assert sweep(study, old["whole"]).computed == 1
    assert contents(old["whole"]) == before
    assert stores.verify(old["whole"]).sound


def test_a_lost_journal_is_written_anew_in_its_own_format(old, study, contents):
    before, said = contents(old["whole"]), journal(old["whole"])
    Path(f"{old['whole']}.sweep", "journal.jsonl").unlink()
    assert sweep(study, old["whole"]).computed == 0
    assert contents(old["whole"]) == before
    assert {line["chunk"] for line in journal(old["whole"]) if "chunk" in line} == set(range(12))
    crcs = {line["chunk"]: line["crc"] for line in said if "crc" in line}
    assert {x["chunk"]: x["crc"] for x in journal(old["whole"]) if "crc" in x} == crcs


def test_a_mark_of_flight_names_the_chunk_as_it_did(old):
    store = read(old["whole"])
    with Flight(store.sidecar, "somebody") as flight:
        flight.at(store, 11)
        (mark,) = marks(store)
        assert json.loads(mark.file.read_bytes()) == {"by": "somebody", "chunk": 11}
        assert mark.chunk == 11
