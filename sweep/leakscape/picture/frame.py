"""What stands around the panels of a figure: title, subtitle, colour bars, legend, footer."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from leakscape.errors import DeclarationError
from leakscape.picture import theme, typography
from leakscape.picture.panel import Bar

TITLE_LETTERS, SUBTITLE_LETTERS, LEGEND_LETTERS = 84, 122, 128
"""Letters that fit on a line of each in the usual width."""
_HANDLE_LETTERS = 9
"""Letters of a legend's line that the handle of an entry takes."""
_FOOTER = 15.0
"""Height kept for the footer [pt]."""
_MARGIN, _LEFT, _LINE = 9.0, 0.012, 1.32
"""Margin [pt], left edge [figure widths], line height [font sizes]."""
_PADS: dict[str, Any] = {"w_pad": 0.12, "h_pad": 0.1}
_LEAST_HEIGHT = 0.35
"""Inches of a panel below which it shows nothing."""
_ROW_HEIGHT, _MOST_HEIGHT = 3.6, 12.0
"""Inches of every row of panels, where there are several, and of all of them."""


def figure(rows: int, columns: int, size: tuple[float, float] | None) -> tuple[Figure, list[Axes]]:
    """Return a figure that knows no screen and no global state, with panels that share scales.

    Args:
        rows: how many panels lie over one another.
        columns: how many lie side by side.
        size: width and height [inch]; by default the theme's, higher for several rows.

    Returns:
        The figure and its panels, row by row.
    """
    made = blank(size, _ROW_HEIGHT * rows if rows > 1 else None)
    grid = made.subplots(rows, columns, squeeze=False)
    return made, list(grid.flat)


def blank(size: tuple[float, float] | None, high: float | None = None) -> Figure:
    """Return a figure without panels, which knows no screen and no global state.

    Args:
        size: width and height [inch]; by default the theme's.
        high: height of all panels where the theme's does not do [inch].
    """
    made = Figure(figsize=size)
    FigureCanvasAgg(made)
    if size is None and high is not None:
        made.set_figheight(min(_MOST_HEIGHT, 2.0 + high))
    pads = {side: pad * theme.text(1.0) for side, pad in _PADS.items()}
    made.set_layout_engine(ConstrainedLayoutEngine(**pads))
    return made


def letters(made: Figure, usual: int) -> int:
    """Return how many letters fit where so many fit in the usual width."""
    return max(12, int(usual * made.get_figwidth() / theme.WIDTH / theme.text(1.0)))


def entitle(made: Figure, title: str, parts: Sequence[str], footer: str) -> None:
    """Write title and subtitle above the panels and the origin of the data below them.

    Comes last: the panels get the room that texts and legend leave.

    Args:
        made: the figure.
        title: the question that the picture answers; empty for none.
        parts: what the subtitle says.
        footer: kernel, precision, store.
    """
    high = made.get_figheight() * 72.0
    title_size, small = theme.text(14.0), theme.text(theme.TEXT - 0.5)
    margin, gap = theme.text(_MARGIN), theme.text(4.0)
    wrapped = typography.folded(typography.prose(title), letters(made, TITLE_LETTERS))
    subtitle = _joined([part for part in parts if part], letters(made, SUBTITLE_LETTERS))
    top = margin + (wrapped.count("\n") + 1 if wrapped else 0) * title_size * _LINE
    under = top + (gap if wrapped else 0.0)
    place: dict[str, Any] = {"ha": "left", "va": "top", "linespacing": 1.2}
    head = made.text(_LEFT, 1.0 - margin / high, wrapped, gid="title", **place)
    head.set(fontsize=title_size, weight="bold")
    line = made.text(_LEFT, 1.0 - under / high, subtitle, gid="subtitle", **place)
    line.set(fontsize=small, color=theme.faint())
    for text in (head, line):  # letters counted are not letters measured
        if not text.get_text():
            continue
        room = (0.99 - 2.0 * _LEFT) * made.bbox.width / text.get_window_extent().width
        if room < 1.0:
            text.set_fontsize(0.98 * room * float(text.get_fontsize()))
    origin: dict[str, Any] = {"ha": "right", "va": "bottom", "gid": "footer"}
    below_all = theme.text(5.0) / high
    foot = made.text(1.0 - _LEFT, below_all, typography.tidy(footer), **origin)  # "" on a paper
    foot.set(fontsize=theme.text(7.5), color="#8a8a8a")
    above = under + (subtitle.count("\n") + 1 if subtitle else 0) * small * _LINE + 2.0
    legends = sum(legend.get_window_extent().height for legend in made.legends) * 72.0 / made.dpi
    below = theme.text(_FOOTER) + legends
    rect = (0.0, below / high, 1.0, max(0.1, 1.0 - (above + below) / high))
    pads = {side: pad * theme.text(1.0) for side, pad in _PADS.items()}
    made.set_layout_engine(ConstrainedLayoutEngine(**pads, rect=rect))


def refuse_collapsed(made: Figure) -> None:
    """Refuse a size that leaves no room for the panels.

    Raises:
        DeclarationError: titles, labels and legend fill the figure.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        made.draw_without_rendering()
    least = min(panel.get_window_extent().height for panel in made.axes) / made.dpi
    collapsed = any("constrained_layout not applied" in str(warning.message) for warning in said)
    if collapsed or least < _LEAST_HEIGHT:
        wide, high = made.get_size_inches()
        raise DeclarationError(
            f"size: {2.54 * wide:.3g} x {2.54 * high:.3g} cm leave no room beside the texts; "
            "give a larger one, or fewer lines and panels"
        )


def _joined(parts: Sequence[str], fitting: int) -> str:
    """Join the parts of a subtitle, starting a line where one would become too long."""
    lines = [""]
    for part in parts:
        gap = "  \N{MIDDLE DOT}  " if lines[-1] else ""
        if lines[-1] and len(typography.plain(lines[-1] + gap + part)) > fitting:
            lines.append(part)
        else:
            lines[-1] += gap + part
    return "\n".join(lines)


def bar_beside(made: Figure, panels: Sequence[Axes], bar: Bar) -> None:
    """Draw a colour bar to the right of panels."""
    drawn = made.colorbar(bar.mappable, ax=list(panels), pad=0.02, aspect=28)
    drawn.set_label(bar.label)
    drawn.outline.set_edgecolor(theme.GREY)
    bar.dress(drawn.ax)


def legend_below(made: Figure, handles: Sequence[Artist]) -> None:
    """Put a legend under the panels, where it hides nothing, to be read row by row."""
    if not handles:
        return
    widest = max(len(typography.plain(str(handle.get_label()))) for handle in handles)
    fitting = letters(made, LEGEND_LETTERS) // (widest + _HANDLE_LETTERS)
    columns = max(1, min(5, fitting, len(handles)))
    made.legend(
        # matplotlib fills the columns one after the other
        handles=[handle for column in range(columns) for handle in handles[column::columns]],
        loc="lower left",
        # above the footer; entitle makes room
        bbox_to_anchor=(0.0, theme.text(_FOOTER) / (made.get_figheight() * 72.0)),
        ncols=columns,
        handlelength=2.4,
        borderaxespad=0.2,
    )
