"""Nested ranges between quantiles along an axis: as bands, in one colour or in those of a hue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray

from leakscape.picture import scales, statistics, theme

LINE = "#08306b"
"""The colour of a lone median; its bands are the blues of the same map."""
_LIGHT, _DARK = 0.25, 0.6
"""Where the shades of the widest and of the narrowest band lie in the blues."""
_FAINT, _FAINTER = 0.16, 0.12
"""Opacity of the widest band of a hue, and what every narrower one adds."""
_EDGE = 0.7
"""Opacity of the ends of the widest band of a hue."""
_SAME = 1e-9
"""Shares of a pair add up to 1 within this."""
_MARKED = 25
"""Medians of so few points show them."""


def nested(shares: NDArray[np.float64]) -> tuple[list[tuple[int, int]], list[int]]:
    """Find the pairs of quantiles that leave out as much below as above, the widest first.

    Args:
        shares: of the points below each quantile, rising.

    Returns:
        Pairs of indices, and the indices of what is left: the median, and whatever has no partner.
    """
    pairs = []
    left = list(range(len(shares)))
    for low in range(len(shares)):
        for high in range(low + 1, len(shares)):
            if abs(shares[low] + shares[high] - 1.0) < _SAME:
                pairs.append((low, high))
                left = [place for place in left if place not in (low, high)]
    return pairs, left


def between(low: float, high: float) -> str:
    """Call what lies between two quantiles."""
    return f"{statistics.percent(float(low))} to {statistics.percent(float(high))}"


def draw(
    axes: Axes,
    x: NDArray[np.float64],
    shares: NDArray[np.float64],
    values: NDArray[np.float64],
    shades: Sequence[Any],
    called: Callable[[float, float], str] = between,
) -> list[Artist]:
    """Draw pairs of quantiles along an axis as bands, the others as lines.

    Args:
        axes: the panel.
        x: values along the axis.
        shares: of what lies below each quantile, rising.
        values: the quantiles, shape (hues, shares, x).
        shades: the colour of each hue; `LINE` alone where there is none.
        called: what the legend calls a pair.

    Returns:
        The legend's entries for bands and lines: in grey where several hues share them.
    """
    pairs, lines = nested(shares)
    lone = shades[0] if len(shades) == 1 else theme.GREY
    handles: list[Artist] = []
    for place, (low, high) in enumerate(pairs):
        for shade, rows in zip(shades, values, strict=True):
            style = band(shade, place, len(pairs))
            axes.fill_between(x, rows[low], rows[high], linewidth=0.0, **style)
            if place == 0 and len(shades) > 1:  # colours mix where bands of hues overlap
                for end in (low, high):
                    axes.plot(x, rows[end], color=shade, alpha=_EDGE, linewidth=theme.width(0.9))
        words = called(shares[low], shares[high])
        handles.append(Patch(label=words, **band(lone, place, len(pairs))))
    for shade, rows in zip(shades, values, strict=True):
        for line in lines:
            axes.plot(x, rows[line], **_line(shade, shares[line], marked=len(x) <= _MARKED))
    handles += [
        scales.line_handle(statistics.share_below(shares[line]), **_line(lone, shares[line]))
        for line in lines
    ]
    return handles


def hue_handles(texts: Sequence[str], shades: Sequence[Any], wide: float = 2.4) -> list[Artist]:
    """Return the legend's entries of hues, none where there is just one.

    Args:
        texts: what each is called.
        shades: the colour of each.
        wide: width of the lines [pt in the usual theme].
    """
    if len(texts) < 2:
        return []
    return [
        scales.line_handle(text, color=shade, linewidth=theme.width(wide))
        for text, shade in zip(texts, shades, strict=True)
    ]


def band(shade: Any, place: int, pairs: int) -> dict[str, Any]:
    """Return the style of a band.

    Args:
        shade: the colour of its hue, or `LINE`.
        place: which it is, counted from the widest.
        pairs: how many there are.
    """
    if isinstance(shade, str) and shade == LINE:
        depth = _LIGHT + (_DARK - _LIGHT) * place / max(1, pairs - 1)
        return {"color": mpl.colormaps["Blues"](depth)}
    return {"color": shade, "alpha": _FAINT + _FAINTER * place}


def _line(shade: Any, share: float, *, marked: bool = False) -> dict[str, Any]:
    style: dict[str, Any] = {"color": shade, "linewidth": theme.width(2.4 if share == 0.5 else 1.4)}
    if share != 0.5:
        style["linestyle"] = (0, (5, 2)) if share < 0.5 else (0, (1.2, 1.4))
    return style | ({"marker": "o", "markersize": theme.width(4.5)} if marked else {})
