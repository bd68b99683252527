"""What the command says of a table of cells: how it was read, and what of it is no parameter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
ASSUMED = "cells.csv: read as semicolon-separated, with decimal commas"
KEPT = "cells.csv: no parameters, kept beside the cells: genotype, V_m"


@pytest.fixture
def cells(folder: Path) -> None:
    rows = "id;genotype;x [1];V_m [mV]\na;wt;0,5;-71,5\nb;wt;0,25;-70\nc;ko;0,125;\n"
    (folder / "cells.csv").write_text(rows, encoding="utf-8")
    (folder / "cells.toml").write_text(
        'name = "cells"\nkernel = "own.py:kernel"\npopulation.table = "cells.csv"\n',
        encoding="utf-8",
    )


def test_what_was_assumed_is_said_in_a_line_of_standard_error(command: Command, cells: None):
    for words in (("show", "cells.toml"), ("plan", "cells.toml"), ("run", "cells.toml")):
        said = command(*words)
        assert said.status == 0
        assert said.err.splitlines() == [ASSUMED, KEPT]
        assert "kept beside" not in said.out


def test_a_label_of_several_cells_selects_none_of_them(command: Command, cells: None):
    assert command("run", "cells.toml").status == 0
    said = command("plot", "cells.zarr", "--select", "genotype=wt")
    assert said.status == 65
    assert said.last.endswith("'wt' is the label of 2 places along cell; select one of them by id")


def test_an_area_that_nobody_gave_is_told_where_whole_cell_values_need_it(
    command: Command, folder: Path
):
    mechanisms = (
        'K = { type = "ohmic_leak", g = "10 nS", E = "-90 mV" }\n'
        'leak = { type = "ohmic_leak", g = "0.1 mS/cm2", E = "-10 mV" }\n'
    )
    text = (
        f'name = "mixed"\nkernel.name = "equilibrium"\n[kernel.membrane.mechanisms]\n{mechanisms}'
    )
    (folder / "mixed.toml").write_text(text, encoding="utf-8")
    told = (
        "area is 1000 um2 in this kernel: whole-cell values pass through it; [fixed] sets another"
    )
    assert command("plan", "mixed.toml").err.splitlines() == [told]
    with (folder / "mixed.toml").open("a", encoding="utf-8") as file:
        file.write('[fixed]\narea = "500 um2"\n')
    assert not command("plan", "mixed.toml").err
