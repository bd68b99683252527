"""TOML out: a study as the text of a file that loads to an equal study."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakscape.errors import DeclarationError
from leakscape.plain import fault
from leakscape.shown import shown
from leakscape.spelling import openable

if TYPE_CHECKING:
    from leakscape.declare.study import Study


def written(study: Study) -> str:
    """Write a study.

    Args:
        study: the study.

    Returns:
        The text.

    Raises:
        DeclarationError: a part that no file can hold.
    """
    import tomlkit

    if not isinstance(study.kernel, Mapping):
        raise DeclarationError(
            f"to_toml: the kernel of {study.name} is a Python object, got {shown(study.kernel)}; "
            f'put it into a file and name it: kernel = "my_cell.py:{study.kernel_name}"'
        )
    measured = None if study.population is None else study.population.table
    if measured is not None and not ((study.folder or Path()) / openable(measured.name)).is_file():
        raise DeclarationError(
            f"to_toml: the cells of {study.name} are in no file, got {shown(measured.name)}; write "
            "them into a CSV file, and name it as the table"
        )
    tables = study.tables()
    if wrong := fault(tables):
        raise DeclarationError(f"to_toml: {wrong}")
    document = tomlkit.document()
    _fill(document, tables, top=True)
    return tomlkit.dumps(document)


def _fill(target: Any, entries: Mapping[str, Any], *, top: bool = False) -> None:
    """Write entries into a table: what is in one line first, for a heading ends what is before it.

    Tables keep their order, which is the order of dimensions: after the first that has a heading
    all have one.
    """
    import tomlkit

    headed = top
    for key, value in entries.items():
        if not isinstance(value, Mapping):
            target.add(key, _value(value))
    for key, value in entries.items():
        if not isinstance(value, Mapping):
            continue
        headed = headed or any(isinstance(part, Mapping) for part in value.values())
        if headed:
            table = tomlkit.table()
            _fill(table, value)
            target.add(key, table)
        else:
            target.add(key, _value(value))


def _value(value: Any) -> Any:
    """Return what stands in one line."""
    import tomlkit

    if isinstance(value, Mapping):
        inline = tomlkit.inline_table()
        for key, part in value.items():
            inline.append(key, _value(part))
        return inline
    if isinstance(value, list | tuple):
        array = tomlkit.array()
        for part in value:
            array.append(_value(part))
        return array
    if isinstance(value, str):
        lines = "\n" in value and value.replace("\n", "").isprintable() and '"""' not in value
        return tomlkit.string(value, multiline=lines)
    if isinstance(value, float):
        return tomlkit.float_(repr(float(value)))  # NumPy's is one too, and writes itself otherwise
    return value
