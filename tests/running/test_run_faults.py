"""Laws under faults: a kernel, a write, the disk or the process fails, and nothing is lost."""

from __future__ import annotations

import errno
import os
import subprocess
from contextlib import contextmanager

import pytest
from zarr.storage import LocalStore

from leakscape import store as stores
from leakscape.errors import StorageError
from leakscape.running import sweep
from leakscape.store.commit import Committer


@pytest.fixture
def break_writes(monkeypatch):
    """Let writes of chunks fail with an error: the n-th, or all from the n-th on."""

    @contextmanager
    def arm(number, nth, forever=False):
        count, put = 0, LocalStore.set

        async def breaking(self, key, value):
            nonlocal count
            chunk = "/c" in key and not self.root.name.startswith("tmp-")
            count += chunk
            if chunk and (count == nth or (forever and count > nth)):
                raise OSError(number, os.strerror(number))
            await put(self, key, value)

        with monkeypatch.context() as patch:
            patch.setattr(LocalStore, "set", breaking)
            yield

    return arm


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(1), MemoryError(), KeyError("x")])
def test_a_chunk_that_fails_is_named_and_the_others_go_on(
    toy, path, monkeypatch, contents, whole, error
):
    commit = Committer.commit

    def failing(self, task, chunks):
        if task in (4, 9):
            raise error
        return commit(self, task, chunks)

    with monkeypatch.context() as patch:
        patch.setattr(Committer, "commit", failing)
        report = sweep(toy(), path)
    assert not report.complete
    assert (report.done, report.computed) == (11, 11)
    assert [task for task, _ in report.failed] == [4, 9]
    assert report.failed[0][1].startswith("chunk 4 (x ")
    assert type(error).__name__ in report.failed[0][1]
    state = stores.state(path)
    assert state.failed == report.failed
    assert not state.complete
    assert stores.open(path).attrs["complete"] == 0
    assert sweep(toy(), path).computed == 2
    assert stores.state(path).failed == ()
    assert contents(path) == whole


def test_a_chunk_of_another_shape_than_promised_is_never_stored(toy, path, monkeypatch):
    commit = Committer.commit

    def cut(self, task, chunks):
        return commit(self, task, {name: chunk[:1] for name, chunk in chunks.items()})

    monkeypatch.setattr(Committer, "commit", cut)
    report = sweep(toy(), path)
    assert report.done == 0
    assert (
        "the store holds float32 chunks of shape (4, 10), got float32 of shape (1, 10)"
        in (report.failed[0][1])
    )


@pytest.mark.parametrize("nth", [1, 2, 3, 7, 20, 39, 40])
def test_a_write_that_fails_once_is_tried_again(toy, path, contents, whole, break_writes, nth):
    with break_writes(errno.EIO, nth):
        assert sweep(toy(), path).complete
    assert contents(path) == whole


def test_writes_that_keep_failing_are_failed_chunks(toy, path, break_writes):
    with break_writes(errno.EIO, 1, forever=True):
        report = sweep(toy(), path)
    assert report.done == 0
    assert len(report.failed) == 13
    assert "Input/output error" in report.failed[0][1]


@pytest.mark.parametrize("nth", [1, 8, 30])
def test_a_full_disk_ends_the_run_in_one_line_and_room_resumes_it(
    toy, path, contents, whole, break_writes, nth
):
    full = pytest.raises(StorageError, match=r"disk full: No space left.*of 13 chunks done")
    with break_writes(errno.ENOSPC, nth, forever=True), full as e:
        sweep(toy(), path)
    assert str(e.value).endswith("run the same command to resume")
    assert "\n" not in str(e.value)
    assert not list(path.rglob("*.partial"))
    assert sweep(toy(), path).complete
    assert contents(path) == whole


def test_a_disk_that_is_really_full_leaves_no_torn_chunk(toy, tmp_path, monkeypatch):
    monkeypatch.setattr("leakscape.evaluation.plan.CHUNK_BYTES", 100_000)
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a file system can only be mounted by root")
    try:
        x = {"linear": [0.1, 1.0], "size": 20_000, "unit": "1"}
        study = toy(axes={"x": x, "y": toy().axes["y"]}, outputs=["pair"])
        warned = pytest.warns(UserWarning, match=r"chunks still to come need about .* GB, the disk")
        with pytest.raises(StorageError, match="disk full"), warned:
            sweep(study, disk / "a.zarr")
        assert stores.verify(disk / "a.zarr").sound
        assert stores.state(disk / "a.zarr").done > 0
        remount = ["mount", "-o", "remount,size=8m", str(disk)]
        subprocess.run(remount, check=True, capture_output=True)
        assert sweep(study, disk / "a.zarr").complete
        assert stores.verify(disk / "a.zarr").sound
    finally:
        subprocess.run(["umount", str(disk)], check=True, capture_output=True)
