"""Heat map: one output over two axes, with labelled contour lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap, Normalize, TwoSlopeNorm
from matplotlib.patches import Patch
from numpy.typing import NDArray

from leakscape.picture import contours, missing, scales, statistics, theme, typography
from leakscape.picture.panel import Bar, Layer, Painted, Span
from leakscape.picture.request import Decision
from leakscape.picture.slices import Slice, coordinate, read, thin
from leakscape.status import Status
from leakscape.sweep import Sweep
from leakscape.sweep.roles import is_current, is_rate, meanings_of

MOST = 1200
"""Values drawn along an axis; the axes are about as many pixels wide."""
_MOST_COUNTS = 12
"""Distinct whole numbers that still get a colour each."""

Edges = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class _Colouring:
    """How values become colours.

    Args:
        norm: their scale.
        colours: a colour map.
        counts: the whole numbers that have a colour each, none for a continuous scale.
        meanings: what these stand for, where the output says it.
    """

    norm: Normalize
    colours: Any
    counts: Sequence[int] = ()
    meanings: Mapping[int, str]

    @property
    def diverging(self) -> bool:
        """Whether zero is the centre."""
        return isinstance(self.norm, TwoSlopeNorm)


def paint(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw a heat map.

    Args:
        axes: the panel.
        layers: one sweep.
        span: smallest and largest value that panels of the same output share.

    Returns:
        What was painted.
    """
    sweep, decision = layers[0].sweep, layers[0].decision
    return over_two_axes(axes, sweep, decision, span)


def span_of(layer: Layer) -> Span | None:
    """Return the smallest and the largest value drawn, None where there is none."""
    found, _ = _taken(layer.sweep, layer.decision)
    known = found.values[np.isfinite(found.values)]
    return (float(known.min()), float(known.max())) if known.size else None


def over_two_axes(
    axes: Axes, sweep: Sweep, decision: Decision, span: Span | None, *, columns: bool = False
) -> Painted:
    """Draw an output over two axes.

    Args:
        axes: the panel.
        sweep: the sweep, opened lazily.
        decision: what to draw.
        span: smallest and largest value of the colours; by default those drawn.
        columns: whether each column is a histogram: nothing is white, and there are no contours.

    Returns:
        What was painted.
    """
    output, names = decision.output, (decision.y, decision.x)
    found, dims = _taken(sweep, decision)
    (y, y_labels), (x, x_labels) = (
        coordinate(sweep, name, dim, found.along[dim])
        for name, dim in zip(names, dims, strict=True)
    )
    scales.dress(axes.xaxis, sweep, decision.x, x, x_labels)
    scales.dress(axes.yaxis, sweep, decision.y, y, y_labels)
    edges = (
        _ends(x, axes.get_xscale() == "log", bool(x_labels)),
        _ends(y, axes.get_yscale() == "log", bool(y_labels) or columns),
    )
    axes.set_xlim(edges[0].min(), edges[0].max())
    axes.set_ylim(edges[1].min(), edges[1].max())
    _missing(axes, edges, found)
    values = np.ma.masked_invalid(found.values)
    handles: list[Artist] = []
    bar, named = None, ""
    told: list[str] = []
    if values.count():
        ends = span or (float(values.min()), float(values.max()))
        kind = _colouring(sweep, output, values, ends)
        if columns:
            norm = Normalize(0.0, ends[1] or 1.0)
            kind = _Colouring(norm=norm, colours="Blues", meanings={})
        mesh = axes.pcolormesh(*edges, values, norm=kind.norm, cmap=kind.colours, rasterized=True)
        marked: Sequence[float] = ()
        if not (kind.counts or columns or x_labels or y_labels):  # between names there is nothing
            # Between 0 and the first number above nothing is known: no contour crosses there.
            lined = np.ma.masked_equal(values, 0.0) if is_rate(sweep, output) else values
            handles, marked = contours.draw(
                axes, sweep, output, (x, y, lined), ends, kind.diverging
            )
        if kind.meanings:
            handles, named = _named(kind, values) + handles, output
            told.append(f"colours: {sweep.dataset[output].attrs.get('long_name', output)}")
        else:
            bar = _bar(mesh, sweep, output, kind.counts, marked)
    thinned = [
        f"{len(found.along[dim])} of {typography.count(sweep.dataset.sizes[dim])} values of "
        f"{typography.symbol(dim)} drawn"
        for dim in reversed(dims)
        if len(found.along[dim]) < sweep.dataset.sizes[dim]
    ]
    lost = found.missing()
    return Painted(
        handles=handles,
        notes=[*told, *thinned],
        lost=lost,
        points=found.values.size,
        bar=bar,
        words_of=named,
    )


def _taken(sweep: Sweep, decision: Decision) -> tuple[Slice, list[str]]:
    """Read what is drawn, with y along the rows; also return the two dimensions."""
    names = decision.y, decision.x
    dims = [sweep.dimension_of(name, decision.output, "x") for name in names]
    order = {dim: thin(sweep.dataset.sizes[dim], MOST) for dim in dims}
    return read(sweep, decision, order), dims


