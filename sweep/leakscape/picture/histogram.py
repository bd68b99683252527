"""How often each value of an output occurs among cells; of few cells, a dot for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray

from leakscape.errors import DeclarationError
from leakscape.picture import levels, palette, scales, statistics, theme, typography
from leakscape.picture.groups import Group, grouped, span_read
from leakscape.picture.panel import Layer, Painted, Span, summed
from leakscape.picture.request import CELL
from leakscape.sweep import Sweep, reduced

MOST_CELLS = 2_000_000
"""Cells that enter a histogram; more would not change its shape."""
_LEAST_CELLS = 30
"""Cells from which on bins tell more than a dot for each."""
_LEAST_BINS, _MOST_BINS = 10, 120
_GOLDEN = 0.5 * (5.0**0.5 - 1.0)
"""Multiples of it, without their whole part, never come close to one another soon."""
_SCATTERED = 0.4
"""Height over which dots of a row are scattered, so that equal ones are seen [rows]."""


def paint(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw how often each value of an output occurs among the cells.

    Args:
        axes: the panel.
        layers: the sweeps.
        span: smallest and largest value of panels that share their bins.

    Returns:
        What was painted.

    Raises:
        DeclarationError: the sweeps have the output in different units.
    """
    scales.open_sides(axes)
    first, lead = layers[0].sweep, layers[0].decision
    if len({layer.sweep.unit_of(lead.output) for layer in layers}) > 1:
        raise DeclarationError("output: the sweeps have it in different units; plot them apart")
    read = [
        grouped(layer.sweep, layer.decision, {}, numbers=MOST_CELLS, shade=theme.named(place))
        for place, layer in enumerate(layers)
    ]
    series: list[tuple[Group, Any]] = []
    for place, (layer, part) in enumerate(zip(layers, read, strict=True)):
        style = palette.STYLES[place % len(palette.STYLES)] if lead.hue else "solid"
        for group in part.groups:
            named = [layer.name] * (len(layers) > 1) + [group.text] * bool(group.text)
            known = group.values[np.isfinite(group.values)]
            series.append((replace(group, text=", ".join(named), values=known), style))
    cells = [len(part.found.along[CELL]) for part in read]
    axes.set_xlabel(scales.axis_label(first, lead.output))
    statistics.scale(axes.xaxis, first, lead.output)
    if max(cells) < _LEAST_CELLS:
        handles = _dots(axes, [group for group, _ in series])
    else:
        whole = all(layer.sweep.dataset[lead.output].dtype.kind in "iub" for layer in layers)
        handles = _blocks(axes, series, _edges(series, min(cells), span, whole=whole))
    handles += _marks(axes, first, lead.output, [group for group, _ in series], span)
    return Painted(
        handles=handles,
        notes=[note for part in read for note in part.notes],
        lost=summed([part.found.missing() for part in read]),
        points=sum(part.found.values.size for part in read),
    )


def span_of(layer: Layer) -> Span | None:
    """Return the smallest and the largest value of an output, None where there is none."""
    return span_read(layer, numbers=MOST_CELLS)


def _edges(
    series: Sequence[tuple[Group, Any]], cells: int, span: Span | None, *, whole: bool
) -> NDArray[np.float64]:
    """Return the edges of the bins that all share: of whole numbers each has its own."""
    values = np.concatenate([group.values for group, _ in series])
    if not values.size:
        return np.zeros(0)
    low, high = span or (float(values.min()), float(values.max()))
    if whole and high - low < _MOST_BINS:
        return np.arange(low - 0.5, high + 1.0)
    number = min(_MOST_BINS, max(_LEAST_BINS, int(cells**0.5)))
    edges: NDArray[np.float64] = np.histogram_bin_edges(values, bins=number, range=(low, high))
    return edges


def _blocks(
    axes: Axes, series: Sequence[tuple[Group, Any]], edges: NDArray[np.float64]
) -> list[Artist]:
    """Draw histograms over one another; return the legend's entries."""
    alone = len(series) == 1
    handles: list[Artist] = []
    for group, style in series if edges.size else []:
        share = np.histogram(group.values, edges)[0] / max(1, group.values.size) * 100.0
        wide: dict[str, Any] = {"linewidth": theme.width(1.6), "linestyle": style}
        axes.stairs(share, edges, fill=True, color=group.shade, alpha=0.85 if alone else 0.14)
        axes.stairs(share, edges, color=group.shade, **wide)
        if not alone and style == "solid":
            handles.append(Patch(color=group.shade, label=group.text))
        elif not alone:
            handles.append(scales.line_handle(group.text, color=group.shade, **wide))
    axes.set_ylabel("Share of cells per bin (%)")
    return handles


