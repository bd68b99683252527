"""Laws of the extent of a chunk: beyond it is fill, and within it nothing is left uncomputed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import exact_values as exact
import numpy as np
import pytest

import leakscape as ls
from leakscape import store as stores
from leakscape.declare.study import Study
from leakscape.evaluation.plan import make_plan
from leakscape.running import sweep, work
from leakscape.running.job import Outcome
from leakscape.store.codec import encode
from leakscape.store.commit import padded
from leakscape.store.flight import Flight, marks
from leakscape.store.journal import history
from leakscape.store.lines import sealed
from leakscape.store.lock import lock
from leakscape.store.metadata import read
from leakscape.store.template import create

LAST = 11
"""The task of the last chunk, of one point of 2, one of 2 and three of 4."""


@pytest.fixture(scope="module")
def study():
    return ls.load(exact.STUDY)


@pytest.fixture
def path(study, tmp_path):
    """Make the store, whole."""
    path = tmp_path / "a.zarr"
    with lock(path):
        create(path, make_plan(study, chunks=exact.CHUNKS), compression="none", command="test")
    assert sweep(study, path).complete
    return path


def journal(path: Path) -> Path:
    return Path(f"{path}.sweep", "journal.jsonl")


def said(path: Path) -> list[dict]:
    return [json.loads(line) for line in journal(path).read_text().splitlines()]


def say(path: Path, task: int, **changes) -> None:
    """Let the journal say something else of a chunk."""
    name, identity = list(exact.TASKS[task]), read(path).identity
    lines = [line | (changes if line.get("chunk") == name else {}) for line in said(path)]
    for line in lines:
        line.pop("seal")
    journal(path).write_bytes(b"".join(sealed(identity, line) for line in lines))


def empty(path: Path, task: int, points: int = 1) -> None:
    """Leave the last points of a chunk uncomputed, as they are beyond the edge."""
    place = exact.TASKS[task]
    file = path / "status" / ".".join(["c", *map(str, place)])
    codes = np.frombuffer(file.read_bytes()[:-4], np.uint8).reshape(exact.CHUNKS).copy()
    assert (codes[0, 0, :points] > 0).all()
    codes[0, 0, :points] = 0
    file.write_bytes(encode("none", codes)[0].tobytes())


def test_beyond_the_edge_every_variable_holds_its_fill(path):
    for name, (dims, values) in exact.expected().items():
        wanted = exact.beyond(name, dims, values, "fill")
        np.testing.assert_array_equal(exact.held(path, name, dims), wanted)
        with ls.open(path) as found:
            np.testing.assert_array_equal(found[name].values, values)


def test_what_was_found_is_counted_inside_the_edge(path):
    found = stores.state(path)
    V = exact.expected()["V"][1]
    assert found.status == {1: 84, 11: 21}
    assert (found.found["V"].minimum, found.found["V"].maximum) == (np.nanmin(V), np.nanmax(V))
    assert found.found["V"].finite == np.isfinite(V).sum()


def test_only_an_edge_chunk_is_copied(path):
    store = read(path)
    V = next(array for array in store.variables if array.name == "V")
    chunk = np.ones(exact.CHUNKS, np.float32)
    for task, place in enumerate(exact.TASKS):
        edge = any(p == n - 1 for p, n in zip(place, exact.COUNTS, strict=True))
        made = padded(V, chunk, store.grid.within(V, task))
        assert (made is not chunk) == edge
    assert (chunk == 1).all()


def test_the_journal_names_each_chunk_by_its_index_and_says_how_far_it_reaches(path):
    told = {tuple(line["chunk"]): line["extent"] for line in said(path) if "chunk" in line}
    assert told.keys() == set(exact.TASKS)
    for place, extent in told.items():
        reach = zip(place, exact.CHUNKS, exact.SHAPE, strict=True)
        assert extent == [len(range(size)[p * c : (p + 1) * c]) for p, c, size in reach]
    assert sum(map(math.prod, told.values())) == math.prod(exact.SHAPE)


def test_lines_of_failures_and_of_what_was_dropped_name_it_so_too(path, study, monkeypatch):
    (path / "status" / "c.2.1.1").unlink()
    assert [damage.task for damage in stores.repair(path).dropped] == [LAST]
    assert [line["chunk"] for line in said(path) if "dropped" in line] == [[2, 1, 1]]
    lines = ({"chunk": LAST, "failed": "no reason"},)
    monkeypatch.setattr(work, "run_chunks", lambda *_: Outcome(lines=lines))
    assert [task for task, _ in sweep(study, path).failed] == [LAST]
    assert [line["chunk"] for line in said(path) if "failed" in line] == [[2, 1, 1]]
    assert history(read(path)).failures.keys() == {LAST}


@pytest.mark.parametrize(
    "name", [[2, 1], [2, 1, 1, 0], [3, 1, 1], [-1, 1, 1], [2, 1, True], [2.0, 1, 1], LAST, None, {}]
)
def test_what_names_no_chunk_is_about_none(path, name):
    say(path, LAST, chunk=name)
    assert history(read(path)).chunks.keys() == set(range(LAST))
    assert stores.state(path).complete  # it is read


def test_a_mark_of_flight_names_the_chunk_by_its_index(path):
    store = read(path)
    with Flight(store.sidecar, "somebody") as flight:
        for task, place in reversed(list(enumerate(exact.TASKS))):
            flight.at(store, task)
            (mark,) = marks(store)
            assert json.loads(mark.file.read_bytes()) == {"by": "somebody", "chunk": [*place]}
            assert mark.chunk == task


@pytest.mark.parametrize("task", [0, LAST])
def test_a_chunk_that_no_journal_knows_is_done_if_its_status_says_so_everywhere(
    path, study, contents, task
):
    whole = contents(path)
    empty(path, task)
    journal(path).unlink()
    state = stores.state(path)
    assert (state.done, state.complete) == (11, False)
    assert sum(state.status.values()) < math.prod(exact.SHAPE)
    report = sweep(study, path)
    assert (report.complete, report.computed) == (True, 1)
    assert contents(path) == whole


@pytest.mark.repeats(quick=4)
@pytest.mark.parametrize(
    "changes",
    [
        *({"extent": extent} for extent in ([1, 1, 2], [2, 1, 3], [2, 2, 4], [1, 1], None, {})),
        *({"status": codes} for codes in ({"0": 3}, {"1": 2, "0": 1}, {}, None)),
    ],
    ids=str,
)
def test_a_line_counts_only_if_it_says_that_the_whole_extent_was_computed(
    path, study, contents, changes
):
    whole = contents(path)
    say(path, LAST, **changes)
    assert history(read(path)).chunks.keys() == set(range(LAST))
    state = stores.state(path)
    assert (state.done, state.status) == (12, {1: 84, 11: 21})  # its status says that it is done
    assert sweep(study, path).computed == 0
    empty(path, LAST)
    say(path, LAST, **changes)
    assert stores.state(path).done == 11
    assert sweep(study, path).computed == 1
    assert contents(path) == whole


def test_a_run_that_ends_before_it_came_to_such_a_chunk_does_not_count_it(path, study, monkeypatch):
    empty(path, LAST)
    journal(path).unlink()
    monkeypatch.setattr(work, "run_chunks", lambda *_: Outcome(halted="nothing more"))
    report = sweep(study, path)
    assert (report.done, report.complete) == (11, False)
    assert json.loads((path / "zarr.json").read_bytes())["attributes"]["complete"] == 0


def test_a_root_that_is_written_anew_says_whether_all_is_done(path):
    (path / "zarr.json").unlink()
    stores.repair(path)
    assert json.loads((path / "zarr.json").read_bytes())["attributes"]["complete"] == 1
    empty(path, LAST)
    journal(path).unlink()
    (path / "zarr.json").unlink()
    stores.repair(path)
    assert json.loads((path / "zarr.json").read_bytes())["attributes"]["complete"] == 0


def test_a_kernel_that_says_not_computed_is_told_so(tmp_path):
    def kernel(*, x):
        return {"V": x, "status": (x < 2.0).astype("int32")}

    kernel.parameters, kernel.outputs = {"x": "1"}, {"V": "mV"}
    axes = {"x": {"values": [1.0, 2.0, 3.0], "unit": "1"}}
    report = sweep(Study(name="zeros", kernel=kernel, axes=axes), tmp_path / "a.zarr")
    ((task, why),) = report.failed
    assert (task, report.done) == (0, 0)
    words = "status: 0 means not computed, got it at 2 points of the chunk; let the kernel return"
    assert words in why
