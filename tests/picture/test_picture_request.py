"""What is asked for: every name that does not fit is refused with the one that does."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from leakscape.declare.asked_picture import check_picture
from leakscape.errors import DeclarationError
from leakscape.picture import Wish, figure_of
from leakscape.picture.choose import decide
from leakscape.picture.look import Look
from leakscape.sweep import Sweep


def grid(**sizes: int) -> xr.Dataset:
    shape = tuple(sizes.values())
    return xr.Dataset(
        {
            "V_rest": (tuple(sizes), np.arange(np.prod(shape), dtype=float).reshape(shape)),
            "status": (tuple(sizes), np.ones(shape, np.uint8)),
        },
        coords={name: np.linspace(1.0, 2.0, size) for name, size in sizes.items()},
    )


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({"output": "V_rset"}, "output: unknown, got 'V_rset'; did you mean V_rest?"),
        ({"x": "P_N"}, "x: unknown name, got 'P_N'; did you mean P_K?"),
        ({"y": "nonsense"}, "y: unknown name, got 'nonsense'"),
        ({"hue": "status"}, "hue: unknown name"),
        ({"select": {"K_uot": "3"}}, "select: unknown name, got 'K_uot'; did you mean K_out?"),
        ({"select": {"K_out": "high"}}, "select K_out=high: quantity: no number in front"),
        ({"select": {"K_out": "3 mV"}}, "select K_out=3 mV: unit: 'mV' is no unit"),
        ({"select": {"K_out": "nan"}}, "no number in front"),
        ({"x": "P_K", "y": "P_K"}, "y: P_K is drawn as x; use another axis"),
        ({"x": "P_K", "select": {"P_K": "1"}}, "x: P_K is held at one value by select"),
        ({"x": "P_K", "y": "K_out", "hue": "T"}, "drop y or hue"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(wish: dict[str, Any], text: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        decide(Sweep.of(grid(P_K=20, K_out=30, T=3)), Wish(**wish))
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_first_output_that_a_study_keeps_is_drawn() -> None:
    dataset = grid(K_out=30)
    dataset["A_rate"] = 2 * dataset.V_rest
    dataset = dataset[["A_rate", "V_rest", "status"]]
    assert decide(Sweep.of(dataset), Wish()).output == "A_rate"
    dataset.attrs["study"] = '{"outputs": {"keep": ["V_rest", "A_rate"]}}'
    assert decide(Sweep.of(dataset), Wish()).output == "V_rest"


def test_cells_along_an_axis_are_bands_with_a_short_second_axis_as_hue() -> None:
    dataset = grid(cell=50, K_out=30, T=3)
    for wish in (Wish(), Wish(x="K_out"), Wish(x="K_out", hue="T"), Wish(kind="bands")):
        decision = decide(Sweep.of(dataset), wish)
        assert (decision.kind, decision.x, decision.hue) == ("bands", "K_out", "T")
    apart = decide(Sweep.of(dataset), Wish(col="T"))
    assert (apart.kind, apart.hue) == ("bands", "")


@pytest.mark.parametrize(
    ("sizes", "kind", "x", "y", "hue"),
    [
        ({"a": 20, "b": 30, "c": 3}, "heatmap", "a", "b", ""),
        ({"a": 20, "b": 30, "c": 40}, "heatmap", "b", "c", ""),
        ({"a": 20, "b": 3}, "lines", "a", "", "b"),
        ({"a": 3, "b": 20}, "lines", "b", "", "a"),
        ({"a": 20}, "lines", "a", "", ""),
        ({"a": 20, "b": 1}, "lines", "a", "", ""),
        ({"a": 1}, "number", "", "", ""),
    ],
)
def test_the_longest_axes_are_drawn(
    sizes: dict[str, int], kind: str, x: str, y: str, hue: str
) -> None:
    decision = decide(Sweep.of(grid(**sizes)), Wish())
    assert (decision.kind, decision.x, decision.y, decision.hue) == (kind, x, y, hue)
    held = {place.dimension for place in decision.places}
    assert held == set(sizes) - {x, y, hue}


@pytest.mark.parametrize(("asked", "index"), [("1", 0), ("1.26", 1), ("2.1", 4), ("0.9", 0)])
def test_a_selected_value_is_the_nearest_there_is(asked: str, index: int) -> None:
    decision = decide(Sweep.of(grid(a=20, b=5)), Wish(select={"b": asked}))
    assert decision.places[0].index == index


class Counted(BackendArray):
    """A huge lazy array that makes up its values and counts how many it was asked for."""

    def __init__(self, shape: tuple[int, ...], dtype: str) -> None:
        self.shape, self.dtype, self.read = shape, np.dtype(dtype), 0

    def __getitem__(self, key: Any) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._make
        )

    def _make(self, key: tuple[Any, ...]) -> Any:
        lengths = [
            len(range(size)[part]) if isinstance(part, slice) else np.size(part)
            for part, size in zip(key, self.shape, strict=True)
            if not isinstance(part, int | np.integer)
        ]
        self.read += int(np.prod(lengths, dtype=object))
        return np.ones(lengths, self.dtype)


@pytest.mark.parametrize("wish", [{}, {"x": "a"}, {"x": "b", "hue": "a"}, {"y": "c", "x": "a"}])
def test_a_billion_points_are_not_read_for_a_picture(wish: dict[str, str]) -> None:
    shape = (20_000, 10_000, 5_000)
    values, codes = Counted(shape, "float32"), Counted(shape, "uint8")
    dims = ("a", "b", "c")
    dataset = xr.Dataset(
        {
            "V_rest": xr.Variable(dims, indexing.LazilyIndexedArray(values)),
            "status": xr.Variable(dims, indexing.LazilyIndexedArray(codes)),
        },
        coords={name: np.arange(float(size)) for name, size in zip(dims, shape, strict=True)},
    )
    figure_of([("huge", dataset)], Wish(**wish))
    assert 0 < values.read <= 1_500_000
    assert values.read == codes.read


def test_cells_of_a_huge_population_are_sampled_from_the_first_on() -> None:
    values, codes = Counted((10**9,), "float32"), Counted((10**9,), "uint8")
    dataset = xr.Dataset(
        {
            "V_rest": xr.Variable(("cell",), indexing.LazilyIndexedArray(values)),
            "status": xr.Variable(("cell",), indexing.LazilyIndexedArray(codes)),
        }
    )
    _, said = figure_of([("huge", dataset)], Wish())
    assert values.read == 2_000_000
    assert said[0].startswith("the first 2\u202f000\u202f000 of")


@pytest.mark.parametrize(
    ("kind", "most"), [("pairs", 3_000), ("parallel", 500), ("shares", 4_000_000)]
)
def test_a_picture_of_a_huge_population_reads_its_first_cells(kind: str, most: int) -> None:
    size, made = 10**9, {name: Counted((10**9,), "float32") for name in ("V", "P_K", "P_Na")}
    column = {name: xr.Variable("cell", indexing.LazilyIndexedArray(a)) for name, a in made.items()}
    status = xr.Variable("cell", indexing.LazilyIndexedArray(Counted((size,), "uint8")))
    dataset = xr.Dataset(
        {"V": column.pop("V"), "status": status},
        coords=column,
        attrs={"study": '{"picture": {"contour": "0.5 1"}}'},
    )
    figure_of([("huge", dataset)], Wish(kind=kind))
    assert made["V"].read == most
    assert made["P_K"].read == (0 if kind == "shares" else most)


def pictured(**picture: Any) -> xr.Dataset:
    return grid(a=20, b=30, c=3).assign_attrs(
        study=json.dumps({"name": "s", "picture": {"output": "V_rest", **picture}})
    )


def test_a_study_chooses_kind_and_panels_of_its_own_picture_alone() -> None:
    dataset = pictured(kind="lines", x="b", col="c").assign(W=lambda found: found["V_rest"] + 1.0)
    own, other = (decide(Sweep.of(dataset), Wish(output=name)) for name in ("V_rest", "W"))
    assert (own.kind, own.x, own.col) == ("lines", "b", "c")
    assert (other.kind, other.col) == ("lines", "")
    asked = decide(Sweep.of(dataset), Wish(x="a", y="b"))
    assert asked.kind == "heatmap"
    assert decide(Sweep.of(pictured(kind="heatmap")), Wish(select={"a": 1, "b": 1})).kind == "lines"
    with pytest.raises(DeclarationError, match=r"picture.kind: unknown, got 'line'; .*lines"):
        decide(Sweep.of(pictured(kind="line")), Wish())


def test_a_study_limits_its_own_picture_unless_others_are_asked_for() -> None:
    dataset = pictured(x="a", hue="c", select={"b": 1}, xlim="1.2:1.8", ylim="-3:", log="x")

    def axes(wish: Wish, look: Look | None = None) -> Any:
        return figure_of([("s", dataset)], wish, look)[0].axes[0]

    own = axes(Wish())
    assert own.get_xlim() == (1.2, 1.8)
    assert own.get_ylim()[0] == -3.0
    assert own.get_xscale() == "log"
    assert axes(Wish(), Look.of(xlim="1:2")).get_xlim() == (1.0, 2.0)
    assert axes(Wish(x="b")).get_xlim() != (1.2, 1.8)


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("kind", 3, "picture.kind: expected a name, got 3"),
        ("xlim", "-80", "picture.xlim: expected two ends, got '-80'; write \"-80:-40\""),
        ("log", "z", "picture.log: expected x, y, xy or none, got 'z'; write one of them"),
    ],
)
def test_a_picture_that_asks_for_what_there_is_not_is_refused(
    key: str, value: object, text: str
) -> None:
    with pytest.raises(DeclarationError) as caught:
        check_picture({key: value})
    assert str(caught.value) == text
