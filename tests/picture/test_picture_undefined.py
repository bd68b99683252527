"""What is undefined by itself is a gap with a name; what holds beside it is drawn in full."""

from __future__ import annotations

import numpy as np
import pytest

import leakscape as ls
from leakscape.analyse.findings import find
from leakscape.declare.catalogue import from_tables
from leakscape.picture import Wish, figure_of
from leakscape.picture.choose import decide
from leakscape.picture.slices import read
from leakscape.status import Status
from leakscape.sweep import Sweep

TABLES = {
    "name": "nmdg",
    "kernel": "ghk_voltage",
    "axes": {"Na_out": {"linear": [0, 150], "size": 6, "unit": "mM"}},
    "outputs": {"keep": ["V_rest", "E_Na"]},
}


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    path = tmp_path_factory.mktemp("undefined") / "nmdg.zarr"
    return path, ls.run(from_tables(TABLES, "t"), path)


def texts(dataset, output):
    figure, _ = figure_of([("nmdg", dataset)], Wish(output=output))
    said = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    longest = max(
        (line for line in figure.axes[0].get_lines()), key=lambda line: line.get_xdata().size
    )
    return said, np.asarray(longest.get_ydata(), float)


def test_the_rest_without_sodium_is_drawn_and_its_potential_is_a_gap_that_is_named(sweep):
    said, drawn = texts(sweep[1], "V_rest")
    assert np.isfinite(drawn).all()
    assert drawn[0] == pytest.approx(-80.08, abs=0.005)
    assert not [text for text in said if "no value" in text]
    said, drawn = texts(sweep[1], "E_Na")
    assert np.isfinite(drawn).tolist() == [False, True, True, True, True, True]
    assert [text for text in said if "no value: undefined output (17" in text]


def test_each_output_is_counted_by_its_own_nan(sweep):
    found = find(sweep[0])
    assert {entry.name: entry.share for entry in found.ranges} == {
        "V_rest": 1.0,
        "E_Na": pytest.approx(5 / 6),
    }
    assert found.status == {Status.OK: 5, Status.UNDEFINED_OUTPUT: 1}


def test_the_reason_is_told_where_the_status_is_another_remark(sweep):
    ds = sweep[1].load().copy(deep=True)
    ds.status[:] = 2
    decision = decide(Sweep.of(ds), Wish(output="E_Na"))
    assert read(Sweep.of(ds), decision, {"Na_out": slice(None)}).missing() == {
        Status.UNDEFINED_OUTPUT: 1
    }
    decision = decide(Sweep.of(ds), Wish(output="V_rest"))
    assert read(Sweep.of(ds), decision, {"Na_out": slice(None)}).missing() == {}


def test_an_empty_place_in_a_list_is_no_gap(sweep):
    ds = sweep[1].load()
    listed = np.stack([ds.V_rest.values, np.full(6, np.nan)], axis=1)
    ds = ds.assign(V_equilibrium=(("Na_out", "equilibrium"), listed, {"units": "mV"}))
    decision = decide(Sweep.of(ds), Wish(output="V_equilibrium"))
    order = {"equilibrium": slice(None), "Na_out": slice(None)}
    assert read(Sweep.of(ds), decision, order).missing() == {}


def test_a_slice_that_conditions_leave_out_is_drawn_with_its_axis_and_the_reason(tmp_path):
    study = ls.Study(
        name="left",
        kernel="ghk_voltage",
        axes={
            "K_out": ls.Axis.log(1, 100, size=12, unit="mmol/L"),
            "pipette": {"label": ["a", "b"], "K_in": {"values": [140, 70], "unit": "mmol/L"}},
        },
        where=["pipette == a"],
        outputs=["V_rest"],
    )
    ds = ls.evaluate(study)
    made, _ = figure_of([("left", ds)], Wish(x="K_out", select={"pipette": "b"}))
    axes = made.axes[0]
    made.savefig(tmp_path / "left.png")
    assert axes.get_xscale() == "log"
    low, high = axes.get_xlim()
    assert low <= 1 < 100 <= high
    words = [text.get_text() for text in axes.get_legend().get_texts()] if axes.get_legend() else []
    words += [text.get_text() for legend in made.legends for text in legend.get_texts()]
    assert any("left out by a condition" in word for word in words)
