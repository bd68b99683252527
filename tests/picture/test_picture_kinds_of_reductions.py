"""A kind that is asked for by name takes the statistic of a reduction that it draws."""

from __future__ import annotations

import pytest

import leakscape as ls
from leakscape.picture import Wish
from leakscape.picture.choose import decide
from leakscape.sweep import Sweep

STATISTICS = ["mean", {"histogram": ["-95 mV", "5 mV"], "bins": 20}, {"quantile": [0.05, 0.5]}]


@pytest.fixture(scope="module")
def spread():
    changes = {"population": {"size": 200}, "reduce": {"over": ["cell"], "V_rest": STATISTICS}}
    return Sweep.of(ls.reduce(ls.load("population_spread").with_(**changes), progress=False))


@pytest.mark.parametrize(
    ("asked", "kind", "output"),
    [
        ("histogram", "counts", "V_rest_histogram"),
        ("density", "density", "V_rest_histogram"),
        ("quantiles", "quantiles", "V_rest_quantile"),
        ("ranges", "ranges", "V_rest_quantile"),
        ("lines", "lines", "V_rest_mean"),
    ],
)
def test_a_kind_takes_the_statistic_that_it_draws(spread, asked, kind, output):
    decision = decide(spread, Wish(kind=asked))
    assert (decision.kind, decision.output) == (kind, output)
