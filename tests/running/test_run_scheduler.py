"""Laws of the scheduler's name: one reading, closed doors told at once, TLS with certificates."""

from __future__ import annotations

import socket
import subprocess
from types import SimpleNamespace

import dask
import pytest

from leakscape.errors import DeclarationError, StorageError
from leakscape.running import run, sweep
from leakscape.running.scheduler import Scheduler

SUBJECT = ["-subj", "/CN=leakscape", "-addext", "subjectAltName=IP:127.0.0.1"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "thread", "local", "local:0", "local:-1", "local:2.5", "local:99999", "tcp://host"),
        *("tcp://host:0", "tcp://host:70000", "http://host:1", "tls://", "tcp://a b:1"),
    ],
)
def test_what_is_no_scheduler_is_refused_with_those_there_are(text):
    with pytest.raises(
        DeclarationError, match=r"^scheduler: unknown, got .*; use threads, local:2"
    ):
        Scheduler.of(text)


class Client:
    """As much of Dask's as is looked at."""

    def __init__(self, address):
        self.scheduler = SimpleNamespace(address=address)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (Client("tcp://127.0.0.1:8786"), r"Client; give .*client.scheduler.address \(tcp://127.0"),
        (Client("inproc://10.0.0.1/7/1"), "Client; its address inproc://.*; use threads or local"),
        *((None, "NoneType; use threads, local:2"), (4, "int; use threads, local:2")),
    ],
)
def test_what_is_no_text_is_no_scheduler_and_a_client_knows_what_to_give(toy, path, given, words):
    with pytest.raises(DeclarationError, match=rf"^scheduler: must be text, got a {words}"):
        run(toy(), path, scheduler=given)
    assert not path.exists()


def test_schedulers_are_read_once():
    assert Scheduler.of("threads").kind == "threads"
    assert (Scheduler.of("local:3").kind, Scheduler.of("local:3").processes) == ("local", 3)
    for host in ("localhost", "127.0.0.1", "127.3.2.1", "[::1]"):
        found = Scheduler.of(f"tcp://{host}:8786")
        assert found.endpoint == (host.strip("[]"), 8786)
        assert not found.encrypted


def test_an_open_door_elsewhere_names_the_option_that_allows_it():
    for host in ("10.0.0.1", "host", "127.0.0.1.evil.org", "localhost.evil.org"):
        with pytest.raises(
            DeclarationError, match=r"can run code .*; use tls://, or .* --insecure"
        ):
            Scheduler.of(f"tcp://{host}:8786")
        assert Scheduler.of(f"tcp://{host}:8786", insecure=True).endpoint == (host, 8786)


def test_tls_needs_certificates(tmp_path):
    with pytest.raises(
        DeclarationError, match=r"needs the certificates .*; give --tls-ca, --tls-ce"
    ):
        Scheduler.of("tls://host:8786")
    (tmp_path / "ca.pem").write_text("none", encoding="utf-8")
    one = {"ca": str(tmp_path / "ca.pem")}
    with pytest.raises(DeclarationError, match=r"needs all three files, --tls-cert, --tls-key is"):
        Scheduler.of("tls://host:8786", tls=one)
    with pytest.raises(DeclarationError, match=r"no such file, got --tls-key .*nothing.pem"):
        Scheduler.of("tls://host:8786", tls={**one, "key": str(tmp_path / "nothing.pem")})
    with pytest.raises(DeclarationError, match=r"unknown file of TLS, got 'seal'"):
        Scheduler.of("tls://host:8786", tls={**one, "seal": "x"})
    named = {"ca-file": one["ca"], "client": {"cert": one["ca"]}}
    with dask.config.set({"distributed.comm.tls": named}):
        assert Scheduler.of("tls://host:8786").encrypted


@pytest.mark.parametrize("patience", [0.0, -1.0, float("nan")])
def test_patience_and_limit_are_times(toy, path, patience):
    with pytest.raises(DeclarationError, match=r"^patience: must be above 0 s, got .* s; write 60"):
        sweep(toy(), path, patience=patience)
    with pytest.raises(
        DeclarationError, match=r"^chunk_limit: must be above 0 s, got .*; write 600"
    ):
        sweep(toy(), path, chunk_limit=patience)


def test_a_closed_port_is_told_and_nothing_is_waited_for(toy, path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # it does not listen
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        text = f"{address}: cannot be reached, got Connection refused; start dask scheduler there"
        with pytest.raises(StorageError, match=text):
            sweep(toy(), path, scheduler=address, patience=1e6)


@pytest.mark.slow
def test_a_port_of_something_else_is_no_scheduler(toy, path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(StorageError, match=f"{address}: is no scheduler that answers, got "):
            sweep(toy(), path, scheduler=address, patience=2.0)


@pytest.fixture
def certificates(tmp_path):
    """Make a certificate that signs itself; return the three files."""
    files = {"cert": tmp_path / "cert.pem", "key": tmp_path / "key.pem"}
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *SUBJECT]
    try:
        subprocess.run(
            [*make, "-keyout", files["key"], "-out", files["cert"]], check=True, capture_output=True
        )
    except FileNotFoundError:
        pytest.skip("there is no openssl")
    return {"ca": str(files["cert"]), **{name: str(file) for name, file in files.items()}}


@pytest.mark.slow
def test_a_cluster_is_spoken_to_by_tls(toy, path, program, certificates, contents, whole):
    files = certificates
    address, _ = program("dask_cluster", "1", files["ca"], files["cert"], files["key"])
    assert address.startswith("tls://")
    assert sweep(toy(), path, scheduler=address, tls=files).complete
    assert contents(path) == whole


def test_files_that_are_no_certificates_are_told(toy, path, certificates, tmp_path):
    (tmp_path / "key.pem").write_text("no key", encoding="utf-8")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"tls://127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(
            DeclarationError, match=r"certificates cannot be used, got .*; give PEM"
        ):
            sweep(toy(), path, scheduler=address, tls=certificates)
