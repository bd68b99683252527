"""Sweeps over one another are compared at one value, or say at which value each is."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

from leakscape.picture import Wish, figure_of
from leakscape.picture.palette import apart

X = np.linspace(0.0, 1.0, 30)


def sweep(temperatures: Any, unit: str = "degC") -> xr.Dataset:
    """V = x + T, with the temperature in a unit of choice."""
    dims = ("x", "temperature")
    degrees = np.asarray(temperatures) - (273.15 if unit == "K" else 0.0)
    return xr.Dataset(
        {
            "V_rest": (dims, X[:, None] + degrees, {"units": "mV"}),
            "status": (dims, np.ones((30, len(degrees)), np.uint8)),
        },
        coords={"x": ("x", X), "temperature": ("temperature", temperatures, {"units": unit})},
        attrs={"study": json.dumps({"name": "x"})},
    )


def draw(*datasets: xr.Dataset, **wish: Any) -> tuple[Figure, list[float], str, list[str]]:
    """Draw sweeps: of each the temperature that its curve has; the subtitle; the legend."""
    named = list(zip(("one", "two", "three"), datasets, strict=False))
    figure, said = figure_of(named, Wish(x="x", **wish))
    lines = figure.axes[0].lines[: len(datasets)]
    held = [round(float(line.get_ydata()[0]), 3) for line in lines]
    legend = [text.get_text() for found in figure.legends for text in found.get_texts()]
    return figure, held, said[0], legend


def test_sweeps_are_held_at_a_value_that_they_have_in_common() -> None:
    two = sweep([5.0, 15.0, 25.0, 37.0, 40.0]), sweep([20.0, 22.0, 37.0, 40.0, 41.0])
    _, held, said, legend = draw(*two)
    assert held == [37.0, 37.0]
    assert said == "at temperature = 37 °C"
    assert legend == ["one", "two"]


def test_the_common_value_is_found_in_other_units_too() -> None:
    _, held, _, _ = draw(sweep([5.0, 25.0, 37.0]), sweep([278.15, 283.15, 288.15], "K"))
    assert held == [5.0, 5.0]


def test_without_a_common_value_the_legend_says_each_ones_and_the_subtitle_none() -> None:
    _, held, said, legend = draw(sweep([5.0, 25.0, 37.0]), sweep([10.0, 22.0, 31.0]))
    assert held == [25.0, 22.0]
    assert "temperature" not in said
    assert legend == ["one (temperature = 25 °C)", "two (temperature = 22 °C)"]


def test_a_selected_value_is_kept_by_all() -> None:
    two = sweep([5.0, 25.0, 37.0]), sweep([5.0, 20.0, 37.0])
    _, held, _, legend = draw(*two, select={"temperature": "24 degC"})
    assert held == [25.0, 20.0]
    assert [text.split(" (")[0] for text in legend] == ["one", "two"]
    assert "temperature = 20 °C" in legend[1]


@pytest.mark.parametrize(("gap", "nested"), [(0.0, True), (0.001, True), (0.1, False)])
def test_curves_that_coincide_are_nested_and_others_are_not(gap: float, nested: bool) -> None:
    first, second, far = apart(np.stack([X, X + gap, 1.0 - X]))
    assert ("linewidth" in first, "linewidth" in second) == (nested, nested)
    assert "linewidth" not in far
    if nested:
        assert first["linewidth"] > second["linewidth"] + 1.0


def test_curves_that_only_begin_together_are_not_nested() -> None:
    rows = np.stack([np.zeros(30), np.where(X < 0.7, 0.0, X)])
    assert not any("linewidth" in style for style in apart(rows, named=False))
    assert {str(style["linestyle"]) for style in apart(rows, named=False)} == {"solid"}
