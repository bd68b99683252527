"""Laws of claiming: a sweep goes where nothing else is, and one run at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import zarr

from leakscape.errors import BusyError, PlanError, StorageError, StoreError
from leakscape.evaluation.plan import make_plan
from leakscape.store import room
from leakscape.store.layout import Store
from leakscape.store.lock import held, holder, lock, settle


def test_an_absent_path_and_an_empty_folder_may_be_used(tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty", "deeper/new", "mit Leerzeichen ü"):
        assert settle(tmp_path / name) == tmp_path / name


def test_a_foreign_folder_is_refused(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "notes.txt").touch()
    with pytest.raises(StoreError, match=r"holds something that is no sweep"):
        settle(tmp_path / "a")


def test_a_foreign_zarr_group_is_refused(tmp_path):
    zarr.open_group(tmp_path / "a", mode="w")
    with pytest.raises(StoreError, match=r"holds something that is no sweep"):
        settle(tmp_path / "a")


def test_a_file_is_refused(tmp_path):
    (tmp_path / "a").touch()
    with pytest.raises(StoreError, match=r"is a file, not a store"):
        settle(tmp_path / "a")


def test_a_symbolic_link_is_refused(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "a").symlink_to(tmp_path / "real")
    with pytest.raises(StoreError, match=r"is a symbolic link"):
        settle(tmp_path / "a")


def test_a_path_inside_another_store_is_refused(tmp_path):
    zarr.open_group(tmp_path / "a", mode="w")
    with pytest.raises(StoreError, match=r"lies inside the Zarr store .*/a;"):
        settle(tmp_path / "a" / "b" / "c")


def test_a_path_below_a_file_is_refused(tmp_path):
    (tmp_path / "a").touch()
    with pytest.raises(StorageError, match=r"is a file, so nothing can be put below it"):
        settle(tmp_path / "a" / "b")


def test_a_folder_without_permission_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(StorageError, match=r"may not be written"):
        settle(tmp_path / "a")


def test_a_remote_address_is_refused():
    with pytest.raises(StoreError, match=r"remote stores are not supported"):
        settle("s3://bucket/a.zarr")


def test_a_pipeline_that_writes_in_place_is_refused(tmp_path):
    with (
        zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"}),
        pytest.raises(StoreError, match=r"zarrs.ZarrsCodecPipeline.*unset it"),
    ):
        settle(tmp_path / "a")


def test_a_second_run_is_told_who_holds_the_store(tmp_path):
    path = tmp_path / "a"
    assert not held(path)
    with lock(path):
        assert held(path)
        busy = pytest.raises(BusyError, match=rf"another run \(pid {os.getpid()} on .*since")
        with busy as caught, lock(path):
            pass
        assert caught.value.exit_status == 75
    assert not held(path)
    with lock(path):
        pass


def test_a_killed_process_leaves_no_lock(tmp_path):
    path = tmp_path / "a"
    code = (
        "import os, signal, sys; from pathlib import Path; from leakscape.store.lock import lock\n"
        "with lock(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert ended.returncode == -9
    assert holder(path)["pid"] != os.getpid()
    with lock(path):
        assert holder(path)["pid"] == os.getpid()


@pytest.fixture
def planned(toy, tmp_path):
    return Store.of(make_plan(toy()), tmp_path / "a", identity="", compression="default")


def test_too_many_chunks_are_refused(planned, monkeypatch):
    monkeypatch.setattr(room, "MOST_CHUNKS", 20)
    with pytest.raises(PlanError, match=r"at most 20 chunks, got 40"):
        room.refuse_too_large(planned)


def test_a_holder_file_that_says_nothing_or_has_no_end_names_another_run(tmp_path):
    path = tmp_path / "a"
    with lock(path):
        file = Path(f"{path}.sweep") / "holder.json"
        for text in ("{}", '{"pid": 1}', "[1]", "5", "[" * 100_000, "{", "x" * 20_000):
            file.write_text(text)
            with (
                pytest.raises(BusyError, match=r"a: another run holds it; wait for it"),
                lock(path),
            ):
                pass
        file.write_text('{"pid": 7, "host": "\\u001b[31mx", "since": ["y"]}')
        with pytest.raises(BusyError, match=r"another run \(pid 7 on .*x, since"), lock(path):
            pass
        file.unlink()
        os.mkfifo(file)
        assert holder(path) == {}
