"""A figure of a fit: panels of one kind, or of all kinds together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leakscape.errors import DeclarationError
from leakscape.picture import fit_choice, frame, scales, theme, typography
from leakscape.picture.fit_panel import FitPanel
from leakscape.picture.kinds import FIT_KINDS
from leakscape.picture.look import Limits, Look, ends_in
from leakscape.picture.panel import room
from leakscape.picture.request import MOST_PANELS, Wish
from leakscape.store.values import loaded
from leakscape.sweep.fitted import BEST, Fitted

_LEAST_WIDTH = {"output": 2.9, "unknown": 2.3, "": 4.0}
"""Inches in the usual theme that a panel needs, by what it shows."""
_HEIGHT = {"recording": 3.3, "residuals": 3.3, "profiles": 2.2, "priors": 2.1, "corner": 5.0}
"""Inches of a row of panels where kinds are drawn together, beside one another's."""
_WIDTH = {"recording": 1.5}
"""Of panels that share a row, beside one another's."""
_FEW_TICKS, _NARROW = 4, 5.0
"""Ticks of numbers that fit along a panel narrower than so many inches."""
_LETTERS = 9.2
"""Letters along an inch of an axis in the usual theme."""
_MOST_TOGETHER = 8
"""Unknowns of which all kinds are drawn together."""


@dataclass(frozen=True, kw_only=True)
class _Row:
    """Panels beside one another, in a row with room for some more perhaps."""

    panels: Sequence[FitPanel]
    columns: int
    high: float

    @property
    def widths(self) -> list[float]:
        """Widths of its columns beside one another."""
        own = [_WIDTH.get(panel.kind, 1.0) for panel in self.panels]
        kinds = {panel.kind for panel in self.panels}
        own = own if len(kinds) > 1 else [1.0] * len(own)
        return own + [1.0] * (self.columns - len(own))


def figure_of(
    name: str, tree: xr.DataTree, wishes: Wish | Sequence[Wish], look: Look | None = None
) -> tuple[Figure, tuple[str, ...]]:
    """Draw a fit.

    Args:
        name: what it is called.
        tree: its groups, lazy or in memory.
        wishes: what to show: one, or one for each output or unknown.
        look: how.

    Returns:
        The figure, and what its subtitle says.

    Raises:
        DeclarationError: no fit, an unknown name, or a kind that it holds nothing for.
    """
    look = look or Look()
    fitted = Fitted.of(tree)
    wanted = [wishes] if isinstance(wishes, Wish) else list(wishes)
    kinds = fit_choice.chosen(fitted, wanted)
    _refuse_scales(kinds, look)
    with theme.applied(look):
        made, notes = _draw(kinds, look)
        parts = [*_told(fitted), *dict.fromkeys(notes)]
        if look.subtitle is not None:
            parts = [typography.tidy(look.subtitle)]
        title = fitted.says("question") or fitted.says("name", name)
        title = title if look.title is None else look.title
        if theme.is_paper(look):  # whose caption says it, unless words are given
            frame.entitle(made, look.title or "", parts if look.subtitle else [], "")
        else:
            frame.entitle(made, title, parts, _origin(name, fitted))
        if look.size is not None:
            frame.refuse_collapsed(made)
    return made, tuple(part for part in parts if part)


def _refuse_scales(kinds: Mapping[str, Sequence[FitPanel]], look: Look) -> None:
    """Refuse limits and scales of axes that are not one panel's, or are not of one unit."""
    given = [key for key in ("xlim", "ylim", "log") if getattr(look, key) is not None]
    if not given:
        return
    kind = next(iter(kinds))
    if len(kinds) > 1:
        raise DeclarationError(
            f"{given[0]}: every panel has axes of its own; draw one kind, such as recording"
        )
    if FIT_KINDS[kind].each != "output":
        raise DeclarationError(f"{given[0]}: {kind} has many axes; drop {given[0]}")
    units = {panel.fitted.observed.unit_of(panel.output) for panel in kinds[kind]}
    if look.ylim is not None and len(units) > 1 and kind == "recording":
        raise DeclarationError("ylim: every output has a scale of its own; draw them apart")


