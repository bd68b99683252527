"""What a figure shows: axes, labels, units, contours, gaps, and what it says about itself."""

from __future__ import annotations

import json
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leakscape.errors import DeclarationError
from leakscape.picture import Wish, figure_of

X = np.linspace(0.0, 0.99, 40)
R = np.geomspace(0.001, 1.0, 60)
T = np.array([5.0, 25.0, 37.0])


def height(x: Any, r: Any, t: Any) -> Any:
    """A smooth surface that crosses -55 inside the grid."""
    return (t + 273.0) / 310.0 * (20.0 * np.log10(r) + 30.0 * x - 20.0)


def sweep(question: str = "How far?", **picture: Any) -> xr.Dataset:
    values = height(X[:, None, None], R[None, :, None], T[None, None, :]).astype(np.float32)
    study = {
        "name": "block",
        "axes": [
            ["blocked_K", {"linear": [0, 0.99], "size": 40, "unit": "1"}],
            ["P_Na_over_P_K", {"log": [0.001, 1], "size": 60, "unit": "1"}],
            ["temperature", {"values": [5, 25, 37], "unit": "degC"}],
        ],
        "picture": picture,
    }
    dims = ("blocked_K", "P_Na_over_P_K", "temperature")
    return xr.Dataset(
        {
            "V_rest": (dims, values, {"units": "mV", "long_name": "resting potential"}),
            "E_K": (("temperature",), -90.0 * (T + 273.0) / 310.0, {"units": "mV"}),
            "status": (dims, np.ones(values.shape, np.uint8)),
        },
        coords={
            "blocked_K": ("blocked_K", X, {"units": "1", "long_name": "blocked fraction of K"}),
            "P_Na_over_P_K": (
                "P_Na_over_P_K",
                R,
                {"units": "1", "long_name": "P_Na / P_K"},
            ),
            "temperature": ("temperature", T, {"units": "degC", "long_name": "temperature"}),
        },
        attrs={"title": "block", "question": question, "study": json.dumps(study)},
    )


def draw(dataset: xr.Dataset, **wish: Any) -> tuple[Figure, Axes, tuple[str, ...]]:
    figure, said = figure_of([("block", dataset)], Wish(**wish))
    return figure, figure.axes[0], said


def written(figure: Figure) -> str:
    """Every text of a figure, legends included."""
    texts = [text.get_text() for text in figure.texts]
    texts += [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return "\n".join(texts)


def test_a_heat_map_has_the_axes_labels_and_units_of_its_data() -> None:
    figure, axes, _ = draw(sweep())
    assert axes.get_xlabel() == "Blocked fraction of K"
    assert axes.get_ylabel() == r"$P_{\mathrm{Na}}$ / $P_{\mathrm{K}}$"
    assert figure.axes[1].get_ylabel() == "Resting potential $V_{\\mathrm{rest}}$ (mV)"


def test_a_log_axis_of_the_study_is_a_log_axis_of_the_picture() -> None:
    _, axes, _ = draw(sweep())
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "log")
    _, axes, _ = draw(sweep(), x="P_Na_over_P_K")
    assert axes.get_xscale() == "log"


def test_a_log_axis_is_seen_in_the_numbers_when_no_study_says_so() -> None:
    bare = sweep().assign_attrs(study="")
    _, axes, _ = draw(bare)
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "log")


def test_the_drawn_values_are_those_of_the_selected_slice() -> None:
    dataset = sweep()
    _, axes, _ = draw(dataset, select={"temperature": "25"})
    mesh = axes.collections[0].get_array()
    assert mesh is not None
    wanted = dataset.V_rest.sel(temperature=25.0).values.T
    np.testing.assert_array_equal(np.asarray(mesh).reshape(60, 40), wanted)


def test_the_studys_level_is_drawn_where_the_output_has_it_and_named() -> None:
    figure, axes, _ = draw(sweep(contour="-55 mV"), select={"temperature": "37"})
    named = next(c for c in axes.collections if list(getattr(c, "levels", [])) == [-55.0])
    x, r = named.get_paths()[0].vertices.T  # type: ignore[attr-defined]
    np.testing.assert_allclose(height(x, r, 37.0), -55.0, atol=0.1)
    assert "\N{MINUS SIGN}55 mV" in written(figure)


@pytest.mark.parametrize("level", ["-300 mV", "300 mV"])
def test_a_level_that_is_not_reached_is_said_not_to_be(level: str) -> None:
    figure, _, _ = draw(sweep(contour=level))
    assert "not reached: every value shown is" in written(figure)


def test_a_level_of_another_quantity_is_left_out() -> None:
    figure, _, _ = draw(sweep(contour="3 mmol/L"))
    assert not figure.legends


def test_title_is_the_question_and_subtitle_the_slice() -> None:
    figure, _, said = draw(sweep("How far does it go?"), select={"temperature": "30 degC"})
    assert "How far does it go?" in written(figure)
    assert said[0] == "at temperature = 25 °C (nearest to 30 °C)"
    assert "7\u202f200 points" in said[-1]


def test_a_value_that_is_there_needs_no_remark() -> None:
    _, _, said = draw(sweep(), select={"temperature": "310.15 kelvin"})
    assert said[0] == "at temperature = 37 °C"


def test_unsaid_dimensions_are_held_where_the_study_says() -> None:
    _, _, said = draw(sweep(select={"temperature": "37 degC"}))
    assert said[0] == "at temperature = 37 °C"
    _, _, said = draw(sweep())
    assert said[0] == "at temperature = 25 °C"


