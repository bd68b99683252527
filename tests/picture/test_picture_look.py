"""How a picture looks: as was asked for, with what the user's matplotlib is set to."""

from __future__ import annotations

import re

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr

from leakscape.errors import DeclarationError
from leakscape.picture import Look, Wish, figure_of
from leakscape.picture import file as files

X = np.array([0.5, 1.0, 2.0, 4.0, 8.0, 16.0])


def curve(low: float = -80.0) -> xr.Dataset:
    values = low + 10.0 * np.log2(X / 0.5)
    return xr.Dataset(
        {"V": ("K_out", values, {"units": "mV", "long_name": "potential"})},
        coords={"K_out": ("K_out", X, {"units": "mmol/L"})},
        attrs={"question": "Why?"},
    )


def draw(dataset=None, **asked):
    made, said = figure_of(
        [("a", curve() if dataset is None else dataset)], Wish(), Look.of(**asked)
    )
    return made, made.axes[0], said


def texts(made):
    return {str(text.get_gid()): text.get_text() for text in made.texts}


def test_title_and_subtitle_are_those_given_and_may_be_left_out():
    made, _, said = draw(title="Mine", subtitle="n = 6")
    assert (texts(made)["title"], texts(made)["subtitle"], said) == ("Mine", "n = 6", ("n = 6",))
    made, _, _ = draw(title="", subtitle="")
    assert texts(made)["title"] == texts(made)["subtitle"] == ""


@pytest.mark.parametrize(
    ("size", "inches"),
    [("9x6cm", (9 / 2.54, 6 / 2.54)), ("100 x 80 mm", (10 / 2.54, 8 / 2.54)), ((5, 4), (5, 4))],
)
def test_the_size_is_that_asked_for(size, inches):
    made, _, _ = draw(size=size)
    assert tuple(made.get_size_inches()) == pytest.approx(inches)


def test_limits_are_in_the_unit_of_the_axis_or_in_their_own():
    _, axes, _ = draw(xlim="1 mM:0.004 mol/L", ylim=(-75, None), log="none")
    assert axes.get_xlim() == pytest.approx((1.0, 4.0))
    assert axes.get_ylim()[0] == -75.0
    assert axes.get_ylim()[1] > -30.0


def test_an_axis_is_logarithmic_or_linear_as_asked_for():
    assert [draw(log=log)[1].get_xscale() for log in ("x", "none")] == ["log", "linear"]
    assert draw(curve(low=1.0), log="xy")[1].get_yscale() == "log"


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"size": "9x6"}, r'size: expected width x height in cm, mm or in.*write "9x6cm"'),
        ({"size": "900x6cm"}, "size: expected 1.5 to 60 inches a side"),
        ({"size": (1, 2, 3)}, "size: expected two numbers"),
        ({"xlim": "5"}, "xlim: expected two ends, got '5'"),
        ({"xlim": ":"}, "xlim: expected two ends"),
        ({"ylim": "5:5"}, "ylim: both ends are 5"),
        ({"ylim": "5 mM:"}, "ylim: .*mM"),
        ({"ylim": "low:high"}, "ylim: "),
        ({"ylim": "nan:3"}, "ylim: "),
        ({"xlim": "0:5", "log": "x"}, "xlim: the axis is logarithmic; give ends above 0"),
        ({"log": "z"}, "log: expected x, y, xy or none, got 'z'"),
        ({"log": "y"}, "log: y reaches from .* only numbers above 0 have a logarithm"),
        ({"cmap": "viridus"}, "cmap: unknown, got 'viridus'; did you mean viridis"),
        ({"style": "nowhere.mplstyle"}, "style: no such file or style"),
        ({"context": "poster"}, "context: expected talk or paper, got 'poster'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(asked, text):
    with pytest.raises(DeclarationError, match=text):
        draw(**asked)


def test_texts_and_lines_are_larger_for_a_talk_and_smaller_for_a_paper():
    found = []
    for context in ("paper", None, "talk"):
        _, axes, _ = draw(context=context)
        found.append((axes.xaxis.label.get_fontsize(), axes.lines[0].get_linewidth()))
    assert found == sorted(found)
    assert len(set(found)) == 3


def test_the_users_matplotlibrc_and_style_sheet_win(tmp_path):
    sheet = tmp_path / "mine.mplstyle"
    sheet.write_text("lines.linewidth: 5\nfont.family: monospace\n")
    with mpl.rc_context({"axes.facecolor": "#eeeeee", "lines.linewidth": 3.0}):
        _, axes, _ = draw()
        assert mpl.colors.to_hex(axes.get_facecolor()) == "#eeeeee"
        assert axes.lines[0].get_linewidth() == 3.0
        _, axes, _ = draw(style=str(sheet))
        assert axes.lines[0].get_linewidth() == 5.0
        assert axes.xaxis.label.get_fontfamily() == ["monospace"]
    made, axes, _ = draw(style="dark_background")
    assert mpl.colors.to_hex(made.get_facecolor()) == "#000000"
    assert mpl.colors.to_hex(axes.xaxis.label.get_color()) != "#000000"


def test_a_colour_map_colours_what_has_an_order():
    dataset = curve().expand_dims(t=np.linspace(0.0, 1.0, 12)).copy()
    made, _ = figure_of([("a", dataset)], Wish(kind="heatmap"), Look.of(cmap="cividis"))
    assert made.axes[0].collections[0].get_cmap().name == "cividis"


def test_texts_in_files_stay_texts(tmp_path):
    made, _, _ = draw(title="Mine")
    files.write(made, tmp_path / "a.svg")
    files.write(made, tmp_path / "a.pdf")
    assert re.search(r"<text[^>]*>\s*Mine", (tmp_path / "a.svg").read_text())
    made_of = (tmp_path / "a.pdf").read_bytes()
    assert b"/FontFile2" in made_of  # a TrueType font, whole
    assert b"/Type3" not in made_of
