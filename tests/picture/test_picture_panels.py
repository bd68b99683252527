"""Figures of several panels: one for each output, one for each value of an axis, shared scales."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from leakscape.errors import DeclarationError
from leakscape.picture import Look, Wish, each, figure_of, kinds

T = np.linspace(0.0, 10.0, 11)
G = np.array([1.0, 2.0, 3.0, 4.0, 5.0])


def run_down() -> xr.Dataset:
    volts = -70.0 + T[:, None] * G
    return xr.Dataset(
        {
            "V": (("time", "g"), volts, {"units": "mV", "long_name": "potential"}),
            "volume": (("time", "g"), 1.0 + 0.01 * volts**2, {"units": "pL"}),
            "n": (("time", "g"), (volts > -50.0).astype(np.int8) + 1, {"units": "1"}),
        },
        coords={"time": ("time", T, {"units": "s"}), "g": ("g", G, {"units": "uS/cm2"})},
    )


def draw(output=None, look=None, dataset=None, **wish):
    given = [("a", run_down() if dataset is None else dataset)]
    return figure_of(given, each(Wish(**wish), output), look)


def test_every_output_has_a_panel_over_the_same_axis():
    made, _ = draw(["V", "volume"], x="time")
    upper, lower = made.axes
    assert upper.get_shared_x_axes().joined(upper, lower)
    assert (upper.get_xlabel(), lower.get_xlabel()) == ("", "Time (s)")
    assert ("mV" in upper.get_ylabel(), "pL" in lower.get_ylabel()) == (True, True)
    np.testing.assert_allclose(lower.lines[0].get_ydata(), run_down().volume[:, 0])
    labels = [text.get_text() for text in made.legends[0].get_texts()]
    assert len(labels) == len(set(labels)) == len(G)


def test_small_multiples_hold_each_value_and_share_their_scales():
    made, said = draw(x="time", col="g", output="V")
    assert [axes.get_title(loc="left") for axes in made.axes] == [f"g = {g:g} µS/cm²" for g in G]
    for number, axes in enumerate(made.axes):
        np.testing.assert_allclose(axes.lines[0].get_ydata(), run_down().V[:, number])
        assert axes.get_ylim() == made.axes[0].get_ylim()
        assert axes.get_xlim() == made.axes[0].get_xlim()
    low, high = made.axes[0].get_ylim()
    assert low <= run_down().V.min()
    assert high >= run_down().V.max()
    assert not any("g =" in text for text in said)


def test_maps_side_by_side_have_one_scale_of_colours_and_one_bar():
    dataset = run_down().V.expand_dims(a=[0.0, 1.0, 2.0]).copy().to_dataset(name="V")
    dataset["V"] = dataset.V + 100.0 * dataset.a
    made, _ = draw(output="V", kind="heatmap", x="time", y="g", col="a", dataset=dataset)
    *maps, bar = made.axes
    assert len(maps) == 3
    ends = {(part.norm.vmin, part.norm.vmax) for axes in maps for part in axes.collections[:1]}
    assert ends == {(float(dataset.V.min()), float(dataset.V.max()))}
    assert "mV" in bar.get_ylabel()


def test_of_a_long_axis_panels_evenly_apart_are_drawn_and_it_is_said():
    dataset = xr.Dataset(
        {"V": (("a", "x"), np.arange(60.0).reshape(20, 3))},
        coords={"a": np.arange(20.0), "x": [1.0, 2.0, 3.0]},
    )
    made, said = draw(col="a", x="x", dataset=dataset)
    assert len(made.axes) == 9
    assert "9 of 20 values of a" in said


def test_every_text_of_small_panels_stays_inside_the_figure():
    for look in (Look(), Look.of(size="16x12cm")):
        made, _ = draw(["V", "volume"], look, x="time", col="g", select={})
        made.draw_without_rendering()
        whole = made.bbox
        for axes in made.axes:
            for text in (axes.xaxis.label, axes.yaxis.label):
                box = text.get_window_extent()
                assert box.x0 >= whole.x0 - 1.0
                assert box.x1 <= whole.x1 + 1.0
                assert box.y0 >= whole.y0 - 1.0


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({"col": "g", "x": "g"}, "col: g is drawn as x; use another axis"),
        ({"col": "g", "select": {"g": 1}}, "col: g is held at one value by select"),
        ({"col": "nothing"}, "col: unknown name, got 'nothing'"),
        ({"kind": "histogram"}, "kind: histogram needs a population of cells; V varies along"),
        ({"kind": "heatmap", "hue": "g"}, "hue: heatmap has none; drop hue or kind"),
        ({"kind": "maps"}, "kind: unknown, got 'maps'; .*heatmap"),
        ({"output": "a.pdf"}, "output: a file is written by --file, got 'a.pdf'"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(wish, text):
    with pytest.raises(DeclarationError, match=text):
        draw(**wish)


def test_several_outputs_have_no_common_limits():
    with pytest.raises(DeclarationError, match="ylim: every output has a scale of its own"):
        draw(["V", "volume"], Look.of(ylim="0:1"), x="time")


@pytest.mark.parametrize(("kind", "drawn"), [("lines", "V"), ("heatmap", "V"), ("heatmap", "n")])
def test_a_kind_that_fits_is_drawn_when_asked_for(kind, drawn):
    made, _ = draw(output=drawn, kind=kind)
    assert bool(made.axes[0].lines) == (kind == "lines")


def test_counts_have_whole_ticks():
    made, _ = draw(output="n", kind="lines", x="time")
    ticks = made.axes[0].get_yticks()
    np.testing.assert_array_equal(ticks, np.round(ticks))


def test_what_numbers_stand_for_is_the_legend_of_a_map():
    dataset = run_down()
    dataset.n.attrs.update(flag_values=[1, 2], flag_meanings="at_rest firing")
    made, _ = draw(output="n", kind="heatmap", dataset=dataset)
    assert len(made.axes) == 1  # no colour bar
    assert [text.get_text() for text in made.legends[0].get_texts()] == ["at rest", "firing"]


def test_a_map_ends_with_its_axes():
    made, _ = draw(output="V", kind="heatmap", x="time", y="g")
    assert made.axes[0].get_xlim() == (0.0, 10.0)
    assert made.axes[0].get_ylim() == (1.0, 5.0)


def test_a_legend_is_read_row_by_row():
    made, _ = draw(output="V", x="time", hue="g", look=Look.of(size="9x8cm"))
    made.draw_without_rendering()
    legend = made.legends[0]
    boxes = [text.get_window_extent() for text in legend.get_texts()]
    places = sorted(range(len(boxes)), key=lambda at: (-round(boxes[at].y0), boxes[at].x0))
    order = [legend.get_texts()[at].get_text() for at in places]
    assert len({round(box.y0) for box in boxes}) > 1
    assert order == [f"g = {g:g} µS/cm²" for g in G]


def test_every_kind_says_what_it_draws_and_needs():
    for kind in (kinds.KINDS | kinds.FIT_KINDS).values():
        assert kind.draws
        assert kind.needs


def test_status_is_a_map_of_its_meanings():
    dataset = run_down()
    codes = np.where(dataset.V > -40.0, 13, 1).astype(np.uint8)
    attributes = {"flag_values": [1, 13], "flag_meanings": "ok not_converged"}
    dataset["status"] = (("time", "g"), codes, attributes)
    made, _ = draw(output="status", kind="heatmap", dataset=dataset)
    assert [text.get_text() for text in made.legends[0].get_texts()] == ["ok", "not converged"]


def test_a_studys_picture_may_have_several_outputs():
    dataset = run_down().assign_attrs(
        study=json.dumps({"picture": {"output": ["V", "volume"], "x": "time"}})
    )
    made, _ = figure_of([("a", dataset)], Wish())
    assert ["mV" in axes.get_ylabel() for axes in made.axes] == [True, False]
    made, _ = figure_of([("a", dataset)], Wish(output="volume"))
    assert len(made.axes) == 1


def test_outputs_along_their_own_axes_share_none():
    dataset = run_down().assign_coords(bath=("g", list("abcde")))
    made, _ = draw(["V", "volume"], dataset=dataset, kind="bars", x="bath", select={"time": 0})
    upper, lower = made.axes
    assert not upper.get_shared_x_axes().joined(upper, lower)
    assert ("mV" in upper.get_xlabel(), "pL" in lower.get_xlabel()) == (True, True)
    low, high = lower.get_xlim()
    assert low <= float(run_down().volume[0].min()) <= float(run_down().volume[0].max()) <= high


def test_an_axis_of_names_is_drawn_where_it_is_asked_for():
    dataset = run_down().V.expand_dims(bath=["a", "b"]).copy().to_dataset(name="V")
    made, _ = draw("V", dataset=dataset, kind="heatmap", x="time", y="bath")
    assert made.axes[0].get_ylabel() == "Bath"
    with pytest.raises(DeclarationError, match="kind: lines needs an axis with numbers"):
        draw("V", dataset=dataset, kind="lines", x="bath")


def test_what_the_first_panel_holds_the_others_hold_too():
    dataset = run_down().rename(V="own")
    dataset["V"] = dataset.own.expand_dims(a=[1.0, 2.0, 3.0], axis=-1).copy()
    dataset["other"] = dataset.V.isel(time=0, drop=True) * dataset.a
    made, said = draw(["V", "other"], dataset=dataset, x="g")
    assert any("a = " in text for text in said)
    np.testing.assert_allclose(made.axes[1].lines[0].get_ydata(), 2.0 * dataset.own[0])
    assert len(made.axes[1].lines) == 1


def test_a_size_that_leaves_a_strip_is_refused():
    with pytest.raises(DeclarationError, match=r"size: 8 x 3.9 cm leave no room beside the texts"):
        draw(["V", "volume"], Look.of(size="8x3.9cm"), x="time")


def test_limits_that_meet_no_data_are_refused():
    with pytest.raises(
        DeclarationError, match="ylim: nothing lies from 100 to 200, the data reach"
    ):
        draw("V", Look.of(ylim="100:200"), x="time")


def test_a_paper_has_no_title_of_its_own():
    made, said = draw("V", Look.of(size="8.5x6cm"), x="time")
    assert "".join(text.get_text() for text in made.texts) == ""
    assert said
    made, _ = draw("V", Look.of(size="8.5x6cm", title="A"), x="time")
    assert made.texts[0].get_text() == "A"
