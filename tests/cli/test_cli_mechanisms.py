"""What `show` says of a type of mechanism, and the groups of `list`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leakscape.cli import listing
from leakscape.declare.find import MECHANISMS, registered

Command = Callable[..., Any]
HEADS = {"studies": "Studies", "kernels": "Kernels", "membranes": "Membranes"}
HEADS |= {"mechanisms": "Mechanisms"}


def test_show_tells_the_law_the_keys_and_a_table_to_copy(command: Command) -> None:
    said = command("show", "kir")
    assert said.status == 0
    for text in (
        "I = g s (V - E)/(1 + exp((V - V_half)/k))",
        "doi:10.1161/01.RES.74.6.1071",
        "Limits:",
        "boltzmann, luo_rudy",
        '[kernel.membrane.mechanisms]\nKir = { type = "kir", ion = "K", g = "1 mS/cm2"',
        "woodhull",
    ):
        assert text in said.out
    rows = [line.split() for line in said.out.splitlines()]
    assert ["k", "mV", "required", "boltzmann", "k_Kir"] in [row[:5] for row in rows]
    assert ["g", "mS/cm2", "0.75", "luo_rudy", "g_Kir"] in [row[:5] for row in rows]
    assert command("show", "kir", "--set", "a=1").status == 65


def test_show_tells_every_key_of_a_gate_with_its_unit(command: Command) -> None:
    said = command("show", "gated")
    assert said.status == 0
    _, _, after = said.out.partition("Keys of a gate\n")
    rows = [line.split() for line in after.partition("Keys of every mechanism")[0].splitlines()]
    for begin in (
        ["power", "1"],
        ["rates", "1/ms,", "mV,", "mV"],
        ["V_half", "mV"],
        ["k", "mV"],
        ["inf", "1"],
        ["follows"],
        ["K_half", "mmol/L"],
        ["hill", "1"],
        ["tau", "ms"],
        ["instant"],
        ["rate_factor", "1"],
        ["q10", "1,", "degC"],
    ):
        assert begin in [row[: len(begin)] for row in rows]
    for text in ("exp_linear A x/(1 - exp(-x))", "cosh((V - V_half)/(4 k))", "gates.h = {"):
        assert text in said.out


@pytest.mark.parametrize("name", sorted(registered(MECHANISMS)))
def test_every_mechanism_is_shown(name: str, command: Command) -> None:
    said = command("show", name)
    assert said.status == 0
    assert f'type = "{name}"' in said.out


def test_show_tells_of_a_mechanism_in_a_file_what_its_docstring_says(
    command: Command, folder: Path
) -> None:
    (folder / "mine.py").write_text('def own(entry):\n    """A channel of ours."""\n')
    said = command("show", "mine.py:own")
    assert said.status == 0
    assert "A channel of ours." in said.out
    assert command("show", "own.py:kernel").out.startswith("Kernel own.py:kernel\n")
    (folder / "mine.py").write_text("def own(x, y):\n    return {'V': x + y}\n")
    said = command("show", "mine.py:own")  # a kernel that declares nothing is no mechanism
    assert said.status == 65
    assert "is no kernel: it needs to be callable, with .parameters and .outputs" in said.err


def test_a_name_of_nothing_gets_the_nearest(command: Command) -> None:
    said = command("show", "ohmic_leek")
    assert said.status == 65
    assert said.err.endswith("did you mean ohmic_leak?\n")


@pytest.mark.parametrize(
    "groups", [(), ("studies",), ("mechanisms",), ("kernels", "membranes"), tuple(HEADS)]
)
def test_list_shows_the_groups_that_are_asked_for(
    groups: tuple[str, ...], command: Command
) -> None:
    said = command("list", *(f"--{group}" for group in groups))
    assert said.status == 0
    lines = said.out.splitlines()
    for group, head in HEADS.items():
        assert (head in lines) == (not groups or group in groups)
    for group in groups:
        for name, about in listing.GROUPS[group][1]():
            row = next(line for line in lines if line.startswith(f"{name} "))
            assert about.split()[-1] in row


def test_a_mechanism_that_cannot_be_loaded_hides_no_other(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leakscape.declare import mechanisms

    monkeypatch.setattr(mechanisms, "summary", lambda name, group: 1 / 0)
    said = command("list", "--mechanisms")
    assert said.status == 0
    assert "cannot be loaded: division by zero" in said.out
