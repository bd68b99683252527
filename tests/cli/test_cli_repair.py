"""`repair`, and what every command says of damage: the file, the chunk's values, the remedy."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.fixture
def chunk(command: Command, folder: Path) -> Path:
    """Run the study, and return a chunk of it."""
    assert command("run", "toy.toml").status == 0
    return next((folder / "toy.zarr" / "V_rest").glob("c*"))


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def test_a_sound_store_has_nothing_to_repair(command: Command, chunk: Path) -> None:
    said = command("repair", "toy.zarr")
    assert (said.status, said.last) == (0, "Sound: toy.zarr: nothing to repair")


def test_a_damaged_chunk_is_taken_away_and_run_computes_it(command: Command, chunk: Path) -> None:
    whole = chunk.read_bytes()
    flip(chunk)
    for words in (("plot", "toy.zarr"), ("run", "toy.toml")):  # which read it
        said = command(*words)
        assert said.status == 3
        assert f"damaged, V_rest/{chunk.name} of chunk 0 (x 0 to 1, r 0.01 to 100" in said.last
        assert said.last.endswith("/toy.zarr makes it sound")
    said = command("repair", "toy.zarr")
    assert said.status == 0
    assert f"Not computed any more: V_rest/{chunk.name} of chunk 0 (x 0 to 1" in said.out
    assert said.last.endswith("compute them again with: leakscape run toy.toml --store toy.zarr")
    assert not chunk.exists()
    assert command("status", "toy.zarr").status == 0
    assert command("run", "toy.toml").status == 0
    assert chunk.read_bytes() == whole


def test_a_chunk_that_is_gone_is_told_by_status_and_healed_by_run(
    command: Command, chunk: Path
) -> None:
    whole = chunk.read_bytes()
    chunk.unlink()
    said = command("status", "toy.zarr")
    assert said.status == 3
    assert f"Damaged: V_rest/{chunk.name} of chunk 0 (x 0 to 1, r 0.01 to 100, t " in said.out
    assert f'"damaged": ["V_rest/{chunk.name}"]' in command("status", "--json", "toy.zarr").out
    said = command("plot", "toy.zarr")
    assert (said.status, "missing" in said.last) == (3, True)
    said = command("run", "toy.toml")
    assert said.status == 0
    assert f"Repaired: V_rest/{chunk.name} of chunk 0" in said.out
    assert chunk.read_bytes() == whole


@pytest.mark.parametrize("place", ["zarr.json", "V_rest/zarr.json", "x/c.0"])
def test_what_follows_from_the_study_is_refused_and_written_anew(
    command: Command, chunk: Path, folder: Path, place: str
) -> None:
    file = folder / "toy.zarr" / place
    whole = file.read_bytes()
    flip(file)
    for words in (("plot", "toy.zarr"), ("status", "toy.zarr")):
        said = command(*words)
        assert said.status == 3
        assert f"damaged, {place}: " in said.last
        assert len(said.err.splitlines()) == 1
    said = command("repair", "toy.zarr")
    assert (said.status, said.last) == (0, "Repaired: toy.zarr")
    assert f"Written anew: {place}: " in said.out
    assert file.read_bytes() == whole


def test_what_comes_from_elsewhere_is_left_to_run(command: Command, folder: Path) -> None:
    rows = "ID,x [1],r [1],genotype,V_m [mV]\nb,0.5,1,wt,-70\nc,0.2,2,ko,\n"
    (folder / "cells.csv").write_text(rows, encoding="utf-8")
    text = (folder / "toy.toml").read_text(encoding="utf-8")
    head = text.partition("[axes]")[0]
    (folder / "cells.toml").write_text(
        f'{head}[population]\ntable = "cells.csv"\n[axes]\nt = {{ values = [5], unit = "degC" }}\n',
        encoding="utf-8",
    )
    assert command("run", "cells.toml", "--store", "c.zarr").status == 0
    for place in ("id", "genotype", "V_m"):
        file = folder / "c.zarr" / place / "c.0"
        whole = file.read_bytes()
        flip(file)
        assert f"Damaged: {place}/c.0: its " in command("verify", "c.zarr").out
        said = command("repair", "c.zarr")
        assert said.status == 3
        assert f"Still damaged: {place}/c.0: its " in said.out
        assert said.last.endswith("write them anew with: leakscape run cells.toml --store c.zarr")
        assert command("run", "cells.toml", "--store", "c.zarr").status == 0
        assert file.read_bytes() == whole
        assert command("verify", "c.zarr").status == 0


def test_a_damaged_line_of_the_journal_is_told_and_written_anew(
    command: Command, chunk: Path, folder: Path
) -> None:
    journal = folder / "toy.zarr.sweep" / "journal.jsonl"
    content = journal.read_bytes()
    journal.write_bytes(content.replace(b'"command"', b'"Command"', 1))
    said = command("verify", "toy.zarr")
    assert said.status == 3
    assert "Damaged: ../toy.zarr.sweep/journal.jsonl: line 1 is not as written" in said.out
    assert "Not checked: a damaged line of the journal: whether the root was exch" in said.out
    assert said.last.startswith("Damage: toy.zarr: 1 damaged file (")
    said = command("repair", "toy.zarr")
    assert (said.status, said.last) == (0, "Repaired: toy.zarr")
    assert "Written anew: ../toy.zarr.sweep/journal.jsonl: line 1 is not as written" in said.out
    said = command("verify", "toy.zarr")
    assert (said.status, "Not checked" in said.out) == (0, False)


def test_a_lost_journal_is_remarked_once_and_noted_ever_after(
    command: Command, chunk: Path, folder: Path
) -> None:
    shutil.rmtree(folder / "toy.zarr.sweep")
    said = command("run", "toy.toml")
    assert said.out.count("without a commit in the journal, and taken over") == 1
    assert "Remark" not in command("run", "toy.toml").out
    said = command("verify", "toy.zarr")
    assert said.status == 0
    assert "Not checked: no commit in the journal: whether chunks changed places (" in said.out


def test_status_says_that_it_reads_no_chunk_and_verify_does(command: Command, chunk: Path) -> None:
    flip(chunk)
    said = command("status", "toy.zarr")
    assert (said.status, "damaged" in said.out) == (0, False)
    assert command("verify", "toy.zarr").status == 3
    assert "chunks are listed and not read" in " ".join(command("status", "--help").out.split())
