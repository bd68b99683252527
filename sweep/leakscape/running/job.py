"""The job: what a process gets of a sweep, what it answers, and whether both mean the same.

Two processes that differ in code or versions would put two kernels into one store. So a process
takes part only where it computes by itself what the driver did: the same fingerprint, the same
hash of the traced kernel, the same versions of what decides numbers.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]

from leakscape.declare.carried import Carried
from leakscape.declare.own_file import carry
from leakscape.declare.study import Study
from leakscape.evaluation.pass_plan import Pass
from leakscape.evaluation.plan import Plan
from leakscape.store.layout import Store
from leakscape.store.template import versions

_DECIDING = ("leakscape", "jax", "jaxlib", "numpy")
"""Packages whose versions decide numbers."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a process needs to take part in a sweep.

    Args:
        study: the study, pickled by cloudpickle.
        files: the files of the user's own that the kernel is made of, and those beside them.
        path: the store.
        identity: of the sweep that must be there: another one is not written into.
        chunks: chunk length along each swept dimension.
        format: of the store.
        fingerprint: of the plan.
        kernel: hash of the traced kernel.
        software: versions of what decides numbers.
        run: names this run among all, whose workers may have the same names.
        stage: points of a tile, number of the pass and the ranks that it seeks, where it is one of
            a reduction.
    """

    study: bytes
    files: tuple[Carried, ...]
    path: str
    identity: str
    chunks: tuple[int, ...]
    format: int
    fingerprint: str
    kernel: str
    software: Mapping[str, str]
    run: str
    stage: bytes = b""

    @property
    def code(self) -> str:
        """What a process finds what it compiled before by."""
        return f"{self.fingerprint}-{self.kernel}"

    def worker(self, name: str) -> str:
        """Return the name under which a worker marks its chunks."""
        return f"{self.run} {name}"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a task reports: small, whatever the chunks hold.

    Args:
        lines: a journal line for each chunk, committed or failed.
        again: chunks whose failure may pass, so that they are tried again.
        lost: (chunk, why) of each that was being computed when its worker was lost.
        fatal: why the whole run must end, if it must.
        halted: why nothing more can be computed, though nothing is wrong with what is left.
        refused: why the worker takes no part, if it does not.
        remark: what the person who started the run should know.
        device: what computed.
        compile_seconds: what compiling took, 0 where it was done before [s].
    """

    lines: tuple[dict[str, Any], ...] = ()
    again: tuple[int, ...] = ()
    lost: tuple[tuple[int, str], ...] = ()
    fatal: str = ""
    halted: str = ""
    refused: str = ""
    remark: str = ""
    device: str = ""
    compile_seconds: float = 0.0


def job_of(store: Store, study: Study, plan: Plan) -> Job:
    """Make the job of a store, its study and its plan."""
    stage = plan.stage
    return Job(
        study=cloudpickle.dumps(study),
        files=tuple(carry(file, study.folder) for file in plan.space.kernel.files),
        path=str(store.path),
        identity=store.identity,
        chunks=store.grid.chunks,
        format=store.format,
        fingerprint=plan.fingerprint,
        kernel=plan.kernel_code["sha256"],
        software=software(),
        run=uuid.uuid4().hex[:12],
        stage=cloudpickle.dumps(stage.told()) if isinstance(stage, Pass) else b"",
    )


@lru_cache(maxsize=1)
def software() -> Mapping[str, str]:
    """Return the versions of what decides numbers, and a hash of the engine's own source.

    A clone that somebody works in has one version and many states. What the physics computes is
    in the kernel's hash; how words are drawn and chunks are cut is not.
    """
    found = {name: versions()[name] for name in _DECIDING}
    folder = Path(__file__).parents[1]
    source = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        source.update(file.relative_to(folder).as_posix().encode() + file.read_bytes())
    return found | {"the source of leakscape": source.hexdigest()[:12]}


def other_software(job: Job) -> str:
    """Say what decides numbers here and differs from the driver's, "" where nothing does."""
    mine = software()
    for name, version in job.software.items():
        if mine.get(name) != version:
            return f"has {name} {mine.get(name)}, the driver {version}; install the same on both"
    return ""


def other_plan(job: Job, plan: Plan) -> str:
    """Say how a plan differs from the driver's, "" where it does not."""
    if plan.fingerprint != job.fingerprint:
        return "plans another sweep than the driver; install the same packages on both"
    if plan.kernel_code["sha256"] != job.kernel:
        return (
            "gets another code from the kernel than the driver; let it depend on nothing that "
            "differs between processes (packages, environment, random numbers)"
        )
    return ""
