"""The frame of every picture: size, title, subtitle, axes with their scales, legend, footer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, YAxis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    LogLocator,
    NullFormatter,
    ScalarFormatter,
)
from numpy.typing import NDArray

from leakscape.picture import typography
from leakscape.status import Status
from leakscape.sweep import Sweep, reduced

WIDTH, HEIGHT, DPI = 10.0, 6.25, 160
"""Inches and dots per inch: 1600 x 1000 pixels."""
TITLE, TEXT, SMALL = 14.0, 11.5, 9.5
"""Font sizes [pt]."""
TITLE_LETTERS, SUBTITLE_LETTERS = 84, 122
"""Letters that fit on a line of each."""
UPRIGHT_LETTERS = 42
"""Letters that fit along a vertical axis."""
_LEGEND_LETTERS, _HANDLE_LETTERS = 128, 9
"""Letters of a legend that fit side by side, and what a handle takes of them."""
FOOTER = 15.0
"""Height kept for the footer [pt]."""
_POINTS, _MARGIN, _LEFT, _LINE = HEIGHT * 72.0, 9.0, 0.012, 1.32
"""Height and margin [pt], left edge [figure widths], line height [font sizes]."""
INK, GREY = "#1a1a1a", "#5c5c5c"
_FAILED = ("#b5b5b5", "#8f8f8f", "#d0d0d0", "#767676", "#a2a2a2", "#e0e0e0")
"""Greys of the status codes from 10 on; no sequential colour map holds a grey."""
_LEFT_OUT, _NO_PART = Status.LEFT_OUT_BY_A_CONDITION, "#f1f1f1"
_PADS: dict[str, Any] = {"w_pad": 0.12, "h_pad": 0.1}
_PLAIN_DECADES = (1e-4, 1e5)


def figure() -> tuple[Figure, Axes]:
    """Return an empty figure that knows no screen and no global state."""
    made = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor="white")
    FigureCanvasAgg(made)
    made.set_layout_engine(ConstrainedLayoutEngine(**_PADS))
    axes = made.add_subplot()
    axes.tick_params(labelsize=TEXT, color=GREY, labelcolor=INK)
    for spine in axes.spines.values():
        spine.set_color(GREY)
    return made, axes


def open_sides(axes: Axes) -> None:
    """Leave the upper and the right side of a diagram open, and draw a faint grid."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(True, color="#e6e6e6", linewidth=0.8)
    axes.set_axisbelow(True)


def entitle(made: Figure, title: str, parts: Sequence[str], footer: str) -> None:
    """Write title and subtitle above the axes and the origin of the data below them.

    Comes last: the axes get the room that texts and legend leave.

    Args:
        made: the figure.
        title: the question that the picture answers.
        parts: what the subtitle says.
        footer: kernel, precision, store.
    """
    wrapped = typography.folded(typography.prose(title), TITLE_LETTERS)
    subtitle = _joined([part for part in parts if part])
    top = _MARGIN + (wrapped.count("\n") + 1) * TITLE * _LINE
    under = top + 4.0
    ink: dict[str, Any] = {"ha": "left", "va": "top", "linespacing": 1.2}
    head = made.text(_LEFT, 1.0 - _MARGIN / _POINTS, wrapped, gid="title", **ink)
    head.set(fontsize=TITLE, weight="bold", color=INK)
    line = made.text(_LEFT, 1.0 - under / _POINTS, subtitle, gid="subtitle", **ink)
    line.set(fontsize=TEXT - 0.5, color=GREY)
    for text in (head, line):  # letters counted are not letters measured
        room = (0.99 - 2.0 * _LEFT) * made.bbox.width / text.get_window_extent().width
        if room < 1.0:
            text.set_fontsize(0.98 * room * float(text.get_fontsize()))
    made.text(
        1.0 - _LEFT,
        5.0 / _POINTS,
        typography.tidy(footer),
        ha="right",
        va="bottom",
        fontsize=7.5,
        color="#8a8a8a",
        gid="footer",
    )
    above = under + (subtitle.count("\n") + 1) * (TEXT - 0.5) * _LINE + 2.0
    legends = sum(legend.get_window_extent().height for legend in made.legends) * 72.0 / DPI
    below = FOOTER + legends
    rect = (0.0, below / _POINTS, 1.0, 1.0 - (above + below) / _POINTS)
    made.set_layout_engine(ConstrainedLayoutEngine(**_PADS, rect=rect))


def _joined(parts: Sequence[str]) -> str:
    """Join the parts of a subtitle, starting a line where one would become too long."""
    lines = [""]
    for part in parts:
        gap = "  \N{MIDDLE DOT}  " if lines[-1] else ""
        if lines[-1] and len(typography.plain(lines[-1] + gap + part)) > SUBTITLE_LETTERS:
            lines.append(part)
        else:
            lines[-1] += gap + part
    return "\n".join(lines)


def axis_label(sweep: Sweep, name: str, letters: int = 90) -> str:
    """Return the label of a variable's axis, in lines of about so many letters."""
    if name not in sweep.dataset.variables:
        return f"index along {name}"
    sign, meaning = (sweep.says(key, name, of=name) for key in ("symbol", "long_name"))
    text = typography.label(sign, meaning, sweep.unit_of(name))
    return typography.folded(text, letters)


