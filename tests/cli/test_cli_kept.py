"""What was compiled is kept for the next command, where it can be and nobody said otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import zarr

PROGRAM = "import sys; from leakscape.cli import main; sys.argv[0] = 'leakscape'; main()"


@pytest.fixture
def run(folder: Path):
    """Run the study in a process of its own; return what it said and the files that are kept."""

    def ran(store: str, *words: str, **environment: str) -> tuple[str, dict[str, bytes]]:
        mine = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
        paths = os.pathsep.join(path for path in sys.path if path)
        mine |= {"PYTHONPATH": paths, "XDG_CACHE_HOME": str(folder / "cache"), **environment}
        words = ("run", "toy.toml", "--store", store, *words)
        made = subprocess.run(
            [sys.executable, "-c", PROGRAM, *words],
            cwd=folder,
            env=mine,
            capture_output=True,
            text=True,
            check=True,
        )
        return made.stderr, kept(folder / "cache" / "leakscape" / "compiled")

    return ran


def kept(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("executable-*")}


def values(folder: Path, store: str):
    return zarr.open_array(folder / store / "V_rest", mode="r")[...].tobytes()


@pytest.mark.slow
def test_a_second_process_compiles_nothing_and_gets_the_same_bits(run, folder):
    _, first = run("a.zarr")
    said, second = run("b.zarr")
    assert first.keys() == second.keys()
    assert first
    assert "cache" not in said
    assert values(folder, "a.zarr") == values(folder, "b.zarr")


@pytest.mark.slow
def test_nothing_is_kept_where_that_is_asked_for(run, folder):
    _, files = run("a.zarr", "--no-cache")
    assert files == {}


@pytest.mark.slow
def test_whoever_has_a_cache_of_their_own_keeps_it(run, folder):
    _, files = run("a.zarr", JAX_COMPILATION_CACHE_DIR=str(folder / "mine"))
    assert files == {}


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_no_matter(run, folder):
    (folder / "cache").write_text("no folder", encoding="utf-8")
    said, files = run("a.zarr")
    assert (files, "cache" in said) == ({}, False)


@pytest.mark.slow
def test_a_damaged_entry_is_compiled_again(run, folder):
    _, whole = run("a.zarr")
    for name in whole:
        (folder / "cache" / "leakscape" / "compiled" / name).write_bytes(b"not what was written")
    run("b.zarr")
    assert values(folder, "a.zarr") == values(folder, "b.zarr")
