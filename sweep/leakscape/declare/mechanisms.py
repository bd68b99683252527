"""Types of mechanism, as they describe themselves: equation, keys, and a table to copy.

A type is met by its shape: what is registered may have a `description`, of which the text `words`,
the tables `keys` and `shared` and the TOML `example` are shown. Of a plain function its docstring
is.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from leakscape.card import Card, Section, Table, html_of, text_of
from leakscape.declare.blame import blamed
from leakscape.declare.find import MECHANISMS, load, registered, summary

if TYPE_CHECKING:
    import pandas as pd

_KEYS = ("key", "unit", "default", "with", "parameter", "meaning", "source")
_INNER = ("key", "unit", "meaning", "example")
_SHARED = ("key", "meaning", "example")


@dataclass(frozen=True, kw_only=True)
class MechanismDescription:
    """A type of mechanism, as `leakscape show` prints it.

    Args:
        name: how a membrane's table names it.
        words: what it is, its equation, limits and references.
        example: a study's kernel that has one, as TOML.
        others: further rows of the same type, as TOML.
        keys_table: the keys that a row of this type takes.
        shared_table: the keys that a row of any type takes.
        inner_tables: the keys of tables within a row, by heading.
    """

    name: str
    words: str
    example: str
    others: tuple[str, ...]
    keys_table: Table
    shared_table: Table
    inner_tables: Mapping[str, Table] = field(default_factory=dict)
    kind: str = "mechanism"
    notes: tuple[str, ...] = ()

    @property
    def use(self) -> str:
        """How a study uses it."""
        return f'Use it in a membrane: type = "{self.name}"'

    @property
    def keys(self) -> pd.DataFrame:
        """The keys of a row: unit, default, when they are read, parameter, meaning, source."""
        return self.keys_table.frame()

    @property
    def card(self) -> Card:
        """Everything, in the order in which it is read."""
        sections = [Section(heading="What it is", verbatim=self.words)] if self.words else []
        if self.keys_table.rows:
            sections.append(Section(heading="Keys", table=self.keys_table))
        sections += [Section(heading=head, table=t) for head, t in self.inner_tables.items()]
        if self.shared_table.rows:
            sections.append(Section(heading="Keys of every mechanism", table=self.shared_table))
        if self.example:
            sections.append(Section(heading="In a study", verbatim=self.example))
        sections += [Section(heading="or", verbatim=row) for row in self.others]
        return Card(title=f"Mechanism {self.name}", sections=tuple(sections))

    def __repr__(self) -> str:
        return f"{text_of(self.card)}\n\n{self.use}"

    def _repr_html_(self) -> str:
        return html_of(self.card)


def one_line(name: str) -> str:
    """Return what a registered type is; a broken one shall not hide the others."""
    try:
        return summary(name, MECHANISMS) or _described(load(name, None, MECHANISMS))["about"]
    except Exception as error:  # another package's mechanism can fail in any way
        return f"cannot be loaded: {error}"


def is_one(name: str) -> bool:
    """Tell whether a name or a reference means a mechanism rather than a kernel: it takes a row.

    Raises:
        KernelError: the code that it names cannot be loaded.
    """
    if name in registered_types():
        return True
    found = load(name, None) if ":" in name else None
    if not callable(found) or any(map(partial(hasattr, found), ("outputs", "options"))):
        return False
    try:
        return len(inspect.signature(found).parameters) == 1
    except (TypeError, ValueError):  # compiled code may tell nothing
        return False


def describe_type(name: str) -> MechanismDescription:
    """Tell what there is to say of a type of mechanism.

    Args:
        name: how a membrane's table names it: registered, or a reference to code.

    Raises:
        KernelError: it cannot be loaded.
    """
    found = load(name, None, MECHANISMS, "mechanism")
    with blamed(f"mechanism {name}", own=found):
        told = _described(found)
    shared = tuple(tuple(key[head] for head in _SHARED) for key in told["shared"])
    inner = {
        heading: Table(heads=_INNER, rows=tuple(tuple(k[h] for h in _INNER) for k in keys))
        for heading, keys in told["inner"].items()
    }
    return MechanismDescription(
        name=name,
        words=told["words"],
        example=told["example"],
        others=tuple(told["rows"][1:]) if told["example"] else (),
        keys_table=Table(heads=_KEYS, rows=tuple(map(_row, told["keys"]))),
        shared_table=Table(heads=_SHARED, rows=shared),
        inner_tables=inner,
    )


def _row(key: Mapping[str, Any]) -> tuple[str, ...]:
    usual = key["default"]
    default = key["need"] if usual is None else f"{usual:.6g}" if usual != str(usual) else usual
    return (
        key["key"],
        key["unit"],
        default,
        ", ".join(key["with"]),
        key["parameter"],
        key["meaning"],
        key["source"],
    )


def _described(found: Any) -> Mapping[str, Any]:
    empty = {"about": "", "words": "", "keys": [], "inner": {}, "shared": [], "example": ""}
    empty |= {"rows": []}
    told = getattr(found, "description", None)
    if isinstance(told, Mapping):
        return empty | dict(told)
    words = inspect.getdoc(found) or ""
    return empty | {"about": words.partition("\n")[0], "words": words}


def registered_types() -> list[str]:
    """Return the names of the types that are registered."""
    return list(registered(MECHANISMS))