def upright(sweep: Sweep, name: str) -> str:
    """Return a label for a vertical axis, short enough for its height."""
    return axis_label(sweep, name, UPRIGHT_LETTERS)


def dress(
    axis: Axis, sweep: Sweep, name: str, values: NDArray[np.float64], labels: list[str]
) -> None:
    """Give an axis its label, its scale, and ticks that can be read.

    Args:
        axis: x or y axis.
        sweep: the sweep.
        name: the coordinate along it.
        values: the coordinate.
        labels: its labels, where it is made of texts.
    """
    text = upright(sweep, name) if isinstance(axis, YAxis) else axis_label(sweep, name)
    axis.set_label_text(text, fontsize=TEXT + 1, color=INK)
    if labels:
        axis.set_major_locator(FixedLocator([*range(len(labels))]))
        shown = [typography.folded(typography.prose(label), 18) for label in labels]
        axis.set_major_formatter(FuncFormatter(lambda at, _: _label_at(shown, at)))
        return
    # The axis shows the whole coordinate, also where no value is.
    upwards, ends = isinstance(axis, YAxis), (float(np.min(values)), float(np.max(values)))
    whole = [(0.0, end) if upwards else (end, 0.0) for end in ends]
    axis.axes.update_datalim(whole, updatex=not upwards, updatey=upwards)
    if sweep.is_logarithmic(name) and np.all(values > 0.0):
        (axis.axes.set_yscale if isinstance(axis, YAxis) else axis.axes.set_xscale)("log")
        plain_decades(axis, float(np.min(values)), float(np.max(values)))
    else:
        powers(axis)


def powers(axis: Axis) -> None:
    """Write very small and very large numbers with one power of ten at the axis' end."""
    formatter = ScalarFormatter(useMathText=True)
    formatter.set_powerlimits((-3, 5))
    axis.set_major_formatter(formatter)
    axis.get_offset_text().set_fontsize(TEXT)


def _label_at(labels: list[str], at: float) -> str:
    place = round(at)
    return labels[place] if abs(at - place) < 1e-6 and 0 <= place < len(labels) else ""


def plain_decades(axis: Axis, low: float, high: float) -> None:
    """Write the decades of a logarithmic axis as 0.01, 0.1, 1 where that is short."""
    decades = np.log10(high / low)
    if decades < 2.2:
        steps: tuple[float, ...] = (1.0, 2.0, 5.0)
    else:
        steps = (1.0,)
    axis.set_major_locator(LogLocator(base=10.0, subs=steps, numticks=30 if decades < 12 else 9))
    axis.set_minor_formatter(NullFormatter())
    if low >= _PLAIN_DECADES[0] and high <= _PLAIN_DECADES[1]:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    else:
        axis.set_major_formatter(FuncFormatter(lambda value, _: typography.number(value)))


def missing_colours(codes: Sequence[int]) -> dict[int, str]:
    """Return the grey of each status code without a value; what is left out is no failure."""
    failed = [code for code in codes if code not in (Status.NOT_COMPUTED, _LEFT_OUT)]
    greys = {code: _FAILED[place % len(_FAILED)] for place, code in enumerate(failed)}
    return greys | ({_LEFT_OUT: _NO_PART} if _LEFT_OUT in codes else {})


def missing_words(code: int, points: int, total: int) -> str:
    """Say what a status code without a value means and how often it occurs here."""
    try:
        words = typography.meaning(
            "too few valid points" if code == reduced.TOO_FEW else Status(code).name
        )
    except ValueError:  # a kernel of someone else may have codes of its own
        words = f"status {code}"
    if code not in (Status.NOT_COMPUTED, _LEFT_OUT):
        words = f"no value: {words}"
    return f"{words} ({typography.number(100.0 * points / total, 2)}% of the points shown)"


def missing_handles(found: dict[int, int], total: int) -> list[Artist]:
    """Return the legend entries of points without a value; failures are shares of the others."""
    colours = missing_colours(list(found))
    handles: list[Artist] = []
    left_out = found.get(_LEFT_OUT, 0)
    for code, points in found.items():
        style: dict[str, Any] = {"facecolor": colours.get(code, "white"), "edgecolor": GREY}
        if code == Status.NOT_COMPUTED:
            style |= {"hatch": "////", "linewidth": 0.5}
        among = total if code == _LEFT_OUT else total - left_out
        handles.append(Patch(label=missing_words(code, points, among), **style))
    return handles


def legend_below(made: Figure, handles: Sequence[Artist]) -> None:
    """Put a legend under the axes, where it hides nothing, in as many columns as fit."""
    if not handles:
        return
    widest = max(len(typography.plain(str(handle.get_label()))) for handle in handles)
    fitting = int(_LEGEND_LETTERS // (widest + _HANDLE_LETTERS))
    made.legend(
        handles=list(handles),
        loc="lower left",
        bbox_to_anchor=(0.0, FOOTER / _POINTS),  # above the footer; entitle makes room
        ncols=max(1, min(5, fitting, len(handles))),
        fontsize=SMALL + 0.5,
        frameon=False,
        labelcolor=INK,
        handlelength=2.4,
        borderaxespad=0.2,
    )


def line_handle(text: str, **style: Any) -> Line2D:
    """Return a legend entry that shows a line."""
    return Line2D([], [], label=text, **style)