def edges_of(centres: NDArray[np.float64], logarithmic: bool) -> NDArray[np.float64]:
    """Return the borders between cells around centres, one more than there are centres."""
    points = np.log(centres) if logarithmic else centres
    if len(points) == 1:
        half = 0.5 * (abs(points[0]) or 1.0)
        edges = np.array([points[0] - half, points[0] + half])
    else:
        between = 0.5 * (points[1:] + points[:-1])
        first, last = 2.0 * points[0] - between[0], 2.0 * points[-1] - between[-1]
        edges = np.concatenate([[first], between, [last]])
    return np.exp(edges) if logarithmic else edges


def _ends(centres: NDArray[np.float64], logarithmic: bool, whole: bool) -> NDArray[np.float64]:
    """Return borders that end with the axis: nothing was evaluated at -15 % blocked.

    Args:
        centres: the values along the axis.
        logarithmic: whether its scale is.
        whole: whether the first and the last cell are drawn whole: names, or bins.
    """
    edges = edges_of(centres, logarithmic)
    if not whole and len(centres) > 1:
        edges[0], edges[-1] = centres[0], centres[-1]
    return edges


def _colouring(sweep: Sweep, output: str, values: Any, ends: Span) -> _Colouring:
    """Choose colours by what the output is, not by which of its values are drawn.

    Currents diverge from zero, inward blue and outward red; whole numbers have a colour each.
    """
    counts = _counts(sweep.dataset[output].dtype, values)
    meanings = meanings_of(sweep, output)
    if counts and set(counts) <= set(meanings):
        if len(meanings) <= len(theme.NAMED):  # then a meaning has one colour in every picture
            counts = sorted(meanings)
        shades = [theme.named(place) for place in range(len(counts))]
        if len(counts) > len(theme.NAMED):
            shades = [*theme.colour_map()(np.linspace(0.0, 1.0, len(counts)))]
        norm = BoundaryNorm(_borders(counts), len(counts))
        return _Colouring(
            norm=norm, colours=ListedColormap(shades), counts=counts, meanings=meanings
        )
    if counts:
        shades = theme.colour_map()(np.linspace(0.08, 0.95, len(counts)))
        norm = BoundaryNorm(_borders(counts), len(counts))
        return _Colouring(norm=norm, colours=ListedColormap(shades), counts=counts, meanings={})
    low, high = ends
    if is_current(sweep, output):
        most = max(abs(low), abs(high)) or 1.0
        return _Colouring(norm=TwoSlopeNorm(0.0, -most, most), colours="RdBu_r", meanings={})
    if low == high:
        low, high = low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0)
    return _Colouring(norm=Normalize(low, high), colours=theme.colour_map(), meanings={})


def _counts(dtype: np.dtype[Any], values: Any) -> list[int]:
    """Return the distinct values of a whole-numbered output, empty where it is none or has many."""
    if dtype.kind not in "iub":
        return []
    found = [int(value) for value in np.unique(values.compressed())]
    return found if len(found) <= _MOST_COUNTS else []


def _borders(counts: Sequence[int]) -> list[float]:
    between = [0.5 * (low + high) for low, high in pairwise(counts)]
    return [counts[0] - 0.5, *between, counts[-1] + 0.5]


def _named(kind: _Colouring, values: Any) -> list[Artist]:
    """Return a legend entry for each number drawn that stands for something."""
    drawn = set(np.unique(values.compressed()).tolist())
    colours = kind.colours(np.arange(len(kind.counts)))
    return [
        Patch(color=colour, label=kind.meanings[count])
        for count, colour in zip(kind.counts, colours, strict=True)
        if count in drawn
    ]


def _bar(
    mesh: ScalarMappable, sweep: Sweep, output: str, counts: Sequence[int], marked: Sequence[float]
) -> Bar:
    """Return the colour bar, with the study's levels marked on it."""

    def dress(axes: Axes) -> None:
        if counts:
            middles = [0.5 * (low + high) for low, high in pairwise(_borders(counts))]
            axes.yaxis.set_ticks(middles, labels=[str(count) for count in counts])
            axes.yaxis.minorticks_off()
            axes.tick_params(length=0)
        else:
            statistics.scale(axes.yaxis, sweep, output)
        for level in marked:
            axes.axhline(level, color="black", linewidth=theme.width(2.4))

    return Bar(mappable=mesh, label=scales.upright(sweep, output), dress=dress)


def _missing(axes: Axes, edges: Edges, found: Slice) -> None:
    """Paint points without a value grey by reason; what is not computed stays hatched."""
    lost = found.missing()
    for code, colour in missing.colours(list(lost)).items():
        here = np.ma.masked_where(
            (found.codes != code) | np.isfinite(found.values), np.ones(found.values.shape)
        )
        axes.pcolormesh(*edges, here, cmap=ListedColormap([colour]), rasterized=True)
    if Status.NOT_COMPUTED in lost:
        axes.patch.set(hatch="////", edgecolor="#9a9a9a", facecolor="white")
