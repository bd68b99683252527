"""Numbers of an analysis as they are written: one, the range of several, a half-width."""

from __future__ import annotations

from typing import Any

import numpy as np

from leakscape.amounts import number


def spans(values: Any, factor: float, unit: str) -> str:
    """Write one number, or the range of several."""
    flat = np.asarray(values, float).ravel()
    flat = flat[np.isfinite(flat)] * factor
    if not flat.size:
        return "-"
    low, high = (_short(x) for x in (flat.min(), flat.max()))
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"


def _short(value: float) -> str:
    if abs(value) < 0.00005:
        return "0"
    return f"{value:.4f}".rstrip("0").rstrip(".") if abs(value) < 1.0 else number(value)


def plus(values: Any) -> str:
    """Write the widest of some half-widths."""
    widest = float(np.nanmax(values))
    return "0" if widest == 0.0 else f"{widest:.1g}" if widest < 1.0 else number(widest, 2)
