"""Laws of two at one path: of two runs one computes, and a replaced sweep writes nothing."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from leakscape import store as stores
from leakscape.errors import BusyError
from leakscape.evaluation.plan import make_plan
from leakscape.running import filling, sweep, work
from leakscape.running.job import job_of
from leakscape.store.metadata import read


class Meanwhile:
    """Does something while a run goes on, at its first chunk."""

    def __init__(self, act):
        self.act, self.done = act, False

    def started(self, total, done, points_per_task): ...

    def advanced(self, done):
        if not self.done:
            self.done = True
            self.act()

    def finished(self, report): ...


def test_of_two_that_make_a_store_at_one_moment_one_is_busy(
    toy, path, contents, whole, monkeypatch
):
    ready, meet, ended = threading.Barrier(2), filling._laid_out, []

    def together(*given):
        found = meet(*given)
        if threading.current_thread() in runs and not path.exists():
            ready.wait(60)  # both have planned a store where there is none
        return found

    def run():
        try:
            ended.append(sweep(toy(), path, observer=observers.pop()))
        except BusyError as error:
            ended.append(error)
            turned_away.set()

    turned_away = threading.Event()
    observers = [Meanwhile(lambda: turned_away.wait(60)) for _ in range(2)]
    monkeypatch.setattr(filling, "_laid_out", together)
    runs = [threading.Thread(target=run) for _ in range(2)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join()
    (busy,) = [one for one in ended if isinstance(one, BusyError)]
    (report,) = [one for one in ended if one is not busy]
    assert busy.exit_status == 75
    assert report.complete
    assert report.computed == 13
    assert contents(path) == whole


def test_what_a_run_has_not_finished_writing_is_left_alone_by_another(toy, path):
    sidecar = Path(f"{path}.sweep")

    def intrude():
        unfinished = [path / "V" / "c.0.abc.partial", sidecar / "tmp-abc"]
        for file in unfinished:
            file.touch()
        with pytest.raises(BusyError):
            sweep(toy(), path)
        stores.state(path)
        stores.verify(path)
        assert all(file.exists() for file in unfinished)

    observer = Meanwhile(intrude)
    assert sweep(toy(), path, observer=observer).complete
    assert observer.done
    sweep(toy(), path)
    assert not list(sidecar.glob("tmp-*"))


def test_a_worker_of_a_sweep_that_was_replaced_writes_nothing(toy, path, contents, tmp_path):
    sweep(toy(), path)
    old = job_of(read(path), toy(), make_plan(toy()))
    for end in ("", ".sweep"):
        shutil.move(f"{path}{end}", f"{tmp_path / 'old.zarr'}{end}")
    sweep(toy(question="Again?"), path)
    (path / "status" / "c.3.0.0").unlink()
    before = contents(path)
    outcome = work.run_chunks(old, 3, 3)
    assert outcome.fatal == "another sweep was put at the path of this one"
    assert outcome.lines == ()
    assert contents(path) == before
