"""Laws of the disk: before every single file operation of a run, it is killed or the disk fails."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from leakscape import store as stores
from leakscape.errors import StorageError, SweepError
from leakscape.evaluation import plan
from leakscape.running import sweep
from leakscape.store.journal import Journal
from leakscape.store.metadata import read

OPERATIONS = frozenset(
    {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.listdir", "os.scandir"}
)
AXES = {"x": {"linear": [0.1, 4.0], "size": 10, "unit": "1"}, "y": {"values": [1.0], "unit": "1"}}


class Watch:
    """Calls a function before each file operation below a folder, one at a time."""

    def __init__(self) -> None:
        self.folder, self.before = "", lambda operation, file: None
        self.lock, self.mine, self.hooked = threading.Lock(), threading.local(), False

    def hear(self, operation: str, arguments: tuple[object, ...]) -> None:
        if operation in OPERATIONS and isinstance(arguments[0], str | os.PathLike):
            self.tell(operation, os.fspath(arguments[0]))

    def tell(self, operation: str, file: str) -> None:
        busy = getattr(self.mine, "busy", False)
        if busy or not self.folder or not file.startswith(self.folder):
            return
        self.mine.busy = True
        try:
            with self.lock:
                self.before(operation, file)
        finally:
            self.mine.busy = False


WATCH = Watch()
WRITE = Journal.write


def told_write(self: Journal, lines: object) -> None:
    WATCH.tell("write", str(self.path))  # into an open file, of which Python's audit says nothing
    WRITE(self, lines)


@contextlib.contextmanager
def watched(folder: Path, before: Callable[[str, str], None]) -> Iterator[None]:
    if not WATCH.hooked:
        sys.addaudithook(WATCH.hear)  # nothing takes it away again
        WATCH.hooked = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "write", told_write)
        patch.setattr(WATCH, "before", before)
        patch.setattr(WATCH, "folder", f"{folder}{os.sep}")
        yield


class Failing:
    """Lets the n-th operation fail, or all from the n-th on."""

    def __init__(self, nth: int, forever: bool) -> None:
        self.nth, self.forever, self.count = nth, forever, 0

    def __call__(self, operation: str, file: str) -> None:
        self.count += 1
        if self.count == self.nth or (self.forever and self.count > self.nth):
            raise OSError(errno.EIO, os.strerror(errno.EIO), file)


@pytest.fixture
def study(toy, monkeypatch):
    """Make a study of five chunks, which one thread computes: then any moment is repeatable."""
    monkeypatch.setattr(plan, "CHUNK_BYTES", 16)
    monkeypatch.setattr("leakscape.running.threads.CPU_COUNT", 1)
    return toy(axes=AXES, outputs=["V", "pair"])


@pytest.fixture
def sound(study, tmp_path):
    """Make a sound store."""
    sweep(study, tmp_path / "sound" / "a.zarr")
    return tmp_path / "sound" / "a.zarr"


def content(folder: Path) -> dict[str, bytes]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def all_done(path: Path, study, contents, sound: Path) -> None:
    """Hold a store to be complete after one more run, and as good as one without accident."""
    assert sweep(study, path).complete
    assert contents(path) == contents(sound)
    assert stores.verify(path).sound
    assert not list(path.parent.rglob("*.partial"))
    assert not list(path.parent.rglob("tmp-*"))


def refusal(act: Callable[..., object], *given: object) -> str:
    """Return what an act is refused with, in the only kind of error that it may raise."""
    try:
        act(*given)
    except SweepError as error:
        return str(error)
    return ""


def said_well(text: str, path: Path) -> bool:
    assert not text or str(path) in text
    assert "\n" not in text
    return bool(text)


def states(study, folder: Path) -> list[Path]:
    """Run, and copy what is there before each operation, wherever it differs from the last."""
    work = folder / "run"
    work.mkdir(parents=True)
    copies: list[Path] = []
    last: dict[str, bytes] = {}

    def copy(operation: str, file: str) -> None:
        nonlocal last
        place = folder / str(len(copies))
        while True:
            with contextlib.suppress(shutil.Error):  # what an operation renamed meanwhile
                shutil.copytree(work, place)
                break
            shutil.rmtree(place)
        held = content(place)
        if held == last:
            shutil.rmtree(place)
        else:
            copies.append(place)
        last = held

    with watched(work, copy):
        sweep(study, work / "a.zarr")
    return copies


@pytest.mark.slow
def test_killed_at_any_operation_it_leaves_a_sound_store_or_none(
    study, tmp_path, contents, sound, computed
):
    whole = xr.open_zarr(sound, consolidated=False).load()
    copies = states(study, tmp_path / "states")
    assert len(copies) > 50
    for place in copies:
        path, done = place / "a.zarr", set()
        if path.exists():
            with xr.open_zarr(path, consolidated=False) as seen:
                there = seen.status.load() > 0
                np.testing.assert_array_equal(seen.V.where(there), whole.V.where(there))
            assert stores.verify(path).sound
            done = set(np.flatnonzero(stores.scan.scan(read(path)).there))
        computed.clear()
        all_done(path, study, contents, sound)
        assert sorted(computed) == sorted(set(range(5)) - done)


@pytest.mark.slow
@pytest.mark.parametrize("forever", [False, True], ids=["once", "for ever"])
def test_a_run_whose_disk_fails_at_any_operation_says_so_and_resumes(
    study, tmp_path, contents, sound, forever
):
    nth, refused, reached = 1, 0, True
    while reached:
        path = tmp_path / str(nth) / "a.zarr"
        path.parent.mkdir()
        failing = Failing(nth, forever)
        with watched(path.parent, failing):
            said = refusal(sweep, study, path)
        refused += said_well(said, path)
        all_done(path, study, contents, sound)
        reached = failing.count >= nth
        nth += 1
    assert nth > 150
    assert refused


@pytest.mark.repeats(quick=2)
@pytest.mark.parametrize("forever", [False, True], ids=["once", "for ever"])
@pytest.mark.parametrize("look", [stores.open, stores.state, stores.verify, stores.repair])
def test_a_look_at_a_store_whose_disk_fails_says_so(
    study, tmp_path, contents, sound, look, forever
):
    path, nth, reached = tmp_path / "a.zarr", 1, True
    while reached:
        for end in ("", ".sweep"):
            shutil.rmtree(f"{path}{end}", ignore_errors=True)
            shutil.copytree(f"{sound}{end}", f"{path}{end}")
        failing = Failing(nth, forever)
        with watched(tmp_path, failing):
            said = refusal(look, path)
        said_well(said, path)
        if look is stores.repair:  # which takes away what it could not read
            all_done(path, study, contents, sound)
        else:
            assert contents(path) == contents(sound)
        reached = failing.count >= nth
        nth += 5
    assert nth > 20


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("a.zarr.sweep/lock", "a.zarr.sweep/lock: cannot be made, got {}"),
        ("a.zarr.sweep/tmp-", "a.zarr: the store cannot be made, got {}; fix that or choose"),
        ("a.zarr.sweep/journal.jsonl", "journal.jsonl: the journal cannot be written, got {}"),
    ],
    ids=["lock", "template", "journal"],
)
def test_what_cannot_be_made_beside_the_chunks_is_named(
    study, tmp_path, contents, sound, place, words, number
):
    path = tmp_path / "here" / "a.zarr"
    path.parent.mkdir()

    def refuse(operation: str, file: str) -> None:
        if f"/here/{place}" in file and operation in ("open", "os.mkdir"):
            raise OSError(number, os.strerror(number), file)

    with watched(path.parent, refuse), pytest.raises(StorageError) as caught:
        sweep(study, path)
    text = str(caught.value)
    assert words.format(os.strerror(number)) in text
    assert "\n" not in text
    assert not path.exists() or stores.verify(path).sound
    all_done(path, study, contents, sound)
