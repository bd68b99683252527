"""Any Zarr is drawn where it is labelled, or refused in one sentence: nothing of it is a bug."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import zarr

from leakscape import picture
from leakscape.errors import SweepError
from leakscape.picture import Wish, figure_of

X, Y = np.linspace(0.0, 1.0, 30), np.linspace(-2.0, 2.0, 40)
V = np.sin(X)[:, None] * Y
DAYS = np.datetime64("2020-01-01", "ns") + np.arange(30) * np.timedelta64(86_400_000_000_000, "ns")


def plane(values: Any = V, **coords: Any) -> xr.Dataset:
    return xr.Dataset({"V": (("x", "y"), values)}, coords={"x": X, "y": Y} | coords)


def curve(values: Any = X, along: Any = X) -> xr.Dataset:
    return xr.Dataset({"V": ("x", values)}, coords={"x": along})


def told(dataset: xr.Dataset, name: str = "", **attributes: Any) -> xr.Dataset:
    (dataset[name] if name else dataset).attrs.update(attributes)
    return dataset


DATASETS: dict[str, xr.Dataset] = {
    "plane": plane(),
    "units": told(told(plane(), "V", units="mV", long_name="potential"), "x", units="mmol/L"),
    "attributes of other types": told(plane(), "V", units=7, long_name=["a"]),
    "unit that nobody knows": told(plane(), "V", units="furlong^2 per foo"),
    "unit like a bomb": told(plane(), "V", units="m**9**9**9**9"),
    "escapes": told(plane(), "V", units="\x1b[31mmV", long_name="\x1b]0;x\x07"),
    "title of other type": told(plane(), title=5, question=["q"], study="{}", kernel=3),
    "study of other type": told(plane(), study=[1], precision={}),
    "study of lists": told(plane(), study="[" * 100_000),
    "long texts": told(told(plane(), "V", long_name="x" * 10**6), title="y $" * 10**5),
    "without coordinates": xr.Dataset({"V": (("x", "y"), V)}),
    "curve": curve(),
    "curve of times": curve(along=DAYS),
    "plane of times": xr.Dataset({"V": (("t", "y"), V)}, coords={"t": DAYS, "y": Y}),
    "durations": curve(along=DAYS - DAYS[0]),
    "calendar": told(curve(along=np.arange(30.0)), "x", units="days since 0001-01-01"),
    "calendar that is none": told(curve(along=np.arange(30.0)), "x", units="days since x"),
    "booleans": plane(V > 0),
    "a curve of booleans": curve(X > 0.5),
    "small whole numbers": plane((10 * V).astype(np.int8)),
    "large whole numbers": curve(np.arange(30) + 2**62, np.arange(30) + 2**60),
    "halves": plane(V.astype(np.float16)),
    "texts beside numbers": plane().assign(T=("x", [f"n{n}" for n in range(30)])),
    "texts along an axis": xr.Dataset({"V": (("n", "y"), V[:4])}, coords={"n": list("abcd")}),
    "texts alone along an axis": xr.Dataset({"V": ("n", X[:4])}, coords={"n": list("abcd")}),
    "bytes along an axis": xr.Dataset({"V": ("n", X[:2])}, coords={"n": np.array([b"a", b"b"])}),
    "booleans along an axis": xr.Dataset({"V": ("b", X[:2])}, coords={"b": [False, True]}),
    "complex along an axis": curve(along=1j * X),
    "nothing but NaN": plane(np.nan * V),
    "infinities": plane(np.where(V == 0, np.inf, V)),
    "NaN along an axis": curve(along=np.where(X > 0.5, np.nan, X)),
    "infinity along an axis": curve(along=np.where(X > 0.9, np.inf, X)),
    "an axis without order": xr.Dataset({"V": (("x", "y"), V)}, coords={"x": np.cos(9 * X)}),
    "an axis of one value": xr.Dataset({"V": (("x", "y"), V)}, coords={"x": 0 * X}),
    "next to zero": plane(V * 1e-320),
    "four dimensions": xr.Dataset({"V": (tuple("abcd"), np.arange(48.0).reshape(2, 4, 2, 3))}),
    "coordinates of two dimensions": plane(lon=(("x", "y"), V)),
    "another status": plane().assign(status=("q", np.arange(3))),
    "a status of numbers": plane().assign(status=(("x", "y"), V)),
    "a status of texts": curve().assign(status=("x", ["fine"] * 30)),
    "cells": xr.Dataset({"V": ("cell", X)}),
    "cells along an axis": xr.Dataset({"V": (("cell", "x"), V)}),
    "variables of other shapes": plane().assign(W=("x", X), scalar=3.0),
    "names like formulas": xr.Dataset({"mem V $x$_{": (("a b", "c^d"), V)}),
}
REFUSED: dict[str, tuple[xr.Dataset, str]] = {
    "complex": (plane(1j * V), "output: 'V' holds complex numbers, not real numbers"),
    "texts": (curve(np.array(["a"] * 30)), "output: 'V' holds texts, not real numbers"),
    "one number": (xr.Dataset({"V": 3.5}), "a single number is no picture, got V = 3.5"),
    "nothing": (xr.Dataset(), "a Zarr group without arrays of its own"),
    "coordinates": (xr.Dataset(coords={"x": X}), "the store holds none, got only coordinates"),
    "no values": (curve(X[:0], X[:0]), "output: 'V' has no values, got 0; no other variable"),
    "beyond all bounds": (plane(1e308 * V), "has values beyond 1e+300, got 1.68e+308"),
}


def written(dataset: xr.Dataset, path: Path, zarr_format: Any, consolidated: bool) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Zarr 3 has no word for some types yet
        dataset.to_zarr(path, zarr_format=zarr_format, consolidated=consolidated)
    return path


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def drawn(path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")
        return picture.draw([path], file="a.png")


@pytest.mark.repeats(quick=10)
@pytest.mark.parametrize("kind", DATASETS)
def test_what_is_labelled_is_drawn(tmp_path, kind):
    path = written(DATASETS[kind], tmp_path / "a.zarr", 3, consolidated=False)
    made = drawn(path)
    assert made.path.stat().st_size > 0
    assert any("points" in text for text in made.said)


@pytest.mark.repeats(quick=4)
@pytest.mark.parametrize("kind", ["plane", "curve of times", "texts along an axis", "units"])
@pytest.mark.parametrize(("zarr_format", "consolidated"), [(2, False), (2, True), (3, True)])
def test_every_format_is_drawn(tmp_path, kind, zarr_format, consolidated):
    drawn(written(DATASETS[kind], tmp_path / "a.zarr", zarr_format, consolidated))


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_picture_is_refused_in_a_sentence(tmp_path, kind):
    dataset, wanted = REFUSED[kind]
    with pytest.raises(SweepError) as refused:
        drawn(written(dataset, tmp_path / "a.zarr", 3, consolidated=False))
    assert wanted in str(refused.value)


def _array(**more: Any) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        zarr.open_group(path, mode="w").create_array("V", data=V, **more)

    return make


def _two_lengths(path: Path) -> None:
    _array(dimension_names=("x", "y"))(path)
    zarr.open_group(path).create_array("W", data=V.T.copy(), dimension_names=("x", "y"))


def _coordinate_elsewhere(path: Path) -> None:
    _array(dimension_names=("x", "y"))(path)
    group = zarr.open_group(path)
    group.create_array("x", data=Y, dimension_names=("y",))
    group.attrs["coordinates"] = "x"


def _chunks_of_another_rank(path: Path) -> None:
    _array(dimension_names=("x", "y"))(path)
    file = path / "V" / "zarr.json"
    document = json.loads(file.read_bytes())
    document["chunk_grid"]["configuration"]["chunk_shape"].append(1)
    file.write_text(json.dumps(document))


GROUPS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a group inside": (
        lambda path: (
            zarr.open_group(path, mode="w"),
            plane().to_zarr(path, group="a/b", zarr_format=3, consolidated=False),
        ),
        "a Zarr group without arrays of its own; give ",
    ),
    "an array": (lambda path: zarr.create_array(path, data=V), "one Zarr array, no group"),
    "an array of format 2": (
        lambda path: zarr.create_array(path, data=V, zarr_format=2),
        "one Zarr array, no group",
    ),
    "no names": (_array(), "V does not name its dimensions, got shape (30, 40)"),
    "some names": (_array(dimension_names=("x", None)), "V does not name its dimensions"),
    "one name twice": (
        lambda path: zarr.open_group(path, mode="w").create_array(
            "V", data=V[:, :30], dimension_names=("x", "x")
        ),
        "V has one dimension twice, got ('x', 'x')",
    ),
    "two lengths": (_two_lengths, "'x' is "),
    "coordinate along another dimension": (
        _coordinate_elsewhere,
        "'x' is the coordinate of a dimension of that name, got dimensions ('y',); give it",
    ),
    "chunks of another rank": (_chunks_of_another_rank, "damaged, got chunks (30, 40, 1) of"),
    "nothing": (lambda path: path.mkdir(), "no sweep there"),
    "a sweep that is none": (
        lambda path: told(plane(), sweep="{}").to_zarr(path, zarr_format=3, consolidated=False),
        "damaged, got KeyError('format')",
    ),
}


@pytest.mark.parametrize("kind", GROUPS)
def test_a_group_that_cannot_be_put_together_says_why(tmp_path, kind):
    make, wanted = GROUPS[kind]
    make(tmp_path / "a.zarr")
    with pytest.raises(SweepError) as refused:
        drawn(tmp_path / "a.zarr")
    assert wanted in str(refused.value)


def test_numbers_of_days_keep_their_label(tmp_path):
    figure, _ = figure_of([("a", DATASETS["curve of times"])], Wish())
    assert figure.axes[0].get_xlabel() == "x (days since 2020-01-01)"
    line = next(line for line in figure.axes[0].get_lines() if len(line.get_xdata()) == 30)
    assert np.allclose(np.asarray(line.get_xdata(), float), np.arange(30.0))
    assert np.allclose(np.asarray(line.get_ydata(), float), X)
