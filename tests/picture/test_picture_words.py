"""Numbers that stand for words: along an axis, in the legend of a map, beside dots."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from leakscape.evaluation.grid import blank
from leakscape.picture import Look, Wish, figure_of

WORDS = {0: "oscillating", 1: "multistable", 2: "quiet", 3: "depolarisation_block"}


def draw(sweep: xr.Dataset, look: Look | None = None) -> tuple[Figure, Axes]:
    figure, _ = figure_of([("one", sweep)], Wish(), look)
    return figure, figure.axes[0]


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for found in figure.legends for text in found.get_texts()]


def ticks(axis: Any) -> list[str]:
    """The words that stand along an axis, within its limits."""
    low, high = sorted(axis.get_view_interval())
    marks = zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=True)
    return [text.get_text() for at, text in marks if low <= at <= high]


def labels(*sizes: int, words: dict[int, str] = WORDS) -> xr.Dataset:
    """Labels over one axis or two, each of them somewhere."""
    dims = ("a", "b")[: len(sizes)]
    at = [np.linspace(0.0, 1.0, size) for size in sizes]
    total = sum(np.meshgrid(*at, indexing="ij")) / len(sizes)
    numbers = np.array(sorted(words))[
        np.minimum(np.floor(total * len(words)).astype(int), len(words) - 1)
    ]
    told = {
        "long_name": "what it does",
        "flag_values": [*words],
        "flag_meanings": " ".join(words.values()),
    }
    return xr.Dataset(
        {
            "regime": (dims, numbers.astype(np.int8), {"units": "1"} | told),
            "status": (dims, np.ones(sizes, np.uint8)),
        },
        coords={dim: (dim, own, {"units": "1"}) for dim, own in zip(dims, at, strict=True)},
        attrs={"study": json.dumps({"name": "x", "axes": []}), "question": "?"},
    )


def test_labels_along_an_axis_are_words_in_steps() -> None:
    figure, axes = draw(labels(41))
    figure.canvas.draw()
    assert ticks(axes.yaxis) == ["oscillating", "multistable", "quiet", "depolarisation\nblock"]
    (line,) = axes.lines
    assert line.get_drawstyle() == "steps-mid"
    assert set(line.get_ydata()) == set(WORDS)
    low, high = axes.get_ylim()
    assert low < -0.4
    assert high > 3.4


def test_one_label_everywhere_is_one_word_in_the_middle() -> None:
    figure, axes = draw(labels(41).isel(a=slice(0, 5)))
    figure.canvas.draw()
    assert ticks(axes.yaxis) == ["oscillating"]


@pytest.mark.parametrize("sizes", [(30, 20), (3, 3)])
def test_labels_over_two_axes_make_a_map_with_their_words_as_legend(sizes) -> None:
    sweep = labels(*sizes)
    figure, axes = draw(sweep)
    (mesh,) = [found for found in axes.collections if isinstance(found, QuadMesh)]
    np.testing.assert_array_equal(mesh.get_array(), sweep.regime.values.T)
    figure.canvas.draw()
    shown = {to_hex(colour) for colour in np.reshape(mesh.get_facecolors(), (-1, 4))}
    patches = {text: to_hex(p.get_facecolor()) for text, p in _patches(figure).items()}
    drawn = [WORDS[number].replace("_", " ") for number in np.unique(sweep.regime)]
    assert sorted(patches) == sorted(drawn)
    assert shown == set(patches.values())
    assert len(shown) == len(drawn)
    assert len(figure.axes) == 1  # no colour bar


def _patches(figure: Figure) -> dict[str, Any]:
    return {
        text.get_text(): patch
        for found in figure.legends
        for text, patch in zip(found.get_texts(), found.get_patches(), strict=True)
    }


def test_points_that_failed_and_points_left_out_are_told_apart_on_a_map_of_labels() -> None:
    sweep = labels(30, 20)
    sweep.status[:5], sweep.status[-5:], sweep.status[10, 10] = 11, 16, 0
    sweep.regime[-5:] = blank(np.dtype(np.int8))  # as a store fills what a condition leaves out
    figure, _ = draw(sweep)
    patches = _patches(figure)
    grey = {text: to_hex(patches[text].get_facecolor()) for text in patches if "%" in text}
    assert len(grey) == 3
    assert len(set(grey.values())) == 3
    assert not set(grey.values()) & {
        to_hex(patch.get_facecolor()) for text, patch in patches.items() if text not in grey
    }


def test_more_labels_than_there_are_names_for_colours_still_differ() -> None:
    figure, _ = draw(labels(60, 60, words={n: f"state{n}" for n in range(11)}))
    patches = _patches(figure)
    assert len(patches) == 11
    assert len({to_hex(patch.get_facecolor()) for patch in patches.values()}) == 11


def test_words_of_two_outputs_in_one_figure_say_whose_they_are() -> None:
    sweep = labels(30, 20)
    sweep["kind"] = sweep.regime.copy(data=np.minimum(sweep.regime.values, 1))
    sweep["kind"].attrs |= {"flag_values": [0, 1], "flag_meanings": "none quiet"}
    figure, _ = figure_of([("one", sweep)], [Wish(output="regime"), Wish(output="kind")])
    assert {"regime: quiet", "kind: none", "kind: quiet"} < set(legend(figure))


@pytest.mark.parametrize("size", [None, (4.2, 3.0)])
def test_bars_of_labels_have_words_beside_the_dots_and_along_the_axis(size) -> None:
    sweep = labels(4)
    sweep["case"] = ("a", ["control", "80 % of the leak closed", "all of it", "none"])
    sweep = sweep.swap_dims(a="case")
    figure, axes = draw(sweep, Look(size=size))
    figure.canvas.draw()
    words = ["oscillating", "multistable", "quiet", "depolarisation block"]
    assert [text.get_text() for text in axes.texts] == words
    assert [text.replace("\n", " ") for text in ticks(axes.xaxis)] == words
    boxes = [text.get_window_extent() for text in axes.get_xticklabels() if text.get_text()]
    boxes.sort(key=lambda box: box.x0)
    assert all(left.x1 <= right.x0 for left, right in pairwise(boxes))
