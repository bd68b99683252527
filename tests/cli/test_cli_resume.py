"""What `status` suggests works from where it is read; a store's words follow its study."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

import leakscape as ls

Command = Callable[..., Any]


def incomplete(store: Path) -> None:
    """Take a chunk away."""
    next((store / "status").glob("c*")).unlink()


def suggested(command: Command, *path: str) -> list[str]:
    """Return the words of the command that `status` suggests."""
    return shlex.split(command("status", *path).last.partition("resume with: ")[2])


def test_from_another_folder_the_study_is_found(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("run", "toy.toml")
    incomplete(folder / "toy.zarr")
    assert suggested(command, "toy.zarr")[2] == "toy.toml"
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")
    words = suggested(command, "../toy.zarr")
    assert words == ["leakscape", "run", str(folder / "toy.toml"), "--store", "../toy.zarr"]
    assert command(*words[1:]).status == 0


def test_study_and_store_may_be_moved_together(command: Command, folder: Path) -> None:
    command("run", "toy.toml", "--set", "axes.r.size=5")
    (folder / "moved").mkdir()
    for name in ("toy.toml", "own.py", "toy.zarr", "toy.zarr.sweep"):
        shutil.move(folder / name, folder / "moved" / name)
    incomplete(folder / "moved" / "toy.zarr")
    words = suggested(command, "moved/toy.zarr")
    assert words[2] == "moved/toy.toml"
    assert command(*words[1:]).status == 0


def test_a_study_that_is_gone_is_said_to_be(command: Command, folder: Path) -> None:
    command("run", "toy.toml")
    incomplete(folder / "toy.zarr")
    (folder / "toy.toml").rename(folder / "elsewhere.toml")
    assert command("status", "toy.zarr").last.endswith("where toy.toml has to be found first")


def test_a_store_made_from_python_is_resumed_from_python(command: Command, folder: Path) -> None:
    ls.run(ls.load("toy.toml"), "b.zarr")
    incomplete(folder / "b.zarr")
    last = command("status", "b.zarr").last
    assert last == "Incomplete: b.zarr; resume from Python with: leakscape.run(study, 'b.zarr')"


def test_words_of_a_finished_store_follow_the_study(command: Command, folder: Path) -> None:
    command("run", "toy.toml", "--store", "a.zarr")
    chunk = next((folder / "a.zarr" / "V_rest").glob("c*"))
    before = chunk.stat().st_mtime_ns
    text = (folder / "toy.toml").read_text(encoding="utf-8")
    for old, new in [
        ('name = "toy"', 'name = "dishes"'),
        ("How far does it go?", "Why?"),
        ("As far as -30 mV.", "Nothing."),
        ('contour = "-55 mV"', 'contour = "-40 mV"'),
    ]:
        text = text.replace(old, new, 1)
    (folder / "toy.toml").write_text(text, encoding="utf-8")
    said = command("run", "toy.toml", "--store", "a.zarr")
    assert said.status == 0
    assert said.out.splitlines()[:2] == [
        "Nothing to compute: 16 362 points are there already.",
        "The study says otherwise than the store did, which took it over: "
        "name, question, expect, picture.",
    ]
    assert "crosses -40 mV" in said.out
    assert chunk.stat().st_mtime_ns == before
    with xr.open_zarr(folder / "a.zarr", consolidated=False) as stored:
        words = [stored.attrs[key] for key in ("title", "question", "expect")]
        assert words == ["dishes", "Why?", "Nothing."]
    again = command("run", "toy.toml", "--store", "a.zarr")
    assert "otherwise" not in again.out


def test_other_order_comments_and_schedulers_are_the_same_study(
    command: Command, folder: Path
) -> None:
    command("run", "toy.toml")
    head, _, rest = (folder / "toy.toml").read_text(encoding="utf-8").partition("[axes]\n")
    axes, _, picture = rest.partition("[picture]\n")
    lines = [f"{line}  # why not" for line in picture.splitlines()[::-1]]
    text = "\n".join(["# a word", *head.splitlines()[1:4], "[picture]", *lines, "[axes]", axes])
    (folder / "toy.toml").write_text(f'{text}\n[kernel]\nname = "own.py:kernel"\n')
    for scheduler in ("threads", "local:2"):
        said = command("run", "toy.toml", "--scheduler", scheduler)
        assert said.status == 0
        assert said.out.startswith("Nothing to compute: ")
        assert "otherwise" not in said.out
