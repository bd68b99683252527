"""The words of `show` on a type of mechanism: its equation, its keys, and a table to copy.

A type is met by its shape: what is registered may have a `description`, of which the text `words`,
the tables `keys` and `shared` and the TOML `example` are shown. Of a plain function its docstring
is.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import partial
from typing import Any

from leakscape.cli import terminal
from leakscape.cli.terminal import heading, say
from leakscape.declare.blame import blamed
from leakscape.declare.find import MECHANISMS, load, registered, summary


def one_line(name: str) -> str:
    """Return what a registered type is; a broken one shall not hide the others."""
    try:
        return summary(name, MECHANISMS) or _description(load(name, None, MECHANISMS))["about"]
    except Exception as error:  # another package's mechanism can fail in any way
        return f"cannot be loaded: {error}"


def is_one(found: Any) -> bool:
    """Tell whether what a reference names is a mechanism rather than a kernel: it takes a row."""
    if not callable(found) or any(map(partial(hasattr, found), ("outputs", "options"))):
        return False
    try:
        return len(inspect.signature(found).parameters) == 1
    except (TypeError, ValueError):  # compiled code may tell nothing
        return False


def show(name: str) -> None:
    """Print what there is to say of a type of mechanism.

    Args:
        name: how a membrane's table names it: registered, or a reference to code.
    """
    found = load(name, None, MECHANISMS, "mechanism")
    with blamed(f"mechanism {name}", own=found):
        told = _description(found)
    say(f"Mechanism {name}")
    if told["words"]:
        say()
        say(told["words"])
    if told["keys"]:
        heading("Keys")
        rows = [_row(key) for key in told["keys"]]
        heads = ("key", "unit", "default", "with", "parameter", "meaning", "source")
        terminal.table(heads, rows)
    if told["shared"]:
        heading("Keys of every mechanism")
        rows = [(key["key"], key["meaning"], key["example"]) for key in told["shared"]]
        terminal.table(("key", "meaning", "example"), rows)
    if told["example"]:
        heading("In a study")
        say()
        say(told["example"])
        if told["rows"][1:]:
            heading("or")
            say("\n".join(told["rows"][1:]))


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


def _description(found: Any) -> Mapping[str, Any]:
    empty = {"about": "", "words": "", "keys": [], "shared": [], "example": "", "rows": []}
    told = getattr(found, "description", None)
    if isinstance(told, Mapping):
        return empty | dict(told)
    words = inspect.getdoc(found) or ""
    return empty | {"about": words.partition("\n")[0], "words": words}


def names() -> list[str]:
    """Return the names of the types that are registered."""
    return list(registered(MECHANISMS))
