"""Points without a value: their greys, and what the legend says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.patches import Patch

from leakscape.picture import theme, typography
from leakscape.status import Code, Status
from leakscape.sweep import Sweep, reduced

_FAILED = ("#b5b5b5", "#8f8f8f", "#d0d0d0", "#767676", "#a2a2a2", "#e0e0e0")
"""Greys of the status codes from 10 on; no sequential colour map holds a grey."""
_LEFT_OUT, _NO_PART = Status.LEFT_OUT_BY_A_CONDITION, "#f1f1f1"


def colours(codes: Sequence[int]) -> dict[int, str]:
    """Return the grey of each status code without a value; what is left out is no failure."""
    failed = [code for code in codes if code not in (Status.NOT_COMPUTED, _LEFT_OUT)]
    greys = {code: _FAILED[place % len(_FAILED)] for place, code in enumerate(failed)}
    return greys | ({_LEFT_OUT: _NO_PART} if _LEFT_OUT in codes else {})


def _words(code: int, points: int, total: int, codes: Mapping[int, Code], of: str) -> str:
    """Say what a status code without a value means and how often it occurs here."""
    words = codes[code].words if code in codes else f"status {code}"
    if code not in (Status.NOT_COMPUTED, _LEFT_OUT):
        words = f"no value: {words}"
    return f"{words} ({typography.number(100.0 * points / total, 2)}% of the points {of})"


def handles(found: dict[int, int], total: int, sweeps: Iterable[Sweep]) -> list[Artist]:
    """Return the legend entries of points without a value; failures are shares of the others.

    Args:
        found: code -> number of points.
        total: of how many.
        sweeps: what is drawn, which says what its codes mean.
    """
    codes: dict[int, Code] = {}
    for sweep in sweeps:
        told = sweep.codes
        if reduced.is_reduced(sweep):
            told[reduced.TOO_FEW] = Code("too_few_valid_points")
        codes = told | codes
    greys = colours(list(found))
    entries: list[Artist] = []
    left_out = found.get(_LEFT_OUT, 0)
    for code, points in found.items():
        style: dict[str, Any] = {"facecolor": greys.get(code, "white"), "edgecolor": theme.GREY}
        if code == Status.NOT_COMPUTED:
            style |= {"hatch": "////", "linewidth": 0.5}
        among = total if code == _LEFT_OUT else total - left_out
        of = "kept" if among < total else "shown"
        entries.append(Patch(label=_words(code, points, among, codes, of), **style))
    return entries
