"""Where fits come from: the ready-made ones, or a TOML file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leakscape.declare import names, toml
from leakscape.declare.catalogue import studies
from leakscape.declare.fit import Fit, from_tables
from leakscape.errors import DeclarationError
from leakscape.shown import shown
from leakscape.spelling import readable


def load_fit(reference: str | Path, settings: Sequence[str] = ()) -> Fit:
    """Load a fit.

    Args:
        reference: the name of a ready-made fit, or a path that ends in .toml.
        settings: changes, each `dotted.key=value`.

    Returns:
        The fit; its table is read when it is fitted.

    Raises:
        DeclarationError: no such fit, or something wrong in it.
    """
    text = str(reference)
    path = Path(text) if text.endswith(".toml") else fits().get(text)
    if path is None:
        remedy = names.nearest(text, fits())
        raise DeclarationError(f"fit: unknown name, got {shown(readable(text))}; {remedy}")
    tables = toml.change(toml.read(path), settings)
    if "data" not in tables and ("axes" in tables or "population" in tables):
        raise DeclarationError(
            f"{text}: is a study, and has no [data] to fit; leakscape run takes it"
        )
    return from_tables(tables, text, path.resolve().parent)


def fit_of(given: Fit | str | Path) -> Fit:
    """Return a fit, whether it is given itself, by its name, or by the path of its file.

    Raises:
        DeclarationError: no such fit, something wrong in it, or something else was given.
    """
    if isinstance(given, Fit):
        return given
    if not isinstance(given, str | Path):
        raise DeclarationError(
            f"fit: expected a fit, its name or the path of its file, got {shown(given)}; "
            'give one, such as "fit_root_potassium"'
        )
    return load_fit(given)


def is_fit(path: str) -> bool:
    """Tell whether a TOML file is a fit: it has data and names what is free."""
    return {"data", "free"} <= toml.read(Path(path)).keys()


def fits() -> dict[str, Path]:
    """Return the ready-made fits, name -> file."""
    return {path.stem: path for path in sorted((studies() / "fits").glob("*.toml"))}
