"""What a run would take: points, chunks, bytes, memory, and time as measured on this machine."""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from leakscape import interrupt
from leakscape.amounts import amount, seconds, size
from leakscape.card import Card, Section, Table, html_of, text_of
from leakscape.declare.catalogue import study_of
from leakscape.declare.notes import notes
from leakscape.declare.study import Study
from leakscape.evaluation.announce import followed
from leakscape.evaluation.compile import blocks_of
from leakscape.evaluation.grid import Variable
from leakscape.evaluation.pass_plan import Pass, pass_plan
from leakscape.evaluation.plan import Plan, make_plan
from leakscape.evaluation.reduced import reduced_plan
from leakscape.store.codec import DEFAULT, encode

ROUNDS = 2
"""Chunks measured on each thread."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a run of a study would take, as `leakscape plan` prints it.

    Args:
        name: the study's name.
        points: combinations in all.
        dimensions: dimension -> its length, in study order.
        variables: what would be stored; of a reduction what tasks would hand over to be merged.
        reduces: whether the study reduces its points instead of storing them.
        chunks: how many chunks, or tasks of a reduction, there are.
        chunk_shape: points of a chunk along each dimension.
        passes: how often every point is evaluated.
        nbytes: of all that is stored, before compression [bytes].
        free: free on the disk of the working directory [bytes].
        at_a_time: chunks that are computed at a time.
        memory: of these chunks, besides Python and JAX [bytes].
        compile_seconds: to compile, as measured here [s].
        rate: points a second, as measured here, without writing to disk [1/s].
        seconds: in all [s].
        notes: how a table of cells was read, and which of its columns are no parameters.
    """

    name: str
    points: int
    dimensions: Mapping[str, int]
    variables: tuple[Variable, ...] = field(repr=False)
    reduces: bool
    chunks: int
    chunk_shape: tuple[int, ...]
    passes: int
    nbytes: int
    free: int
    at_a_time: int
    memory: int
    compile_seconds: float
    rate: float
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def card(self) -> Card:
        """Everything, in the order in which it is read."""
        sizes = " x ".join(f"{n} {length}" for n, length in self.dimensions.items()) or "one point"
        stored = "What tasks would hand over to be merged" if self.reduces else None
        return Card(
            title=f"{self.name}: {amount(self.points)} points ({sizes})",
            sections=(
                Section(heading=stored or "What would be stored", table=_table(self.variables)),
                Section(heading="What a run would take", facts=self._facts),
            ),
        )

    @property
    def _facts(self) -> tuple[tuple[str, str], ...]:
        each = " x ".join(map(str, self.chunk_shape)) or "1"
        facts = [("chunks", f"{self.chunks}, of {each} points each")]
        if self.reduces:
            points = amount(round(self.points / self.chunks))
            why = ", to find quantiles" if self.passes > 1 else ""
            facts = [
                ("tasks", f"{self.chunks}, of about {points} points each"),
                ("passes", f"{self.passes} over all points{why}"),
            ]
        return (
            *facts,
            (
                "bytes",
                f"at most {size(self.nbytes)} before compression, {size(self.free)} free here",
            ),
            (
                "memory",
                f"about {size(self.memory)} for chunks, {self.at_a_time} at a time, besides "
                "Python and JAX",
            ),
            (
                "time",
                f"about {seconds(self.seconds)}: {seconds(self.compile_seconds)} to compile, then "
                f"{amount(self.rate)} points a second, as measured here, without writing to disk",
            ),
        )

    def __repr__(self) -> str:
        return text_of(self.card)

    def _repr_html_(self) -> str:
        return html_of(self.card)


def plan(study: Study | str | Path, *, progress: bool = True) -> Estimate:
    """Tell what a run of a study would take; a few chunks are computed, and none is stored.

    Args:
        study: the study, its name, or the path of its file.
        progress: whether a terminal or a notebook says that something compiles.

    Returns:
        The estimate, which shows itself as text and in notebooks.

    Raises:
        SweepError: the study is not sound.
        KeyboardInterrupt: Ctrl-C, also while it compiles.
    """
    with interrupt.noticed(), followed(progress):
        return _estimate(study_of(study, "plan"))


def _estimate(study: Study) -> Estimate:
    reduced = None if study.reduce is None else reduced_plan(study)
    made = make_plan(study) if reduced is None else pass_plan(reduced, 0, {})
    threads = min(os.cpu_count() or 1, made.grid.tasks)
    compiling, each = _measured(made, threads)
    passes = 1 if reduced is None else reduced.passes
    return Estimate(
        name=study.name,
        points=made.space.points,
        dimensions={d.name: d.size for d in made.space.dimensions},
        variables=made.variables,
        reduces=reduced is not None,
        chunks=made.grid.tasks,
        chunk_shape=made.grid.chunks,
        passes=passes,
        nbytes=made.nbytes,
        free=shutil.disk_usage(".").free,
        at_a_time=threads,
        memory=threads * memory(made),
        compile_seconds=compiling,
        rate=_rate(made, each),
        seconds=compiling + passes * made.grid.tasks * each,
        notes=notes(made.space),
    )


def _table(variables: tuple[Variable, ...]) -> Table:
    rows = tuple(
        (
            v.name,
            v.role,
            " x ".join(v.dims) or "a single number",
            " x ".join(map(str, v.shape)),
            " x ".join(map(str, v.chunks)),
            v.dtype,
            size(v.nbytes),
        )
        for v in variables
    )
    heads = ("variable", "role", "dimensions", "shape", "chunks", "type", "bytes")
    return Table(heads=heads, rows=rows, right=("bytes",))


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
    reduced = made.stage.plan.points.computed if isinstance(made.stage, Pass) else ()
    variables = (*made.computed, *reduced)
    return 3 * sum(math.prod(v.chunks) * np.dtype(v.dtype).itemsize for v in variables)


def _measured(made: Plan, threads: int) -> tuple[float, float]:
    """Compile a plan and compute a few chunks, encoding them as a run would.

    Args:
        made: the plan.
        threads: how many chunks are computed at a time.

    Returns:
        Time to compile, and time for each chunk when so many are computed at a time [s].
    """
    began = time.perf_counter()
    evaluator = blocks_of(made)

    def work(task: int) -> None:
        with evaluator.block(task) as block:
            for values in block.values():
                encode(DEFAULT, values)

    work(0)
    compiling = time.perf_counter() - began
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, range(threads)):  # first calls fill each thread's buffers
            pass
        began = time.perf_counter()
        tasks = [number % made.grid.tasks for number in range(ROUNDS * threads)]
        for _ in pool.map(work, tasks):
            pass
    return compiling, (time.perf_counter() - began) / len(tasks)
