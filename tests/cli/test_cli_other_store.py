"""A changed study goes into a store of its own: the commands to copy say so."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from leakscape.cli.again import again, changed_store, free_store

SMALL = ("--set", "axes.x.size=2", "--set", "axes.r.size=2")


def test_another_study_in_the_usual_place_is_told_with_a_command_that_works(command, folder):
    assert command("run", "toy.toml", *SMALL).status == 0
    assert (folder / "toy.zarr").is_dir()  # the name that the README promises
    said = command("run", "toy.toml", *SMALL, "--set", "precision=float64")
    assert said.status == 65
    assert "holds another study: precision" in said.err
    asked, _, copied = said.last.partition(": ")
    assert asked == "Run it into another store with"
    words = shlex.split(copied)
    assert words[-2:] == ["--store", "toy_x_size_2_r_size_2_precision_float64.zarr"]
    assert command(*words[1:]).status == 0
    assert (folder / words[-1]).is_dir()


def test_a_file_that_changed_is_told_too(command, folder):
    text = (folder / "toy.toml").read_text(encoding="utf-8")
    small = text.replace("size = 101", "size = 2").replace("size = 81", "size = 2")
    (folder / "toy.toml").write_text(small, encoding="utf-8")
    assert command("run", "toy.toml").status == 0
    (folder / "toy.toml").write_text(small.replace("size = 2", "size = 3"), encoding="utf-8")
    said = command("run", "toy.toml", "--store", "toy.zarr")
    assert said.status == 65
    assert said.last.endswith("run toy.toml --store toy_2.zarr")


def test_show_and_plan_name_the_store_of_a_changed_study(command):
    for verb in ("show", "plan"):
        said = command(verb, "toy.toml", *SMALL)
        assert said.last.endswith("--set axes.r.size=2 --store toy_x_size_2_r_size_2.zarr")
    assert command("show", "toy.toml").last.endswith("run toy.toml")
    assert command("show", "toy.toml", "--set", "name=other").last.endswith("--set name=other")


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (['fixed.temperature="20 degC"'], "s_temperature_20_degC.zarr"),
        (["axes.K_out.size=50"], "s_K_out_size_50.zarr"),
        (["precision=float64"], "s_precision_float64.zarr"),
        (["fixed.x=-1.5"], "s_x_-1.5.zarr"),
    ],
)
def test_the_store_of_a_changed_study_says_what_changed(settings, name):
    assert changed_store("s", settings) == name


@pytest.mark.parametrize("value", ["x" * 300, "../../etc", "\u00b5", '["' + "a/b" * 40 + '"]', ""])
def test_no_change_makes_a_name_that_is_no_file_here(value):
    name = changed_store("s", [f"fixed.x={value}"])
    assert Path(name).name == name
    assert len(name) < 80
    assert name.isascii()
    long = [changed_store("s", [f"fixed.x={'y' * 100}{end}"]) for end in "ab"]
    assert long[0] != long[1]


def test_a_store_that_is_there_is_not_proposed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert free_store("s", []) == "s_2.zarr"
    (tmp_path / "s_2.zarr").mkdir()
    assert free_store("s", []) == "s_3.zarr"
    assert free_store("s", ["fixed.x=1"]) == "s_x_1.zarr"
    (tmp_path / "s_x_1.zarr").mkdir()
    assert free_store("s", ["fixed.x=1"]) == "s_x_1_2.zarr"
    assert again("s.toml", "s", []) == ["leakscape", "run", "s.toml"]
