"""The way to a cluster: a knock at its port, certificates, and a client that waits for nobody."""

from __future__ import annotations

import logging
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

from leakscape import interrupt
from leakscape.errors import DeclarationError, StorageError
from leakscape.running.scheduler import Scheduler

_KNOCK_SECONDS = 5.0
"""How long a port may take to answer [s]."""
_CONNECT_SECONDS = 30.0
_CLOSE_SECONDS = 2.0
LOST = "lost the scheduler"


@contextmanager
def connected(scheduler: Scheduler, patience: float) -> Iterator[Any]:
    """Hold a client of a cluster.

    Args:
        scheduler: the scheduler.
        patience: how long it may take to answer [s].

    Raises:
        DeclarationError: the certificates cannot be used.
        StorageError: the scheduler cannot be reached, or is lost.
    """
    _knock(scheduler)
    distributed = import_module("distributed")  # costs half a second: only where it is needed
    with _silenced():
        client = _client(distributed, scheduler, patience)
        try:
            yield client
        except distributed.comm.CommClosedError as error:
            raise StorageError(LOST) from error
        finally:
            with suppress(Exception):  # a frozen scheduler says no good-bye
                client.close(timeout=_CLOSE_SECONDS)


def _client(distributed: Any, scheduler: Scheduler, patience: float) -> Any:
    """Connect, in a thread of its own: one who accepts and never answers would hold us for ever."""
    security = _security(distributed, scheduler)
    limit = min(patience, _CONNECT_SECONDS)
    made: list[Any] = []
    errors: list[Exception] = []

    def connect() -> None:
        try:
            made.append(
                distributed.Client(
                    scheduler.address, security=security, timeout=limit, set_as_default=False
                )
            )
        except Exception as error:  # whatever it is, there is no client
            errors.append(error)

    interrupt.start(connect).wait(limit + _CLOSE_SECONDS)
    if made:
        return made[0]
    told = " ".join(str(errors[0]).split())[:200] if errors else "no answer"
    raise StorageError(
        f"{scheduler.address}: is no scheduler that answers, got {told}; start dask scheduler there"
    )


def _knock(scheduler: Scheduler) -> None:
    """See whether anybody listens, before Dask tries for a minute."""
    try:
        socket.create_connection(scheduler.endpoint, timeout=_KNOCK_SECONDS).close()
    except OSError as error:
        told = error.strerror or str(error) or "no answer"
        raise StorageError(
            f"{scheduler.address}: cannot be reached, got {told}; start dask scheduler there"
        ) from error


def _security(distributed: Any, scheduler: Scheduler) -> Any:
    """Return the certificates: of the command, or else of Dask's configuration."""
    if not scheduler.encrypted:
        return None
    files = scheduler.tls
    given = {
        "tls_ca_file": files.get("ca"),
        "tls_client_cert": files.get("cert"),
        "tls_client_key": files.get("key"),
    }
    found = distributed.Security(
        require_encryption=True, **{key: file for key, file in given.items() if file}
    )
    try:
        found.get_connection_args("client")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise DeclarationError(
            f"scheduler: the certificates cannot be used, got {error}; give PEM files"
        ) from error
    return found


@contextmanager
def _silenced() -> Iterator[None]:
    """Keep Dask's own words from the user: what there is to say, we say."""
    named = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    loggers = [logging.getLogger(name) for name in ["distributed", *named]]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="distributed")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
