"""Ready-made membranes: what installed packages offer for the `membrane` option of a kernel.

An entry point of the group `leakscape.membranes` names a function without arguments that returns
tables by name. The engine does not read the tables; it hands the name on to the kernel.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any

from leakscape.declare.find import find
from leakscape.declare.kernel import Described

KERNEL = "equilibrium"
"""The kernel that shows a membrane's parameters."""


@lru_cache(maxsize=1)
def membranes() -> Mapping[str, Mapping[str, Any]]:
    """Return the table of every ready-made membrane, by name."""
    found: dict[str, Mapping[str, Any]] = {}
    for point in sorted(entry_points(group="leakscape.membranes")):
        found |= point.load()()
    return dict(sorted(found.items()))


def kernel_of(name: str) -> Described:
    """Return the kernel of a ready-made membrane, with its parameters and outputs."""
    return find(KERNEL, {"membrane": name}, None)
