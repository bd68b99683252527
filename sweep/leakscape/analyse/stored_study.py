"""The study that a sweep carries, where it may be evaluated again.

A store may come from anyone, and its study may name code: a file, or a module. Only installed
kernels and types of mechanisms are called here, which their packages registered by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakscape.declare.catalogue import from_canonical
from leakscape.declare.find import registered
from leakscape.declare.study import Study
from leakscape.errors import SweepError
from leakscape.sweep import Sweep


def stored_study(sweep: Sweep) -> Study | None:
    """Return the study that a sweep is of.

    Args:
        sweep: the sweep.

    Returns:
        The study; None where it has none, where it names code of its own, a kernel that is not
        installed here or a table of cells.
    """
    kernel = sweep.study.get("kernel", {})
    if kernel.get("name") not in registered() or _names_code(kernel):
        return None
    if "table" in sweep.population:
        return None
    try:
        return from_canonical(sweep.says("study", "{}"))
    except (SweepError, TypeError, ValueError, KeyError):
        return None


def _names_code(part: Any) -> bool:
    """Tell whether a text somewhere in a kernel's table may name a module or a file."""
    if isinstance(part, str):
        return ":" in part
    if isinstance(part, Mapping):
        return any(map(_names_code, part.values()))
    return isinstance(part, list | tuple) and any(map(_names_code, part))
