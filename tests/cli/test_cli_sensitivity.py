"""The command `sensitivity`: a table with what matters most first, and one sentence."""

from __future__ import annotations

import re

import pytest
import xarray as xr

STUDY = """
name = "own"
kernel = "own.py:kernel"
fixed.t = "37 degC"
[population]
size = 64
parameters.r = { loguniform = [0.1, 10], unit = "1" }
parameters.x = { uniform = [0.2, 0.8], unit = "1" }
"""
ALONE = re.compile(
    r"Over the ranges given, (\w+) alone accounts for ([\d.]+) % of the variance of "
)


def test_a_table_a_sentence_the_path_and_how_to_draw_it(folder, command):
    (folder / "own.toml").write_text(STUDY, encoding="utf-8")
    said = command("sensitivity", "own.toml", "--output", "V_rest")
    assert said.status == 0, said.err
    # Variances of 40 x and 10 log10(r): 40^2 0.6^2 / 12 and 10^2 2^2 / 12.
    share = 576.0 / (576.0 + 400.0)
    rows = [line for line in said.out.splitlines() if line.startswith(("x ", "r "))]
    assert [row.split()[0] for row in rows] == ["x", "r"]
    assert "0.2 to 0.8" in rows[0]
    assert "0.1 to 10" in rows[1]
    told = ALONE.search(" ".join(said.out.split()))
    assert told is not None
    assert told[1] == "x"
    assert float(told[2]) == pytest.approx(100.0 * share, abs=1.0)
    assert said.out.splitlines()[-2:] == [
        "Result: own_sobol.zarr",
        "Draw it with: leakscape plot own_sobol.zarr",
    ]
    stored = xr.open_zarr(folder / "own_sobol.zarr", consolidated=False)
    assert float(stored.V_rest_ST.sel(parameter="x")) == pytest.approx(share, abs=0.01)
    again = command("sensitivity", "own.toml", "--output", "V_rest")
    assert again.out == said.out


def test_what_cannot_be_done_ends_with_65_and_leaves_nothing(folder, command):
    (folder / "own.toml").write_text(STUDY.replace("0.8", "1.0"), encoding="utf-8")
    said = command("sensitivity", "own.toml", "--output", "V_rest")
    assert said.status == 65
    assert re.search(r"V_rest has no value at r = .* x = 0\.9\d+[;,] .*--on-invalid drop", said.err)
    assert not (folder / "own_sobol.zarr").exists()
    said = command("sensitivity", "own.toml", "--until", "0")
    assert said.status == 65
    assert "until: must be above 0, got 0" in said.err
    assert command("sensitivity", "own.toml", "--method", "magic").status == 2
    for words, told in (
        (["none.zarr"], r"needs the path of a finished sweep, got 'none\.zarr'; leakscape run"),
        (["own.zarr", "--set", "fixed.t=20 degC"], r"--set: changes a study, and own\.zarr is a"),
    ):
        said = command("sensitivity", *words, "--method", "grid")
        assert said.status == 65
        assert re.search(told, said.err)
    assert not list(folder.glob("*.zarr*"))
