"""File names that the locale cannot spell: every command works, and says the name as it is."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from leakscape.spelling import openable, readable

KERNEL = """
def kernel(*, x):
    return {"V": 2.0 * x}

kernel.parameters, kernel.outputs = {"x": "mV"}, {"V": {"unit": "mV", "headline": True}}
"""
STUDY = """
name = "own"
question = "Сколько?"
kernel = "ядро.py:kernel"
[population]
table = "клетки.csv"
"""
COMMANDS = """
import sys
from leakscape.cli import main
words, statuses = sys.argv[1:], []
while words:
    end = words.index("+") if "+" in words else len(words)
    statuses.append(main(words[:end]))
    words = words[end + 1:]
print(*statuses)
"""
BARE = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with Cyrillic names in it."""
    inside = tmp_path / "данные"
    inside.mkdir()
    (inside / "ядро.py").write_text(KERNEL, encoding="utf-8")
    (inside / "клетки.csv").write_text("x [mV]\n1\n2\n", encoding="utf-8")
    (inside / "опыт.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def said(place: Path, commands: list[list[str]]) -> tuple[str, list[str]]:
    """Run commands in a C locale; return what they said, read as UTF-8, and their statuses."""
    environment = os.environ | BARE | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    words = " + ".join(shlex.join(command) for command in commands)
    ended = subprocess.run(
        [sys.executable, "-c", COMMANDS, *shlex.split(words)],
        cwd=place,
        env=environment,
        capture_output=True,
        check=False,
    )
    text = (ended.stdout + ended.stderr).decode("utf-8")
    assert ended.returncode == 0, text
    assert "bug" not in text
    return text, ended.stdout.decode("utf-8").splitlines()[-1].split()


@pytest.mark.slow
def test_every_command_works_and_says_the_name(place: Path) -> None:
    study, store = "данные/опыт.toml", "данные/итог.zarr"
    run = ["run", study, "--store", store]
    commands = [
        ["plan", study],
        run,
        ["status", store],
        ["status", store, "--json"],
        ["verify", store],
        ["plot", store],
        ["status", "данные/нет"],
        ["show", "нет"],
        [*run, "--set", "question='Почему?'"],
    ]
    text, statuses = said(place, commands)
    assert statuses == ["0"] * 6 + ["65", "65", "0"]
    quoted = shlex.quote(study)
    for part in (
        f"Run it with: leakscape run {quoted}",
        f"Result: {store}",
        f"Complete: {store}",
        json.dumps(str(place / store)),
        f"Sound: {store}",
        "Picture: итог.png",
        f"{place / 'данные/нет'}: no sweep",
        "got '???'",  # the locale has no such letters
    ):
        assert part in text
    document = json.loads((place / store / "zarr.json").read_text(encoding="utf-8"))
    assert document["attributes"]["question"] == "Почему?"
    next((place / store / "status").glob("c*")).unlink()
    text, _ = said(place, [["status", store]])
    line = next(line for line in text.splitlines() if "resume with" in line)
    words = shlex.split(line.partition("resume with: ")[2])
    assert words == ["leakscape", *run]


@pytest.mark.skipif(os.name == "nt", reason="there every name is text")
def test_bytes_that_are_no_text_come_out_as_they_went_in() -> None:
    name = os.fsdecode(b"x\xe9.toml")
    assert openable(name) == name
    assert os.fsencode(openable("опыт.toml")) == "опыт.toml".encode()
    assert readable(name) == "x\ufffd.toml"
    assert readable("опыт.toml".encode().decode("ascii", "surrogateescape")) == "опыт.toml"
