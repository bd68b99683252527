"""Times as a user writes them: a list, or two ends and a size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from leakscape_kernels.options.quantities import in_unit
from leakscape_kernels.options.tables import known_keys

SPACES: Mapping[str, Any] = {"linear": np.linspace, "log": np.geomspace}
"""How the times between two ends may lie."""

_MOST = 100_000


def read_times(kernel: str, given: Any, unit: str) -> tuple[float, ...]:
    """Return the times that an option `times` gives, after a look at each.

    Args:
        kernel: name of the kernel, for errors.
        given: a list of times, or a table with `linear` or `log` and `size`; a time is a number
            in the unit, or a text such as "2 h".
        unit: the unit that they come out in, `s` or `ms`.

    Returns:
        two or more times from 0 on that rise [the unit].

    Raises:
        ValueError: with where, the rule and what was found.
    """
    where = f"{kernel}: times"
    if isinstance(given, Mapping):
        known_keys(where, given, (*SPACES, "size"))
        kinds = [kind for kind in SPACES if kind in given]
        size = given.get("size")
        whole = isinstance(size, int) and not isinstance(size, bool) and 2 <= size <= _MOST
        if len(kinds) != 1 or not whole:
            raise ValueError(
                f"{where}: needs linear or log with two ends, and a size from 2 to {_MOST}, "
                f"got {dict(given)}"
            )
        kind = kinds[0]
        ends = _numbers(where, given[kind], unit)
        if len(ends) != 2 or (kind == "log" and not min(ends) > 0):
            above = " above 0" if kind == "log" else ""
            raise ValueError(f"{where}: {kind} needs two ends{above} in {unit}, got {list(ends)}")
        found = tuple(float(t) for t in SPACES[kind](*ends, size))
    else:
        found = _numbers(where, given, unit)
    if len(found) < 2 or found[0] < 0 or any(b <= a for a, b in pairwise(found)):
        raise ValueError(
            f"{where}: two or more times from 0 on that rise, in {unit}, got {given!r}"
        )
    return found


def _numbers(where: str, given: Any, unit: str) -> tuple[float, ...]:
    """Return numbers after a look at each."""
    listed: Sequence[Any] = (
        given if isinstance(given, Sequence) and not isinstance(given, str) else [None]
    )
    listed = [in_unit(where, t, unit) if isinstance(t, str) else t for t in listed]
    for number in listed:
        real = isinstance(number, (int, float)) and not isinstance(number, bool)
        if not (real and math.isfinite(number)):
            raise ValueError(
                f"{where}: needs a list of numbers in {unit}, or of texts such as "
                f'"10 {unit}", got {given!r}'
            )
    return tuple(float(number) for number in listed)
