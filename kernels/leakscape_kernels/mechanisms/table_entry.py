"""A mechanism as a user writes it: a table of keys, read with one sentence for every mistake."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from leakscape_kernels.mechanisms.mechanism import Ion
from leakscape_kernels.nomenclature import parameter
from leakscape_kernels.protocol import Parameter
from leakscape_kernels.written import parted

COMMON_KEYS = ("type", "source", "blocked", "block", "q10", "scale")
"""The keys that every mechanism takes."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of a membrane's `mechanisms`.

    Args:
        name: the mechanism's name.
        table: what was written.
        ions: the membrane's ions by name.
    """

    name: str
    table: Mapping[str, Any]
    ions: Mapping[str, Ion]

    @property
    def where(self) -> str:
        """What an error calls it."""
        return f"membrane mechanism {self.name}"

    @property
    def source(self) -> str:
        """Where its numbers come from."""
        return str(self.table.get("source", "the membrane's table"))

    def known(self, keys: Sequence[str]) -> None:
        """Refuse a key that is none of these nor common to all mechanisms."""
        known_keys(self.where, self.table, (*keys, *COMMON_KEYS))

    def choice(self, key: str, options: Iterable[str], default: str | None = None) -> str:
        """Return the value of a key that names one of several laws."""
        found = self.table.get(key, default)
        return one_of(f"{self.where}: {key}", found, options)

    def either(self, *keys: str) -> str:
        """Return which one of several keys is there."""
        present = [key for key in keys if key in self.table]
        if len(present) != 1:
            raise ValueError(
                f"{self.where}: needs exactly one of {' and '.join(keys)}, "
                f"got {' and '.join(present) or 'neither'}"
            )
        return present[0]

    def ion(self) -> str | None:
        """Return the ion that it names, None without one."""
        if "ion" not in self.table:
            return None
        if "E" in self.table:
            raise ValueError(f"{self.where}: E follows from the ion; give ion or E, not both")
        name = self.table["ion"]
        if not isinstance(name, str) or name not in self.ions:
            raise ValueError(f"{self.where}: no ion named {name!r}; {nearest(name, self.ions)}")
        return name

    def own(self, defaults: Mapping[str, float | None], source: str = "") -> dict[str, Parameter]:
        """Return its parameters, with what was written as their default.

        Args:
            defaults: by symbol, the number to use where nothing was written [the symbol's unit];
                None makes the parameter required.
            source: where those numbers come from.
        """
        found = {}
        for symbol, default in defaults.items():
            name = f"{symbol}_{self.name}"
            found[name] = self.shared(symbol, name, default, source)
        return found

    def shared(
        self, key: str, name: str, default: float | None = None, source: str = ""
    ) -> Parameter:
        """Return the parameter of this name, its default written under a key."""
        described = parameter(name, default, source if default is not None else "")
        if key not in self.table:
            return described
        value = quantity(f"{self.where}: {key}", self.table[key], described.unit)
        return replace(described, default=value, source=self.source)


def nearest(name: Any, known: Iterable[str]) -> str:
    """Return the remedy for an unknown name: the nearest right one, or all of them."""
    names = list(known)
    folded = {candidate.lower(): candidate for candidate in names}
    close = difflib.get_close_matches(str(name).lower(), folded, n=1, cutoff=0.6)
    if close:
        return f"did you mean {folded[close[0]]}?"
    return f"it has {', '.join(names)}" if names else "it has none"


def known_keys(where: str, table: Mapping[str, Any], keys: Sequence[str]) -> None:
    """Refuse a key that is not one of these."""
    for key in table:
        if key not in keys:
            raise ValueError(f"{where}: no key named {key}; {nearest(key, keys)}")


def one_of(where: str, found: Any, options: Iterable[str]) -> str:
    """Return a name after a look whether it is one of these."""
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
