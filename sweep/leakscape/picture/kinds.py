"""The kinds of pictures: what each needs, what it draws, and how it is painted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from leakscape.picture import (
    arrange,
    arrange_analysed,
    arrange_reduced,
    bars,
    bifurcation,
    cells,
    choices,
    corner,
    counts,
    current_voltage,
    heat,
    histogram,
    indices,
    interactions,
    lines,
    parallel,
    posterior_pairs,
    priors,
    profiles,
    quantiles,
    recording,
    residuals,
    screening,
    shares,
)
from leakscape.picture.arrange import Given, Roles
from leakscape.picture.fit_panel import FitPanel
from leakscape.picture.panel import Layer, Painted, Span
from leakscape.picture.request import BIFURCATION, CURRENT_VOLTAGE
from leakscape.sweep.fitted import POSTERIOR, PRIOR, Fitted


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of picture.

    Args:
        draws: what is drawn, in half a sentence.
        needs: what an output must have, in half a sentence.
        roles: which of x, y and hue it has.
        paint: paints a panel of it.
        arrange: takes axes for it where it is asked for by name; None where these do not fit.
        of_cells: whether it shows all cells of a population.
        overlays: whether several sweeps can be drawn over one another.
        scaled: whether a panel of it has two axes that can be limited and rescaled.
        span: smallest and largest value of a layer, where panels share colours or bins by it.
    """

    draws: str
    needs: str
    roles: frozenset[str]
    paint: Callable[[Axes, Sequence[Layer], Span | None], Painted]
    arrange: Callable[[Given], Roles | None]
    of_cells: bool = False
    overlays: bool = False
    scaled: bool = True
    span: Callable[[Layer], Span | None] | None = None


KINDS = {
    "lines": Kind(
        draws="a curve along an axis for each value of a hue",
        needs="an axis with numbers, and one value at a point",
        roles=frozenset({"x", "hue"}),
        paint=lines.paint,
        arrange=arrange.lines,
        overlays=True,
    ),
    CURRENT_VOLTAGE: Kind(
        draws="a current along a potential, with axes through the origin and its zeros marked",
        needs="a current, and an axis of potentials",
        roles=frozenset({"x", "hue"}),
        paint=current_voltage.paint,
        arrange=arrange.current_voltage,
        overlays=True,
        span=current_voltage.span_of,
    ),
    BIFURCATION: Kind(
        draws="all solutions along an axis: stable, saddles, foci; folds and Hopf points marked",
        needs="a list of solutions, which of them are stable, and an axis with numbers",
        roles=frozenset({"x", "hue"}),
        paint=bifurcation.paint,
        arrange=arrange.bifurcation,
        overlays=True,
    ),
    "heatmap": Kind(
        draws="colours over two axes, with contours, or with words in the legend",
        needs="two axes, and one value at a point",
        roles=frozenset({"x", "y"}),
        paint=heat.paint,
        arrange=arrange.heat_map,
        span=heat.span_of,
    ),
    "bars": Kind(
        draws="a row for each label, with its value printed",
        needs="an axis of labels, and one value at a point",
        roles=frozenset({"x", "hue"}),
        paint=bars.paint,
        arrange=arrange.bars,
        overlays=True,
    ),
    "histogram": Kind(
        draws="how often each value occurs among the cells, for each value of a hue",
        needs="a population of cells",
        roles=frozenset({"hue"}),
        paint=histogram.paint,
        arrange=arrange.histogram,
        of_cells=True,
        overlays=True,
        span=histogram.span_of,
    ),
    "scatter": Kind(
        draws="a dot for each cell against a sampled parameter",
        needs="a population of cells with a parameter that varies among them",
        roles=frozenset({"x", "hue"}),
        paint=cells.scatter,
        arrange=arrange.scatter,
        of_cells=True,
    ),
    "bands": Kind(
        draws="median, half and 95 % of the cells along an axis, for each value of a hue",
        needs="a population of cells and an axis with numbers",
        roles=frozenset({"x", "hue"}),
        paint=cells.along,
        arrange=arrange.bands,
        of_cells=True,
    ),
    "shares": Kind(
        draws="the share of the cells in each class of an output, or above each of the levels",
        needs="a population of cells, and an axis if x is given",
        roles=frozenset({"x"}),
        paint=shares.paint,
        arrange=arrange.shares,
        of_cells=True,
        span=shares.span_of,
    ),
    "pairs": Kind(
        draws="parameters of the cells against one another, coloured by the output",
        needs="a population of cells with two parameters that vary among them",
        roles=frozenset(),
        paint=corner.paint,
        arrange=arrange.pairs,
        of_cells=True,
        scaled=False,
        span=corner.span_of,
    ),
    "parallel": Kind(
        draws="a line for each cell through all of its parameters, coloured by the output",
        needs="a population of cells with a parameter that varies among them",
        roles=frozenset(),
        paint=parallel.paint,
        arrange=arrange.parallel,
        of_cells=True,
        scaled=False,
        span=parallel.span_of,
    ),
    choices.COUNTS: Kind(
        draws="the share of points in each bin of a reduction",
        needs="a histogram that a reduction counted",
        roles=frozenset({"hue"}),
        arrange=arrange_reduced.counts,
        paint=counts.paint,
        of_cells=True,
        overlays=True,
    ),
    choices.DENSITY: Kind(
        draws="histograms of a reduction along an axis, by colour",
        needs="a histogram that a reduction counted, and an axis",
        roles=frozenset({"x", "y"}),
        arrange=arrange_reduced.density,
        paint=counts.density,
    ),
    choices.SPREAD: Kind(
        draws="quantiles of a reduction along an axis, as bands and lines",
        needs="quantiles of a reduction and an axis with numbers",
        roles=frozenset({"x", "hue"}),
        arrange=arrange_reduced.quantiles,
        paint=quantiles.along,
    ),
    choices.RANGES: Kind(
        draws="quantiles of a reduction, a row for each label",
        needs="quantiles of a reduction, with labels or alone",
        roles=frozenset({"x", "hue"}),
        arrange=arrange_reduced.ranges,
        paint=quantiles.rows,
    ),
    arrange_analysed.INDICES: Kind(
        draws="a bar for each parameter of an analysis with its 95 % interval, the largest on top",
        needs="an index that `leakscape sensitivity` found",
        roles=frozenset(),
        arrange=arrange_analysed.indices,
        paint=indices.paint,
    ),
    arrange_analysed.INTERACTIONS: Kind(
        draws="what two parameters explain only together, as a matrix",
        needs="indices of pairs, from `leakscape sensitivity --second-order`",
        roles=frozenset(),
        arrange=arrange_analysed.interactions,
        paint=interactions.paint,
        span=interactions.span_of,
    ),
    arrange_analysed.SCREENING: Kind(
        draws="how strongly each parameter acts, and how unevenly",
        needs="elementary effects, from `leakscape sensitivity --method morris`",
        roles=frozenset(),
        arrange=arrange_analysed.screening,
        paint=screening.paint,
    ),
}
"""By name, as `--kind` takes it."""


