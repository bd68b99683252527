"""Plot: stores or datasets as one figure, in Python, or as a file, on the command line."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from leakscape.errors import DeclarationError
from leakscape.picture import file as files
from leakscape.picture import typography
from leakscape.picture.figure import figure_of
from leakscape.picture.request import Wish
from leakscape.spelling import readable
from leakscape.store.metadata import located
from leakscape.store.open import labelled
from leakscape.sweep.place import asked
from leakscape.sweep.told import told


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A picture that was written.

    Args:
        path: the file.
        said: what the subtitle says: slices and thinning, without mathematical typesetting.
    """

    path: Path
    said: tuple[str, ...]


def draw(paths: Sequence[str | Path], wish: Wish | None = None, file: str | Path = "") -> Drawn:
    """Draw one sweep, or several over one another, into a file.

    Args:
        paths: the stores.
        wish: what to show; by default what the study's picture says.
        file: the file; by default `<store name>.png` in the current directory.

    Returns:
        What was drawn.

    Raises:
        SweepError: no such store or name, or the file cannot be written.
    """
    places = [located(path) for path in paths]
    target = files.checked(file if str(file) else f"{places[0].name.removesuffix('.zarr')}.png")
    made, said = figure_of([_stored(place) for place in places], wish or Wish())
    files.write(made, target)
    return Drawn(path=target, said=tuple(map(typography.plain, said)))


def plot(
    *sweeps: xr.Dataset | str | Path,
    output: str | None = None,
    x: str | None = None,
    y: str | None = None,
    hue: str | None = None,
    select: Mapping[str, str | float] | None = None,
    file: str | Path | None = None,
) -> Figure:
    """Draw one sweep, or several over one another, as `leakscape plot` does.

    Args:
        *sweeps: datasets, from `leakscape.open`, `evaluate` or `reduce`, or paths of stores.
        output: what to draw; this and all else is by default what the study's picture says.
        x: along which axis; alone it draws lines.
        y: the second axis of a heat map.
        hue: the axis that tells lines apart by colour.
        select: axis -> the value at which it is held: a number in the axis' unit, a text such as
            "37 degC", or a label. The nearest value that there is is taken.
        file: where to write it too, as PNG, SVG, PDF or JPEG; by default nowhere.

    Returns:
        The figure. `pyplot` does not know it: a notebook shows it, `figure.savefig` writes it.

    Raises:
        SweepError: no such store or name, or the file cannot be written.
    """
    if not sweeps:
        raise DeclarationError("plot: got no sweep; give a dataset or the path of a store")
    target = None if file is None else files.checked(file)
    wish = Wish(output=output, x=x, y=y, hue=hue, select=asked(select))
    made, _ = figure_of([_named(given) for given in sweeps], wish)
    if target is not None:
        files.write(made, target)
    _show_in_notebooks()
    return made


def _named(given: xr.Dataset | str | Path) -> tuple[str, xr.Dataset]:
    if isinstance(given, xr.Dataset):
        return told(given.attrs, "title", "sweep"), given
    if isinstance(given, str | Path):
        return _stored(located(given))
    raise DeclarationError(
        f"plot: expected a dataset or the path of a store, got {type(given).__name__}; "
        "of an array take .to_dataset()"
    )


def _stored(place: Path) -> tuple[str, xr.Dataset]:
    return readable(place.name.removesuffix(".zarr")), labelled(place, times=False)


def _show_in_notebooks() -> None:
    """Let IPython show figures, which it learns elsewhere only when pyplot is imported."""
    if "IPython" not in sys.modules:
        return
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    formatter = shell.display_formatter.formatters["image/png"]
    if Figure not in formatter:
        formatter.for_type(Figure, files.png)
