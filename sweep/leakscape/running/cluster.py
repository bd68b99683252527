"""Clusters: worker processes on this machine, or a dask.distributed cluster anywhere."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

import dask

from leakscape.errors import BusyError, DeclarationError, StorageError
from leakscape.running import work
from leakscape.running.spawned import strangers
from leakscape.running.threads import tasks_of
from leakscape.running.work import Job, Outcome

_LOOPBACK = re.compile(r"tcp://(localhost|127(\.\d+){3}|\[::1\]):\d+/?")
_POLL_SECONDS = 0.25
_RECONNECT_SECONDS = 30.0


class Cluster:
    """Runs rounds of tasks on a cluster.

    Args:
        job: what the tasks are of.
        client: a distributed.Client.
        patience: how long to wait where no worker is left [s].
    """

    def __init__(self, job: Job, client: Any, patience: float) -> None:
        self._client, self._patience, self._identity = client, patience, job.identity
        # A future and no literal: it travels to each worker once, whatever it weighs.
        self._job = client.submit(_same, job, key=f"leakscape-job-{job.identity}", pure=False)
        self._seen = time.monotonic()

    @property
    def width(self) -> int:
        """How many tasks run at a time."""
        return max(1, sum(int(threads) for threads in self._client.nthreads().values()))

    def compute(self, runs: Sequence[tuple[int, int]], received: Callable[[Outcome], None]) -> None:
        """Run a round.

        Args:
            runs: (first, last) of each task.
            received: called with each outcome as it comes; tasks without one are lost.

        Raises:
            BusyError: no worker is left for as long as `patience`.
            StorageError: the scheduler is lost.
        """
        distributed = import_module("distributed")
        tasks = tasks_of(self._job, self._identity, runs)
        pending = set(self._client.compute(tasks, optimize_graph=False, traverse=False))
        drained = False
        while pending:
            try:
                done = distributed.wait(
                    pending, timeout=_POLL_SECONDS, return_when="FIRST_COMPLETED"
                ).done
            except TimeoutError:
                done = set()
            except distributed.client.FutureCancelledError:
                done = {future for future in pending if future.status == "cancelled"}
            self._watch(done)
            good = [future for future in done if future.status == "finished"]
            for outcome in self._client.gather(good, errors="skip"):
                received(outcome)
            pending -= done
            if not drained and work.stopped(self._identity):
                drained = True
                pending = self._drain(pending)

    def _drain(self, pending: set[Any]) -> set[Any]:
        """Cancel what no worker has begun, and keep the rest."""
        begun = {str(key) for keys in self._client.processing().values() for key in keys}
        kept = {future for future in pending if str(future.key) in begun}
        self._client.cancel(list(pending - kept))
        return kept

    def _watch(self, done: set[Any]) -> None:
        now = time.monotonic()
        if self._client.status != "running":
            cancelled = any(future.status == "cancelled" for future in done)
            if cancelled or now - self._seen > _RECONNECT_SECONDS:
                raise StorageError("lost the scheduler")
            return
        if done or self._client.nthreads():
            self._seen = now
        elif now - self._seen > self._patience:
            raise BusyError(f"no workers for {self._patience:g} s; start some")


def _same(job: Job) -> Job:
    return job


@contextmanager
def cluster(job: Job, scheduler: str, *, patience: float, insecure: bool) -> Iterator[Cluster]:
    """Connect to a cluster, or start one on this machine.

    Args:
        job: what the tasks will be of.
        scheduler: local:N, tcp://host:port or tls://host:port.
        patience: how long to wait for the first worker [s].
        insecure: allow tcp:// to another machine, where whoever reaches the port runs code.

    Raises:
        DeclarationError: no such scheduler, or tcp:// to another machine.
        BusyError: no worker joins in time.
        StorageError: the scheduler cannot be reached.
    """
    check(scheduler, insecure=insecure)
    distributed = import_module("distributed")  # costs half a second: only where it is needed
    with ExitStack() as stack:
        stack.enter_context(dask.config.set({"distributed.scheduler.allowed-failures": 1}))
        address: Any = scheduler
        if scheduler.startswith("local:"):
            stack.enter_context(strangers())
            address = stack.enter_context(_local(int(scheduler.removeprefix("local:"))))
        security = distributed.Security() if scheduler.startswith("tls:") else None
        try:
            client = stack.enter_context(
                distributed.Client(address, security=security, timeout=patience)
            )
        except (OSError, TimeoutError) as error:
            raise StorageError(f"{scheduler}: cannot be reached, got {error}; start it") from error
        try:
            client.wait_for_workers(1, timeout=patience)
        except TimeoutError as error:
            raise BusyError(f"{scheduler}: no workers after {patience:g} s; start some") from error
        try:
            yield Cluster(job, client, patience)
        except distributed.comm.CommClosedError as error:
            raise StorageError("lost the scheduler") from error


def _local(workers: int) -> Any:
    """Start worker processes that listen on this machine alone, one thread each.

    XLA spreads a call over all cores by itself. Where there are accelerators, each process sees
    one of them: JAX takes whatever it sees when it is loaded.
    """
    distributed = import_module("distributed")
    devices = _accelerators()
    options: dict[str, Any] = {"nthreads": 1, "host": "127.0.0.1", "memory_limit": 0}
    options["silence_logs"] = logging.WARNING
    specification = {}
    for place in range(workers):
        environment = {}
        if devices:
            environment["CUDA_VISIBLE_DEVICES"] = devices[place % len(devices)]
            environment["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
        own = options | {"env": environment}
        specification[place] = {"cls": distributed.Nanny, "options": own}
    # The default address of the dashboard listens to everybody.
    scheduler = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    return distributed.SpecCluster(
        workers=specification,
        scheduler={"cls": distributed.Scheduler, "options": scheduler},
        name="leakscape",
        silence_logs=logging.WARNING,
    )


def _accelerators() -> list[str]:
    """Name the visible NVIDIA devices without loading JAX, which would take memory on them."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return [name for name in chosen.split(",") if name.strip() not in ("", "-1")]
    try:
        return [str(place) for place, _ in enumerate(os.scandir("/proc/driver/nvidia/gpus"))]
    except OSError:
        return []


def check(scheduler: str, *, insecure: bool) -> None:
    """Refuse a scheduler that is none, or one where strangers could run code.

    Raises:
        DeclarationError: which, and what to write instead.
    """
    if re.fullmatch(r"local:[1-9]\d{0,3}|tls://[^\s/]+:\d+/?", scheduler):
        return
    if not re.fullmatch(r"tcp://[^\s/]+:\d+/?", scheduler):
        raise DeclarationError(
            f"scheduler: unknown, got {scheduler!r}; use threads, local:2, tcp://127.0.0.1:8786 "
            "or tls://host:8786"
        )
    if not insecure and not _LOOPBACK.fullmatch(scheduler):
        raise DeclarationError(
            f"scheduler: whoever reaches {scheduler} can run code on it and here; use tls://, or "
            "allow it with the option insecure"
        )
