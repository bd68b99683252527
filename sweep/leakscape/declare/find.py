"""Finding a kernel: by name, by module, or in a file of the user's own; making it of a factory."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from leakscape.declare import names
from leakscape.declare.blame import blamed, where
from leakscape.declare.kernel import Described, describe
from leakscape.declare.own_file import load_file
from leakscape.errors import DeclarationError
from leakscape.shown import shown


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
    return build(_load(reference, folder), options, reference)


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
            if where(error.__traceback__, "") is not None:
                raise
            raise DeclarationError(f"kernel {name}: {error}") from error
    return replace(describe(made, name), origin=found)


@lru_cache(maxsize=1)
def registered() -> dict[str, EntryPoint]:
    """Return the kernels that installed packages register, by name."""
    return {point.name: point for point in sorted(entry_points(group="leakscape.kernels"))}


def summary(name: str) -> str | None:
    """Return what a registered kernel's package says of it without loading the kernel.

    Args:
        name: of the kernel.

    Returns:
        The line that the package has in its `SUMMARIES`, None where it has none.
    """
    package = registered()[name].value.partition(":")[0].partition(".")[0]
    with blamed(f"kernel {name}"):
        told = getattr(importlib.import_module(package), "SUMMARIES", {})
    return told.get(name) if isinstance(told, Mapping) else None


def _load(reference: str, folder: Path | None) -> Any:
    module_name, colon, attribute = reference.partition(":")
    if not colon:
        points = registered()
        if reference not in points:
            raise DeclarationError(
                f"kernel: unknown name, got {shown(reference)}; {names.nearest(reference, points)}"
            )
        with blamed(f"kernel {reference}"):
            return points[reference].load()
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", attribute):
        raise DeclarationError(f"kernel: expected module:attribute, got {shown(reference)}")
    if module_name.endswith(".py"):
        with blamed(f"kernel {reference}"):
            module = load_file(module_name, folder)
    else:
        module = _module(module_name)
    found: Any = module
    for part in attribute.split("."):
        found = getattr(found, part, None)
        if found is None:
            raise DeclarationError(
                f"kernel: {module_name} has no {attribute!r}; "
                f"{names.nearest(attribute, _kernels(module))}"
            )
    return found


def _kernels(module: ModuleType) -> list[str]:
    return [n for n, v in vars(module).items() if hasattr(v, "outputs") or hasattr(v, "options")]


def _module(name: str) -> ModuleType:
    with blamed(f"kernel: cannot import {name!r}"):
        return importlib.import_module(name)
