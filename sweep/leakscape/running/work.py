"""The work: what one task does, in whatever thread or process dask runs it."""

from __future__ import annotations

import errno
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]

from leakscape.declare.study import Study
from leakscape.evaluation.compile import Evaluator
from leakscape.evaluation.plan import Plan, make_plan
from leakscape.store.commit import Committer
from leakscape.store.layout import Store
from leakscape.store.reading import read

FATAL = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT}
)
"""Errors that would meet every other chunk as well: the run ends."""
_MOST_KEPT = 2


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a process needs to take part in a sweep.

    Args:
        study: the study, pickled by cloudpickle.
        path: the store.
        identity: of the sweep that must be there: another one is not written into.
        chunks: chunk length along each swept dimension.
        code: fingerprint and kernel hash, by which a process finds what it compiled before.
    """

    study: bytes
    path: str
    identity: str
    chunks: tuple[int, ...]
    code: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a task reports: small, whatever the chunks hold.

    Args:
        lines: a journal line for each chunk, committed or failed.
        again: chunks whose failure may pass, so that they are tried again.
        fatal: why the whole run must end, if it must.
        device: what computed.
        compile_seconds: what compiling took, 0 where it was done before [s].
    """

    lines: tuple[dict[str, Any], ...] = ()
    again: tuple[int, ...] = ()
    fatal: str = ""
    device: str = ""
    compile_seconds: float = 0.0


@dataclass
class _Bench:
    """What a process keeps between tasks."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    evaluators: dict[str, Evaluator] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)


_bench = _Bench()


def prepare(job: Job, plan: Plan | None = None) -> tuple[Evaluator, float]:
    """Compile a study, once in a process.

    Args:
        job: the job.
        plan: its plan, where the caller has it: then nothing older is taken.

    Returns:
        The evaluator, and what compiling took now [s].
    """
    with _bench.lock:
        if plan is None and job.code in _bench.evaluators:
            return _bench.evaluators[job.code], 0.0
        started = time.perf_counter()
        plan = plan or make_plan(cloudpickle.loads(job.study), chunks=job.chunks)
        _bench.evaluators.pop(job.code, None)
        while len(_bench.evaluators) >= _MOST_KEPT:
            del _bench.evaluators[next(iter(_bench.evaluators))]
        evaluator = _bench.evaluators[job.code] = Evaluator(plan)
        return evaluator, time.perf_counter() - started


def stop(identity: str) -> None:
    """Make the tasks of a sweep in this process end after the chunk that they are at."""
    _bench.stopped.add(identity)


def resume(identity: str) -> None:
    """Take `stop` back."""
    _bench.stopped.discard(identity)


def stopped(identity: str) -> bool:
    """Tell whether the tasks of a sweep in this process shall end."""
    return identity in _bench.stopped


def run_chunks(job: Job, first: int, last: int) -> Outcome:
    """Compute and commit a run of chunks; raises nothing.

    Args:
        job: the job.
        first: number of the first chunk.
        last: number of the last chunk.

    Returns:
        What became of each.
    """
    try:
        evaluator, seconds = prepare(job)
        store = read(Path(job.path))
        device = str(_device())
    except BaseException as error:
        return Outcome(fatal=f"the study cannot be prepared, got {_reason(error)}")
    if store.identity != job.identity:
        return Outcome(fatal="another sweep was put at the path of this one")
    lines, again = [], []
    fatal = ""
    with Committer(store) as committer:
        for task in range(first, last + 1):
            if stopped(job.identity):
                break
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


def _one(evaluator: Evaluator, committer: Committer, task: int) -> dict[str, Any]:
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


def job_of(store: Store, study: Study, plan: Plan) -> Job:
    """Make the job of a store, its study and its plan."""
    return Job(
        study=cloudpickle.dumps(study),
        path=str(store.path),
        identity=store.identity,
        chunks=store.chunks,
        code=f"{store.fingerprint}-{plan.kernel_code['sha256']}",
    )
