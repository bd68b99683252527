"""Laws of many chunks: what looks at all of them does a work in proportion to their number."""

from __future__ import annotations

import cProfile
import pstats

import numpy as np
import pytest

from leakscape import store as stores
from leakscape.evaluation import plan
from leakscape.evaluation.plan import make_plan
from leakscape.running import sweep
from leakscape.store.commit import Committer
from leakscape.store.journal import Journal
from leakscape.store.repair import header
from leakscape.store.template import create

FEW = 500
TIMES = 4


def _finished(toy, path, chunks):
    """A finished sweep of so many chunks, without evaluating any."""
    axes = {"x": {"linear": [0.1, 4.0], "size": chunks, "unit": "1"}}
    study = toy(axes=axes, outputs=["V"])
    made = make_plan(study)
    assert made.grid.tasks == chunks
    path.with_name(f"{path.name}.sweep").mkdir()
    store = create(path, made, compression="none", command="test")
    values = {"V": np.ones(1, np.float32), "status": np.ones(1, np.uint8)}
    with Committer(store) as committer, Journal(store, header(store, "test")) as journal:
        lines = [committer.commit(0, values)]
        for task in range(1, chunks):
            for array in store.written_by(task):
                first, file = path / store.key(array, 0), path / store.key(array, task)
                file.write_bytes(first.read_bytes())
            lines.append(lines[0] | {"chunk": task})
        journal.write([*lines, {"ended": {"complete": True}}])
    return study


def _calls(look, study, path):
    """What `look` returned, and how many functions it called: a measure that no load disturbs."""
    with cProfile.Profile() as profile:
        found = look(study, path)
    return found, pstats.Stats(profile).total_calls  # type: ignore[attr-defined]


LOOKS = {"sweep": sweep, "state": lambda study, path: stores.state(path)}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_finished_sweep_of_many_chunks_is_looked_at_once_each(toy, tmp_path, monkeypatch, look):
    monkeypatch.setattr(plan, "CHUNK_BYTES", 4)
    counted = []
    for number, chunks in enumerate((FEW, FEW, TIMES * FEW)):  # the first fills what is kept
        path = tmp_path / f"{number}.zarr"
        found, calls = _calls(look, _finished(toy, path, chunks), path)
        assert found.complete
        counted.append(calls)
    _, few, many = counted
    assert few > FEW
    assert many < 1.25 * TIMES * few
