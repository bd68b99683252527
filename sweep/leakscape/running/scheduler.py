"""The scheduler: who computes chunks. Threads here, processes here, or a cluster of Dask's."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

from leakscape.errors import DeclarationError

Kind = Literal["threads", "local", "cluster"]
_LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|\[::1\]")
_ADDRESS = re.compile(r"(?P<protocol>tcp|tls)://(?P<host>\[[^\s/\]]+\]|[^\s/:]+):(?P<port>\d+)/?")
_TLS = ("ca", "cert", "key")


@dataclass(frozen=True, kw_only=True)
class Scheduler:
    """Who computes chunks.

    Args:
        kind: threads of this process, local processes, or a cluster.
        processes: how many, of local ones.
        address: of a cluster's scheduler.
        insecure: a cluster on another machine is spoken to without TLS.
        tls: files of certificates for tls://: ca, cert, key; empty where Dask's configuration
            names them.
    """

    kind: Kind = "threads"
    processes: int = 0
    address: str = ""
    insecure: bool = False
    tls: Mapping[str, str]

    @classmethod
    def of(
        cls, text: str, *, insecure: bool = False, tls: Mapping[str, str] | None = None
    ) -> Scheduler:
        """Read a scheduler.

        Args:
            text: threads, local:N, tcp://host:port or tls://host:port.
            insecure: allow tcp:// to another machine, where anyone who reaches the port runs code.
            tls: files for tls://: ca, cert and key.

        Raises:
            DeclarationError: no such scheduler, tcp:// to another machine, or a file is missing.
        """
        if not isinstance(text, str):
            _refuse_object(text)
        files = {key: str(file) for key, file in (tls or {}).items() if file}
        if text == "threads":
            return cls(tls={})
        if local := re.fullmatch(r"local:([1-9]\d{0,3})", text):
            return cls(kind="local", processes=int(local[1]), tls={})
        found = _ADDRESS.fullmatch(text)
        if found is None or not 0 < int(found["port"]) < 65536:
            raise DeclarationError(
                f"scheduler: unknown, got {text!r}; use threads, local:2, tcp://127.0.0.1:8786 "
                "or tls://host:8786"
            )
        if found["protocol"] == "tls":
            _refuse_missing(files)
            _refuse_none(files)
        elif not insecure and not _LOOPBACK.fullmatch(found["host"]):
            raise DeclarationError(
                f"scheduler: anyone who reaches {text} can run code there and here; use tls://, or "
                "allow it with --insecure (insecure=True in Python)"
            )
        return cls(kind="cluster", address=text, insecure=insecure, tls=files)

    @property
    def endpoint(self) -> tuple[str, int]:
        """Host and port of a cluster's scheduler."""
        found = _ADDRESS.fullmatch(self.address)
        assert found is not None  # it was read from this
        return found["host"].strip("[]"), int(found["port"])

    @property
    def encrypted(self) -> bool:
        """Whether a cluster is spoken to by TLS."""
        return self.address.startswith("tls:")


def _refuse_object(given: object) -> NoReturn:
    """Refuse what is no text; a client or a cluster of Dask's knows the text to give."""
    usual = "use threads, local:2, tcp://127.0.0.1:8786 or tls://host:8786"
    address = getattr(getattr(given, "scheduler", None), "address", None)
    if isinstance(address, str):
        usual = f"give its address, as client.scheduler.address ({address})"
        if not _ADDRESS.fullmatch(address):
            usual = f"its address {address} cannot be reached from outside; use threads or local:2"
    raise DeclarationError(f"scheduler: must be text, got a {type(given).__name__}; {usual}")


def _refuse_missing(files: Mapping[str, str]) -> None:
    for key in files:
        if key not in _TLS:
            raise DeclarationError(f"scheduler: unknown file of TLS, got {key!r}; use {_TLS}")
        if not Path(files[key]).is_file():
            raise DeclarationError(
                f"scheduler: no such file, got --tls-{key} {shlex.quote(files[key])}; tls:// "
                "needs the certificates of the cluster"
            )
    if files and set(files) != set(_TLS):
        missing = ", ".join(f"--tls-{key}" for key in _TLS if key not in files)
        raise DeclarationError(f"scheduler: tls:// needs all three files, {missing} is missing")


def _refuse_none(files: Mapping[str, str]) -> None:
    import dask

    names = ("ca-file", "client.cert")
    if not files and not all(dask.config.get(f"distributed.comm.tls.{n}", None) for n in names):
        raise DeclarationError(
            "scheduler: tls:// needs the certificates of the cluster; give --tls-ca, --tls-cert "
            "and --tls-key (tls= in Python), or set distributed.comm.tls in Dask's configuration"
        )
