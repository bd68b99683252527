"""`leakscape.plot` and `dataset.leakscape`: what the command draws, as a figure, and no more."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import IPython
import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure

import leakscape as ls
from leakscape.errors import DeclarationError, StoreError
from leakscape.picture import Wish, figure_of

T = np.array([5.0, 37.0])
STUDY = {
    "name": "lines",
    "axes": [
        ["x", {"linear": [0, 1], "size": 30, "unit": "1"}],
        ["t", {"values": T.tolist(), "unit": "degC"}],
    ],
}


@pytest.fixture
def dataset() -> xr.Dataset:
    x = np.linspace(0.0, 1.0, 30)
    return xr.Dataset(
        {
            "V": (("x", "t"), x[:, None] * T, {"units": "mV"}),
            "status": (("x", "t"), np.ones((30, 2), np.uint8)),
        },
        coords={"x": x, "t": ("t", T, {"units": "degC"})},
        attrs={"title": "lines", "study": json.dumps(STUDY)},
    )


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def texts(figure: Figure) -> list[str]:
    labels = [figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()]
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return [text.get_text() for text in figure.texts] + labels + legends


@pytest.mark.parametrize("wish", [{}, {"x": "x"}, {"x": "t", "select": {"x": "0.5"}}])
def test_the_figure_is_the_one_that_the_command_draws(dataset, folder, wish):
    wanted, _ = figure_of([("lines", dataset)], Wish(**wish))
    dataset.to_zarr("lines.zarr", zarr_format=3, consolidated=False)
    for figure in (
        ls.plot(dataset, **wish),
        dataset.leakscape.plot(**wish),
        ls.plot("lines.zarr", **wish),
    ):
        assert texts(figure) == texts(wanted)
    assert [file.name for file in folder.iterdir()] == ["lines.zarr"]


def test_a_value_may_be_a_number_and_the_nearest_is_taken(dataset):
    (line, *_) = ls.plot(dataset, x="x", select={"t": 30}).axes[0].get_lines()
    np.testing.assert_allclose(line.get_ydata(), dataset.V.sel(t=37.0))


def test_several_are_drawn_over_one_another(dataset):
    other = dataset.assign_attrs(title="others")
    figure = ls.plot(dataset, other, x="x", select={"t": 5.0})
    assert {"lines", "others"} <= set(texts(figure))


def test_a_file_is_written_where_one_is_asked_for(dataset, folder):
    figure = dataset.leakscape.plot(file="a.svg")
    assert (folder / "a.svg").read_text(encoding="utf-8").startswith("<?xml")
    figure.savefig("b.png")  # and the figure can still be used
    with pytest.raises(DeclarationError, match=r"^file: unknown format, got 'a\.doc'; end it in"):
        ls.plot(dataset, file="a.doc")
    assert sorted(file.name for file in folder.iterdir()) == ["a.svg", "b.png"]


@pytest.mark.parametrize(
    ("given", "wish", "text"),
    [
        ((), {}, "plot: got no sweep; give a dataset or the path of a store"),
        ((5,), {}, "plot: expected a dataset or the path of a store, got int; "),
        ((None,), {"select": ["t=5"]}, "select: expected axis and value, got ['t=5']; "),
        ((None,), {"output": "W"}, "output: unknown, got 'W'; "),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(dataset, given, wish, text):
    with pytest.raises(DeclarationError) as caught:
        ls.plot(*(dataset if one is None else one for one in given), **wish)
    assert str(caught.value).startswith(text)
    with pytest.raises(StoreError, match="no sweep there"):
        ls.plot("none.zarr")


def test_a_notebook_shows_the_figure_and_pyplot_does_not_hold_it(dataset, monkeypatch):
    shell = SimpleNamespace(display_formatter=DisplayFormatter())
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    figure = ls.plot(dataset)
    shown, _ = shell.display_formatter.format(figure)
    assert shown["image/png"].startswith(b"\x89PNG")
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
    assert mpl.rcParams["figure.figsize"] == mpl.rcParamsDefault["figure.figsize"]


def test_a_dataset_is_written_as_a_table(dataset, folder):
    dataset.leakscape.to_csv("a.csv", select={"t": 5})
    head, first, *rest = (folder / "a.csv").read_text(encoding="utf-8").splitlines()
    assert (head, first) == ("x,t [degC],V [mV],status", "0.0,5.0,0.0,ok")
    assert len(rest) == 29


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize("name", ["open", "evaluate", "plot", "reduce", "run"])
def test_every_dataset_has_it_once_a_function_of_datasets_was_used(name):
    code = f"import sys, leakscape; loaded = 'xarray' in sys.modules; leakscape.{name}\n"
    code += "import xarray; print(loaded, xarray.Dataset().leakscape.study)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False None\n"
