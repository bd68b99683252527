"""What is compiled is kept once in a process, by evaluation: running keeps plans."""

from __future__ import annotations

import gc
import weakref

from leakscape.evaluation import executable
from leakscape.evaluation.plan import make_plan
from leakscape.running import sweep, work


def test_a_run_compiles_once_for_all_of_its_tasks(toy, path, tmp_path, monkeypatch):
    compiled, compile_ = [], executable._compile
    monkeypatch.setattr(executable, "_compile", lambda plan: compiled.append(1) or compile_(plan))
    executable._computing.cache_clear()
    executable._executable.cache_clear()
    assert sweep(toy(), path).total == 13
    assert len(compiled) == 1
    sweep(toy(), tmp_path / "again.zarr")
    assert len(compiled) == 1


def test_nothing_compiled_outlives_the_cache_of_evaluation(toy, path):
    sweep(toy(), path)
    kept = weakref.ref(executable.executable(make_plan(toy())))
    assert kept() is not None
    executable._executable.cache_clear()
    gc.collect()
    assert kept() is None
    assert work._bench.plans  # though the job is known
