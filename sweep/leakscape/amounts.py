"""Numbers as people read them: with units, in millions and billions, as bytes and as time."""

from __future__ import annotations


def number(value: float, digits: int = 4) -> str:
    """Write a number, without an exponent where that is short."""
    return f"{value:.{digits}g}"


def quantity(value: float | str, unit: str = "1", digits: int = 4) -> str:
    """Write a number with its unit, or a label."""
    if isinstance(value, str):
        return value
    return f"{number(value, digits)}{'' if unit in ('', '1') else f' {unit}'}"


def percent(share: float) -> str:
    """Write a share; what is not all of it never reads 100 %."""
    if 0.0 < share < 1e-4:
        return "below 0.01 %"
    if 0.9999 < share < 1.0:
        return "above 99.99 %"
    return f"{100.0 * share:.4g} %"


def size(count: float) -> str:
    """Write a number of bytes."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if count < 1000.0 or unit == "TB":
            return f"{count:.3g} {unit}" if unit != "bytes" else f"{count:.0f} {unit}"
        count /= 1000.0
    raise AssertionError("unreachable")


def amount(count: float) -> str:
    """Write a number of points in words of millions and billions."""
    for limit, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if count >= limit:
            return f"{count / limit:.3g} {word}"
    return f"{count:,.0f}".replace(",", " ") if count >= 10.0 else f"{count:.3g}"


def seconds(duration: float) -> str:
    """Write a duration."""
    if duration < 0.01:
        return "less than 0.01 s"
    if duration < 100.0:
        return f"{duration:.2g} s" if duration < 10.0 else f"{duration:.0f} s"
    minutes = duration / 60.0
    return f"{minutes:.0f} min" if minutes < 100.0 else f"{minutes / 60.0:.1f} h"
