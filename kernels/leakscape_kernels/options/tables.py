"""Options that are tables or names: read with one sentence for every mistake."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leakscape_kernels.options.quantities import parted


def nearest(name: Any, known: Iterable[str]) -> str:
    """Return the remedy for an unknown name: the nearest right one, or all of them.

    Args:
        name: what was written.
        known: the names that there are.
    """
    names = list(known)
    folded = {candidate.lower(): candidate for candidate in names}
    close = difflib.get_close_matches(str(name).lower(), folded, n=1, cutoff=0.6)
    if close:
        return f"did you mean {folded[close[0]]}?"
    return f"it has {', '.join(names)}" if names else "it has none"


def known_keys(where: str, table: Mapping[str, Any], keys: Sequence[str]) -> None:
    """Refuse a key that is not one of these.

    Args:
        where: what an error calls the table.
        table: what was written.
        keys: the keys that it may have.

    Raises:
        ValueError: it has another; the sentence names the nearest right one.
    """
    for key in table:
        if key not in keys:
            raise ValueError(f"{where}: no key named {key}; {nearest(key, keys)}")


def one_of(where: str, found: Any, options: Iterable[str]) -> str:
    """Return a name after a look whether it is one of these.

    Args:
        where: what an error calls it.
        found: what was written.
        options: the names that it may be.

    Raises:
        ValueError: it is none of them.
    """
    names = list(options)
    if not isinstance(found, str) or found not in names:
        close = difflib.get_close_matches(str(found).lower(), names, n=1, cutoff=0.6)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ValueError(f"{where} must be one of {', '.join(names)}, got {found!r}{hint}")
    return found


def quantity(where: str, value: Any, unit: str) -> float | str:
    """Return a value as written: a text with its unit, or a plain number where the unit is 1.

    The unit itself is left to the caller, who converts it: this package has no unit library.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if unit == "1" and math.isfinite(value):
            return float(value)
        raise ValueError(
            f'{where} must be a quantity with its unit such as "1 {unit}", got {value!r}'
        )
    if not math.isfinite(parted(value)[0]):
        raise ValueError(f'{where} must be a quantity such as "1 {unit}", got {value!r}')
    return str(value).strip()
