"""Laws of stores that a stranger made or changed: read, or refused in one bounded sentence."""

from __future__ import annotations

import contextlib
import json
import os
import random
from pathlib import Path

import pytest
from copies import restored

from leakscape import picture
from leakscape import store as stores
from leakscape.analyse.findings import find
from leakscape.errors import SweepError
from leakscape.running import sweep
from leakscape.store import root
from leakscape.store.lines import sealed
from leakscape.store.values import loaded

AXES = {
    "x": {"log": [0.1, 10.0], "size": 12, "unit": "1"},
    "t": {"values": [5.0, 25.0, 37.0], "unit": "degC"},
    "s": {"label": ["one", "two"], "y": {"values": [1.0, 2.0], "unit": "1"}},
}
PICTURE = {"output": "V", "x": "x", "select": {"t": "25 degC"}, "contour": ["-55 mV"]}
VALUES = (
    *(
        None,
        True,
        0,
        1,
        -1,
        2**31,
        2**63,
        10**30,
        10**400,
        0.5,
        1e308,
        "",
        "x",
        "1",
        "\0",
        "\x1b[31m",
    ),
    *([], {}, [[]], [1], ["x"], {"x": 1}, "../x", "status", "float64", "x" * 9000, float("inf")),
    *([10**9] * 3, [0], [[["x"]]], "bytes", "5 m**9**9**9", "zarr.json", "V", "[" * 20_000),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Keep one finished sweep, small and with every kind of array, for the module."""
    return tmp_path_factory.mktemp("made") / "a.zarr"


@pytest.fixture
def study(toy):
    return toy(axes=AXES, picture=PICTURE)


@pytest.fixture
def path(made, study, tmp_path, monkeypatch):
    """Give each test a finished sweep of its own, and a folder to draw in."""
    if not made.exists():
        sweep(study, made)
    monkeypatch.chdir(tmp_path)
    return restored(made, tmp_path / "a.zarr")


def looked_at(path: Path, study) -> list[str]:
    """Do with a store whatever can be done with one; return the sentences of what was refused."""
    refused = []
    for act in (
        lambda: [loaded(variable) for variable in stores.open(path).variables.values()],
        lambda: stores.state(path),
        lambda: stores.verify(path),
        lambda: find(path),
        lambda: picture.draw([path]),
        lambda: sweep(study, path),
    ):
        try:
            act()
        except SweepError as error:
            refused.append(str(error))
    for text in refused:
        assert text.replace("\N{NO-BREAK SPACE}", " ").isprintable()
        assert len(text) <= 2100
    return refused


def test_the_sweep_is_sound(path, study):
    assert looked_at(path, study) == []
    assert stores.state(path).complete


def changed(document, chance: random.Random):
    """Put a nasty value somewhere into JSON data, or take or rename something there."""
    if isinstance(document, str) and document[:1] in "{[" and chance.random() < 0.95:
        try:
            return json.dumps(changed(json.loads(document), chance))
        except ValueError:
            pass
    if isinstance(document, dict) and document and chance.random() < 0.93:
        key = chance.choice(sorted(document))
        rest = {name: entry for name, entry in document.items() if name != key}
        what = chance.random()
        if what < 0.08:
            return rest
        if what < 0.14:
            return rest | {chance.choice(["", "x", "../x", "status", key.upper()]): document[key]}
        return document | {key: changed(document[key], chance)}
    if isinstance(document, list) and document and chance.random() < 0.7:
        place = chance.randrange(len(document))
        what = chance.random()
        middle = [changed(document[place], chance)] if what < 0.8 else []
        middle = document[place : place + 1] * 2 if what > 0.9 else middle
        return document[:place] + middle + document[place + 1 :]
    return chance.choice(VALUES)


def identity(path: Path) -> str:
    """Return what seals of a store's journal are made with; ValueError where its root is harmed."""
    try:
        attributes = json.loads((path / "zarr.json").read_bytes())["attributes"]
        return str(json.loads(attributes["sweep"])["identity"])
    except (TypeError, KeyError) as error:
        raise ValueError from error


def harmed(path: Path, chance: random.Random) -> None:
    """Change one file of a store: its JSON, its bytes, or what kind of file it is."""
    files = sorted(file for file in path.rglob("*") if file.is_file())
    files = [file for file in files if file.name == "zarr.json"] * 4 + files
    journal = Path(f"{path}.sweep") / "journal.jsonl"
    file = chance.choice([path / "zarr.json"] * len(files) + files + [journal] * (len(files) // 2))
    content = file.read_bytes()
    if file.suffix == ".json" and chance.random() < 0.9:
        document = changed(json.loads(content), chance)
        file.write_text(json.dumps(document))
        if file == path / "zarr.json" and chance.random() < 0.8:  # a stranger seals it too
            with contextlib.suppress(TypeError, KeyError, AttributeError):
                file.write_bytes(root.sealed(document))
    elif file == journal and chance.random() < 0.9:
        lines = content.splitlines()
        place = chance.randrange(len(lines))
        line = {k: v for k, v in json.loads(lines[place]).items() if k != "seal"}
        line = changed(line, chance)
        lines[place] = json.dumps(line).encode()
        if isinstance(line, dict) and line and chance.random() < 0.8:
            with contextlib.suppress(ValueError):
                lines[place] = sealed(identity(path), line).removesuffix(b"\n")
        file.write_bytes(b"\n".join(lines) + b"\n")
    else:
        place = chance.randrange(len(content))
        size = chance.choice([0, 1, 1, 9, len(content)])
        middle = chance.choice([b"", bytes(size), chance.randbytes(size), content])
        file.write_bytes(content[:place] + middle + content[place + size :])


def tried(path: Path, made: Path, study, seed: int) -> None:
    """Harm a store in one way or several, and look at what is left."""
    chance = random.Random(seed)
    restored(made, path)
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        with contextlib.suppress(ValueError, IndexError, RecursionError):  # harmed twice
            harmed(path, chance)
    looked_at(path, study)


@pytest.mark.slow
def test_three_hundred_changed_stores_are_read_or_refused_in_a_sentence(path, made, study):
    for seed in range(300):
        tried(path, made, study, seed)


@pytest.mark.repeats(quick=10)
@pytest.mark.parametrize("kind", ["pipe", "endless", "folder", "loop", "gone"])
@pytest.mark.parametrize(
    "place",
    [
        "zarr.json",
        "V/zarr.json",
        "x/zarr.json",
        "x/c.0",
        "status/c.0.0.0",
        "../a.zarr.sweep/journal.jsonl",
    ],
)
def test_what_is_no_regular_file_is_not_read(path, study, place, kind):
    file = path / place
    file.unlink()
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    elif kind != "gone":
        file.symlink_to("/dev/zero" if kind == "endless" else file.name)
    refused = looked_at(path, study)
    assert refused or kind == "gone" or "json" not in place
