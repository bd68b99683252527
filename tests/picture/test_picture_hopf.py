"""Hopf points, saddles and foci: FitzHugh and Nagumo's equations have them in closed form.

v' = v - v^3/3 - w + I and w' = EPSILON (v + A - b w) are at rest where I = v^3/3 - v + (v + A)/b.
That curve has its folds where v^2 = 1 - 1/b; the trace of the Jacobian is 0, with two imaginary
eigenvalues if the determinant is positive, where v^2 = 1 - EPSILON b.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import leakscape as ls
from leakscape.errors import DeclarationError
from leakscape.picture import Wish, figure_of, theme

A, EPSILON = 0.7, 0.08
WIDE, FOLDED = 0.8, 2.0
"""Values of b with one rest at every current, and with three between two folds."""
TOLD = {
    "stable": {
        "role": "stability",
        "flag_values": [-1, 0, 1],
        "flag_meanings": "none unstable stable",
    },
    "rising": {"role": "slope", "flag_values": [-1, 0, 1], "flag_meanings": "none falling rising"},
    "modes": {"role": "count growing"},
}


def current(v: float, b: float) -> float:
    return v**3 / 3.0 - v + (v + A) / b


def special(square: float, b: float) -> list[float]:
    """The currents at which v^2 is so much, ascending."""
    return sorted(current(sign * np.sqrt(square), b) for sign in (-1.0, 1.0))


def fitzhugh(bs: Sequence[float], kept: Sequence[str] = tuple(TOLD), size: int = 241) -> xr.Dataset:
    """Every rest over I, and over b where there are several."""
    I = np.linspace(-2.0, 4.0, size)  # noqa: E741
    shape = (size, len(bs), 4)
    v, found = np.full(shape, np.nan), {name: np.full(shape, -1, np.int8) for name in TOLD}
    for place, b in np.ndindex(size, len(bs)):
        roots = np.roots([1.0 / 3.0, 0.0, 1.0 / bs[b] - 1.0, A / bs[b] - I[place]])
        real = np.sort(roots[np.abs(roots.imag) < 1e-9].real)
        for slot, at in enumerate(real):
            matrix = [[1.0 - at**2, -1.0], [EPSILON, -EPSILON * bs[b]]]
            growing = int(np.sum(np.linalg.eigvals(matrix).real > 0.0))
            rises = at**2 - 1.0 + 1.0 / bs[b] > 0.0
            v[place, b, slot] = at
            found["modes"][place, b, slot] = growing
            found["stable"][place, b, slot] = growing == 0
            found["rising"][place, b, slot] = rises
    dims = ("I", "b", "rest")
    return xr.Dataset(
        {
            "v": (dims, v, {"units": "1", "long_name": "v", "role": "solutions"}),
            **{name: (dims, found[name], {"units": "1"} | TOLD[name]) for name in kept},
            "status": (dims[:2], np.ones(shape[:2], np.uint8)),
        },
        coords={"I": ("I", I, {"units": "1"}), "b": ("b", list(bs), {"units": "1"})},
        attrs={"study": json.dumps({"name": "fhn", "axes": []}), "question": "?"},
    ).squeeze("b" if len(bs) == 1 else [], drop=True)


def draw(dataset: xr.Dataset, output: str = "v", **wish: Any) -> tuple[Figure, Axes, tuple]:
    figure, said = figure_of([("one", dataset)], Wish(output=output, **wish))
    return figure, figure.axes[0], said


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for found in figure.legends for text in found.get_texts()]


def of(axes: Axes, style: str) -> list[Line2D]:
    """Lines of a style, or marks of a shape."""
    return [
        line
        for line in axes.lines
        if (line.get_linestyle() if len(line.get_xdata()) > 1 else line.get_marker()) == style
    ]


def ends(lines: Sequence[Line2D]) -> set[tuple[float, float]]:
    return {(line.get_xdata()[n], line.get_ydata()[n]) for line in lines for n in (0, -1)}


def test_a_rest_that_turns_unstable_while_the_curve_rises_does_so_at_hopf_points() -> None:
    figure, axes, said = draw(fitzhugh([WIDE]))
    solid, dotted, hopf = of(axes, "-"), of(axes, ":"), of(axes, "D")
    assert (len(solid), len(dotted), len(axes.lines)) == (2, 1, 5)
    found = sorted(float(one.get_xdata()[0]) for one in hopf)
    step = 6.0 / 240
    np.testing.assert_allclose(found, special(1.0 - EPSILON * WIDE, WIDE), atol=0.5 * step)
    marks = {(one.get_xdata()[0], one.get_ydata()[0]) for one in hopf}
    assert marks == ends(dotted)
    assert marks < ends(solid)
    assert legend(figure) == ["stable", "unstable: focus or node", "Hopf: stability changes"]
    assert "marks lie between swept values at most 0.025 apart" in said


def test_saddles_lie_between_folds_and_foci_between_these_and_hopf_points() -> None:
    figure, axes, _ = draw(fitzhugh([FOLDED]))
    solid, dotted, dashed = of(axes, "-"), of(axes, ":"), of(axes, "--")
    assert [len(lines) for lines in (solid, dotted, dashed)] == [2, 2, 1]
    folds, hopf = of(axes, "o"), of(axes, "D")
    step = 6.0 / 240
    met = sorted((float(one.get_xdata()[0]), float(one.get_ydata()[0])) for one in folds)
    turned = sorted(float(one.get_xdata()[0]) for one in hopf)
    np.testing.assert_allclose(
        [at for at, _ in met], special(1.0 - 1.0 / FOLDED, FOLDED), atol=0.1 * step
    )
    np.testing.assert_allclose(turned, special(1.0 - EPSILON * FOLDED, FOLDED), atol=0.5 * step)
    assert set(met) == ends(dashed)
    assert set(met) <= ends(dotted)
    assert all(abs(y) < np.sqrt(0.5) + 1e-2 for y in dashed[0].get_ydata())
    assert set(legend(figure)) == {
        "stable",
        "unstable: saddle",
        "unstable: focus or node",
        "fold: two solutions meet",
        "Hopf: stability changes",
    }
    assert len({to_hex(lines[0].get_color()) for lines in (solid, dotted, dashed)}) == 3


@pytest.mark.parametrize("b", [WIDE, FOLDED])
@pytest.mark.parametrize("kept", [("modes",), ("stable", "rising")])
def test_a_count_of_modes_and_the_slope_beside_the_stability_tell_the_same(b, kept) -> None:
    both, one = (draw(fitzhugh([b], told))[1].lines for told in (tuple(TOLD), kept))
    assert len(both) == len(one)
    for mine, theirs in zip(both, one, strict=True):
        assert mine.get_linestyle() == theirs.get_linestyle()
        np.testing.assert_array_equal(mine.get_xydata(), theirs.get_xydata())


def test_without_a_count_or_a_slope_nothing_is_called_a_saddle_or_a_hopf_point() -> None:
    figure, axes, _ = draw(fitzhugh([WIDE], ("stable",)))
    assert legend(figure) == ["stable", "unstable", "stability changes"]
    assert [len(of(axes, style)) for style in ("-", "--", "s", "D")] == [2, 1, 2, 0]
    found = sorted(float(one.get_xdata()[0]) for one in of(axes, "s"))
    np.testing.assert_allclose(found, special(1.0 - EPSILON * WIDE, WIDE), atol=0.0125)


@pytest.mark.parametrize(
    ("size", "seen"),
    [(31, 3), (121, 3), (961, 5)],  # 0.034 lie between a fold and the Hopf point beside it
)
def test_branches_go_on_by_what_is_near_and_never_by_their_slot(size: int, seen: int) -> None:
    _, axes, _ = draw(fitzhugh([FOLDED], size=size))
    curves = [line for line in axes.lines if len(line.get_xdata()) > 1]
    assert len(curves) == seen
    for line in curves:  # the curve I(v) itself, but for the ends that a mark lies at
        x, y = line.get_xdata()[1:-1], line.get_ydata()[1:-1]
        inside = np.isin(x, np.linspace(-2.0, 4.0, size))
        np.testing.assert_allclose(current(y[inside], FOLDED), x[inside], atol=1e-9)
        assert len(set(np.sign(np.diff(y)))) == 1


def test_a_second_axis_has_colours_or_panels() -> None:
    dataset = fitzhugh([WIDE, 1.0, FOLDED])
    figure, axes, _ = draw(dataset)
    dotted = of(axes, ":")
    assert len({to_hex(line.get_color()) for line in dotted}) == 3
    assert {"b = 0.8", "b = 1", "b = 2", "Hopf: stability changes"} < set(legend(figure))
    figure, _, _ = draw(dataset, col="b")
    assert [len(of(panel, "D")) for panel in figure.axes] == [2, 2, 2]
    assert [len(of(panel, "o")) for panel in figure.axes] == [0, 0, 2]
    assert len(legend(figure)) == 5


def test_what_tells_something_of_each_solution_is_no_list_of_solutions() -> None:
    dataset = fitzhugh([FOLDED])
    for name in TOLD:
        _, axes, _ = draw(dataset, output=name)
        assert not of(axes, "o")


def test_a_list_of_which_nothing_tells_what_is_stable_makes_no_bifurcation_diagram() -> None:
    with pytest.raises(DeclarationError) as told:
        draw(fitzhugh([FOLDED], ()), kind="bifurcation")
    assert str(told.value) == (
        "kind: bifurcation needs a list of solutions, which of them are stable, and an axis with "
        "numbers; v varies along I, rest: use lines"
    )


@pytest.mark.slow
def test_the_squid_axon_loses_its_rest_at_9_8_and_regains_it_at_154_5_uA_per_cm2() -> None:
    kept = ("V_equilibrium", "stable", "n_unstable")
    study = ls.Study(
        name="axon",
        kernel={"name": "equilibrium", "membrane": "hodgkin_huxley"},
        axes={"I_app": {"linear": [-10, 160], "size": 171, "unit": "uA/cm2"}},
        fixed={"E_leak": "-54.4 mV"},
        outputs=kept,
        precision="float64",
    )
    _, axes, _ = draw(ls.evaluate(study, progress=False), output=None)
    found = sorted(float(one.get_xdata()[0]) for one in of(axes, "D"))
    np.testing.assert_allclose(found, [9.779, 154.527], atol=0.5)  # half of a step
    assert [len(of(axes, style)) for style in ("-", ":", "--", "o")] == [2, 1, 0, 0]
    assert to_hex(of(axes, "-")[0].get_color()) == theme.NAMED[0]
