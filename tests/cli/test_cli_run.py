"""`run`, `status`, `verify` and `plot`: exit statuses, last lines, and what was found."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import leakscape.running
from leakscape.errors import BusyError, StorageError
from leakscape.evaluation import plan

Command = Callable[..., Any]


def files(folder: Path) -> list[str]:
    """Everything in a folder, caches of Python aside."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    return sorted(name for name in found if "__pycache__" not in name)


def squeezed(text: str) -> str:
    """A text with single blanks between its words."""
    return " ".join(text.split())


def test_run_says_what_was_found_where_it_is_and_how_to_draw_it(command: Command) -> None:
    said = command("run", "toy.toml")
    assert said.status == 0
    assert "V_rest -90 to -12 mV 95.05 %" in squeezed(said.out)
    assert "E_K -93 to -83.4 mV 100 %" in squeezed(said.out)
    assert "status 13, not converged (no value): 4.95 % of the points" in said.out
    assert said.out.splitlines()[-2:] == [
        "Result: toy.zarr",
        "Draw it with: leakscape plot toy.zarr",
    ]


def test_run_finds_where_the_output_crosses_the_level(command: Command) -> None:
    found = squeezed(command("run", "toy.toml").out)
    # -70 + 40 x + 10 log10(r) = -55, with the other axis in its middle: r = 1, x = 0.5.
    assert "x 0.375 (rising) r = 1, t = 37 degC" in found
    assert "r 0.3162 (rising) x = 0.5, t = 37 degC" in found
    x, r = np.linspace(0, 1, 101)[:96], np.geomspace(0.01, 100, 81)
    height = -70.0 + 40.0 * x[:, None] + 10.0 * np.log10(r)
    share = 100.0 * np.mean(height > -55.0 + 1e-5)
    # 5 of the 101 values of x have no V, for each of 81 r; the two t are told apart.
    for t in ("5 degC", "37 degC"):
        counted = "7 776 grid points that have a value (405 have none)"
        assert f"t = {t} {share:.4g} % of {counted}" in found
    assert "evenly spaced in x, and in the logarithm of r." in found


def test_without_conditions_the_share_stands_in_the_heading(command: Command) -> None:
    one = ("--set", "axes.t.values=[37]", "--set", "axes.x.size=20")
    found = squeezed(command("run", "toy.toml", *one).out)
    x, r = np.linspace(0, 1, 20)[:19], np.geomspace(0.01, 100, 81)
    share = 100.0 * np.mean(-70.0 + 40.0 * x[:, None] + 10.0 * np.log10(r) > -55.0 + 1e-5)
    counted = "1 539 grid points that have a value (81 have none)"
    assert f"crosses -55 mV: {share:.4g} % of {counted} lie above it" in found


def test_run_again_says_the_same_and_computes_nothing(command: Command, folder: Path) -> None:
    first = command("run", "toy.toml")
    chunk = next((folder / "toy.zarr" / "V_rest").glob("c*"))
    before = chunk.stat().st_mtime_ns
    second = command("run", "toy.toml")
    assert second.status == 0
    assert second.out.splitlines()[1:] == first.out.splitlines()[1:]
    assert second.out.startswith("Nothing to compute")
    assert chunk.stat().st_mtime_ns == before


def test_the_command_that_run_prints_can_be_pasted(command: Command, folder: Path) -> None:
    path = "a folder/it's.zarr"
    (folder / "a folder").mkdir()
    said = command("run", "toy.toml", "--store", path)
    words = shlex.split(said.last.partition(": ")[2])
    assert words[0] == "leakscape"
    assert words[-1] == path
    drawn = command(*words[1:])
    assert drawn.status == 0
    assert drawn.last == "Picture: it's.png"
    assert (folder / "it's.png").read_bytes()[:4] == b"\x89PNG"


def test_settings_change_the_study(command: Command, folder: Path) -> None:
    said = command("run", "toy.toml", "--set", "axes.r.size=5", "--set", "outputs.keep=['V_rest']")
    assert said.status == 0
    with xr.open_zarr(folder / "toy.zarr", consolidated=False) as stored:
        assert stored.sizes["r"] == 5
        assert set(stored.data_vars) == {"V_rest", "status"}


