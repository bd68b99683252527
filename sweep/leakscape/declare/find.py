"""Finding code: by name, by module, or in a file of the user's own; making a kernel of a factory.

The options of a factory may name code too, as a membrane names the types of its mechanisms. The
factory says so in `.code`: where such a text stands, `membrane.mechanisms.*.type`, and the group of
entry points that knows names. It gets what was found in place of the text; a name that nobody has
registered stays as it is.
"""

from __future__ import annotations

import importlib
import inspect
import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from leakscape.declare import names
from leakscape.declare.blame import blamed, foreign, where
from leakscape.declare.codes import read_codes
from leakscape.declare.kernel import Described, describe
from leakscape.declare.own_file import load_file
from leakscape.errors import DeclarationError
from leakscape.shown import shown

KERNELS = "leakscape.kernels"
MECHANISMS = "leakscape.mechanisms"
"""Groups of entry points: what installed packages register, by name."""
_SUMMARIES = {KERNELS: "SUMMARIES", MECHANISMS: "MECHANISM_SUMMARIES"}
"""What a package calls its lines on what it registers."""
_DOTTED = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*"


def find(reference: str, options: Mapping[str, Any], folder: Path | None) -> Described:
    """Find a kernel by name and, where it is a factory, make it.

    Args:
        reference: an entry-point name, "package.module:attribute", or "file.py:name".
        options: the other keys of the study's [kernel] table.
        folder: where a relative "file.py" is looked for; None forbids files.

    Returns:
        The kernel in the engine's terms.

    Raises:
        DeclarationError: nothing there, or not a kernel; nothing else is ever called.
        KernelError: the user's code raises.
    """
    found, files = load(reference, folder), [reference.partition(":")[0]]

    def code(text: str, where: str, group: str) -> Any:
        if ":" not in text and text not in registered(group):
            return text
        files.append(text.partition(":")[0])
        return load(text, folder, group, where)

    accepted = getattr(found, "code", None)
    for place, group in accepted.items() if isinstance(accepted, Mapping) else ():
        options = _with(options, place.split("."), "kernel", partial(code, group=group))
    own = tuple(dict.fromkeys(file for file in files if file.endswith(".py")))
    return replace(build(found, options, reference), files=own)


def _with(options: Any, place: Sequence[str], where: str, code: Callable[[str, str], Any]) -> Any:
    """Return options with the code that the texts at a place name."""
    if not place:
        return code(options, where) if isinstance(options, str) else options
    if not isinstance(options, Mapping):
        return options
    keys = options if place[0] == "*" else {place[0]} & options.keys()
    changed = {key: _with(options[key], place[1:], f"{where}.{key}", code) for key in keys}
    return dict(options) | changed


def build(found: Any, options: Mapping[str, Any], name: str) -> Described:
    """Make a kernel out of a kernel or a factory.

    Raises:
        DeclarationError: neither, or options that it does not have.
        KernelError: the user's factory raises.
    """
    accepted = getattr(found, "options", None)
    if hasattr(found, "parameters") or not isinstance(accepted, Mapping) or not callable(found):
        if options and hasattr(found, "parameters"):
            raise DeclarationError(
                f"kernel {name}: has no options, got {min(options)!r}; remove it from [kernel]"
            )
        return describe(found, name)
    for option in options:
        if option not in accepted:
            raise DeclarationError(
                f"kernel {name}: unknown option, got {option!r}; {names.nearest(option, accepted)}"
            )
    with blamed(f"kernel {name}", own=found):
        try:
            made = found(**options)
        except (TypeError, ValueError, KeyError) as error:
            # What a package's factory says of its options is a message; a user's own may be a slip.
            if where(error.__traceback__, "") is not None and not _says(found, error):
                raise
            raise DeclarationError(f"kernel {name}: {error}") from error
    described = describe(made, name)
    codes = described.codes or read_codes(getattr(found, "codes", None), name)
    return replace(described, origin=found, codes=codes)


def _says(factory: Any, error: BaseException) -> bool:
    """Tell whether an installed factory raised an error itself, to say what its options lack."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    raised = str(frame.f_globals.get("__name__")).partition(".")[0]
    own = str(getattr(getattr(factory, "build", factory), "__module__", "")).partition(".")[0]
    return isinstance(error, ValueError) and raised == own and foreign(frame.f_code.co_filename)


@lru_cache(maxsize=8)
def registered(group: str = KERNELS) -> dict[str, EntryPoint]:
    """Return what installed packages register in a group of entry points, by name."""
    return {point.name: point for point in sorted(entry_points(group=group))}


def summary(name: str, group: str = KERNELS) -> str | None:
    """Return what a package says of what it registers without loading that.

    Args:
        name: of a kernel, or of what else the group is of.
        group: the group of entry points.

    Returns:
        The line that the package has in its `SUMMARIES` (of mechanisms `MECHANISM_SUMMARIES`), None
        where it has none.
    """
    package = registered(group)[name].value.partition(":")[0].partition(".")[0]
    with blamed(f"{_noun(group)} {name}"):
        told = getattr(importlib.import_module(package), _SUMMARIES[group], {})
    return told.get(name) if isinstance(told, Mapping) else None


def load(reference: str, folder: Path | None, group: str = KERNELS, where: str = "kernel") -> Any:
    """Return what a reference names.

    Args:
        reference: a registered name, "package.module:attribute", or "file.py:name".
        folder: where a relative "file.py" is looked for.
        group: the group of entry points that knows names.
        where: what an error calls the place that the reference stands at.

    Raises:
        DeclarationError: nothing there.
        KernelError: the user's code raises.
    """
    module_name, colon, attribute = reference.partition(":")
    if not colon:
        points = registered(group)
        if reference not in points:
            raise DeclarationError(
                f"{where}: unknown name, got {shown(reference)}; {names.nearest(reference, points)}"
            )
        with blamed(f"{where} {reference}"):
            return points[reference].load()
    if not re.fullmatch(_DOTTED, attribute):
        raise DeclarationError(f"{where}: expected module:attribute, got {shown(reference)}")
    if module_name.endswith(".py"):
        with blamed(f"{where} {reference}"):
            module = load_file(module_name, folder, where)
    elif re.fullmatch(_DOTTED, module_name):
        with blamed(f"{where}: cannot import {module_name!r}"):
            module = importlib.import_module(module_name)
    else:
        raise DeclarationError(f"{where}: expected module:attribute, got {shown(reference)}")
    found: Any = module
    for part in attribute.split("."):
        found = getattr(found, part, None)
        if found is None:
            raise DeclarationError(
                f"{where}: {module_name} has no {attribute!r}; "
                f"{names.nearest(attribute, _offered(module, group))}"
            )
    if group != KERNELS and not callable(found):
        raise DeclarationError(f"{where}: {reference} is no function, got {shown(found)}; name one")
    return found


def _offered(module: ModuleType, group: str) -> list[str]:
    """Name what a module may be meant to offer: kernels and factories, or functions of its own."""
    held = vars(module).items()
    if group == KERNELS:
        return [n for n, v in held if hasattr(v, "outputs") or hasattr(v, "options")]
    return [n for n, v in held if inspect.isfunction(v) and v.__module__ == module.__name__]


def _noun(group: str) -> str:
    return group.rpartition(".")[2].removesuffix("s")
