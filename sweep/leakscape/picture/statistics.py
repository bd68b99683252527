"""Words for the statistics of a reduced sweep: labels, levels, and of how many points they are."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter

from leakscape.analyse import reduced, selection
from leakscape.analyse.reduced import Told
from leakscape.analyse.selection import Place
from leakscape.picture import frame, typography
from leakscape.picture.request import Decision

_CALLED = {"quantile": "quantiles of ", "bin": "centre of a bin of ", "n": " (n - 1)"}
"""What stands around the name of an output in the long names of a reduction."""


def worded(dataset: xr.Dataset, decision: Decision) -> xr.Dataset:
    """Return a dataset whose output, and the bins along an axis, are called as a paper does.

    Args:
        dataset: the sweep.
        decision: what is drawn of it.
    """
    name = decision.output
    one = reduced.told(dataset, name)
    if one is None:
        return dataset
    held = {place.dimension: place for place in decision.places}
    words = _called(dataset, name)
    if one.kind in ("above", "below"):
        at = held.get(one.own)
        level = (
            "a level" if at is None else typography.plain(typography.quantity(at.value, at.unit))
        )
        words = f"share of valid points with {one.output} {one.kind} {level}"
    elif one.kind == "between":
        words = f"share of valid points with {one.output}{_ends(words)}"
    elif one.kind == "share":
        of = f"{one.output} = {held[one.own].value:g}" if one.own in held else f"each {one.output}"
        words = f"share of valid points with {of}"
    sign = "" if one.kind in reduced.SHARES else one.output
    found = dataset[name].assign_attrs(long_name=words, symbol=sign)
    if one.kind == "share":
        found.attrs["units"] = "1"
    dataset = dataset.assign({name: found})
    if one.kind == "histogram":
        bins = dataset[one.own].assign_attrs(long_name=_called(dataset, one.own), symbol=one.output)
        dataset = dataset.assign_coords({one.own: bins})
    return dataset


def _called(dataset: xr.Dataset, name: str) -> str:
    text = selection.told(dataset[name].attrs, "long_name", name)
    for around in _CALLED.values():
        text = text.removeprefix(around).removesuffix(around)
    return text


def _ends(words: str) -> str:
    """Return the ends of a range, with which the long name of its share closes."""
    return words[words.rfind(" from ") :] if " from " in words else " in a range"


def is_share(dataset: xr.Dataset, output: str) -> bool:
    """Tell whether a variable is a share of the valid points."""
    one = reduced.told(dataset, output)
    return one is not None and one.kind in reduced.SHARES


def scale(axis: Axis, dataset: xr.Dataset, output: str) -> None:
    """Write the values of an output along an axis: a share in percent."""
    if is_share(dataset, output):
        axis.set_major_formatter(FuncFormatter(lambda at, _: percent(at)))
    else:
        frame.powers(axis)


def value(dataset: xr.Dataset, name: str, at: float) -> str | None:
    """Say a level or a quantile, None where a name means neither."""
    one = reduced.meaning(dataset, name)
    if one is None:
        return None
    if one.kind in ("above", "below"):
        return f"{one.kind} {typography.quantity(at, selection.unit_of(dataset, name))}"
    return share_below(at) if one.kind == "quantile" else None


def where(dataset: xr.Dataset, at: Place) -> str:
    """Say where a slice was taken, at a level or a quantile too."""
    number = isinstance(at.value, float) and at.asked is None
    said = value(dataset, at.dimension, float(at.value)) if number else None
    return typography.place(at) if said is None else said


def share_below(at: float) -> str:
    """Call a quantile: "median", or "5% quantile"."""
    return "median" if at == 0.5 else f"{percent(at)} quantile"


def percent(share: float) -> str:
    """Write a share of points in percent."""
    return f"{typography.number(100.0 * share)}%" if share < 0.99 else f"{100.0 * share:.6g}%"


def place(dataset: xr.Dataset, decision: Decision, at: Place) -> str:
    """Say where a slice was taken; what the label of an axis says already is not said again."""
    one = reduced.meaning(dataset, at.dimension)
    if one is None or at.asked is not None:
        return typography.place(at)
    if one.kind == "quantile":
        return share_below(float(at.value))
    return "" if one == reduced.told(dataset, decision.output) else typography.place(at)


def counted(dataset: xr.Dataset, decision: Decision) -> list[str]:
    """Say of how many points the values are that are drawn, and how many of these have none."""
    if not reduced.is_reduced(dataset):
        return []
    shown = {place.dimension: place.index for place in decision.places}
    found, whole = reduced.tally(dataset, shown), reduced.tally(dataset, {})
    values = typography.count(dataset[reduced.FAILED].size)
    said = f"reduced to {values}" if values != "1" else "reduced to one"
    if whole.points is None:
        return [said, *_lost(found)]
    return [f"{typography.count(whole.points)} points {said}", *_lost(found)]


def _lost(found: reduced.Tally) -> list[str]:
    lost: Mapping[str, int] = {
        "failed": found.failed,
        "left out by a condition": found.left_out,
    }
    said = []
    for words, number in lost.items():
        if number:
            share = "" if not found.points else f" ({part(number / found.points)} of those shown)"
            said.append(f"{typography.count(number)} {words}{share}")
    return said


def part(share: float) -> str:
    """Write a part of all points in percent."""
    return "below 0.01%" if share < 1e-4 else f"{typography.number(100.0 * share, 2)}%"


def told(dataset: xr.Dataset, decision: Decision) -> Told:
    """Return the statistic that a decision for one draws."""
    one = reduced.told(dataset, decision.output)
    assert one is not None
    return one