def test_another_studys_store_is_refused_untouched(command: Command, folder: Path) -> None:
    command("run", "toy.toml")
    before = {name: (folder / name).stat().st_mtime_ns for name in files(folder)}
    for change, what in (
        ("axes.r.size=5", "the same study of another extent: axes.r.size: 81 in the store, 5 in"),
        ('precision="float64"', 'another study: precision: "float32" in the store, "float64" in'),
    ):
        said = command("run", "toy.toml", "--set", change)
        assert said.status == 65
        assert f"toy.zarr: holds {what} the study; give another path" in said.err
    assert before == {name: (folder / name).stat().st_mtime_ns for name in files(folder)}


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (("run", "toyy.toml"), 65, "toyy.toml: no such file"),
        (("run", "nonsense_name"), 65, "study: unknown name, got 'nonsense_name'"),
        (("run", "toy.toml", "--set", "nonsense"), 65, "--set: expected KEY=VALUE"),
        (("run", "toy.toml", "--set", "axes.x.size=0"), 65, "axes.x"),
        (("run", "toy.toml", "--set", "axes.zz.values=[1]"), 65, "zz"),
        (("run", "toy.toml", "--scheduler", "nonsense"), 65, "scheduler"),
        (("run", "toy.toml", "--store", "toy.toml/a.zarr"), 74, "toy.toml/a.zarr"),
        (("run",), 2, "leakscape run: Missing argument"),
        (("run", "toy.toml", "--nonsense"), 2, "leakscape run: No such option"),
        (("nonsense",), 2, "No such command 'nonsense'"),
        (("plan", "nonsense"), 65, "study: unknown name"),
        (
            ("show", "nonsense"),
            65,
            "show: no study, fit, kernel, membrane or mechanism of that name",
        ),
        (("status", "nonsense"), 65, "nonsense"),
        (("status", "toy.toml"), 65, "toy.toml"),
        (("verify", "nonsense.zarr"), 65, "nonsense.zarr"),
        (("plot", "nonsense.zarr"), 65, "nonsense.zarr"),
        (("plot",), 2, "Missing argument"),
        (("plot", "toy.zarr", "--select", "t"), 2, "expected AXIS=VALUE, got 't'"),
    ],
)
def test_nonsense_is_one_sentence_and_leaves_nothing_behind(
    command: Command, folder: Path, arguments: tuple[str, ...], status: int, text: str
) -> None:
    before = files(folder)
    said = command(*arguments)
    assert (said.status, said.out) == (status, "")
    assert text in said.err
    assert "Traceback" not in said.err
    assert len(said.err.strip().splitlines()) <= 2
    assert files(folder) == before


def test_plot_refuses_what_it_does_not_know(command: Command, folder: Path) -> None:
    command("run", "toy.toml")
    before = files(folder)
    for arguments, text in [
        (("--output", "V_rset"), "did you mean V_rest?"),
        (("--x", "q"), "x: unknown name, got 'q'"),
        (("--select", "t=high"), "select t=high"),
        (("--file", "out.gif"), "file: unknown format"),
    ]:
        said = command("plot", "toy.zarr", *arguments)
        assert said.status == 65
        assert text in said.err
    said = command("plot", "toy.zarr", "--file", "no/such/out.png")
    assert said.status == 74
    assert files(folder) == before


def test_plot_takes_words_size_and_several_outputs(command: Command, folder: Path) -> None:
    command("run", "toy.toml")
    words = "--output V_rest --output E_K --x t --title Mine --size 9x12cm --file a.svg"
    said = command("plot", "toy.zarr", *words.split(), "--context", "paper")
    assert (said.status, said.last) == (0, "Picture: a.svg")
    drawn = (folder / "a.svg").read_text()
    assert "Mine" in drawn
    assert 'height="340.157' in drawn  # 12 cm in points
    said = command("plot", "toy.zarr", *words.split(), "--size", "5x4cm", "--context", "talk")
    assert (said.status, "size: 5 x 4 cm leave no room" in said.err) == (65, True)
    said = command("plot", "toy.zarr", "--output", "fig.pdf")
    assert said.status == 65
    assert "write --file fig.pdf" in said.err
    said = command("plot", "toy.zarr", "--size", "9x6")
    assert (said.status, said.err) == (
        65,
        "size: expected width x height in cm, mm or in, got '9x6'; write \"9x6cm\"\n",
    )