def _dots(axes: Axes, series: Sequence[Group]) -> list[Artist]:
    """Draw a row of dots for each group, with its median; return the legend's entries."""
    axes.grid(False, axis="y")
    dot: dict[str, Any] = {"marker": "o", "linestyle": "none", "markersize": theme.width(8)}
    dash: dict[str, Any] = {"color": theme.ink(), "linewidth": theme.width(2.4)}
    for row, group in enumerate(series):
        place = (_GOLDEN * np.arange(len(group.values))) % 1.0 - 0.5
        axes.plot(group.values, row + _SCATTERED * place, color=group.shade, alpha=0.75, **dot)
        if group.values.size and len(series) > 1:
            axes.plot([float(np.median(group.values))] * 2, [row - 0.3, row + 0.3], **dash)
    texts = [typography.folded(group.text, 34) for group in series]
    axes.set_yticks(range(len(series)) if any(texts) else [], texts if any(texts) else [])
    axes.spines["left"].set_visible(any(texts))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(series) - 0.5, -0.5)
    axes.margins(x=0.05)
    shade = series[0].shade if len(series) == 1 else theme.GREY
    handles: list[Artist] = [scales.line_handle("one cell", color=shade, alpha=0.75, **dot)]
    return handles + ([scales.line_handle("median", **dash)] if len(series) > 1 else [])


def _marks(
    axes: Axes, sweep: Sweep, output: str, series: Sequence[Group], span: Span | None
) -> list[Artist]:
    """Mark the median of a single group, and the study's levels with the share above.

    The numbers stand in the legend, or, where there are several panels, in each of them.
    """
    one = reduced.told(sweep, output)
    called = one.output if one is not None and one.kind == "quantile" else ""
    if len(series) != 1 or not series[0].values.size:
        return levels.across(axes, sweep, output, called, upright=True, near=0.0)
    unit, values = sweep.unit_of(output), series[0].values
    style: dict[str, Any] = {"color": theme.ink(), "linewidth": theme.width(1.6)}

    def said(at: float, *, own: str = unit) -> str:
        share = statistics.is_share(sweep, output)
        return statistics.percent(round(at, 3)) if share else typography.quantity(at, own, 3)

    def above(level: float) -> str:
        return f"{typography.number(100.0 * float(np.mean(values > level)), 3)}%"

    median = float(np.median(values))
    axes.axvline(median, **style)
    words = f"median {said(median)}"
    if span is None:
        if len(values) >= _LEAST_CELLS:
            low, high = (float(v) for v in np.percentile(values, [2.5, 97.5]))
            words += f"; 95% of cells between {said(low, own='1')} and {said(high)}"
        handles = levels.across(
            axes,
            sweep,
            output,
            called,
            upright=True,
            near=0.0,
            more=lambda level: f" ({above(level)} of cells above)",
        )
        return [scales.line_handle(words, **style), *handles]
    left, right = axes.get_xlim()
    for level in sorted(sweep.levels_of(output)):
        if left <= level <= right:
            words += f"\n{above(level)} above {typography.quantity(level, unit)}"
    _write(axes, words, at_left=median > 0.5 * (left + right))
    handles = levels.across(axes, sweep, output, called, upright=True, near=0.0)
    return [scales.line_handle("median", **style), *handles]


def _write(axes: Axes, words: str, *, at_left: bool) -> None:
    """Write numbers into an upper corner of a panel."""
    place, side = (0.02, "left") if at_left else (0.98, "right")
    axes.text(
        place,
        0.98,
        words,
        transform=axes.transAxes,
        ha=side,
        va="top",
        fontsize=theme.text(9.0),
        bbox={"facecolor": theme.ground(), "edgecolor": "none", "alpha": 0.75, "pad": 1.5},
        zorder=5,
    )
