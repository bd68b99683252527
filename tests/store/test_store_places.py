"""Laws of a lost journal: that exchanged chunks cannot be told stays known, until it can."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from leakscape import store as stores
from leakscape.running import sweep

NOTE = "no commit in the journal: whether chunks changed places ({} of 13)"


@pytest.fixture
def path(toy, tmp_path):
    """A sweep that a run has still to complete: two of its chunks are not there."""
    path = tmp_path / "a.zarr"
    sweep(toy(), path)
    for task in (11, 12):
        (path / "status" / f"c.{task}.0.0").unlink()
    stores.repair(path)
    return path


def swap(path: Path) -> None:
    one, other, aside = path / "V/c.1.0", path / "V/c.2.0", path / "aside"
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def test_chunks_adopted_without_a_journal_stay_unproven(path, toy):
    shutil.rmtree(f"{path}.sweep")
    swap(path)
    assert stores.verify(path).unchecked == (
        "no journal: whether chunks changed places (11 of 13)",
    )
    report = sweep(toy(), path)
    assert (report.computed, report.complete) == (2, True)
    (remark,) = report.remarks
    assert remark.startswith("11 chunks were there without a commit in the journal")
    for _ in range(2):
        found = stores.verify(path)
        assert (found.sound, found.unchecked) == (True, (NOTE.format(11),))
        assert sweep(toy(), path).remarks == ()  # said once


def test_chunks_that_a_truncated_journal_lost_stay_unproven(path, toy):
    journal = Path(f"{path}.sweep") / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(line for line in lines if b'"chunk": [3, 0, 0],' not in line))
    assert stores.verify(path).unchecked == (NOTE.format(1),)
    (remark,) = sweep(toy(), path).remarks
    assert remark.startswith("1 chunk was there")
    assert stores.verify(path).unchecked == (NOTE.format(1),)


def test_a_chunk_that_is_computed_again_is_proven(path, toy):
    shutil.rmtree(f"{path}.sweep")
    sweep(toy(), path)
    (path / "V/c.1.0").unlink()
    assert sweep(toy(), path).computed == 1
    assert stores.verify(path).unchecked == (NOTE.format(10),)


def test_a_damaged_first_line_of_the_journal_is_no_earlier_version(path):
    journal = Path(f"{path}.sweep") / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    whole = [line for line in lines if b'"run": ' not in line]  # the repair said it all again
    journal.write_bytes(whole[0].replace(b'"command"', b'"Command"') + b"".join(whole[1:]))
    found = stores.verify(path)
    assert [damage.what for damage in found.damage] == ["line 1 is not as written"]
    assert found.unchecked == ("a damaged line of the journal: whether the root was exchanged",)
    done = stores.repair(path)
    assert (done.rewritten, done.left) == (found.damage, ())
    found = stores.verify(path)
    assert (found.sound, found.unchecked) == (True, ())


def test_a_run_says_that_it_left_a_damaged_line_out(path, toy):
    journal = Path(f"{path}.sweep") / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"command"', b'"Command"', 1))
    (text,) = sweep(toy(), path).repaired
    assert text == "../a.zarr.sweep/journal.jsonl: line 1 is not as written"
    assert stores.verify(path).damage == ()
