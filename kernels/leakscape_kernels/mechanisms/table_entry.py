"""A mechanism as a user writes it: a table of keys, read with one sentence for every mistake."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from leakscape_kernels.mechanisms.asked import Asked
from leakscape_kernels.mechanisms.mechanism import Ion
from leakscape_kernels.nomenclature import parameter
from leakscape_kernels.options.tables import known_keys, nearest, one_of, quantity
from leakscape_kernels.protocol import Parameter

COMMON_KEYS = {
    "type": ("which mechanism it is", 'type = "kir"'),
    "source": ("where its numbers come from", 'source = "fitted to our recordings"'),
    "blocked": ("fraction of it that is blocked, 0 unless given", "blocked = 0.5"),
    "block": (
        "its block by a dose; type woodhull follows V, with Kd0, delta and valence",
        'block = { type = "hill", blocker = "Ba", IC50 = "0.1 mmol/L", hill = 1 }',
    ),
    "q10": ("how it grows with temperature", 'q10 = { Q10 = 3, T_ref = "25 degC" }'),
    "scale": ("a factor that all mechanisms with this name share", 'scale = "mu"'),
}
"""The keys that every mechanism takes, each with its meaning and an example."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of a membrane's `mechanisms`.

    Args:
        name: the mechanism's name.
        table: what was written.
        ions: the membrane's ions by name.
        label: what an error calls it; "" for the mechanism's name.
        asked: keeps what is asked of the row; None where nobody wants to know.
    """

    name: str
    table: Mapping[str, Any]
    ions: Mapping[str, Ion]
    label: str = ""
    asked: Asked | None = field(default=None, compare=False, repr=False)

    @property
    def where(self) -> str:
        """What an error calls it."""
        return self.label or f"membrane mechanism {self.name}"

    @property
    def source(self) -> str:
        """Where its numbers come from."""
        return str(self.table.get("source", "the membrane's table"))

    def known(self, keys: Sequence[str]) -> None:
        """Refuse a key that is none of these nor common to all mechanisms."""
        self._ask(*keys)
        known_keys(self.where, self.table, (*keys, *COMMON_KEYS))

    def choice(self, key: str, options: Iterable[str], default: str | None = None) -> str:
        """Return the value of a key that names one of several laws."""
        options = tuple(options)
        self._ask(key)
        if self.asked is not None:
            self.asked.choices[key] = options, default
        found = self.table.get(key, default)
        return one_of(f"{self.where}: {key}", found, options)

    def means(self, key: str, meaning: str) -> None:
        """Say what a key means that makes no parameter of its own name."""
        self._ask(key)
        if self.asked is not None:
            self.asked.meanings[key] = meaning

    def either(self, *keys: str) -> str:
        """Return which one of several keys is there."""
        self._ask(*keys)
        if self.asked is not None:
            self.asked.alternatives.append(keys)
        present = [key for key in keys if key in self.table]
        if len(present) != 1:
            raise ValueError(
                f"{self.where}: needs exactly one of {' and '.join(keys)}, "
                f"got {' and '.join(present) or 'neither'}"
            )
        return present[0]

    def instead(self, key: str, others: Sequence[str], meaning: str) -> bool:
        """Return whether a key is there that stands instead of others, all of which may be left.

        Args:
            key: the key.
            others: what it excludes.
            meaning: what it means.

        Raises:
            ValueError: it is there beside one of the others.
        """
        self.means(key, meaning)
        if self.asked is not None:
            self.asked.alternatives.extend((key, other) for other in others)
        beside = [other for other in others if other in self.table]
        if key in self.table and beside:
            raise ValueError(
                f"{self.where}: {beside[0]} belongs inside {key}; write it there or remove {key}"
            )
        return key in self.table

    def ion(self) -> str | None:
        """Return the ion that it names, None without one."""
        self._ask("ion")
        if "ion" not in self.table:
            return None
        if "E" in self.table:
            raise ValueError(f"{self.where}: E follows from the ion; give ion or E, not both")
        name = self.table["ion"]
        if not self.ions:
            raise ValueError(
                f"{self.where}: the membrane has no ions, got ion = {name!r}; give it "
                "[kernel.membrane.ions], or E in place of ion"
            )
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
        try:
            described = parameter(name, default, source if default is not None else "")
        except KeyError as error:
            raise LookupError(
                f"{name} is no symbol of the nomenclature: entry.new makes one, with its unit"
            ) from error
        return self._given(key, name, described)

    def new(
        self,
        symbol: str,
        unit: str,
        default: float | None = None,
        *,
        meaning: str = "",
        bounds: tuple[float, float] = (-math.inf, math.inf),
        source: str = "",
    ) -> dict[str, Parameter]:
        """Return a parameter whose symbol is none of the nomenclature.

        Args:
            symbol: such as "Mg_half"; the parameter is `Mg_half_<mechanism>`.
            unit: in which the law takes the number.
            default: the number to use where nothing was written [unit]; None makes the parameter
                required.
            meaning: what the symbol stands for.
            bounds: the smallest and largest value that makes sense, both included [unit].
            source: where the default comes from.
        """
        name = f"{symbol}_{self.name}"
        described = Parameter(
            unit=unit, default=default, bounds=bounds, meaning=meaning, source=source
        )
        return {name: self._given(symbol, name, described)}

    def _given(self, key: str, name: str, described: Parameter) -> Parameter:
        """Return a parameter with what was written under a key as its default."""
        self._ask(key)
        if self.asked is not None:
            self.asked.parameters[key] = name, described
        if key not in self.table:
            return described
        value = quantity(f"{self.where}: {key}", self.table[key], described.unit)
        return replace(described, default=value, source=self.source)

    def _ask(self, *keys: str) -> None:
        if self.asked is not None:
            self.asked.keys.extend(key for key in keys if key not in self.asked.keys)
