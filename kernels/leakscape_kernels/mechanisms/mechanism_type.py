"""A type of mechanism: what reads its row of a membrane, and what there is to say of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from leakscape_kernels.mechanisms.inner_key import InnerKey
from leakscape_kernels.mechanisms.keys import IONS, keys_of, needed
from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.mechanisms.table_entry import COMMON_KEYS, Entry


@dataclass(frozen=True, kw_only=True)
class MechanismType:
    """What a membrane's table may name as a `type`.

    Args:
        build: takes a row of the table, returns the mechanism.
        words: a line that says what it is, then its equation, limits and references.
        examples: rows of a membrane's `mechanisms`, the usual one first; every law that a key may
            choose is in one of them.
        beside: a row that a membrane needs beside it to have a rest; "" for none.
        inner: the keys of tables within a row, by the heading under which they are told.
    """

    build: Callable[[Entry], Mechanism]
    words: str
    examples: tuple[str, ...]
    beside: str = ""
    inner: Mapping[str, Mapping[str, InnerKey]] = field(default_factory=dict)

    def __call__(self, entry: Entry) -> Mechanism:
        """Return the mechanism that a row describes."""
        return self.build(entry)

    @property
    def description(self) -> dict[str, Any]:
        """What there is to say of the type, as plain data.

        `keys` has a table for each key: `key`, `parameter`, `unit`, `default`, `need` (what holds
        where it is not written), `choices`, `meaning`, `source`, and the laws that it goes `with`.
        `inner` has a list of such tables by heading: `key`, `unit`, `meaning`, `example`.
        `shared` is of the keys that every mechanism takes. `example` is what a study writes; each
        of `rows` may stand there.
        """
        words = inspect.cleandoc(self.words)
        return {
            "about": words.partition("\n")[0],
            "words": words,
            "keys": keys_of(self.build, self.examples),
            "shared": [
                {"key": key, "meaning": meaning, "example": example}
                for key, (meaning, example) in COMMON_KEYS.items()
            ],
            "inner": {
                heading: [{"key": key} | asdict(told) for key, told in keys.items()]
                for heading, keys in self.inner.items()
            },
            "example": self.table(self.examples[0]),
            "rows": list(self.examples),
        }

    def table(self, row: str) -> str:
        """Return what a study writes, with one of the examples."""
        ions = [f"{ion} = {IONS[ion]}" for ion in needed(self.build, row)]
        lines = ["[kernel]", 'name = "equilibrium"', ""]
        lines += ["[kernel.membrane.ions]", *ions, ""] if ions else []
        lines += ["[kernel.membrane.mechanisms]", row, *filter(None, [self.beside])]
        return "\n".join(lines)
