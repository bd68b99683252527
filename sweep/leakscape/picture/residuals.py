"""What a fit leaves: recorded minus predicted, over the standard error, at every row."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from leakscape.picture import fit_panel, scales, theme, typography
from leakscape.picture.fit_panel import FitPanel
from leakscape.picture.panel import Painted
from leakscape.sweep.fitted import BEST, Fitted

WITHIN = (2.0, 1.0)
"""Half-widths of the bands [standard errors], of which 95 and 68 % of the residuals stay within."""
_OPACITY = 0.12
_LEAST, _ROOM = 2.6, 1.12


def paint(axes: Axes, panel: FitPanel) -> Painted:
    """Draw standardised residuals against the condition, or the row.

    Args:
        axes: the panel.
        panel: the fit, an output, its condition and its groups.

    Returns:
        What was painted.
    """
    scales.open_sides(axes)
    axes.grid(False)
    found = fit_panel.groups(panel)
    x, y = fit_panel.along(panel), panel.fitted.values(BEST, name_of(panel.output))
    fit_panel.dress_x(axes, panel)
    shade: dict[str, Any] = {
        "color": fit_panel.grey(),
        "alpha": _OPACITY,
        "linewidth": 0.0,
        "zorder": 0,
    }
    handles: list[Artist] = []
    for half in WITHIN:
        axes.axhspan(-half, half, **shade)
    axes.axhline(0.0, color=theme.ink(), linewidth=theme.width(1.0), zorder=1)
    for group in found:
        here = group.rows & np.isfinite(y)
        axes.plot(x[here], y[here], **group.dots)
    far = float(np.max(np.abs(y), initial=0.0, where=np.isfinite(y)))
    end = max(_LEAST, _ROOM * far)
    axes.set_ylim(-end, end)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    sign = typography.symbol(panel.output)
    axes.set_ylabel(f"residual of {sign} / standard error")
    inner = 1.0 - (1.0 - _OPACITY) ** 2
    words = ((inner, r"within $\pm$1"), (_OPACITY, r"within $\pm$2"))
    for alpha, text in words:
        handles.append(Patch(color=fit_panel.grey(), alpha=alpha, linewidth=0.0, label=text))
    return Painted(
        handles=[*fit_panel.handles(found), *handles],
        notes=fit_panel.notes(panel, found),
        points=int(np.isfinite(y).sum()),
    )


def name_of(output: str) -> str:
    """Return the variable of an output's residuals."""
    return f"{output}_residual"


def outputs_of(fitted: Fitted) -> list[str]:
    """Return the outputs of which there are residuals."""
    return [name for name in fitted.outputs if fitted.holds(BEST, name_of(name))]
