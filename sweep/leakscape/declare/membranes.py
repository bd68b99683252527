"""Ready-made membranes: what installed packages offer for the `membrane` option of a kernel.

An entry point of the group `leakscape.membranes` names a callable without arguments that returns
tables by name; its attribute `kernel` is the name of the kernel that shows them. The engine does
not read the tables; it hands the name on to the kernel.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any

from leakscape.declare.find import find
from leakscape.declare.kernel import Described
from leakscape.errors import DeclarationError


@lru_cache(maxsize=1)
def _offered() -> tuple[dict[str, Mapping[str, Any]], dict[str, str]]:
    """Return the tables of every package, and the kernels that show them, by name."""
    tables: dict[str, Mapping[str, Any]] = {}
    kernels: dict[str, str] = {}
    for point in sorted(entry_points(group="leakscape.membranes")):
        offer = point.load()
        found = offer()
        tables |= found
        kernels |= dict.fromkeys(found, str(getattr(offer, "kernel", "")))
    return tables, kernels


def membranes() -> Mapping[str, Mapping[str, Any]]:
    """Return the table of every ready-made membrane, by name."""
    return dict(sorted(_offered()[0].items()))


def kernel_of(name: str) -> Described:
    """Return the kernel of a ready-made membrane, with its parameters and outputs.

    Args:
        name: of the membrane.

    Raises:
        DeclarationError: the package that offers it names no kernel for it.
    """
    kernel = _offered()[1][name]
    if not kernel:
        raise DeclarationError(
            f"membrane {name}: its package must name the kernel that shows it, got none; give what "
            'it registers an attribute such as kernel = "my_kernel"'
        )
    return find(kernel, {"membrane": name}, None)
