"""The numbers of a sweep as tables: what they say of sweeps that are known in closed form."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

import leakscape as ls
from leakscape.analyse.records import COLUMNS
from leakscape.analyse.stored_study import stored_study
from leakscape.sweep import Sweep

TAU_70 = -math.log(1 - 70 / 89.05869403673189)  # time constants from 0 to -70 mV


def kernel(*, x, y):
    return {"V": x + y, "W": 2.0 * x}


kernel.parameters = {name: {"unit": "mV", "default": 0.0} for name in ("x", "y")}
kernel.outputs = {"V": {"unit": "mV"}, "W": {"unit": "mV"}}
CELLS = pd.DataFrame({"x [mV]": np.arange(-50.0, 51.0)})


def cells(**fields):
    axes = {"y": {"values": [0.0, 100.0], "unit": "mV"}}
    return ls.Study(
        name="cells", kernel=kernel, axes=axes, population=CELLS, **{"outputs": ["V", "W"]} | fields
    )


@pytest.fixture(scope="module")
def charged(tmp_path_factory):
    """A store of a cell that charges; 7 times, which a crossing along time lies between."""
    path = tmp_path_factory.mktemp("charged") / "charged.zarr"
    kernel = {"name": "charging", "times": [0, 1, 3, 7, 12, 20, 50]}
    axes = {"g_K": {"values": [0.1, 0.5], "unit": "mS/cm2"}}
    picture = {"output": "V", "contour": "-70 mV"}
    ls.run(ls.Study(name="charged", kernel=kernel, axes=axes, picture=picture), path)
    return path


def test_a_crossing_in_time_is_found_between_the_times_that_are_stored(charged):
    told = ls.findings(charged)
    found = told.crossings[told.crossings.along == "time"]
    for (_, row), g in zip(found.iterrows(), (0.1, 0.5), strict=True):
        assert row.high - row.low < 1e-3 * row.low
        assert row.low <= TAU_70 / g <= row.high
        assert (row.along_unit, row.rising, row.held) == ("ms", False, f"g_K = {g:g} mS/cm2")
    bare = ls.findings(charged, refine=False).crossings
    ends = bare[bare.along == "time"][["low", "high"]].values.tolist()
    assert ends == [[12.0, 20.0], [3.0, 7.0]]


def test_a_dataset_tells_what_its_store_does(charged):
    here, there = ls.findings(ls.open(charged)), ls.findings(charged)
    assert here.plain() == there.plain()
    assert "charged: 2 points" in repr(here)
    assert "<table" in here._repr_html_()
    json.dumps(here.plain(), allow_nan=False)


def test_every_table_has_its_columns_with_rows_and_without(charged):
    found = (ls.findings(charged), ls.findings(ls.evaluate(cells()), output="V", level="25 mV"))
    seen = set()
    for told in found:
        for key, rows in told.records().items():
            frame = getattr(told, key)
            assert list(frame) == list(COLUMNS[key])
            assert len(frame) == len(rows)
            for row in rows:
                assert list(row) == list(COLUMNS[key])
                seen.add(key)
    assert seen == {"ranges", "crossings", "shares", "quantiles"}


def test_levels_of_ones_own_in_an_output_of_ones_own(charged):
    found = ls.findings(charged, output="V", level=["-0.03 V", "-50 mV"], select={"g_K": 0.5})
    assert sorted(set(found.crossings.level)) == [-50.0, -30.0]
    assert set(found.crossings.along) == {"time"}
    true = -math.log(1 - 30 / 89.05869403673189) / 0.5
    (row,) = found.crossings[found.crossings.level == -30.0].itertuples()
    assert row.low == pytest.approx(true, rel=1e-3)
    assert found.found.points == 1


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"output": "VV"}, "output: unknown name, got 'VV'; did you mean V"),
        ({"level": -70}, 'level of V: quantity: without a unit, got -70; write "-70 mV"'),
        ({"level": "3 mmol/L"}, "level of V: unit: 'mmol/L' is no unit of this quantity"),
        ({"select": {"g_k": 1}}, "select: unknown axis, got 'g_k'; did you mean g_K"),
        ({"select": {"g_K": "1 mV"}}, "select g_K=1 mV: "),
        ({"study": "nonsense"}, "study: unknown name, got 'nonsense'"),
    ],
)
def test_what_is_not_there_is_told_in_a_sentence(charged, given, text):
    with pytest.raises(ls.DeclarationError, match=text):
        ls.findings(charged, **given)


def test_only_sweeps_have_findings(tmp_path):
    with pytest.raises(ls.DeclarationError, match="findings: expected a dataset or the path"):
        ls.findings(3)
    with pytest.raises(ls.DeclarationError, match="got a dataset without a status"):
        ls.findings(ls.evaluate(cells()).drop_vars("status"))
    with pytest.raises(ls.StoreError, match="no sweep there"):
        ls.findings(tmp_path / "none.zarr")


def test_medians_and_quantiles_are_those_of_the_cells():
    """101 whole numbers from -50 to 50: their quantiles are every fifth and 25th of them."""
    found = ls.findings(ls.evaluate(cells())).quantiles.set_index(["output", "condition"])
    for y in (0, 100):
        row = found.loc["V", f"y = {y} mV"]
        assert [row[q] for q in ("q5", "q25", "median", "q75", "q95")] == [
            y - 45,
            y - 25,
            y,
            y + 25,
            y + 45,
        ]
        assert row["mean"] == y
        assert row.sd == pytest.approx(math.sqrt(101 * 102 / 12))
        assert (row.cells, row["of"], row.exact) == (101, 101, True)
    assert found.loc["W", ""].q95 == 90  # along y it does not vary


def test_what_lies_above_a_level_is_told_for_each_condition():
    found = ls.findings(ls.evaluate(cells()), output="V", level="25 mV").shares
    assert dict(zip(found.condition, found.above, strict=True)) == pytest.approx(
        {"y = 0 mV": 25 / 101, "y = 100 mV": 1.0}
    )
    assert set(found.what) == {"cells"}


def test_a_reduction_tells_what_is_in_no_statistic():
    asked = cells(where=["V < 110 mV"], outputs=[], reduce={"over": ["cell"], "V": ["mean"]})
    told = ls.findings(ls.reduce(asked), level="55 mV")
    (row,) = told.missing.itertuples()
    assert (row.why, row.number, row.of) == ("left out by a condition", 41, 202)
    assert "left out by a condition: 41 of 202 points" in repr(told)
    assert told.folds.empty
    (crossing,) = told.crossings.itertuples()
    assert (crossing.output, crossing.low, crossing.high) == ("V_mean", 0.0, 100.0)


def test_no_code_is_run_that_a_store_names(charged):
    dataset = ls.open(charged)
    assert stored_study(Sweep.of(dataset)).kernel_name == "charging"
    told = json.loads(dataset.attrs["study"])
    for name, options in (
        ("own.py:kernel", {}),
        ("os:getcwd", {}),
        ("nobody_has_it", {}),
        ("equilibrium", {"membrane": {"mechanisms": {"a": {"type": "os:getcwd"}}}}),
    ):
        study = told | {"kernel": {"name": name, **options}}
        assert stored_study(Sweep.of(dataset.assign_attrs(study=json.dumps(study)))) is None
    assert stored_study(Sweep.of(dataset.assign_attrs(study="{"))) is None


def test_a_study_with_code_of_its_own_is_evaluated_when_it_is_given():
    axes = {"x": {"linear": [0.0, 1.0], "size": 3, "unit": "mV"}}
    study = ls.Study(name="own", kernel=kernel, axes=axes, outputs=["V"])
    dataset = ls.evaluate(study)
    bare, told = (ls.findings(dataset, level="0.3 mV", study=s).crossings for s in (None, study))
    assert bare[["low", "high"]].values.tolist() == [[0.0, 0.5]]
    assert told.low[0] == pytest.approx(0.3)
    assert told.high[0] == pytest.approx(0.3)
