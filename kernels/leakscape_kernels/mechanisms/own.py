"""A mechanism whose law somebody else wrote: looked over before it is trusted.

What is wrong in it is told with the file and the line of its function, as it is of a kernel.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import PurePath
from typing import Any

import numpy as np

from leakscape_kernels.mechanisms.asked import Asked
from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.mechanisms.table_entry import COMMON_KEYS, Entry
from leakscape_kernels.on_demand import jax, jnp
from leakscape_kernels.options.tables import known_keys
from leakscape_kernels.protocol import Parameter

_TAKES = {
    "size": ("here",),
    "current": ("V", "here"),
    "reversal": ("here",),
    "conductance": ("V", "here"),
    "inside": ("here",),
    "atp": ("here",),
    "cycle": ("here",),
    "rises_to": ("here",),
    "least_slope": ("low", "high", "here"),
    "least": ("low", "high", "here"),
}
"""What each function of a mechanism takes."""

_OF_PARTS = _TAKES | {"sense": ("here",)}
"""Likewise, those that a part of one may have: a gate has an `inside` of its own."""

_OPTIONAL = ("reversal", "conductance", "atp", "cycle", "rises_to", "least_slope", "least")
_OURS = __name__.partition(".")[0]


class OwnMistake(ValueError):
    """What somebody's mechanism does wrong, as a sentence of its own."""

    @property
    def sentence(self) -> str:
        """The sentence: a caller who says where an error comes from need not say more."""
        return str(self)


@dataclass(frozen=True)
class Checked:
    """A function of somebody's mechanism, whose result is looked at.

    Args:
        function: the function.
        who: how an error calls it.
    """

    function: Callable[..., Any]
    who: str

    def __call__(self, *given: Any) -> Any:
        """Return what the function returns.

        Raises:
            OwnMistake: that is not one number.
        """
        found = self.function(*given)
        wanted = () if isinstance(given[0], Mapping) else np.shape(given[0])
        if not isinstance(found, int | float | np.ndarray | np.generic | jax.Array):
            raise OwnMistake(
                f"{self.who} returns {type(found).__name__}, not a number; return one of jax.numpy"
            )
        if np.shape(found) not in ((), wanted) or jnp.iscomplexobj(found):
            kind = f"{jnp.result_type(found)}[{','.join(map(str, np.shape(found)))}]"
            raise OwnMistake(f"{self.who} returns {kind}, not one real number; return one")
        return found


def own_mechanism(build: Any, entry: Entry) -> Mechanism:
    """Return the mechanism that somebody's function makes of a row.

    Args:
        build: takes the row, returns the mechanism.
        entry: the row.

    Raises:
        OwnMistake: what it returns is no mechanism.
        ValueError: the row has a key that the function asked nothing of.
    """
    function = getattr(build, "build", build)
    where = f"{entry.where}: {place(function)}"
    try:
        inspect.signature(function).bind(entry)
    except TypeError as error:
        raise OwnMistake(
            f"{where} takes something else than the one row; write def {_name(function)}(entry)"
        ) from error
    except ValueError:  # compiled code may tell nothing
        pass
    asked = Asked()
    made: Any = build(replace(entry, asked=asked))
    if wrong := _wrong(made, entry):
        raise OwnMistake(f"{where} {wrong}")
    known_keys(entry.where, entry.table, (*asked.keys, *COMMON_KEYS))
    for ion in (*filter(None, [made.ion]), *made.needs):
        if ion not in entry.ions:
            raise ValueError(f"{entry.where}: needs the ion {ion}; add it to ions")
    checked: Mechanism = replace(
        made, **{n: _checked(getattr(made, n), entry.where) for n in _TAKES}
    )
    return checked


def _wrong(made: Any, entry: Entry) -> str:
    """Say what is wrong in what a function made, "" where nothing is."""
    if not isinstance(made, Mechanism):
        return f"returns {type(made).__name__}, not a Mechanism; return channel(...)"
    if made.name != entry.name:
        return f"names it {made.name!r}, not {entry.name!r}; write name=entry.name"
    rows = made.parameters
    if not isinstance(rows, Mapping) or not all(isinstance(r, Parameter) for r in rows.values()):
        return "has parameters that are none; make them with entry.own or entry.new"
    for name, takes in _TAKES.items():
        function = getattr(made, name)
        if function is None and name in _OPTIONAL:
            continue
        if not callable(function):
            return f"has {name} = {function!r:.60}, which is no function; give one"
        for each, wanted in _parts(name, function, takes):
            try:
                inspect.signature(each).bind(*wanted)
            except TypeError:
                return (
                    f"has a {name} that does not take {', '.join(wanted)}: {place(each)}; "
                    f"write def {_name(each)}({', '.join(wanted)})"
                )
            except ValueError:
                continue
    return ""


def _parts(
    name: str, function: Any, takes: tuple[str, ...]
) -> Iterator[tuple[Callable[..., Any], tuple[str, ...]]]:
    """Yield the functions of others that one of a mechanism is made of, and what each takes."""
    if isinstance(function, tuple):
        for each in function:
            yield from _parts(name, each, takes)
    elif not is_ours(function):
        yield function, takes
    elif is_dataclass(function):
        for field in fields(function):
            inner = getattr(function, field.name)
            if _holds_code(inner):
                yield from _parts(name, inner, _OF_PARTS.get(field.name, takes))


def _checked(function: Any, where: str) -> Any:
    """Return a function of somebody else that is looked at, one of this project as it is."""
    if function is None:
        return None
    if isinstance(function, tuple):
        return tuple(_checked(each, where) for each in function)
    if not is_ours(function):
        return looked_at(function, where)
    if is_dataclass(function) and not isinstance(function, type):
        inner = {f.name: getattr(function, f.name) for f in fields(function)}
        changed = {key: _checked(part, where) for key, part in inner.items() if _holds_code(part)}
        return replace(function, **changed)
    return function


def _holds_code(part: Any) -> bool:
    """Return whether a part of a mechanism is a function, or holds such: a gate is one of these."""
    if isinstance(part, tuple):
        return any(map(_holds_code, part))
    return callable(part) or (is_dataclass(part) and not isinstance(part, type))


def is_ours(function: Any) -> bool:
    """Return whether code belongs to this package."""
    module = getattr(function, "__module__", None) or type(function).__module__
    return str(module).partition(".")[0] == _OURS


def looked_at(function: Callable[..., Any], where: str) -> Checked:
    """Return a function of somebody else whose result is looked at.

    Args:
        function: the function.
        where: what an error calls the row that it stands in.
    """
    return Checked(function, f"{where}: {place(function)}")


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def place(function: Any) -> str:
    """Name a function with its file and line, where there are such."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return _name(function)
    return f"{PurePath(code.co_filename).name}, line {code.co_firstlineno}: {_name(function)}"
