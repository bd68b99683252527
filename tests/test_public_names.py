"""What `import leakscape` gives: its names, its errors, and studies by name wherever one may be."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys

import pytest

import leakscape as ls
from leakscape import errors

TOML = """
name = "beside"
kernel = "nernst"
population = { table = "cells.csv" }
"""
VERBS = {
    "evaluate": ls.evaluate,
    "reduce": ls.reduce,
    "run": ls.run,
    "model": ls.model,
    "plan": ls.plan,
    "show": ls.show,
    "sensitivity": ls.sensitivity,
}


def test_completion_shows_public_names_alone():
    assert set(dir(ls)) == {*ls.__all__, "__version__"}
    assert sorted(ls.__all__) == ls.__all__
    for name in ls.__all__:
        assert getattr(ls, name) is not None
    public = {name for name in vars(ls) if not name.startswith("_")}
    rooms = {name for name in public if inspect.ismodule(getattr(ls, name))}
    assert public - rooms <= set(ls.__all__)


def test_every_error_is_exported():
    found = inspect.getmembers(errors, inspect.isclass)
    assert len(found) > 8
    for name, error in found:
        assert getattr(ls, name) is error
        assert issubclass(error, ls.SweepError)


def test_importing_it_loads_nothing_heavy():
    code = "import leakscape, sys; print({'jax', 'numpy', 'rich', 'pandas'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_no_study_is_told_in_a_sentence(verb):
    with pytest.raises(ls.DeclarationError, match=rf"^{verb}: expected a study.*, got 3; give"):
        VERBS[verb](3)
    with pytest.raises(ls.DeclarationError, match=r"did you mean two_leak_balance\?"):
        VERBS[verb]("two_leak_balanc")


def test_a_path_will_do_and_tables_are_found_beside_it(tmp_path, monkeypatch):
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "beside.toml").write_text(TOML, encoding="utf-8")
    (inner / "cells.csv").write_text("outside [mmol/L]\n4\n16\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    path = os.path.join("inner", "beside.toml")  # noqa: PTH118 - a text, as people write it
    found = [ls.evaluate(path), ls.evaluate(inner / "beside.toml"), ls.run(path)]
    for dataset in found:
        assert dataset.outside.values.tolist() == [4.0, 16.0]
        assert dataset.E.values == pytest.approx(found[0].E.values)
    assert (tmp_path / "beside.zarr").is_dir()
    assert ls.model(path).parameters == {"outside": "mmol/L"}
    assert ls.show(path).points == ls.plan(path).points == 2
    reduced = path.replace("beside.toml", "reduced.toml")
    text = TOML + '[reduce]\nover = ["cell"]\nE = ["max"]\n'
    (inner / "reduced.toml").write_text(text, encoding="utf-8")
    assert float(ls.reduce(reduced).E_max) == float(found[0].E.max())


def test_a_name_will_do():
    assert ls.model("two_leak_balance").outputs
    assert ls.evaluate("two_leak_balance").sizes["g_K_over_g_Na"] == 401
    assert ls.show("two_leak_balance").points == 401
