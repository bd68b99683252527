"""Laws of the journal: a line counts as it was written, or not at all."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from leakscape import store as stores
from leakscape.running import sweep
from leakscape.store.journal import history
from leakscape.store.metadata import read

JOURNAL = "../a.zarr.sweep/journal.jsonl"


@pytest.fixture
def made(toy, tmp_path):
    """A finished sweep, its journal, and what is known of it."""
    path = tmp_path / "a.zarr"
    sweep(toy(), path)
    return path, Path(f"{path}.sweep") / "journal.jsonl", stores.state(path)


@pytest.mark.repeats(quick=8)
@pytest.mark.parametrize("seed", range(40))
def test_a_flipped_bit_in_the_journal_is_no_damage_of_a_chunk(made, seed):
    path, journal, state = made
    content = bytearray(journal.read_bytes())
    place = random.Random(seed).randrange(8 * len(content))
    content[place // 8] ^= 1 << place % 8
    journal.write_bytes(content)
    assert {damage.file for damage in stores.verify(path).damage} == {JOURNAL}
    assert stores.state(path) == state
    assert stores.open(path).load().V.notnull().any()


def test_a_flipped_bit_costs_the_line_that_it_is_in_and_no_other(made):
    path, journal, _ = made
    lines = journal.read_bytes().splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if b'"chunk": [7,' in line)
    lines[place] = lines[place].replace(b'"chunk": [7,', b'"chunk": [3,')
    journal.write_bytes(b"".join(lines))
    assert set(history(read(path)).chunks) == set(range(13)) - {7}


@pytest.mark.parametrize("told", ["1", "null", '"x"', "[]", "[[[]]]", "1e400", "{}", "NaN", ""])
def test_json_of_another_type_is_no_line(made, told):
    path, journal, state = made
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([lines[0], told.encode() + b"\n", *lines[1:]]))
    assert stores.state(path) == state
    (damage,) = stores.verify(path).damage
    assert (damage.file, damage.what) == (JOURNAL, "line 2 is not as written")


def test_the_journal_of_another_sweep_is_put_aside(made, toy, tmp_path):
    path, journal, state = made
    sweep(toy(), tmp_path / "b.zarr")
    other = (tmp_path / "b.zarr.sweep" / "journal.jsonl").read_bytes()
    journal.write_bytes(other)
    assert stores.state(path) == state
    assert not stores.verify(path).journalled
    assert sweep(toy(), path).computed == 0
    assert stores.state(path) == state
    assert stores.verify(path).journalled == 43
    assert set(history(read(path)).chunks) == set(range(13))
