"""Where zeros are looked for, and whether it is proven that none lie elsewhere."""

from __future__ import annotations

from typing import Any, NamedTuple


class Stretch(NamedTuple):
    """Potentials between which equilibria are looked for.

    Args:
        low: lower end [mV].
        high: upper end [mV].
        windows: how many times as many cells as usual the stretch is divided into [1].
        below: whether it is proven that no equilibrium lies below.
        above: likewise above.
    """

    low: Any
    high: Any
    windows: Any
    below: Any
    above: Any
