"""The work: what one task does, in whatever thread or process dask runs it."""

from __future__ import annotations

import errno
import math
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]

from leakscape.declare.carried import using
from leakscape.errors import SweepError
from leakscape.evaluation.compile import blocks_of
from leakscape.evaluation.pass_plan import pass_plan
from leakscape.evaluation.plan import Plan, make_plan
from leakscape.evaluation.reduced import reduced_plan
from leakscape.evaluation.stage import Blocks
from leakscape.running.job import Job, Outcome, other_plan, other_software
from leakscape.store.commit import Committer
from leakscape.store.flight import Flight
from leakscape.store.metadata import read

FATAL = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT}
)
"""Errors that would meet every other chunk as well: the run ends."""
GRACE_SECONDS = 8.0
"""How long chunks may still take after Ctrl-C [s]."""
_MOST_KEPT = 2


class Refused(Exception):
    """This process does not compute what the driver does; the text says what differs."""


@dataclass
class _Bench:
    """What a process keeps between tasks; what it compiled, `evaluation` keeps.

    Args:
        lock: while one thread plans and compiles, the others wait, and find it done.
        plans: of the jobs that this process takes part in, as it planned them itself.
        stopped: identity of a sweep -> when its tasks were told to end [s].
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    plans: dict[str, Plan] = field(default_factory=dict)
    stopped: dict[str, float] = field(default_factory=dict)


_bench = _Bench()


def prepare(job: Job, plan: Plan | None = None) -> tuple[Blocks, float]:
    """Plan and compile a study, once in a process.

    Args:
        job: the job.
        plan: its plan, where the caller has it: then nothing older is taken.

    Returns:
        The evaluator, and what planning and compiling took, 0 where it was done before [s].

    Raises:
        Refused: this process would compute something else than the driver.
    """
    with _bench.lock:
        if plan is None and job.code in _bench.plans:
            return blocks_of(_bench.plans[job.code]), 0.0
        started = time.perf_counter()
        plan = plan or _planned(job)
        evaluator = blocks_of(plan)
        _bench.plans.pop(job.code, None)
        while len(_bench.plans) >= _MOST_KEPT:
            del _bench.plans[next(iter(_bench.plans))]
        _bench.plans[job.code] = plan
        return evaluator, time.perf_counter() - started


def _planned(job: Job) -> Plan:
    if wrong := other_software(job):
        raise Refused(wrong)
    with using(job.files):
        try:
            study = cloudpickle.loads(job.study)
            if job.stage:
                points, turn, searches = cloudpickle.loads(job.stage)
                plan = pass_plan(reduced_plan(study, points, format=job.format), turn, searches)
            else:
                plan = make_plan(study, chunks=job.chunks, format=job.format)
        except (SweepError, ImportError, AttributeError) as error:  # code that is not there
            raise Refused(f"cannot prepare the study, got {_reason(error)}") from error
    if wrong := other_plan(job, plan):
        raise Refused(wrong)
    return plan


def stop(identity: str) -> None:
    """Make the tasks of a sweep in this process end after the chunk that they are at."""
    _bench.stopped.setdefault(identity, time.monotonic())


def resume(identity: str) -> None:
    """Take `stop` back."""
    _bench.stopped.pop(identity, None)


def stopped(identity: str) -> bool:
    """Tell whether the tasks of a sweep in this process shall end."""
    return identity in _bench.stopped


def stopped_long_ago(identity: str) -> bool:
    """Tell whether they had their time to end: what still runs then is given up."""
    return time.monotonic() - _bench.stopped.get(identity, math.inf) > GRACE_SECONDS


def run_chunks(job: Job, first: int, last: int, flight: Flight | None = None) -> Outcome:
    """Compute and commit a run of chunks; raises nothing.

    Args:
        job: the job.
        first: number of the first chunk.
        last: number of the last chunk.
        flight: where it is said which chunk is computed.

    Returns:
        What became of each.
    """
    try:
        evaluator, seconds = prepare(job)
        store = read(Path(job.path))
        device = str(_device())
    except Refused as error:
        return Outcome(refused=str(error))
    except BaseException as error:
        return Outcome(fatal=f"the study cannot be prepared, got {_reason(error)}")
    if store.identity != job.identity:
        return Outcome(fatal="another sweep was put at the path of this one")
    lines, again = [], []
    fatal = ""
    with Committer(store) as committer, flight or Flight(store.sidecar) as flight:
        for task in range(first, last + 1):
            if stopped(job.identity) or flight.given_up:
                break
            flight.at(store, task)
            try:
                lines.append(_one(evaluator, committer, task))
            except OSError as error:
                if error.errno in FATAL:
                    fatal = _disk(error)
                    break
                again.append(task)
                lines.append({"chunk": task, "failed": _reason(error)})
            except BaseException as error:  # a kernel may even call sys.exit
                lines.append({"chunk": task, "failed": _reason(error)})
    return Outcome(
        lines=tuple(lines),
        again=tuple(again),
        fatal=fatal,
        device=device,
        compile_seconds=seconds,
    )


def _one(evaluator: Blocks, committer: Committer, task: int) -> dict[str, Any]:
    started = time.perf_counter()
    with evaluator.block(task) as chunks:
        line = committer.commit(task, chunks)
    return line | {"seconds": round(time.perf_counter() - started, 6)}


def _device() -> Any:
    import jax

    return jax.devices()[0].device_kind


def _reason(error: BaseException) -> str:
    """Say in one line what went wrong; of a traceback inside a message, its ends."""
    text = [" ".join(line.split()) for line in str(error).splitlines() if line.strip()]
    ends = text if len(text) < 2 else [text[0], text[-1]]
    return ": ".join([type(error).__name__, *(end[:300] for end in ends)])


def _disk(error: OSError) -> str:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return f"{'disk full' if full else 'cannot write'}: {error.strerror}"
