"""Laws of identity: no worker writes what the driver would not have computed."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import replace

import numpy as np
import psutil
import pytest

from leakscape import store as stores
from leakscape.declare.study import Study
from leakscape.errors import KernelError, StoreError
from leakscape.evaluation import plan
from leakscape.evaluation.plan import make_plan
from leakscape.running import sweep, work
from leakscape.running.job import job_of, other_software, software
from leakscape.store.layout import Store

OF_ENVIRONMENT = """
import os
SHIFT = float(os.environ.get("SHIFT", "1"))
"""
AT_RANDOM = """
import random
SHIFT = random.random()
"""
BESIDE = "from constants import SHIFT\n"
KERNEL = """
def kernel(*, x):
    return {"V": x + SHIFT}

kernel.parameters, kernel.outputs = {"x": "mV"}, {"V": "mV"}
"""


@pytest.fixture
def cell(tmp_path, monkeypatch):
    """Make a study of 30 chunks of a kernel of one's own."""
    monkeypatch.setattr(plan, "CHUNK_BYTES", 40)

    def make(head):
        (tmp_path / "cell.py").write_text(head + KERNEL, encoding="utf-8")
        axes = {"x": {"linear": [1.0, 300.0], "size": 300, "unit": "mV"}}
        return Study(name="mine", kernel="cell.py:kernel", axes=axes, folder=tmp_path)

    return make


@pytest.fixture
def job(cell, path):
    """Make a job whose store is not there."""
    study = cell(OF_ENVIRONMENT)
    made = make_plan(study)
    return job_of(Store.of(made, path, identity="of nothing", compression="default"), study, made)


@pytest.mark.parametrize("name", sorted(software()))
def test_another_version_of_what_decides_numbers_is_refused(job, name):
    assert other_software(job) == ""
    other = replace(job, software={**job.software, name: "0.0.1"}, kernel="not compiled yet")
    said = work.run_chunks(other, 0, 0).refused
    assert said.startswith(f"has {name} ")
    assert said.endswith(", the driver 0.0.1; install the same on both")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"kernel": "another"}, "gets another code from the kernel than the driver; let it"),
        ({"fingerprint": "another"}, "plans another sweep than the driver; install"),
        ({"study": b"cleave.missing\n."}, ""),
    ],
)
def test_another_kernel_or_plan_is_refused_before_anything_is_written(job, path, change, text):
    outcome = work.run_chunks(replace(job, **change), 0, 0)
    assert outcome.refused.startswith(text)
    assert outcome.refused or outcome.fatal
    assert not path.exists()


@pytest.mark.slow
def test_a_kernel_that_differs_in_every_process_never_starts_on_processes(cell, path):
    with pytest.raises(KernelError, match=r"^worker process \d: gets another code from the kernel"):
        sweep(cell(AT_RANDOM), path, scheduler="local:2")
    assert stores.state(path).done == 0


@pytest.mark.slow
@pytest.mark.parametrize("others", [[], ["1"]], ids=["alone", "beside a good one"])
def test_a_worker_with_other_code_writes_nothing(cell, path, program, others):
    address, _ = program("dask_cluster", "0")
    for shift in ["50", *others]:
        program("dask_worker", address, SHIFT=shift)
    if not others:
        with pytest.raises(KernelError, match=r"^tcp://.*: gets another code from the kernel than"):
            sweep(cell(OF_ENVIRONMENT), path, scheduler=address)
        assert stores.state(path).done == 0
        return
    report = sweep(cell(OF_ENVIRONMENT), path, scheduler=address)
    assert report.complete
    [remark] = [text for text in report.remarks if "takes no part" in text]
    assert remark.startswith("tcp://127.0.0.1:")
    np.testing.assert_array_equal(stores.open(path).V.values, 1.0 + np.arange(1.0, 301.0))


class Editor:
    """Changes files and kills a worker at the first chunk."""

    def __init__(self, file, text):
        self.file, self.text, self.killed = file, text, 0

    def started(self, total, done, points_per_task): ...

    def advanced(self, done):
        if self.killed:
            return
        self.file.write_text(self.text, encoding="utf-8")
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if "leakscape.running.worker" in " ".join(process.cmdline()):
                    self.killed = process.pid
                    os.kill(process.pid, signal.SIGKILL)
                    return

    def finished(self, report): ...


@pytest.mark.slow
@pytest.mark.parametrize("which", ["cell.py", "constants.py"])
def test_editing_a_file_during_a_run_brings_in_no_other_code(cell, path, tmp_path, which):
    (tmp_path / "constants.py").write_text("SHIFT = 1.0\n", encoding="utf-8")
    study = cell(BESIDE)
    text = "SHIFT = 2.0\n" + (KERNEL if which == "cell.py" else "")
    editor = Editor(tmp_path / which, text)
    report = sweep(study, path, scheduler="local:1", observer=editor)
    assert editor.killed
    assert report.complete
    np.testing.assert_array_equal(stores.open(path).V.values, 1.0 + np.arange(1.0, 301.0))
    next((path / "status").glob("c*")).unlink()
    with pytest.raises(StoreError, match="the kernel's code changed since the store was made"):
        sweep(study, path)
