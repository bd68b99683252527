"""For which values the laws of a gate hold: what has to be above 0, and what may not be 0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from leakscape_kernels.mechanisms.mechanism import Here

POSITIVE = ("tau", "tau_min", "tau_max", "rate_factor", "Q10", "K_half", "hill")
"""The symbols of what has to be above 0: a gate without a time cannot be divided by it."""

NOT_ZERO = ("k", "tau_k", "scale_alpha", "scale_beta")
"""The symbols of what is divided by and may have either sign."""

RATES = ("rate_alpha", "rate_beta")
"""The symbols of the sizes of the rates: one of them may be 0."""


@dataclass(frozen=True)
class Domain:
    """Where the laws of one gate hold.

    Args:
        positive: what has to be above 0, by symbol.
        not_zero: what may not be 0.
        not_all_zero: what may not be 0 together.
    """

    positive: tuple[str, ...] = ()
    not_zero: tuple[str, ...] = ()
    not_all_zero: tuple[str, ...] = ()

    def __call__(self, here: Here) -> Any:
        """Return whether they do."""
        verdict: Any = True
        for symbol in self.positive:
            verdict &= here[symbol] > 0
        for symbol in self.not_zero:
            verdict &= here[symbol] != 0
        if self.not_all_zero:
            verdict &= sum(here[symbol] for symbol in self.not_all_zero) > 0
        return verdict


def domain(parameters: Iterable[str], owner: str, gate: str = "") -> Domain:
    """Return where the laws with these parameters hold.

    Args:
        parameters: the names of a gate's parameters.
        owner: the end of each name that is not the symbol, such as "m_Na".
        gate: the gate's name, with which a mechanism sees a symbol; "" of one without a name.
    """
    symbols = [name.removesuffix(f"_{owner}") for name in parameters]
    seen = {symbol: f"{symbol}_{gate}" if gate else symbol for symbol in symbols}
    kinds = (POSITIVE, NOT_ZERO, RATES)
    return Domain(*(tuple(seen[s] for s in kind if s in seen) for kind in kinds))
