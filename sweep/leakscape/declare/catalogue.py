"""Where studies come from: the ready-made ones, a TOML file, or the JSON that a store holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from leakscape.declare import names, toml
from leakscape.declare.head import check_keys
from leakscape.declare.study import KEYS, Study
from leakscape.errors import DeclarationError
from leakscape.shown import shown
from leakscape.spelling import readable


def load(reference: str | Path, settings: Sequence[str] = ()) -> Study:
    """Load a study.

    Args:
        reference: the name of a ready-made study, or a path that ends in .toml.
        settings: changes, each `dotted.key=value`.

    Returns:
        The study.

    Raises:
        DeclarationError: no such study, or something wrong in it.
    """
    text = str(reference)
    if text.endswith(".toml"):
        path = Path(text)
        tables = toml.change(toml.read(path), settings)
        if {"data", "free"} <= tables.keys():
            raise DeclarationError(f"{text}: is a fit, no study; leakscape fit {text} takes it")
        return from_tables(tables, text, path.resolve().parent)
    path = catalogue().get(text, Path())
    if (studies() / "fits" / f"{text}.toml").is_file():
        raise DeclarationError(f"{text}: is a fit, no study; leakscape fit {text} takes it")
    if text not in catalogue():
        remedy = names.nearest(text, catalogue())
        raise DeclarationError(f"study: unknown name, got {shown(readable(text))}; {remedy}")
    return from_tables(toml.change(toml.read(path), settings), text, path.parent)


def study_of(given: Study | str | Path, what: str) -> Study:
    """Return a study, whether it is given itself or by its name.

    Args:
        given: the study, the name of a ready-made one, or a path that ends in .toml; relative
            files of the study are looked for beside it.
        what: who asks; messages begin with it.

    Returns:
        The study.

    Raises:
        DeclarationError: no such study, something wrong in it, or something else was given.
    """
    if isinstance(given, Study):
        return given
    if not isinstance(given, str | Path):
        raise DeclarationError(
            f"{what}: expected a study, its name or the path of its file, got {shown(given)}; "
            'give one, such as leakscape.load("resting_landscape")'
        )
    return load(given)


def from_tables(tables: Mapping[str, Any], where: str, folder: Path | None = None) -> Study:
    """Make a study of TOML tables.

    Args:
        tables: the study.
        where: how messages call it.
        folder: where relative files are.

    Raises:
        DeclarationError: an unknown or missing key, or something wrong in a part.
    """
    check_keys(tables, where, KEYS, ("name", "kernel"))
    try:
        return Study(**tables, folder=folder)
    except DeclarationError as error:
        raise DeclarationError(f"{where}: {error}") from error


def from_canonical(text: str, folder: Path | None = None) -> Study:
    """Make a study of the canonical JSON that a store holds; tables of cells must be present."""
    tables = json.loads(text)
    tables["axes"] = dict(tables["axes"])
    population = tables.get("population", {})
    if "parameters" in population:
        population["parameters"] = dict(population["parameters"])
    return from_tables(tables, "store", folder)


def catalogue() -> dict[str, Path]:
    """Return the ready-made studies, name -> file."""
    return {path.stem: path for path in sorted(studies().glob("*.toml"))}


def studies() -> Path:
    """Return the folder of the ready-made studies."""
    inside = Path(str(files("leakscape"))) / "studies"
    beside = Path(__file__).resolve().parents[3] / "studies"  # a clone keeps them at its root
    return inside if inside.is_dir() else beside