def test_plot_says_which_slice_it_took(command: Command) -> None:
    command("run", "toy.toml")
    said = command("plot", "toy.zarr", "--select", "t=10", "--file", "here.png")
    assert "at t = 5 °C (nearest to 10 °C)" in said.out
    assert said.last == "Picture: here.png"


def test_status_tells_people_and_programs(command: Command) -> None:
    command("run", "toy.toml")
    told = json.loads(command("status", "toy.zarr", "--json").out)
    assert {"path", "done", "total", "failed", "complete"} <= set(told)
    assert (told["done"], told["failed"], told["complete"]) == (told["total"], 0, True)
    assert told["outputs"]["V_rest"]["maximum"] == pytest.approx(-12.0)
    said = command("status", "toy.zarr")
    assert said.status == 0
    assert said.last == "Complete: toy.zarr; draw it with: leakscape plot toy.zarr"


def test_an_interrupted_run_says_how_to_resume(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "CHUNK_BYTES", 4000)
    advanced = leakscape.running.progress.Progress._receive

    def interrupt(self: Any, outcome: Any) -> None:
        advanced(self, outcome)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(leakscape.running.progress.Progress, "_receive", interrupt)
        said = command("run", "toy.toml", "--set", "precision='float64'")
    assert said.status == 130
    again = shlex.split(said.last.partition("Resume with: ")[2])
    assert again == ["leakscape", "run", "toy.toml", "--set", "precision='float64'"]
    standing = command("status", "toy.zarr")
    assert standing.status == 0
    assert standing.last.startswith("Incomplete: toy.zarr; resume with: leakscape run toy.toml")
    words = shlex.split(standing.last.partition("resume with: ")[2])
    resumed = command(*words[1:])
    assert resumed.status == 0
    assert json.loads(command("status", "toy.zarr", "--json").out)["complete"]


@pytest.mark.parametrize(
    ("error", "status"), [(BusyError("toy.zarr: busy"), 75), (StorageError("disk: full"), 74)]
)
def test_a_run_that_cannot_go_on_now_says_how_to_resume(
    command: Command, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(leakscape.running, "sweep", fail)
    said = command("run", "toy.toml")
    assert said.status == status
    assert said.err.splitlines() == [str(error), "Resume with: leakscape run toy.toml"]


def test_damage_is_found_named_and_exits_3(command: Command, folder: Path) -> None:
    command("run", "toy.toml")
    sound = command("verify", "toy.zarr")
    assert sound.status == 0
    assert sound.last.startswith("Sound: toy.zarr: every checksum holds")
    chunk = next((folder / "toy.zarr" / "V_rest").glob("c*"))
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    chunk.write_bytes(content)
    said = command("verify", "toy.zarr")
    assert said.status == 3
    assert f"Damaged: V_rest/{chunk.name}" in said.out
    assert said.last.endswith("make it sound with: leakscape repair toy.zarr")


def test_a_bug_is_told_as_one_with_its_type(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("of course")

    monkeypatch.setattr(leakscape.running, "sweep", fail)
    said = command("run", "toy.toml")
    assert said.status == 70
    assert said.err.startswith("ZeroDivisionError: of course; this is a bug")
    assert len(said.err.splitlines()) == 1
    monkeypatch.setenv("LEAKSCAPE_TRACEBACK", "1")
    assert "Traceback" in command("run", "toy.toml").err


def test_failed_chunks_are_named_and_exit_3(
    command: Command, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    command("run", "toy.toml")
    report = leakscape.running.Report(
        path=folder / "toy.zarr",
        done=9,
        total=10,
        computed=9,
        failed=((4, "chunk 4 (x 0 to 1): ValueError: no"),),
        complete=False,
        points=16362,
        nbytes=5510,
        seconds=1.0,
        compile_seconds=0.5,
    )
    monkeypatch.setattr(leakscape.running, "sweep", lambda *_, **__: report)
    said = command("run", "toy.toml", "--store", "toy.zarr")
    assert said.status == 3
    assert "Failed: chunk 4 (x 0 to 1): ValueError: no" in said.out
    assert said.last == "Resume with: leakscape run toy.toml --store toy.zarr"
