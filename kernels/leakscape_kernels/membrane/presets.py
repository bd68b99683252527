"""The ready-made membranes: tables on disk, by name.

Each file in `tables/` is what a study writes under `[kernel.membrane]`, with `about` and the
`source` of its numbers. A number that was not found in print is
"constructed for this program", and its source says to what end.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Presets:
    """A callable that returns the table of every preset by name, in alphabetical order.

    Args:
        kernel: the kernel that shows them, by its name; it takes a preset's as option `membrane`.
    """

    kernel: str

    def __call__(self) -> Mapping[str, Mapping[str, Any]]:
        """Return name -> table."""
        return _tables()


membranes = Presets(kernel="equilibrium")
"""The ready-made membranes."""


@functools.cache
def _tables() -> Mapping[str, Mapping[str, Any]]:
    folder = files("leakscape_kernels.membrane") / "tables"
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {f.name.removesuffix(".toml"): tomllib.loads(f.read_text("utf-8")) for f in found}
