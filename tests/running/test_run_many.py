"""Laws of many chunks: what looks at all of them takes a time in proportion to their number."""

from __future__ import annotations

import time

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

CHUNKS = 100_000
MOST_SECONDS = 8.0
"""Three times what two shared cores take [s]; a step quadratic in the chunks takes minutes."""


@pytest.mark.slow
def test_a_finished_sweep_of_many_chunks_is_seen_to_be_finished_at_once(toy, path, monkeypatch):
    monkeypatch.setattr(plan, "CHUNK_BYTES", 4)
    axes = {"x": {"linear": [0.1, 4.0], "size": CHUNKS, "unit": "1"}}
    study = toy(axes=axes, outputs=["V"])
    made = make_plan(study)
    assert made.grid.tasks == CHUNKS
    path.with_name("a.zarr.sweep").mkdir()
    store = create(path, made, compression="none", command="test")
    chunks = {"V": np.ones(1, np.float32), "status": np.ones(1, np.uint8)}
    with Committer(store) as committer, Journal(store, header(store, "test")) as journal:
        lines = [committer.commit(0, chunks)]
        for task in range(1, CHUNKS):
            for array in store.written_by(task):
                first, file = path / store.key(array, 0), path / store.key(array, task)
                file.write_bytes(first.read_bytes())
            lines.append(lines[0] | {"chunk": task})
        journal.write([*lines, {"ended": {"complete": True}}])
    for look in (lambda: sweep(study, path), lambda: stores.state(path)):
        started = time.perf_counter()
        found = look()
        assert time.perf_counter() - started < MOST_SECONDS
        assert found.complete
    assert sweep(study, path).computed == 0
