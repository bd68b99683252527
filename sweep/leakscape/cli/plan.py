"""The words of `plan`: what a run would take, with the time measured on this machine."""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from leakscape.cli import terminal
from leakscape.cli.progress import observer
from leakscape.cli.table_words import tell_of_table
from leakscape.cli.terminal import heading, say

if TYPE_CHECKING:
    from leakscape.evaluation.plan import Plan

ROUNDS = 2
"""Chunks measured on each thread."""


def plan(study: str, settings: Sequence[str]) -> int:
    """Plan a study and measure a chunk of it.

    Args:
        study: name or path.
        settings: changes to the study.

    Returns:
        0.

    Raises:
        SweepError: the study is not sound.
    """
    from leakscape.declare.catalogue import load
    from leakscape.evaluation import announce
    from leakscape.evaluation.pass_plan import pass_plan
    from leakscape.evaluation.plan import make_plan
    from leakscape.evaluation.reduced import reduced_plan

    declared = load(study, settings)
    shown = observer().compiling
    with announce.by(shown):
        reduced = None if declared.reduce is None else reduced_plan(declared)
        made = make_plan(declared) if reduced is None else pass_plan(reduced, 0, {})
    tell_of_table(made.space.study)
    sizes = " x ".join(f"{d.name} {d.size}" for d in made.space.dimensions) or "one point"
    say(f"{declared.name}: {terminal.amount(made.space.points)} points ({sizes})")
    heading(
        "What would be stored" if reduced is None else "What tasks would hand over to be merged"
    )
    rows = [
        (
            v.name,
            v.role,
            " x ".join(v.dims) or "a single number",
            " x ".join(map(str, v.shape)),
            " x ".join(map(str, v.chunks)),
            v.dtype,
            terminal.size(v.nbytes),
        )
        for v in made.variables
    ]
    heads = ("variable", "role", "dimensions", "shape", "chunks", "type", "bytes")
    terminal.table(heads, rows, right=("bytes",))
    threads = os.cpu_count() or 1
    with announce.by(shown):
        compiling, each = measure(made, threads)
    _, _, free = shutil.disk_usage(".")
    heading("What a run would take")
    size = " x ".join(map(str, made.grid.chunks)) or "1"
    passes = 1
    if reduced is None:
        say(f"chunks   {made.grid.tasks}, of {size} points each")
    else:
        passes, each_task = reduced.passes, made.space.points / made.grid.tasks
        say(f"tasks    {made.grid.tasks}, of about {terminal.amount(round(each_task))} points each")
        say(f"passes   {passes} over all points" + (", to find quantiles" if passes > 1 else ""))
    say(
        f"bytes    at most {terminal.size(made.nbytes)} before compression, "
        f"{terminal.size(free)} free here"
    )
    in_flight = min(threads, made.grid.tasks)
    say(
        f"memory   about {terminal.size(in_flight * memory(made))} for chunks, "
        f"{in_flight} at a time, besides Python and JAX"
    )
    say(
        f"time     about {terminal.seconds(compiling + passes * made.grid.tasks * each)}: "
        f"{terminal.seconds(compiling)} to compile, then {terminal.amount(_rate(made, each))} "
        "points a second, as measured here, without writing to disk"
    )
    again = ["leakscape", "run", study]
    for setting in settings:
        again += ["--set", setting]
    say()
    say(f"Run it with: {terminal.command(*again)}")
    return 0


def _rate(made: Plan, each: float) -> float:
    """Return points a second; a plan of one short chunk computes no padding."""
    points = math.prod(made.grid.chunks)
    if made.stage is not None:
        points = made.space.points // made.grid.tasks
    return min(made.space.points, points) / max(1e-9, each)


def memory(made: Plan) -> int:
    """Return what one chunk takes while it is computed and encoded [bytes].

    Results, the buffers that they are handed back into, and the encoded bytes.
    """
    import numpy as np

    from leakscape.evaluation.pass_plan import Pass

    reduced = made.stage.plan.points.computed if isinstance(made.stage, Pass) else ()
    variables = (*made.computed, *reduced)
    return 3 * sum(math.prod(v.chunks) * np.dtype(v.dtype).itemsize for v in variables)


def measure(made: Plan, threads: int) -> tuple[float, float]:
    """Compile a plan and compute a few chunks, encoding them as a run would.

    Args:
        made: the plan.
        threads: how many chunks are computed at a time.

    Returns:
        Time to compile, and time for each chunk when so many are computed at a time [s].
    """
    from leakscape.evaluation.compile import blocks_of
    from leakscape.store.codec import DEFAULT, encode

    began = time.perf_counter()
    evaluator = blocks_of(made)

    def work(task: int) -> None:
        with evaluator.block(task) as block:
            for values in block.values():
                encode(DEFAULT, values)

    work(0)
    compiling = time.perf_counter() - began
    threads = min(threads, made.grid.tasks)
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, range(threads)):  # first calls fill each thread's buffers
            pass
        began = time.perf_counter()
        tasks = [number % made.grid.tasks for number in range(ROUNDS * threads)]
        for _ in pool.map(work, tasks):
            pass
    return compiling, (time.perf_counter() - began) / len(tasks)
