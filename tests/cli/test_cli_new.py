"""`new`: what it writes runs as it is, and what it cannot write is told."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leakscape.declare.catalogue import load
from leakscape.declare.find import registered
from leakscape.declare.resolve import resolve
from leakscape.evaluation.in_memory import evaluate

Command = Callable[..., Any]


def written(command: Command, *arguments: str) -> str:
    """Run `new`, and return the command that it says to go on with."""
    said = command("new", *arguments)
    assert said.status == 0, said.err
    assert said.out.startswith("Wrote ")
    assert said.last.startswith("Run it with: leakscape run ")
    return str(said.last.removeprefix("Run it with: leakscape run "))


def test_a_study_runs_and_is_resumed_as_it_is_written(command: Command, folder: Path) -> None:
    file = written(command, "study", "cell.toml")
    assert file == "cell.toml"
    said = command("run", file)
    assert said.status == 0, said.err
    assert "21 points" in said.out
    assert (folder / "my_cell.zarr").is_dir()  # a store keeps the name `cell` for itself


def test_a_kernel_comes_with_a_study_that_computes_it(command: Command, folder: Path) -> None:
    file = written(command, "kernel", "pumped.py")
    found = evaluate(load(file)).V_rest
    g_K = found.g_K.values.astype(float)
    wanted = (g_K * -90 + 0.02 * 60 - 0.1) / (g_K + 0.02)
    np.testing.assert_allclose(found.values, wanted, rtol=1e-5)


def test_a_mechanism_comes_with_a_membrane_that_has_it(command: Command, folder: Path) -> None:
    space = resolve(load(written(command, "mechanism", "nmda.py")))
    assert {"g_N", "Mg_half_N", "slope_N", "Mg_out"} <= space.kernel.parameters.keys()
    assert space.kernel.files == ("nmda.py",)


@pytest.mark.slow
def test_the_membrane_of_a_mechanism_runs(command: Command, folder: Path) -> None:
    file = written(command, "mechanism", "channel.py")
    said = command("run", file)
    assert said.status == 0, said.err
    assert "1 to 3" in said.out  # the negative slope makes two rests


def uncommented(text: str, table: str) -> str:
    """Take the # away from the lines of one table of a study, and from its head."""
    head, body = text.split(f"[{table}]", 1)
    body, blank, rest = body.partition("\n\n")
    body = re.sub(r"^# (?=[\w.]+ = )", "", body, flags=re.MULTILINE)
    return head.removesuffix("# ") + f"[{table}]" + body + blank + rest


@pytest.mark.repeats(quick=3)
@pytest.mark.parametrize("kernel", sorted(registered()))
def test_a_study_of_any_kernel_is_sound_with_its_comments_too(
    kernel: str, command: Command, folder: Path
) -> None:
    file = folder / written(command, "study", "start.toml", "--kernel", kernel)
    plain = resolve(load(file))
    text = file.read_text(encoding="utf-8")
    for table in ("fixed", "population", "where", "picture"):
        text = uncommented(text, table)
    file.write_text(text, encoding="utf-8")
    told = tomllib.loads(text)
    assert {"fixed", "population", "where", "picture"} <= told.keys()
    full = resolve(load(file))
    # Every parameter stands there, with the default that it has anyway, or is the axis.
    assert {*told["fixed"], *told["axes"]} == full.kernel.parameters.keys()
    sampled = set(told["population"]["parameters"])
    for name, value in full.constants.items():
        assert value == plain.constants[name]
    assert plain.constants.keys() - full.constants.keys() == sampled
    assert full.constants.keys() <= plain.constants.keys()


def test_a_study_lists_the_parameters_of_a_kernel_beside_it(command: Command, folder: Path) -> None:
    file = folder / written(command, "study", "mine.toml", "--kernel", "own.py:kernel")
    text = file.read_text(encoding="utf-8")
    assert '# t = "37 degC"  # temperature' in text
    assert "# r = 1  # ratio; invented here" in text
    assert resolve(load(file)).points == 21


WRONG = {
    ("study", "toy.toml"): "new study: there is a file of this name, got 'toy.toml'; give another",
    ("kernel", "own.py"): "new kernel: there is a file of this name, got 'own.py'; give another",
    ("kernel", "toy.py"): "new kernel: there is a file of this name, got 'toy.toml'; give another",
    ("study", "a.py"): "new study: a file of a study ends in .toml, got 'a.py'; write a.toml",
    ("kernel", "a"): "new kernel: a file of a kernel ends in .py, got 'a'; write a.py",
    ("mechanism", "a.toml"): "new mechanism: a file of a mechanism ends in .py, got 'a.toml'; wr",
    ("study", "no/a.toml"): "new study: no such folder, got 'no'; make it first",
    ("study", "a b.toml"): "new study: a name is letters, digits and _, at most 64, got 'a b'; re",
    ("study", "2a.toml"): "new study: a name is letters, digits and _, at most 64, got '2a'; ren",
    ("study", "a.toml", "--kernel", "nernt"): "kernel: unknown name, got 'nernt'; did you mean ne",
    ("kernel", "a.py", "--kernel", "nernst"): "--kernel: goes with a study, got kernel; leave it",
}


@pytest.mark.parametrize("arguments", WRONG)
def test_what_cannot_be_written_is_told(
    arguments: tuple[str, ...], command: Command, folder: Path
) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    said = command("new", *arguments)
    assert said.status == 65
    assert said.err.startswith(WRONG[arguments])
    assert said.err.count("\n") == 1
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_that_takes_no_file_is_told_and_nothing_is_left(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def refused(self: Path, mode: str = "r", *args: Any, **options: Any) -> Any:
        if self.suffix == ".toml" and mode == "x":
            raise PermissionError(13, os.strerror(13), str(self))
        return real(self, mode, *args, **options)

    monkeypatch.setattr(Path, "open", refused)
    said = command("new", "mechanism", "nmda.py")
    assert said.status == 74
    wanted = "nmda.toml: cannot be written, got Permission denied; give another folder\n"
    assert said.err == wanted
    assert not (folder / "nmda.py").exists()


@pytest.mark.parametrize("arguments", [(), ("study",), ("nothing", "a.toml")])
def test_how_it_is_used_is_told(arguments: tuple[str, ...], command: Command) -> None:
    assert command("new", *arguments).status == 2
