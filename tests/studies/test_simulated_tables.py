"""Simulated tables are those that their seeds and closed forms give."""

from __future__ import annotations

import runpy

import pytest

from leakscape.declare.catalogue import studies

DATA = studies() / "data"


@pytest.mark.parametrize("name", ["titration", "kir_iv"])
def test_a_simulated_table_follows_from_its_seed(name):
    made = runpy.run_path(str(DATA / "simulate.py"))[name]()
    assert (DATA / f"{name}.csv").read_text(encoding="utf-8") == made