@dataclass(frozen=True, kw_only=True)
class FitKind:
    """A kind of picture of a fit.

    Args:
        draws: what is drawn, in half a sentence.
        needs: what a fit must hold, in half a sentence.
        each: what has a panel of its own: "output", "unknown", or "" where one panel shows all.
        fits: tells whether a fit holds what is needed.
        paint: paints a panel of it.
    """

    draws: str
    needs: str
    each: str
    fits: Callable[[Fitted], bool]
    paint: Callable[[Axes, FitPanel], Painted]


FIT_KINDS = {
    "recording": FitKind(
        draws="recordings with their errors along a condition, the best curve and its bands",
        needs="a fit",
        each="output",
        fits=lambda fitted: bool(fitted.outputs),
        paint=recording.paint,
    ),
    "residuals": FitKind(
        draws="recorded minus predicted, over the standard error",
        needs="a fit with its best values",
        each="output",
        fits=lambda fitted: bool(residuals.outputs_of(fitted)),
        paint=residuals.paint,
    ),
    "profiles": FitKind(
        draws="by how much the misfit grows away from the best value of each unknown",
        needs="a fit with profiles, from its best values or from a scan",
        each="unknown",
        fits=profiles.has,
        paint=profiles.paint,
    ),
    "corner": FitKind(
        draws="where 68 and 95 % of the posterior lie, for each pair of unknowns",
        needs="a fit with a posterior of two unknowns",
        each="",
        fits=lambda fitted: POSTERIOR in fitted.groups and len(fitted.unknowns) > 1,
        paint=posterior_pairs.paint,
    ),
    "priors": FitKind(
        draws="what was known of each unknown before the data, and after",
        needs="a fit with a posterior and draws from its prior",
        each="unknown",
        fits=lambda fitted: {POSTERIOR, PRIOR} <= fitted.groups.keys() and bool(fitted.unknowns),
        paint=priors.paint,
    ),
}
"""Of a fit, by name, as `--kind` takes it."""
