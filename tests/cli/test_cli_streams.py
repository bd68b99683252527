"""Whoever closes a stream hears no more: the work is done, and the exit status is the work's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = "import sys; from leakscape.cli import main; sys.exit(main())"
SMALL = ("--set", "axes.x.size=11", "--set", "axes.r.size=9")
COMMANDS = (
    (("list",), 0),
    (("show", "toy.toml"), 0),
    (("plan", "toy.toml", *SMALL), 0),
    (("run", "toy.toml", *SMALL), 0),
    (("status", "toy.zarr"), 0),
    (("status", "toy.zarr", "--json"), 0),
    (("verify", "toy.zarr"), 0),
    (("plot", "toy.zarr"), 0),
    (("--help",), 0),
    (("--version",), 0),
    (("show", "nothing"), 65),
    (("status", "nothing.zarr"), 65),
    (("nonsense",), 2),
    ((), 2),
)
ENDINGS = ("out unread", "both unread", "out closed", "err closed", "both closed")


def ended(folder: Path, ending: str, words: tuple[str, ...]) -> tuple[int, bytes]:
    """Run a command whose streams nobody reads, or that has none; return status and stderr."""
    reading, unread = os.pipe()
    os.close(reading)
    closed = {"out closed": ">&-", "err closed": "2>&-", "both closed": ">&- 2>&-"}
    shell = ["sh", "-c", f'exec "$@" {closed.get(ending, "")}', "sh"]
    try:
        done = subprocess.run(
            [*shell, sys.executable, "-c", PROGRAM, *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            stdout=unread if "unread" in ending else subprocess.DEVNULL,
            stderr=unread if ending == "both unread" else subprocess.PIPE,
            timeout=120,
            check=False,
        )
    finally:
        os.close(unread)
    return done.returncode, done.stderr or b""


def held_to_its_status(folder, command, ending, cases):
    assert command("run", "toy.toml", *SMALL).status == 0
    for words, status in cases:
        found, err = ended(folder, ending, words)
        assert found == status, (words, err)
        assert b"Traceback" not in err, words
        assert b"roken pipe" not in err, words
        assert b"lost sys" not in err, words
        if status == 0 and words[:1] != ("run",):
            assert err == b"", words
    assert (folder / "toy.png").stat().st_size > 0 or cases is not COMMANDS
    assert command("verify", "toy.zarr").out.startswith("Sound:")


@pytest.mark.parametrize("ending", ["out unread", "both closed"])
def test_what_is_not_read_changes_no_status(folder, command, ending):
    (folder / "toy.png").write_bytes(b"x")
    held_to_its_status(folder, command, ending, (COMMANDS[4], COMMANDS[8], COMMANDS[11]))


@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_not_read_changes_no_status_of_any_command(folder, command, ending):
    held_to_its_status(folder, command, ending, COMMANDS)


@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_run_that_nobody_listens_to_computes_everything(folder, command, ending):
    assert ended(folder, ending, ("run", "toy.toml", *SMALL))[0] == 0
    assert command("status", "toy.zarr").out.count("complete     yes") == 1
    assert command("verify", "toy.zarr").out.startswith("Sound:")