def _draw(kinds: Mapping[str, Sequence[FitPanel]], look: Look) -> tuple[Figure, list[str]]:
    """Draw all panels, and return what the subtitle should add."""
    wide = (theme.WIDTH if look.size is None else look.size[0]) / theme.text(1.0)
    notes: list[str] = []
    rows = _rows(kinds, wide, notes)
    high = sum(row.high for row in rows) if len(rows) > 1 else None
    made = frame.blank(look.size, high)
    grid = made.add_gridspec(len(rows), 1, height_ratios=[row.high for row in rows])
    handles: list[Artist] = []
    known: set[str] = set()
    for place, row in enumerate(rows):
        cells = grid[place].subgridspec(1, row.columns, width_ratios=row.widths)
        for column, panel in enumerate(row.panels):
            axes = made.add_subplot(cells[column])
            painted = FIT_KINDS[panel.kind].paint(axes, panel)
            _finish(axes, panel, look, first=column == 0)
            notes += painted.notes
            for handle in painted.handles:
                if str(handle.get_label()) not in known:
                    handles.append(handle)
                    known.add(str(handle.get_label()))
    frame.legend_below(made, handles)
    return made, notes


def _rows(kinds: Mapping[str, Sequence[FitPanel]], wide: float, notes: list[str]) -> list[_Row]:
    """Put panels into rows that fit a width [inch in the usual theme]."""
    together = len(kinds) > 1
    rows: list[_Row] = []
    outputs = [kind for kind in kinds if FIT_KINDS[kind].each == "output"]
    if len(outputs) > 1 and wide >= len(outputs) * _LEAST_WIDTH["output"]:
        for output in dict.fromkeys(panel.output for kind in outputs for panel in kinds[kind]):
            row = [panel for kind in outputs for panel in kinds[kind] if panel.output == output]
            rows.append(_Row(panels=row, columns=len(row), high=_HEIGHT[row[0].kind]))
        kinds = {kind: panels for kind, panels in kinds.items() if kind not in outputs}
    for kind, panels in kinds.items():
        each = FIT_KINDS[kind].each
        taken = panels[: _MOST_TOGETHER if together else MOST_PANELS]
        if len(taken) < len(panels):
            notes.append(f"{len(taken)} of {len(panels)} {each}s")
        most = max(1, int(wide / _LEAST_WIDTH[each]))
        columns = _columns(len(taken), most)
        high = _HEIGHT[kind] if together else 3.0
        for start in range(0, len(taken), columns):
            part = taken[start : start + columns]
            rows.append(_Row(panels=part, columns=columns, high=high))
    return rows


def _columns(count: int, most: int) -> int:
    """Return how many panels of one kind lie beside one another: rows about equally long."""
    lines = -(-count // most)
    return -(-count // lines)


def _finish(axes: Axes, panel: FitPanel, look: Look, *, first: bool) -> None:
    """Apply scales and limits that were asked for, and fold labels."""
    kind, sweep = FIT_KINDS[panel.kind], panel.fitted.observed
    if kind.each == "output":
        if look.log is not None:
            for side in "xy":
                scales.rescale(getattr(axes, f"{side}axis"), side in look.log, side)
        own = "1" if panel.kind == "residuals" else sweep.unit_of(panel.output)
        units = {"x": sweep.unit_of(panel.x) if panel.x else "1", "y": own}
        limits: dict[str, Limits | None] = {"x": look.xlim, "y": look.ylim}
        for side, given in limits.items():
            if given is not None:
                low, high = ends_in(given, units[side], f"{side}lim")
                scales.limit(getattr(axes, f"{side}axis"), low, high, f"{side}lim")
    elif not first:
        axes.set_ylabel("")
        axes.tick_params(labelleft=False)
    wide, high_inches = (side / theme.text(1.0) for side in room(axes))
    if wide < _NARROW and kind.each == "output":
        scales.thin_ticks(axes.xaxis, _FEW_TICKS)
    axes.set_xlabel(_folded(axes.get_xlabel(), wide))
    axes.set_ylabel(_folded(axes.get_ylabel(), high_inches))


def _folded(text: str, inches: float) -> str:
    return typography.folded(text.replace("\n", " "), max(10, int(_LETTERS * inches)))


def _told(fitted: Fitted) -> list[str]:
    """Say how many recordings there are, and how well the best fit explains them."""
    recorded = [loaded(fitted.observed.dataset[name]) for name in fitted.outputs]
    count = sum(int((values == values).sum()) for values in recorded)
    said = [f"{typography.count(count)} recording{'s' if count > 1 else ''}"]
    if fitted.holds(BEST, "chi2", "degrees_of_freedom"):
        chi2, free = (float(fitted.values(BEST, key)) for key in ("chi2", "degrees_of_freedom"))
        said.append(rf"$\chi^2$ = {typography.number(chi2, 3)} of {free:g} degrees of freedom")
    if method := fitted.says("method"):
        said.append(f"method: {typography.tidy(method)}")
    return said


def _origin(name: str, fitted: Fitted) -> str:
    kernel = fitted.says("kernel")
    parts = ["Leakscape", f"kernel {kernel}" if kernel else "", name]
    return "  \N{MIDDLE DOT}  ".join(part for part in parts if part)
