"""The README holds: its commands are the ones that CI runs, and its examples print what it says."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from leakscape.declare.catalogue import catalogue
from leakscape.declare.fits import fits
from leakscape_kernels.mechanisms.types import TYPES
from leakscape_kernels.membrane.equilibrium import membrane_current

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
INSTALL = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && "
END = "-- end of block --"
HANGS = 1200
"""Seconds after which the examples hang; how fast they are is no matter of a test [s]."""
COMMAND = "import sys; from leakscape.cli import main; sys.exit(main())"


def script(folder: Path) -> tuple[str, list[str]]:
    """Write the files that the README names, and join its examples into one program.

    Returns the program and what every example of it should print ("" where nothing is said).
    """
    parts, printed = ["import subprocess, sys"], []
    for (kind, text), (following, after) in zip(BLOCKS, [*BLOCKS[1:], ("", "")], strict=True):
        name = re.match(r"# (\w+\.(?:py|toml))\n", text)
        if name:
            (folder / name[1]).write_text(text, encoding="utf-8")
        elif kind == "python":
            parts.append(f"{text}print({END!r})")
            printed.append(after if following == "text" else "")
        elif kind == "sh":
            for line in text.splitlines():
                command, *arguments = line.split()
                assert command == "leakscape"
                run = f"[sys.executable, '-c', {COMMAND!r}, *{arguments!r}]"
                parts.append(f"subprocess.run({run}, check=True, capture_output=True)")
    return "\n".join(parts), printed


@pytest.mark.slow
def test_every_example_runs_and_prints_what_the_readme_says(tmp_path):
    program, printed = script(tmp_path)
    (tmp_path / "readme.py").write_text(program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "readme.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=HANGS,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split(f"{END}\n") == [*printed, ""]
    assert (tmp_path / "dishes.png").stat().st_size > 10_000


def test_the_kernel_example_has_at_most_twelve_lines():
    (kernel,) = [text for kind, text in BLOCKS if text.startswith("# my_cell.py\n")]
    code = [line for line in kernel.splitlines()[1:] if line.strip()]
    assert len(code) <= 12


def test_the_two_commands_are_exact_and_ci_runs_the_second():
    commands = [text.strip() for _, text in BLOCKS if text.startswith("python3 -m venv")]
    assert commands == [
        f"{INSTALL}.venv/bin/leakscape run resting_landscape",
        f"{INSTALL}.venv/bin/pytest",
    ]
    assert commands[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_study_and_every_kernel_has_its_row():
    kernels = {
        point.name
        for point in entry_points(group="leakscape.kernels")
        if point.value.startswith("leakscape_kernels.")
    }
    pages = README + (ROOT / "docs" / "studies.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(\w+)` \|", pages, re.MULTILINE))
    assert rows == set(catalogue()) | set(fits()) | kernels


def test_the_mechanism_of_the_contributing_page_is_one_file_and_one_row(monkeypatch):
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```python\n(# nmda\.py\n.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (table,) = re.findall(r"^`(\{ type = .*? \})` is then", page, re.MULTILINE)
    names = {"__name__": "nmda"}
    exec(text, names)
    monkeypatch.setitem(TYPES, "nmda", names["nmda"])
    kernel = membrane_current(
        membrane={"mechanisms": {"NMDA": tomllib.loads(f"row = {table}")["row"]}}
    )
    assert {"g_NMDA", "Mg_out", "blocked_NMDA"} <= set(kernel.parameters)
    values = {name: row.default for name, row in kernel.parameters.items()}
    numbers = {k: float(str(v).split()[0]) for k, v in values.items() if v is not None}
    found = kernel(**numbers | {"V": -60.0, "Mg_out": 1.0})
    # 0.01 mS/cm2 at -60 mV; 1 mmol/L Mg leaves 1/(1 + e^{3.72}/3.57) of it.
    assert float(found["I_NMDA"]) == pytest.approx(0.01 * -60 / (1 + 41.2643940 / 3.57), rel=1e-5)


def test_every_file_that_a_page_links_to_or_shows_exists():
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    targets = [t for t in re.findall(r"\]\(([^)#]+)\)", text) if not t.startswith("http")]
    assert targets
    assert not [target for target in targets if not (ROOT / target).is_file()]
