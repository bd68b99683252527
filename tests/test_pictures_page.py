"""docs/pictures.md names every kind of picture and every option; the sheet shows each kind."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path

import leakscape as ls
from leakscape.cli.commands import plot
from leakscape.picture.kinds import FIT_KINDS, KINDS
from leakscape.picture.plot import Asked

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "pictures.md").read_text(encoding="utf-8")


def test_the_table_of_kinds_is_that_of_the_program():
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == [(name, kind.draws, kind.needs) for name, kind in (KINDS | FIT_KINDS).items()]


def test_every_option_of_plot_is_told():
    options = {name for option in plot.params for name in option.opts if name.startswith("--")}
    assert options
    assert {name for name in options if f"`{name} " not in PAGE} == set()


def test_the_accessor_passes_on_every_argument_of_plot():
    known = [name for name in inspect.signature(ls.plot).parameters if name != "sweeps"]
    assert list(Asked.__annotations__) == known


def test_the_sheet_shows_every_kind():
    spec = importlib.util.spec_from_file_location("contact_sheet", DOCS / "contact_sheet.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert set(module.PICTURES) == {*KINDS, *FIT_KINDS}
    assert (DOCS / "pictures.png").stat().st_size < 600_000
