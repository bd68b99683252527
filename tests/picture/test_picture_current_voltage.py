"""Currents along a potential: through the origin, with zeros and reversal potentials marked."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leakscape.errors import DeclarationError
from leakscape.picture import Wish, figure_of
from leakscape.picture.choose import decide
from leakscape.picture.look import Look
from leakscape.sweep import Sweep


def draw(dataset: xr.Dataset, look: Look | None = None, **wish: Any) -> tuple[Figure, Axes, Any]:
    figure, said = figure_of([("one", dataset)], Wish(**wish), look)
    return figure, figure.axes[0], said


def curve(unit: str = "uA/cm2", **study: Any) -> xr.Dataset:
    """The cubic V^3 - V, which rises through -1 and 1 and falls through 0."""
    V = np.linspace(-2.0, 2.0, 402)
    return xr.Dataset(
        {
            "I_total": (("V",), V**3 - V, {"units": unit, "long_name": "current"}),
            "status": (("V",), np.ones(len(V), np.uint8)),
        },
        coords={"V": ("V", V, {"units": "mV", "long_name": "membrane potential"})},
        attrs={"title": "x", "question": "?", "study": json.dumps({"name": "x", **study})},
    )


def rectifier() -> xr.Dataset:
    """Inward rectifiers that reverse at two potentials, with their leak."""
    V, E = np.linspace(-120.0, 10.0, 1301), np.array([-90.0, -70.0])
    drive = V[:, None] - E
    current = drive / (1.0 + np.exp(drive / 10.0)) + 0.02 * (V[:, None] + 20.0)
    return xr.Dataset(
        {
            "I_total": (("V", "K_out"), current, {"units": "uA/cm2", "long_name": "current"}),
            "E_K": (("K_out",), E / 1000.0, {"units": "V"}),
            "status": (("V", "K_out"), np.ones(current.shape, np.uint8)),
        },
        coords={
            "V": ("V", V, {"units": "mV", "long_name": "membrane potential"}),
            "K_out": ("K_out", [5.0, 10.0], {"units": "mmol/L"}),
        },
        attrs={"title": "x", "study": json.dumps({"fixed": {"E_leak": "-20 mV", "E_Na": "60 mV"}})},
    )


def marks(axes: Axes) -> list[Any]:
    return [one for one in axes.lines if one.get_marker() == "o" and len(one.get_xdata()) == 1]


def test_a_current_marks_its_zeros_filled_where_it_rises() -> None:
    figure, axes, _ = draw(curve())
    found = {round(float(one.get_xdata()[0]), 3): one.get_markerfacecolor() for one in marks(axes)}
    assert set(found) == {-1.0, 0.0, 1.0}
    assert found[0.0] == "white"
    assert found[-1.0] == found[1.0] != "white"
    handles = {
        text.get_text(): handle.get_markerfacecolor()  # type: ignore[union-attr]
        for legend in figure.legends
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
    }
    assert handles["unstable equilibrium (it falls)"] == "white"
    assert handles["stable equilibrium (the current rises)"] != "white"


@pytest.mark.parametrize("unit", ["mV", "1"])
def test_what_is_no_current_gets_no_marks(unit: str) -> None:
    _, axes, _ = draw(curve(unit))
    assert not marks(axes)
    with pytest.raises(DeclarationError, match="iv needs a current, and an axis of potentials"):
        draw(curve(unit), kind="iv")


def test_a_current_over_a_potential_is_one_by_nature_and_plain_lines_by_name() -> None:
    assert decide(Sweep.of(curve()), Wish()).kind == "iv"
    assert decide(Sweep.of(rectifier()), Wish(kind="iv")).hue == "K_out"
    _, axes, _ = draw(curve(), kind="lines")
    assert not marks(axes)


def test_its_axes_cross_at_the_origin_with_their_labels_at_the_ends() -> None:
    _, axes, _ = draw(curve())
    visible = {side: spine for side, spine in axes.spines.items() if spine.get_visible()}
    assert [spine.get_position() for spine in visible.values()] == [("data", 0.0)] * 2
    labels = {text.get_gid(): text for text in axes.texts if text.get_gid()}
    assert labels["x label"].get_position() == (1.0, 0.0)
    assert labels["y label"].get_position() == (0.0, 1.0)
    assert labels["x label"].get_text().strip() == "$V$ (mV)"
    assert labels["y label"].get_text().strip().endswith("(µA/cm²)")
    low, high = axes.get_ylim()
    assert low < 0.0 < high  # outward is up


def test_axes_that_do_not_see_the_origin_cross_at_the_edge_next_to_it() -> None:
    _, axes, _ = draw(curve(), Look.of(xlim=(0.5, 2.0), ylim=(1.0, 5.0)))
    assert axes.spines["top"].get_position() == ("data", 1.0)
    assert axes.spines["right"].get_position() == ("data", 0.5)


def test_an_inward_rectifier_leaves_room_for_its_zeros_and_says_what_is_cut_off() -> None:
    dataset = rectifier()
    _, axes, said = draw(dataset)
    low, high = axes.get_ylim()
    hump = float(dataset.I_total.max())
    inward = float(dataset.I_total.min())
    assert hump < high
    assert hump / (high - low) > 1.0 / 3.0
    assert inward < 3.0 * low
    assert any(f"inward current cut off at \N{MINUS SIGN}{-low:.2g}" in text for text in said)
    _, axes, said = draw(dataset, Look.of(ylim=(-60.0, 5.0)))
    assert axes.get_ylim() == (-60.0, 5.0)
    assert not any("cut off" in text for text in said)


def test_panels_of_currents_share_the_part_that_they_show() -> None:
    figure, _, _ = draw(rectifier(), col="K_out")
    ends = {axes.get_ylim() for axes in figure.axes}
    assert len(ends) == 1
    assert ends.pop()[0] > -20.0


def test_a_straight_current_is_shown_whole() -> None:
    dataset = curve()
    dataset["I_total"] = dataset.I_total.dims, 50.0 * (dataset.V.values - 1.9), {"units": "pA"}
    _, axes, said = draw(dataset)
    assert axes.get_ylim()[0] < -194.0
    assert not any("cut off" in text for text in said)


def test_reversal_potentials_that_the_sweep_knows_are_marked_where_they_are() -> None:
    _, axes, _ = draw(rectifier())
    found = sorted(
        (str(line.get_gid()), round(float(line.get_xdata()[0]), 6))
        for line in axes.lines
        if str(line.get_gid()).startswith("reversal")
    )
    assert found == [("reversal E_K", -90.0), ("reversal E_K", -70.0), ("reversal E_leak", -20.0)]
    colours = {str(line.get_color()) for line in axes.lines if line.get_gid() == "reversal E_K"}
    assert colours == {str(line.get_color()) for line in axes.lines[:2]}
    _, axes, _ = draw(rectifier(), select={"K_out": 10})
    held = [line.get_xdata()[0] for line in axes.lines if line.get_gid() == "reversal E_K"]
    np.testing.assert_allclose(held, [-70.0])


@pytest.mark.parametrize(("role", "marked"), [("net_current", 3), ("current", 0)])
def test_only_zeros_of_a_net_current_are_equilibria(role: str, marked: int) -> None:
    dataset = curve()
    dataset.I_total.attrs["role"] = role
    dataset.V.attrs["role"] = "potential"
    figure, axes, _ = draw(dataset)
    assert len(marks(axes)) == marked
    words = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert any("equilibrium" in text for text in words) is bool(marked)
    assert axes.spines["top"].get_position() == ("data", 0.0)
