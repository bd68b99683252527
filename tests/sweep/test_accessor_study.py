"""`dataset.leakscape.study`: the study again, from the dataset alone, and no code run for it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import leakscape as ls
from leakscape.declare.catalogue import from_tables

TABLES = {
    "name": "salt",
    "question": "How?",
    "expect": "E = 25.7 ln(out/in)",
    "kernel": "nernst",
    "fixed": {"temperature": "20 degC"},
    "derived": {"outside": "150 mmol/L - inside"},
    "axes": {"inside": {"log": [10, 100], "size": 3, "unit": "mmol/L"}},
    "population": {"size": 4, "parameters": {"valence": {"choice": [1, 2], "unit": "1"}}},
    "where": {"keep": ["E > -100 mV"]},
    "picture": {"x": "inside"},
}


def carrying(**more: object) -> xr.Dataset:
    ls.open  # noqa: B018  # xarray learns of the accessor
    study = {"name": "own", "axes": [], "kernel": {"name": "nernst"}} | more
    return xr.Dataset(attrs={"study": json.dumps(study)})


@pytest.mark.parametrize("way", ["memory", "disk"])
def test_a_dataset_has_the_study_that_made_it(tmp_path, way):
    study = from_tables(TABLES, "t")
    made = ls.evaluate(study) if way == "memory" else ls.run(study, tmp_path / "a.zarr")
    found = made.leakscape.study
    assert found == study
    assert found.canonical() == study.canonical()
    (tmp_path / "a.toml").write_text(found.to_toml(), encoding="utf-8")
    assert ls.load(tmp_path / "a.toml") == study


def test_the_study_of_a_dataset_can_be_changed_and_evaluated():
    made = ls.evaluate(from_tables(TABLES, "t"))
    warm = made.leakscape.study.with_(fixed={"temperature": "30 degC"})
    both = xr.align(ls.evaluate(warm).E, made.E)
    ratio = (both[0] / both[1]).values  # E is proportional to the absolute temperature
    np.testing.assert_allclose(ratio[np.isfinite(ratio)], 303.15 / 293.15, rtol=1e-5)
    assert np.isfinite(ratio).sum() > 6
    assert made.leakscape.study == from_tables(TABLES, "t")


def test_measured_cells_are_those_of_the_dataset(tmp_path):
    cells = pd.DataFrame({"note": ["x", "y"], "inside [mmol/L]": [10.0, 40.0], "id": ["a", "b"]})
    study = ls.Study(name="cells", kernel="nernst", population=cells)
    made = ls.run(study, tmp_path / "a.zarr")
    found = made.leakscape.study
    assert found.meaning() == study.meaning()
    np.testing.assert_array_equal(ls.evaluate(found).E, made.E)
    second = made.isel(cell=[1]).leakscape.study  # other cells are another study
    assert second.meaning() != study.meaning()
    np.testing.assert_array_equal(ls.evaluate(second).E, made.E[1:])
    with pytest.raises(ls.DeclarationError, match=r"cells come from a table and are not in the da"):
        _ = made.drop_vars(["id", "inside", "note"]).leakscape.study


def test_reading_a_study_runs_none_of_its_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.py").write_text("raise SystemExit", encoding="utf-8")
    membrane = {"mechanisms": {"a": {"type": "evil.py:leak"}}}
    for name in ("evil.py:kernel", "evil:kernel"):
        found = carrying(kernel={"name": name, "membrane": membrane}).leakscape.study
        assert found.kernel == {"name": name, "membrane": membrane}
        assert name in found.to_toml()


def test_a_dataset_without_a_study_has_none_and_what_is_no_study_is_told():
    assert carrying().drop_attrs().leakscape.study is None
    with pytest.raises(
        ls.DeclarationError, match=r"^study of the dataset: name: a name .* 'no name'"
    ):
        _ = carrying(name="no name").leakscape.study
    with pytest.raises(ls.DeclarationError, match=r"^study of the dataset: unknown key, got 'ax'"):
        _ = carrying(ax=1).leakscape.study


def test_the_findings_of_a_dataset_are_those_of_the_function():
    made = ls.evaluate(from_tables(TABLES, "t"))
    asked = {"level": "30 mV", "output": "E", "refine": False}
    assert made.leakscape.findings(**asked).plain() == ls.findings(made, **asked).plain()
    assert made.leakscape.findings(**asked).plain()["name"] == "salt"