def test_x_alone_draws_a_line_for_each_of_few_values() -> None:
    figure, axes, _ = draw(sweep(), x="blocked_K", hue="temperature")
    lines = [line for line in axes.get_lines() if np.size(line.get_xdata()) == 40]
    assert len(lines) == 3
    assert "temperature = 37 °C" in written(figure)


def test_many_values_of_a_hue_get_a_colour_bar_with_their_scale() -> None:
    figure, axes, said = draw(sweep(), x="blocked_K", select={"temperature": "37"})
    assert len(axes.get_lines()) == 25
    assert figure.axes[1].get_yscale() == "log"
    assert said[1].startswith("25 of 60 values")


def test_points_without_a_value_are_grey_or_hatched_and_explained() -> None:
    dataset = sweep()
    dataset["status"][:10, :, :] = 13
    dataset["V_rest"][:10, :, :] = np.nan
    dataset["status"][30:, :, :] = 0
    figure, axes, _ = draw(dataset)
    text = written(figure)
    assert "no value: not converged (25% of the points shown)" in text
    assert "not computed (25% of the points shown)" in text
    assert axes.patch.get_hatch()


def test_a_whole_number_output_hides_what_was_not_computed() -> None:
    dataset = sweep()
    dataset["n_stable"] = dataset.V_rest.dims, np.full(dataset.V_rest.shape, 2, np.int8)
    dataset["status"][:10, :, :] = 0
    figure, axes, _ = draw(dataset, output="n_stable")
    assert "not computed" in written(figure)
    assert np.ma.count_masked(axes.collections[0].get_array()) == 600


def test_nothing_computed_yet_is_a_picture_too() -> None:
    dataset = sweep(contour="-55 mV")
    dataset["status"][:] = 0
    dataset["V_rest"][:] = np.nan
    figure, _, _ = draw(dataset)
    assert "not computed (100% of the points shown)" in written(figure)
    figure, _, _ = draw(dataset, x="blocked_K")
    assert "not computed" in written(figure)


def test_sweeps_overlay_with_their_names_in_the_first_ones_units() -> None:
    other = sweep("Another?")
    other["V_rest"] = other.V_rest.dims, other.V_rest.values / 1000.0, {"units": "V"}
    figure, _ = figure_of([("one", sweep()), ("two", other)], Wish(x="blocked_K"))
    first, second = (line.get_ydata() for line in figure.axes[0].get_lines())
    np.testing.assert_allclose(second, first, rtol=1e-5)
    assert "one" in written(figure)
    assert "two" in written(figure)


def test_sweeps_of_other_quantities_are_not_overlaid() -> None:
    other = sweep()
    other["V_rest"].attrs["units"] = "mmol/L"
    with pytest.raises(DeclarationError, match="plot them apart"):
        figure_of([("one", sweep()), ("two", other)], Wish())


def test_an_output_of_lower_rank_is_drawn_along_what_it_has() -> None:
    _, axes, _ = draw(sweep(), output="E_K")
    assert axes.get_xlabel() == "Temperature (°C)"
    assert "mV" in axes.get_ylabel()


def test_a_single_number_is_told_instead_of_drawn() -> None:
    with pytest.raises(DeclarationError, match=r"E_K = -90 mV at temperature = 37 °C"):
        draw(sweep(), output="E_K", select={"temperature": "37"})


def test_a_surface_without_relief_draws() -> None:
    dataset = sweep(contour="-55 mV")
    dataset["V_rest"][:] = -70.0
    figure, axes, _ = draw(dataset)
    figure.draw_without_rendering()
    assert not [text for text in axes.texts if "-55" in text.get_text()]


def test_a_current_diverges_from_zero_whatever_its_sign_and_a_potential_never() -> None:
    dataset = sweep()
    for offset in (0.0, 45.0, 90.0):
        dataset["V_rest"] = sweep().V_rest + offset
        _, axes, _ = draw(dataset)
        assert axes.collections[0].get_cmap().name == "viridis"
        dataset["V_rest"].attrs["units"] = "uA/cm2"
        _, axes, _ = draw(dataset)
        assert axes.collections[0].get_cmap().name == "RdBu_r"
        assert axes.collections[0].norm(0.0) == 0.5


def test_drawing_leaves_matplotlibs_global_state_alone() -> None:
    before = dict(mpl.rcParams)
    draw(sweep())
    assert dict(mpl.rcParams) == before


def test_every_text_stays_inside_the_figure() -> None:
    dataset = sweep("Why " * 60, contour="-55 mV")
    for wish in ({}, {"x": "blocked_K", "hue": "temperature"}):
        figure, axes, _ = draw(dataset, **wish)
        figure.draw_without_rendering()
        box = figure.bbox
        texts = [*figure.texts, axes.xaxis.label, axes.yaxis.label, *figure.legends]
        for text in texts:
            extent = text.get_window_extent()
            assert extent.x0 >= box.x0 - 1
            assert extent.x1 <= box.x1 + 1
            assert extent.y0 >= box.y0 - 1
            assert extent.y1 <= box.y1 + 1


def test_whole_numbers_get_a_colour_each_and_no_contours():
    counts = sweep()
    counts["n_equilibria"] = (counts.V_rest > -55.0).astype(np.int8) * 2 + 1
    counts.n_equilibria.attrs.update(units="1", long_name="number of equilibria")
    figure, axes, _ = draw(counts, output="n_equilibria", x="P_Na_over_P_K", y="blocked_K")
    bar = figure.axes[1]
    assert [text.get_text() for text in bar.get_yticklabels()] == ["1", "3"]
    assert not [text for text in axes.texts if text.get_text()]
