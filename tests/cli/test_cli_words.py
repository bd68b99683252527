"""`list`, `show`, `plan`, `--help`: what they say, and what they say without JAX."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import leakscape
from leakscape import amounts
from leakscape.cli.progress import Lines
from leakscape.declare.find import find, registered
from leakscape_kernels import SUMMARIES

Command = Callable[..., Any]
WATCH = """
import sys
from leakscape.cli import main
status = main(sys.argv[1:])
print(sorted({"jax", "dask", "matplotlib"} & set(sys.modules)), file=sys.stderr)
raise SystemExit(status)
"""
SHOW_ALL = """
import sys
from leakscape.cli import main
from leakscape.declare.catalogue import catalogue
from leakscape.declare.find import MECHANISMS, registered
from leakscape.declare.membranes import membranes
heavy = {"jax", "jaxtyping", "dask", "distributed", "pint", "scipy", "xarray", "zarr", "matplotlib"}
for name in [*catalogue(), *registered(), *membranes(), *registered(MECHANISMS)]:
    assert main(["show", name]) == 0, name
    assert not heavy & set(sys.modules), (name, heavy & set(sys.modules))
"""


def process(*arguments: str, source: str = WATCH, **options: Any) -> Any:
    """Run the command line in a process of its own."""
    root = str(Path(leakscape.__file__).parents[1])
    path = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-c", source, *arguments],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,  # it hangs
        **options,
    )


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("run", "--help")])
def test_help_and_version_import_neither_jax_nor_dask(arguments: tuple[str, ...]) -> None:
    done = process(*arguments)
    assert done.returncode == 0
    assert done.stderr.strip() == "[]"
    assert done.stdout.strip()


def test_showing_what_is_shipped_loads_nothing_that_computes_stores_or_draws() -> None:
    done = process(source=SHOW_ALL)
    assert done.returncode == 0, done.stderr
    assert "Study resting_landscape" in done.stdout
    assert "Kernel flicker_traces" in done.stdout
    assert "Membrane nitella" in done.stdout
    assert "Mechanism kir" in done.stdout


def test_a_reader_that_leaves_gets_no_traceback_and_changes_no_status() -> None:
    source = (
        "import os, sys\nfrom leakscape.cli import main\n"
        "read, write = os.pipe(); os.dup2(write, 1); os.close(read); os.close(write)\n"
        "raise SystemExit(main(['--help']))"
    )
    done = process(source=source)
    assert done.returncode == 0
    assert done.stderr == ""


def test_a_terminal_without_utf8_shows_what_it_can(folder: Path) -> None:
    text = (folder / "toy.toml").read_text(encoding="utf-8").replace("far", "far \u2013 in \u00b5V")
    (folder / "toy.toml").write_text(text, encoding="utf-8")
    os.environ["PYTHONIOENCODING"] = "ascii"
    try:
        done = process("show", "toy.toml", cwd=folder)
    finally:
        del os.environ["PYTHONIOENCODING"]
    assert done.returncode == 0
    assert "far ? in ?V" in done.stdout


def test_the_version_is_the_packages(command: Command) -> None:
    assert command("--version").out == f"leakscape {leakscape.__version__}\n"


def test_no_command_is_help_and_a_usage_error(command: Command) -> None:
    said = command()
    assert said.status == 2
    assert "Usage: leakscape" in said.err
    assert "verify" in said.err


def test_list_names_every_study_and_kernel(command: Command) -> None:
    from leakscape.declare.catalogue import catalogue
    from leakscape.declare.find import registered

    said = command("list")
    assert said.status == 0
    for name in [*catalogue(), *registered()]:
        assert f"\n{name} " in said.out
    assert "leakscape run" in said.last


def test_show_tells_all_of_a_study(command: Command) -> None:
    said = command("show", "toy.toml", "--set", "fixed.r=3", "--set", "axes={x={values=[0,1]}}")
    assert said.status == 0
    for text in (
        "How far does it go?",
        "As far as -30 mV.",
        "0, 1",
        "blocked fraction",
        "0 to 1",
        "invented here",
        "reversal potential",
        "degC",
    ):
        assert text in said.out
    row = next(line.split() for line in said.out.splitlines() if line.startswith("r "))
    assert row[:4] == ["r", "1", "3", "1"]
    assert said.last.startswith("Run it with: leakscape run toy.toml --set")


def test_show_tells_all_of_a_kernel(command: Command) -> None:
    said = command("show", "nernst")
    assert said.status == 0
    assert "valence" in said.out
    assert "mV" in said.out
    assert command("show", "nernst", "--set", "a=1").status == 65


def test_show_tells_the_options_of_a_factory(command: Command) -> None:
    said = command("show", "donnan")
    assert "Options" in said.out
    assert '"open" (unless given), "fixed" volume, or "closed"' in said.out
    assert "Options" not in command("show", "nernst").out


def test_no_name_is_cut_without_a_terminal(command: Command, folder: Path) -> None:
    long = "a" * 64
    kernel = (folder / "own.py").read_text(encoding="utf-8")
    (folder / "own.py").write_text(kernel.replace("E_K", long), encoding="utf-8")
    assert long in command("show", "toy.toml").out
    assert long in command("plan", "toy.toml").out


def test_plan_counts_what_run_will_store(command: Command, folder: Path) -> None:
    said = command("plan", "toy.toml", "--set", "axes.r.size=11")
    assert said.status == 0
    assert "2 222 points (x 101 x r 11 x t 2)" in said.out
    rows = {line.split()[0]: line for line in said.out.splitlines() if line.strip()}
    assert "x x r" in rows["V_rest"]
    assert rows["V_rest"].endswith(f"{101 * 11 * 2 * 4 / 1000:.3g} kB")
    assert rows["time"].split()[1] == "about"
    assert said.last == (
        "Run it with: leakscape run toy.toml --set axes.r.size=11 --store toy_r_size_11.zarr"
    )
    assert not (folder / "toy.zarr").exists()


def test_lines_of_progress_are_few(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    lines.started(1000, 0, 10)
    for done in range(1, 1001):
        lines._last -= 1.0  # a second goes by
        lines.advanced(done)
    said = capsys.readouterr().err.splitlines()
    assert 9 <= len(said) <= 110
    assert said[0].startswith("1 %: ") or said[0].startswith("10 %: ")


@pytest.mark.parametrize(
    ("share", "text"),
    [(1.0, "100 %"), (0.9999999, "above 99.99 %"), (0.0, "0 %"), (1e-9, "below 0.01 %")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(share: float, text: str) -> None:
    assert amounts.percent(share) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(999.0, "999 bytes"), (1500.0, "1.5 kB"), (2.5e9, "2.5 GB"), (3e15, "3e+03 TB")],
)
def test_sizes_are_readable(count: float, text: str) -> None:
    assert amounts.size(count) == text


def test_list_imports_neither_jax_nor_dask() -> None:
    done = process("list")
    assert done.returncode == 0
    assert done.stderr.strip() == "[]"
    assert "resting_landscape" in done.stdout
    assert "membrane_current" in done.stdout
    assert "striatal_msn" in done.stdout


@pytest.mark.parametrize("name", sorted(SUMMARIES))
def test_the_line_of_a_kernel_in_the_list_is_what_it_declares(name: str) -> None:
    outputs = find(name, {}, None).outputs
    headlines = [f"{key} [{o.unit}] {o.long_name}" for key, o in outputs.items() if o.headline]
    assert ", ".join(headlines[:3]) == SUMMARIES[name]


def test_every_kernel_of_this_project_has_a_line_in_the_list() -> None:
    ours = {n for n, p in registered().items() if p.value.startswith("leakscape_kernels.")}
    assert ours == SUMMARIES.keys()
