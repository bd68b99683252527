"""Laws of room: what cannot fit however it shrinks is refused, what may not fit is told once."""

from __future__ import annotations

import shutil
import subprocess
from collections import namedtuple
from contextlib import contextmanager

import numpy as np
import pytest

from leakscape.cli import main
from leakscape.errors import PlanError, StorageError
from leakscape.evaluation.plan import make_plan
from leakscape.running import run, sweep
from leakscape.store import room
from leakscape.store.codec import CODECS
from leakscape.store.layout import Store

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def planned(toy, tmp_path):
    return Store.of(make_plan(toy()), tmp_path / "a", identity="", compression="default")


@pytest.fixture
def free(monkeypatch):
    """Let disks have so many bytes free."""

    def leave(number):
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, number))

    return leave


def test_nothing_shrinks_by_more_than_what_a_codec_is_credited_with():
    for codec in CODECS.values():
        for dtype in ("u1", "i1", "f4", "f8"):
            for value in (0, 1):
                constant = np.full(2**22, value, dtype)
                encoded = len(np.asarray(codec.encode(constant)).tobytes())
                assert constant.nbytes / encoded <= codec.best


def test_what_cannot_fit_is_refused_and_what_might_is_not(planned, free):
    size = sum(np.prod(array.counts) * array.chunk_bytes for array in planned.variables)
    free(int(size / 255) + 1)
    room.refuse_too_large(planned)
    free(int(size / 255) - 1)
    refused = r"a: needs at least .* GB, the disk has .* GB free; make room, .* \(--force\)$"
    with pytest.raises(StorageError, match=refused):
        room.refuse_too_large(planned)
    room.refuse_too_large(planned, 0.5)
    room.refuse_too_large(planned, force=True)


def test_force_begins_on_a_disk_that_seems_too_small(toy, tmp_path, free):
    free(0)
    with pytest.raises(StorageError, match="needs at least"):
        run(toy(), tmp_path / "a.zarr")
    assert not (tmp_path / "a.zarr").exists()
    with pytest.warns(UserWarning, match="chunks still to come need about"):
        assert run(toy(), tmp_path / "a.zarr", force=True).attrs["complete"] == 1


class Watch:
    """Keeps what it is warned of."""

    def __init__(self):
        self.warnings = []

    def started(self, total, done, points_per_task):
        pass

    def advanced(self, done):
        pass

    def finished(self, report):
        pass

    def warned(self, text):
        self.warnings.append(text)


def test_a_disk_that_will_not_do_is_told_once_by_what_chunks_really_take(toy, tmp_path, free):
    watch = Watch()
    report = sweep(toy(), tmp_path / "whole.zarr", observer=watch)
    assert watch.warnings == []
    free(report.nbytes)
    sweep(toy(), tmp_path / "fits.zarr", observer=watch)
    assert watch.warnings == []
    free(report.nbytes // 20)
    assert sweep(toy(), tmp_path / "a.zarr", observer=watch).complete
    (text,) = watch.warnings
    assert "a.zarr: the " in text
    assert text.endswith("GB free; make room meanwhile")


def test_a_forecast_waits_for_enough_chunks_and_multiplies(planned, free):
    said = []
    forecast = room.Forecast(planned, said.append)
    free(7_999)
    forecast.note(4, 400, 80)
    assert said == []
    forecast.note(1, 100, 80)
    assert len(said) == 1
    assert "the 80 chunks still to come need about 8e-06 GB" in said[0]
    forecast.note(1, 10**9, 80)
    assert len(said) == 1


def test_more_metadata_than_a_store_is_read_with_is_refused_before(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "LARGEST_METADATA_BYTES", 500)
    with pytest.raises(PlanError, match=r"a study may take 0 MB in 2000000 entries, got 0 MB"):
        sweep(toy(), tmp_path / "a.zarr")
    assert not list(tmp_path.iterdir())


@contextmanager
def disk(folder, size):
    """Mount a small disk, or skip where one may not."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a file system can only be mounted by root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True, capture_output=True)


KERNEL = """
def kernel(*, x, y):
    return {"V": x + 1000.0 * y}
kernel.parameters = {"x": {"unit": "1"}, "y": {"unit": "1"}}
kernel.outputs = {"V": {"unit": "mV"}}
"""
STUDY = """
name = "big"
kernel = "own.py:kernel"
[axes]
x = { linear = [0, 1], size = 5000, unit = "1" }
y = { linear = [0, 1], size = 4000, unit = "1" }
"""


def test_resuming_on_a_full_disk_is_74_and_says_how_to_resume(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(KERNEL)
    (tmp_path / "big.toml").write_text(STUDY)
    with disk(tmp_path / "disk", "10m") as folder:
        command = ["run", "big.toml", "--store", str(folder / "a.zarr")]
        assert main(command) == 74  # 80 MB that shrink to 14: nobody can know before
        assert "chunks still to come need about" in capfd.readouterr().err
        (folder / "filler").write_bytes(bytes(shutil.disk_usage(folder).free))
        assert main(command) == 74
        *_, fault, resume = capfd.readouterr().err.splitlines()
        assert "No space left" in fault or "disk" in fault
        assert resume.startswith("Resume with: ")
        assert resume.endswith("run big.toml --store " + str(folder / "a.zarr"))
        subprocess.run(["mount", "-o", "remount,size=200m", folder], check=True)
        assert main(command) == 0


def test_a_result_that_shrinks_runs_on_a_disk_smaller_than_half_of_it(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(KERNEL.replace("x + 1000.0 * y", "0.0 * (x + y)"))
    (tmp_path / "big.toml").write_text(STUDY)
    with disk(tmp_path / "disk", "8m") as folder:
        assert main(["run", "big.toml", "--store", str(folder / "a.zarr")]) == 0
        assert "still to come" not in capfd.readouterr().err
