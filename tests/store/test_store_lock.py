"""Laws of the lock on any system: one run at a time, and a killed one leaves nothing held."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from leakscape import load, run
from leakscape.errors import StorageError
from leakscape.store.lock import held, holder, lock

WITHOUT_UNIX = """
import os, sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name == "fcntl":
            raise ModuleNotFoundError("No module named 'fcntl'", name=name)
sys.modules.pop("fcntl", None)
sys.meta_path.insert(0, Blocked())
for name in ("O_CLOEXEC", "pwrite", "pread"):
    if hasattr(os, name):
        delattr(os, name)
"""
STUDY = """
name = "toy"
kernel = "nernst"
[axes]
outside = { log = [1, 100], size = 5, unit = "mmol/L" }
"""
COMMANDS = """
import sys
from leakscape.cli import main
for words in sys.argv[1:]:
    print(main(words.split()), flush=True)
"""
HOLD = """
import sys
from pathlib import Path
from leakscape.store.lock import lock
with lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(params=["as it is", pytest.param("without fcntl", marks=pytest.mark.slow)])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Return the environment of a process on this system, or on one that knows no Unix."""
    paths = [path for path in sys.path if path]
    if request.param == "without fcntl":
        (tmp_path / "site").mkdir()
        (tmp_path / "site" / "sitecustomize.py").write_text(WITHOUT_UNIX, encoding="utf-8")
        paths.insert(0, str(tmp_path / "site"))
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


def ran(folder: Path, environment: dict[str, str], *words: str) -> tuple[list[str], str]:
    """Run a program in a folder; return the lines that it printed, and its standard error."""
    ended = subprocess.run(
        [sys.executable, "-c", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines(), ended.stderr


@pytest.mark.slow
def test_every_command_and_python_work(tmp_path, environment):
    (tmp_path / "toy.toml").write_text(STUDY, encoding="utf-8")
    words = ("run toy.toml", "status toy.zarr", "verify toy.zarr", "run toy.toml")
    lines, err = ran(tmp_path, environment, COMMANDS, *words)
    assert [line for line in lines if line.isdecimal()] == ["0"] * 4
    assert any(line.startswith("Sound: toy.zarr") for line in lines)
    assert "bug" not in err
    program = (
        "import leakscape as ls; print(ls.run(ls.load('toy.toml'), 'b.zarr').sizes['outside'])"
    )
    assert ran(tmp_path, environment, program)[0] == ["5"]


@pytest.mark.slow
def test_a_second_run_is_turned_away_until_the_first_is_killed(tmp_path, environment):
    (tmp_path / "toy.toml").write_text(STUDY, encoding="utf-8")
    run(load(tmp_path / "toy.toml"), tmp_path / "toy.zarr")
    both = (COMMANDS, "status toy.zarr --json", "run toy.toml")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "toy.zarr")],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        lines, err = ran(tmp_path, environment, *both)
        assert json.loads(lines[0])["running"]
        assert lines[-1] == "75"
        assert f"another run (pid {first.pid} on " in err
        os.kill(first.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        first.wait()
    lines, _ = ran(tmp_path, environment, *both)
    assert not json.loads(lines[0])["running"]
    assert lines[-1] == "0"


def test_who_holds_a_store_stands_beside_the_lock(tmp_path):
    path = tmp_path / "a"
    with lock(path):
        assert holder(path)["pid"] == os.getpid()
        assert (tmp_path / "a.sweep" / "lock").read_bytes() == b""


def test_looking_makes_nothing_and_keeps_no_run_away(tmp_path):
    path = tmp_path / "a"
    assert not held(path)
    assert list(tmp_path.iterdir()) == []
    with lock(path):
        pass
    for _ in range(50):
        assert not held(path)
    with lock(path):
        assert held(path)


def test_a_file_system_without_locks_is_told_from_one_that_is_held(tmp_path, monkeypatch):
    class Refused:
        def acquire(self, **options):
            raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("leakscape.store.lock._lock", lambda path: Refused())
    refused = pytest.raises(StorageError, match=r"knows no locks, got No locks .*; use a local")
    with refused, lock(tmp_path / "a"):
        pass
