"""Plot: sweeps or a fit as one figure, in Python, or as a file, on the command line."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

import xarray as xr
from matplotlib.figure import Figure

from leakscape.analyse.fit import on_disk
from leakscape.errors import DeclarationError
from leakscape.picture import file as files
from leakscape.picture import fit_figure, typography
from leakscape.picture.figure import figure_of
from leakscape.picture.look import Look
from leakscape.picture.request import Wish
from leakscape.spelling import readable
from leakscape.store.metadata import located
from leakscape.store.open import labelled
from leakscape.sweep.place import asked
from leakscape.sweep.told import told

Ends = str | tuple[float | str | None, float | str | None]
"""The two ends of an axis: "-80:-40", or two numbers or texts, None for an open one."""


Held = xr.Dataset | xr.DataTree
"""What a store holds: a sweep, or a fit."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A picture that was written.

    Args:
        path: the file.
        said: what the subtitle says: slices and thinning, without mathematical typesetting.
    """

    path: Path
    said: tuple[str, ...]


def draw(
    paths: Sequence[str | Path],
    wish: Wish | Sequence[Wish] | None = None,
    file: str | Path = "",
    look: Look | None = None,
) -> Drawn:
    """Draw one sweep, several over one another, or a fit, into a file.

    Args:
        paths: the stores.
        wish: what to show: one, or a row of panels for each; by default the study's picture.
        file: the file; by default `<store name>.png` in the current directory.
        look: how.

    Returns:
        What was drawn.

    Raises:
        SweepError: no such store or name, or the file cannot be written.
    """
    places = [located(path) for path in paths]
    target = files.checked(file if str(file) else f"{places[0].name.removesuffix('.zarr')}.png")
    made, said = _figure([_stored(place) for place in places], wish or Wish(), look)
    files.write(made, target)
    return Drawn(path=target, said=tuple(map(typography.plain, said)))


class Asked(TypedDict, total=False):
    """The arguments of `plot`, for those who pass them on."""

    output: str | Sequence[str] | None
    x: str | None
    y: str | None
    hue: str | None
    col: str | None
    kind: str | None
    select: Mapping[str, str | float] | None
    file: str | Path | None
    title: str | None
    subtitle: str | None
    size: str | tuple[float, float] | None
    xlim: Ends | None
    ylim: Ends | None
    log: str | None
    cmap: str | None
    style: str | Path | None
    context: str | None


def plot(
    *sweeps: xr.Dataset | xr.DataTree | str | Path,
    output: str | Sequence[str] | None = None,
    x: str | None = None,
    y: str | None = None,
    hue: str | None = None,
    col: str | None = None,
    kind: str | None = None,
    select: Mapping[str, str | float] | None = None,
    file: str | Path | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    size: str | tuple[float, float] | None = None,
    xlim: Ends | None = None,
    ylim: Ends | None = None,
    log: str | None = None,
    cmap: str | None = None,
    style: str | Path | None = None,
    context: str | None = None,
) -> Figure:
    """Draw one sweep, several over one another, or a fit, as `leakscape plot` does.

    Args:
        *sweeps: datasets, from `leakscape.open`, `evaluate` or `reduce`, or paths of stores; or a
            fit alone, as a tree or the path of its store.
        output: what to draw, or a list: a panel for each; this and all else is by default what
            the study's picture says. Of a fit a column of recordings, or an unknown.
        x: along which axis; alone it draws lines.
        y: the second axis of a heat map.
        hue: the axis that tells lines apart by colour.
        col: the axis of which every value has a panel of its own, with shared scales.
        kind: a kind of picture, such as "lines" or "heatmap"; another name lists them all.
        select: axis -> the value at which it is held: a number in the axis' unit, a text such as
            "37 degC", or a label. The nearest value that there is is taken; what lies more than
            half a step outside the axis is refused.
        file: where to write it too, as PNG, SVG, PDF or JPEG; by default nowhere.
        title: instead of the study's question; "" for none.
        subtitle: instead of where and of how many points the picture is; "" for none.
        size: such as "9x6cm", or width and height [inch].
        xlim: the ends of the horizontal axis, such as "-80:-40" or (-80, None), in its unit.
        ylim: likewise of the vertical axis.
        log: which axes are logarithmic: "x", "y", "xy" or "none".
        cmap: a colour map of matplotlib's for values that have an order.
        style: a style sheet of matplotlib's: a file or a name.
        context: "paper" for small and "talk" for large texts.

    Returns:
        The figure. `pyplot` does not know it: a notebook shows it, `figure.savefig` writes it.

    Raises:
        SweepError: no such store or name, or the file cannot be written.
    """
    if not sweeps:
        raise DeclarationError("plot: got no sweep; give a dataset or the path of a store")
    look = Look.of(
        title=title,
        subtitle=subtitle,
        size=size,
        xlim=xlim,
        ylim=ylim,
        log=log,
        cmap=cmap,
        style=style,
        context=context,
    )
    target = None if file is None else files.checked(file)
    one = Wish(x=x, y=y, hue=hue, col=col, kind=kind, select=asked(select))
    made, _ = _figure([_named(given) for given in sweeps], each(one, output), look)
    if target is not None:
        files.write(made, target)
    _show_in_notebooks()
    return made


def each(wish: Wish, output: str | Sequence[str] | None) -> list[Wish]:
    """Return a wish for every output that was asked for.

    Args:
        wish: what is asked of all of them.
        output: one, several, or None for what the study's picture says.
    """
    if output is None or isinstance(output, str):
        return [replace(wish, output=output)]
    if not output:
        raise DeclarationError("output: got an empty list; name one, or leave it out")
    return [replace(wish, output=name) for name in dict.fromkeys(output)]


def _figure(
    given: Sequence[tuple[str, Held]], wishes: Wish | Sequence[Wish], look: Look | None
) -> tuple[Figure, tuple[str, ...]]:
    """Draw sweeps over one another, or a fit."""
    sweeps = [(name, held) for name, held in given if isinstance(held, xr.Dataset)]
    fits = [(name, held) for name, held in given if isinstance(held, xr.DataTree)]
    if not fits:
        return figure_of(sweeps, wishes, look)
    if len(given) > 1:
        raise DeclarationError(
            f"paths: a fit is drawn alone, got {fits[0][0]} and {len(given) - 1} more; "
            "plot them apart"
        )
    return fit_figure.figure_of(*fits[0], wishes, look)


def _named(given: Held | str | Path) -> tuple[str, Held]:
    if isinstance(given, xr.DataTree):
        return told(given.attrs, "name", "fit"), given
    if isinstance(given, xr.Dataset):
        return told(given.attrs, "title", "sweep"), given
    if isinstance(given, str | Path):
        return _stored(located(given))
    raise DeclarationError(
        f"plot: expected a dataset or the path of a store, got {type(given).__name__}; "
        "of an array take .to_dataset(), and give several one after the other: plot(a, b)"
    )


def _stored(place: Path) -> tuple[str, Held]:
    name = readable(place.name.removesuffix(".zarr"))
    if on_disk.is_fit(place):
        return name, on_disk.opened(place)
    return name, labelled(place, times=False)


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
