"""Laws of flushing: what is added gets onto the disk, in time or left to the system, or is told."""

from __future__ import annotations

import errno
import os
import threading

import pytest

from leakscape.errors import StorageError
from leakscape.running import sweep
from leakscape.store import durable
from leakscape.store.durable import Flusher, flush, put


@pytest.fixture
def flushed(monkeypatch):
    """Record what is flushed, by its place on the disk, which a rename leaves."""
    seen, fsync = [], os.fsync

    def recorded(handle):
        told = os.fstat(handle)
        seen.append((told.st_dev, told.st_ino))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", recorded)
    return seen


def place(path):
    told = path.stat()
    return told.st_dev, told.st_ino


def test_a_run_flushes_every_file_its_folder_and_the_journal_last(
    toy, tmp_path, flushed, monkeypatch
):
    monkeypatch.setattr("leakscape.running.progress.MOST_SHARE", 1e6)
    path = tmp_path / "a.zarr"
    sweep(toy(), path)
    files = [path, *path.rglob("*"), path.with_name("a.zarr.sweep") / "root.json"]
    assert set(map(place, files)) <= set(flushed)
    assert flushed[-1] == place(path.with_name("a.zarr.sweep") / "journal.jsonl")


def test_a_new_content_is_flushed_before_it_takes_the_old_one_s_place(tmp_path, flushed):
    file = tmp_path / "a"
    file.write_text("old")
    old = place(file)
    put(file, b"new", tmp_path / "aside")
    assert file.read_bytes() == b"new"
    assert flushed == [place(file), place(tmp_path)]
    assert old not in flushed


def test_old_files_are_flushed_while_a_run_goes_on(tmp_path, flushed, monkeypatch):
    monkeypatch.setattr(durable, "INTERVAL_SECONDS", 0.001)
    monkeypatch.setattr(durable, "AGE_SECONDS", 0.0)
    done = threading.Event()
    (tmp_path / "a").touch()
    (tmp_path / "last").touch()
    with Flusher(tmp_path / "last") as flusher:
        monkeypatch.setattr(flusher, "_flush", lambda path: path.name == "last" and done.set())
        flusher.add([tmp_path / "a"])
        assert done.wait(60)


def test_a_disk_that_hangs_does_not_hold_a_run_up(tmp_path, monkeypatch):
    (tmp_path / "a").touch()
    free = threading.Event()
    monkeypatch.setattr(os, "fsync", lambda handle: free.wait(60))
    with Flusher(tmp_path / "last") as flusher:
        flusher.add([tmp_path / "a"])
        flusher.settle(0.01)
        assert not free.is_set()
    free.set()


def test_a_disk_that_refuses_is_a_storage_error(tmp_path, monkeypatch):
    def refuse(handle):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    (tmp_path / "a").touch()
    monkeypatch.setattr(os, "fsync", refuse)
    with Flusher(tmp_path / "last") as flusher:
        flusher.add([tmp_path / "a"])
        with pytest.raises(StorageError, match=r"cannot be put on the disk, got Input"):
            flusher.settle(60)


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EPERM])
def test_a_file_system_that_knows_no_flushing_is_no_error(tmp_path, monkeypatch, number):
    def unable(handle):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", unable)
    flush(tmp_path)


def test_what_is_gone_is_passed_over(tmp_path):
    flush(tmp_path / "gone")
