"""Populations and named conditions: rows, histograms, scatters and bands."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leakscape.picture import Wish, figure_of


def labelled() -> xr.Dataset:
    names = np.array(["control", "high K, low Na", "no Cl"], dtype=object)
    study = {"axes": [["solution", {"label": list(names)}]], "picture": {"contour": "-55 mV"}}
    return xr.Dataset(
        {
            "V_rest": (("solution",), np.array([-70.0, -50.5, np.nan]), {"units": "mV"}),
            "status": (("solution",), np.array([1, 1, 11], np.uint8)),
        },
        coords={"solution": names, "K_out": ("solution", [3.0, 12.0, 3.0], {"units": "mmol/L"})},
        attrs={"study": json.dumps(study)},
    )


def cells(size: int = 4000) -> xr.Dataset:
    draw = np.random.default_rng(1)
    P, K = draw.lognormal(-14.0, 0.3, size), draw.uniform(2.5, 8.0, size)
    study = {"population": {"parameters": [["P_K", {"lognormal": [1e-6, 0.3]}]]}}
    return xr.Dataset(
        {
            "V_rest": (("cell",), -80.0 + 3.0 * K, {"units": "mV"}),
            "status": (("cell",), np.ones(size, np.uint8)),
        },
        coords={
            "P_K": (("cell",), P, {"units": "cm/s"}),
            "K_out": (("cell",), K, {"units": "mmol/L"}),
        },
        attrs={"study": json.dumps(study)},
    )


def draw(dataset: xr.Dataset, **wish: Any) -> tuple[Figure, Axes, tuple[str, ...]]:
    figure, said = figure_of([("block", dataset)], Wish(**wish))
    return figure, figure.axes[0], said


def written(figure: Figure) -> str:
    """Every text of a figure, legends included."""
    texts = [text.get_text() for text in figure.texts]
    texts += [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return "\n".join(texts)


def test_named_conditions_become_rows_with_their_values() -> None:
    figure, axes, _ = draw(labelled())
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [
        "control",
        "high K, low Na",
        "no Cl",
    ]
    assert [text.get_text() for text in axes.texts] == [
        "\N{MINUS SIGN}70",
        "\N{MINUS SIGN}50.5",
        "no value",
    ]
    assert "no value: outside domain" in written(figure)


def test_a_parameter_of_a_linked_axis_may_be_the_axis() -> None:
    _, axes, _ = draw(labelled(), x="K_out")
    assert "(mM)" in axes.get_xlabel()


def test_a_population_is_a_histogram_whose_shares_sum_to_all() -> None:
    figure, axes, _ = draw(cells())
    steps = next(p for p in axes.patches if hasattr(p, "get_data"))
    assert np.sum(steps.get_data().values) == pytest.approx(100.0)
    assert "median" in written(figure)


def test_a_sampled_parameter_along_x_makes_a_scatter_of_the_same_cells() -> None:
    dataset = cells()
    figure, axes, _ = draw(dataset, x="K_out", hue="P_K")
    drawn = np.asarray(axes.collections[0].get_offsets())
    np.testing.assert_allclose(drawn[:, 0], dataset.K_out.values)
    np.testing.assert_allclose(drawn[:, 1], -80.0 + 3.0 * drawn[:, 0])
    assert figure.axes[1].get_yscale() == "log"


def test_cells_along_an_axis_make_bands_around_the_median() -> None:
    axis = np.linspace(0.0, 1.0, 20)
    values = axis[:, None] * 10.0 + np.linspace(-1.0, 1.0, 401)[None, :]
    dataset = xr.Dataset(
        {
            "V_rest": (("x", "cell"), values, {"units": "mV"}),
            "status": (("x", "cell"), np.ones(values.shape, np.uint8)),
        },
        coords={"x": axis},
    )
    figure, axes, _ = draw(dataset)
    np.testing.assert_allclose(axes.get_lines()[0].get_ydata(), axis * 10.0, atol=1e-12)
    assert "95% of cells" in written(figure)


def test_cells_are_coloured_by_their_label_and_the_legend_says_which() -> None:
    line = np.array(["wt", "ko"] * 20, dtype=object)
    figure, axes, _ = draw(cells(40).assign_coords(line=("cell", line)), x="K_out", hue="line")
    assert len(figure.axes) == 1  # no colour bar
    found = {len(np.unique(dots.get_facecolor(), axis=0)) for dots in axes.collections}
    assert [len(dots.get_offsets()) for dots in axes.collections] == [20, 20]
    assert found == {1}
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend[:2] == ["wt", "ko"]


def test_no_contour_runs_between_names() -> None:
    names = [f"drug {n}" for n in range(9)]
    values = np.add.outer(np.linspace(-80.0, -40.0, 9), np.arange(9.0))
    study = {"axes": [["drug", {"label": names}]], "picture": {"contour": "-55 mV"}}
    dataset = xr.Dataset(
        {
            "V_rest": (("drug", "K_out"), values, {"units": "mV"}),
            "status": (("drug", "K_out"), np.ones(values.shape, np.uint8)),
        },
        coords={"drug": names, "K_out": ("K_out", np.arange(9.0), {"units": "mmol/L"})},
        attrs={"study": json.dumps(study)},
    )
    numbers = dataset.assign_coords(drug=("drug", np.arange(9.0)))
    drawn = [draw(one, x="K_out", y="drug")[1] for one in (numbers, dataset)]
    contours = [
        [c for c in axes.collections if type(c).__name__ == "QuadContourSet"] for axes in drawn
    ]
    assert contours[0]
    assert not contours[1]
