"""The first law of the engine: any order, interruption or repeat gives the whole, bit for bit."""

from __future__ import annotations

import json
import random
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from leakscape import store as stores
from leakscape.errors import BusyError
from leakscape.evaluation.compile import Evaluator
from leakscape.evaluation.plan import make_plan
from leakscape.running import Interrupted, run, sweep


class Watch:
    """Calls a function whenever the run advances."""

    def __init__(self, then=lambda done: None):
        self.then, self.begun, self.seen, self.report = then, None, [], None

    def started(self, total, done, points_per_task):
        self.begun = (total, done, points_per_task)

    def advanced(self, done):
        self.seen.append(done)
        self.then(done)

    def finished(self, report):
        self.report = report


def lines(path: Path) -> list[dict]:
    text = (Path(f"{path}.sweep") / "journal.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_a_run_computes_every_chunk_once_and_says_so(toy, path, computed):
    watch = Watch()
    report = sweep(toy(), path, observer=watch)
    assert sorted(computed) == list(range(13))
    assert (report.done, report.total, report.computed, report.points) == (13, 13, 13, 1500)
    assert report.complete
    assert report.failed == ()
    assert report.nbytes == sum(
        f.stat().st_size for n in ("V", "E", "pair", "status") for f in (path / n).glob("c*")
    )
    assert watch.begun == (13, 0, 4 * 3 * 10)
    assert watch.seen[-1] == 13
    assert watch.report == report


def test_stored_values_are_those_of_evaluation(toy, path):
    ds = run(toy(), path)
    plan = make_plan(toy())
    evaluator = Evaluator(plan)
    for task in range(plan.grid.tasks):
        with evaluator.block(task) as chunks:
            start = plan.grid.index(task)[0] * 4
            rows = slice(start, min(start + 4, 50))  # the last chunk is padded
            held = ds.V[rows].values
            np.testing.assert_array_equal(held, chunks["V"][: held.shape[0]])
    assert ds.attrs["complete"] == 1


def test_a_finished_sweep_run_again_touches_nothing(toy, path, computed, contents):
    sweep(toy(), path)
    before, root = contents(path), (path / "zarr.json").read_bytes()
    told = lines(path)
    computed.clear()
    report = sweep(toy(), path)
    assert computed == []
    assert report.computed == 0
    assert report.complete
    assert (contents(path), (path / "zarr.json").read_bytes(), lines(path)) == (before, root, told)


@pytest.mark.parametrize("seed", range(3))
def test_chunks_taken_away_are_computed_again_and_no_others(
    toy, path, computed, contents, whole, seed
):
    sweep(toy(), path)
    lost = sorted(random.Random(seed).sample(range(13), 4))
    for task in lost:
        victim = ("V/c.{}.0", "status/c.{}.0.0", "pair/c.{}.0.0")[task % 3]
        (path / victim.format(task)).unlink()
    computed.clear()
    assert sweep(toy(), path).complete
    assert sorted(computed) == lost
    assert contents(path) == whole


def test_an_output_of_lower_rank_that_is_gone_is_computed_by_its_task(
    toy, path, computed, contents, whole
):
    sweep(toy(), path)
    (path / "E" / "c.0").unlink()
    computed.clear()
    sweep(toy(), path)
    assert computed == [0]
    assert contents(path) == whole


@pytest.mark.parametrize(("after", "most"), [(1, 12), (5, 12), (12, 13)])
def test_ctrl_c_keeps_what_is_done_and_the_same_call_resumes(
    toy, path, computed, contents, whole, after, most
):
    computed.clear()
    watch = Watch(lambda done: signal.raise_signal(signal.SIGINT) if done == after else None)
    with pytest.raises(Interrupted, match=r"interrupted, \d+ of 13 chunks done; run the") as caught:
        sweep(toy(), path, observer=watch)
    report = caught.value.report
    assert after <= report.done <= most
    assert caught.value.exit_status == 130
    assert sweep(toy(), path).complete
    assert sorted(computed) == list(range(13))
    assert contents(path) == whole


def test_a_second_ctrl_c_ends_at_once(toy, path, contents, whole):
    def twice(done):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted):
        sweep(toy(), path, observer=Watch(twice))
    assert sweep(toy(), path).complete
    assert contents(path) == whole


