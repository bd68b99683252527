"""What `leakscape export` writes and says."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from leakscape import export as exports
from leakscape.cli import leaving
from leakscape.export.whole import aside


def table(folder, name="out.csv"):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def stored(command):
    assert (
        command("run", "toy.toml", "--set", "axes.x.size=5", "--set", "axes.r.size=3").status == 0
    )
    return command


def test_a_store_becomes_a_table(stored, folder):
    said = stored("export", "toy.zarr", "out.csv")
    assert (said.status, said.out, said.err) == (0, "Table: out.csv, 30 rows\n", "")
    found = table(folder)
    assert len(found) == 30
    for row in found:
        x, r, t = (float(row[name]) for name in ("x", "r", "t [degC]"))
        assert row["status"] == ("not converged" if x == 1.0 else "ok")
        if x == 1.0:
            assert row["V_rest [mV]"] == row["E_K [mV]"] == ""
            continue
        assert float(row["V_rest [mV]"]) == pytest.approx(-70 + 40 * x + 10 * np.log10(r), abs=1e-4)
        assert float(row["E_K [mV]"]) == pytest.approx(-0.3 * (t + 273), abs=1e-4)


def test_what_was_taken_instead_is_said(stored, folder):
    said = stored("export", "toy.zarr", "out.csv", "--select", "t=30", "--output", "E_K")
    assert said.out == "t: 37 degC is the nearest to 30 degC\nTable: out.csv, 15 rows\n"
    assert {row["t [degC]"] for row in table(folder)} == {"37.0"}
    assert list(table(folder)[0]) == ["x", "r", "t [degC]", "E_K [mV]", "status"]


@pytest.mark.parametrize(
    ("arguments", "status", "last"),
    [
        (("toy.zarr", "a.xls"), 65, "export: unknown format, got 'a.xls'; end it in"),
        (("toy.zarr", "a.csv", "--select", "t"), 2, "leakscape export: Invalid value for --select"),
        (("no.zarr", "a.csv"), 65, "no sweep there; leakscape run makes one"),
        (
            ("toy.zarr", "a.csv", "--output", "V"),
            65,
            "unknown, got 'V'; use one of E_K, V_rest",
        ),
        (("toy.zarr", "no/a.csv"), 74, "no/a.csv: cannot be written, got No such file"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(stored, folder, arguments, status, last):
    said = stored("export", *arguments)
    assert said.status == status
    assert last in said.last
    assert said.out == ""
    assert not [*folder.glob("*.csv"), *folder.glob(".*csv")]


def test_the_last_words_take_away_what_is_half_written(stored, folder, monkeypatch):
    """Ctrl-C on the command line ends the process at once, with its last words."""

    def pressed(sweep, file, **wish):
        aside(folder / file).write_text("half")
        leaving._last_words[-1]()
        raise KeyboardInterrupt

    monkeypatch.setattr(exports, "export", pressed)
    said = stored("export", "toy.zarr", "out.csv")
    assert said.status == 130
    assert "interrupted: out.csv was not written; run the same command again" in said.err
    assert not [*folder.glob("*.csv"), *folder.glob(".*csv")]


@pytest.mark.slow
def test_ctrl_c_leaves_nothing_behind(command, folder):
    wide = ("--set", "axes.x.size=2000", "--set", "axes.r.size=2000")
    assert command("run", "toy.toml", *wide).status in (0, 3)
    code = "import sys; from leakscape.cli import main; sys.exit(main())"
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    process = subprocess.Popen(
        [sys.executable, "-c", heard + code, "export", "toy.zarr", "out.csv"],
        stderr=subprocess.PIPE,
        text=True,
    )
    while not [*folder.glob(".*out.csv")]:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert "interrupted: out.csv was not written" in process.communicate(timeout=300)[1]
    assert process.returncode == 130
    assert not [*folder.glob("*.csv"), *folder.glob(".*csv")]
