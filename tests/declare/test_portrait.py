"""Studies and their parts show what they declare, as text and as HTML that holds no foreign tag."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

import leakscape as ls
from leakscape.declare.catalogue import catalogue

EVIL = "<script>alert('&')</script>"
ROWS = {"label": ["a", EVIL], "K_in": {"values": [140, 70], "unit": "mmol/L"}}
DRAWN = {"P_Na_over_P_K": {"lognormal": [0.04, 0.3], "unit": "1"}}
STUDY = ls.Study(
    name="dishes",
    question=EVIL,
    kernel="ghk_voltage",
    fixed={"P_Cl": EVIL},
    derived={"Na_out": "150 mmol/L - K_out"},
    axes={"K_out": ls.Axis.log(1, 100, size=21, unit="mmol/L"), "pipette": ROWS},
    population=ls.Population(size=1000, sampling="random", seed=7, parameters=DRAWN),
    where=["V_rest > -60 mV"],
    reduce={"over": ["cell"], "V_rest": ["mean", {"above": ["-60 mV"]}]},
)


class Seen(HTMLParser):
    """The tags and the text of some HTML; each tag that is opened is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.open, self.text = set(), [], ""
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_a_study_tells_its_points_units_spans_and_distributions():
    for told in (repr(STUDY), Seen(STUDY._repr_html_()).text):
        for text in (
            "Study dishes: ghk_voltage, float32",
            "42 000 points",
            "1 to 100 mmol/L, log",
            "K_in: 140, 70 mmol/L",
            "random",
            "P_Na_over_P_K: lognormal: median 0.04, standard deviation of the logarithm 0.3",
            "150 mmol/L - K_out",
            "V_rest > -60 mV",
            "mean, above -60 mV",
        ):
            assert text in told
    assert max(map(len, repr(STUDY).splitlines())) <= 100


@pytest.mark.parametrize(
    "thing", [STUDY, STUDY.axes["pipette"], STUDY.axes["K_out"], STUDY.population]
)
def test_html_has_no_tag_of_anybody_else(thing):
    seen = Seen(thing._repr_html_())
    assert seen.tags <= {"div", "p", "b", "table", "thead", "tbody", "tr", "th", "td"}
    assert ("<script>" in seen.text) == (thing in (STUDY, STUDY.axes["pipette"]))


@pytest.mark.parametrize(
    "axis",
    [
        ls.Axis.linear(-5, 80, size=5, unit="%"),
        ls.Axis.log(1e-7, 0.1, size=3, unit="cm/s"),
        ls.Axis.values([25, 37.5], unit="degC"),
    ],
)
def test_the_text_of_an_axis_makes_it_anew(axis):
    assert eval(repr(axis), {"Axis": ls.Axis}) == axis


def test_long_axes_and_measured_cells_are_told_shortly(tmp_path):
    long = ls.Axis.values([float(n) for n in range(10_000)])
    assert len(repr(long)) < 200
    (tmp_path / "cells.csv").write_text("outside [mmol/L]\n4\n16\n", encoding="utf-8")
    study = ls.Study(name="s", kernel="nernst", population={"table": "cells.csv"}, folder=tmp_path)
    assert "2 cells, table cells.csv" in repr(study.population)
    assert "outside  measured [mmol/L]" in repr(study.population)
    assert "table cells.csv" in Seen(study._repr_html_()).text


def test_every_shipped_study_has_a_portrait():
    for name in catalogue():
        study = ls.load(name)
        assert name in Seen(study._repr_html_()).text
        assert repr(study).startswith(f"Study {name}")