def test_ctrl_c_is_python_s_own_again_afterwards(toy, path):
    before = signal.getsignal(signal.SIGINT)
    sweep(toy(), path)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_run_may_be_started_from_any_thread(toy, path, contents, whole):
    thread = threading.Thread(target=sweep, args=(toy(), path))
    thread.start()
    thread.join()
    assert contents(path) == whole


@pytest.mark.slow
def test_a_second_run_is_turned_away_and_the_first_goes_on(toy, path, contents, whole):
    refused = []

    def intrude(done):
        with pytest.raises(BusyError) as caught:
            sweep(toy(), path)
        refused.append(caught.value)

    assert sweep(toy(), path, observer=Watch(intrude)).complete
    assert refused
    assert contents(path) == whole


def test_a_reader_during_the_run_sees_right_values_or_none(toy, path, tmp_path):
    final = run(toy(), tmp_path / "final.zarr").load()

    def look(done):
        with xr.open_zarr(path, consolidated=False) as ds:
            there = ds.status.load() > 0
            assert int(there.sum()) > 0
            for name in ("V", "pair"):
                held = ds[name].load()
                mask = there.any("t")
                xr.testing.assert_equal(held.where(mask), final[name].where(mask))

    sweep(toy(), path, observer=Watch(look))


def test_chunks_of_one_value_and_of_nan_are_written_once(toy, path, computed):
    axes = {"x": {"linear": [9.0, 10.0], "size": 40, "unit": "1"}, "y": toy().axes["y"]}
    study = toy(axes=axes, outputs=["V"])  # beyond x = 8, V is NaN throughout
    assert sweep(study, path).complete
    count = len(computed)
    with xr.open_zarr(path, consolidated=False) as ds:
        assert ds.V.isnull().all()
        assert (ds.status == 11).all()
    assert len(list((path / "V").glob("c*"))) == count > 1
    sweep(study, path)
    assert len(computed) == count


@pytest.mark.parametrize(
    "harm",
    [lambda text: None, lambda text: b"", lambda text: text[:-37], lambda text: b"{}\n" + text],
    ids=["missing", "empty", "torn", "another's"],
)
def test_a_lost_or_torn_journal_is_written_anew_from_the_store(
    toy, path, computed, contents, whole, harm
):
    sweep(toy(), path)
    before, journal = stores.state(path), Path(f"{path}.sweep") / "journal.jsonl"
    text = harm(journal.read_bytes().removesuffix(journal.read_bytes().splitlines(True)[-1]))
    journal.unlink()
    if text is not None:
        journal.write_bytes(text)
    computed.clear()
    assert sweep(toy(), path).complete
    assert computed == []
    assert contents(path) == whole
    told = {tuple(line["chunk"]) for line in lines(path) if "chunk" in line}
    assert told == {(place, 0, 0) for place in range(13)}
    assert stores.state(path) == before
    assert stores.verify(path).journalled == 43


def test_a_chunk_that_no_journal_knows_and_that_is_damaged_is_computed_again(
    toy, path, computed, contents, whole
):
    sweep(toy(), path)
    (Path(f"{path}.sweep") / "journal.jsonl").unlink()
    file = path / "V" / "c.3.0"
    file.write_bytes(bytes(len(file.read_bytes())))
    computed.clear()
    sweep(toy(), path)
    assert computed == [3]
    assert contents(path) == whole


def test_litter_is_removed(toy, path, contents, whole):
    sweep(toy(), path)
    (path / "V" / "c.0.abc.partial").touch()
    (Path(f"{path}.sweep") / "tmp-abc").mkdir()
    sweep(toy(), path)
    assert contents(path) == whole
    assert not list(Path(f"{path}.sweep").glob("tmp-*"))
