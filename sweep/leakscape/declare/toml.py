"""TOML in: a file's text into plain tables, every fault in one sentence; and --set changes."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leakscape import content
from leakscape.errors import DeclarationError
from leakscape.plain import DEEPEST, fault
from leakscape.shown import shown

LARGEST_FILE = 4_000_000
_PART = r"""(?:(?<![\w-])[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+"""
_NESTED = re.compile(rf"[\[{{]{{{DEEPEST}}}|(?:{_PART}\.[ \t]*+){{{DEEPEST}}}")
"""Brackets or dotted keys that deep; the parser's time grows with the square of a key's parts."""


def read(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Args:
        path: the file.

    Returns:
        Its tables.

    Raises:
        DeclarationError: not readable, not UTF-8, too large, or not TOML.
    """
    try:
        text = content.read(path, LARGEST_FILE, DeclarationError).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise DeclarationError(f"{path}: no such file; see leakscape list") from error
    except UnicodeDecodeError as error:
        raise DeclarationError(f"{path}: not UTF-8 text, byte {error.start}; save it so") from error
    return parse(text, str(path))


def parse(text: str, where: str) -> dict[str, Any]:
    """Parse TOML text into plain data.

    Args:
        text: the TOML.
        where: how messages call it.

    Raises:
        DeclarationError: not TOML, or not plain; a duplicate key is named.
    """
    try:
        tables = _tables(text, where)
    except tomllib.TOMLDecodeError as error:
        reason = str(error)
        if "overwrite" in reason or "twice" in reason or "already" in reason:
            name = _duplicate(text, reason)
            raise DeclarationError(f"{where}: duplicate key{name}; keep one ({reason})") from error
        raise DeclarationError(f"{where}: not TOML, got {reason}; fix that line") from error
    if wrong := fault(tables):
        raise DeclarationError(f"{where}: {wrong}")
    return tables


def _tables(text: str, where: str) -> dict[str, Any]:
    """Call the parser, unless the text is one that it would never finish."""
    if _NESTED.search(text):
        raise DeclarationError(f"{where}: nested deeper than {DEEPEST}; a study is flat")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:  # Python reads no whole number of more than 4300 digits
        raise DeclarationError(f"{where}: number: beyond 64 bits; write it as 1e30") from error
    except RecursionError as error:
        raise DeclarationError(f"{where}: nested deeper than {DEEPEST}; a study is flat") from error


def _duplicate(text: str, reason: str) -> str:
    """Name the key that the parser tripped over: it tells the line alone."""
    line = re.search(r"line (\d+)", reason)
    lines = text.splitlines()
    if line is None or not 0 < int(line[1]) <= len(lines):
        return ""
    key = re.match(r"\s*\[*\s*([^=\]]+?)\s*(?:[=\]]|$)", lines[int(line[1]) - 1])
    return f" {key[1]!r} in line {line[1]}" if key else f" in line {line[1]}"


def change(tables: dict[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    """Apply `--set` changes such as `axes.P_Na.size=50` to a study's tables.

    Args:
        tables: the study.
        settings: KEY=VALUE each; KEY is dotted, VALUE is TOML if it parses, else text.

    Returns:
        The changed tables; the ones given stay as they are.

    Raises:
        DeclarationError: no `=`, an empty part, or a key that goes through a plain value.
    """
    changed: dict[str, Any] = copy.deepcopy(tables)
    for setting in settings:
        key, equals, text = setting.partition("=")
        parts = [part.strip() for part in key.split(".")]
        if not equals or not all(parts):
            raise DeclarationError(f"--set: expected KEY=VALUE, got {shown(setting)}")
        if len(parts) > DEEPEST:
            raise DeclarationError(f"--set: nested deeper than {DEEPEST}, got {shown(key)}")
        table = changed
        for part in parts[:-1]:
            if table is changed and part == "kernel" and isinstance(table.get(part), str):
                table[part] = {"name": table[part]}  # the same, spelled out
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                raise DeclarationError(
                    f"--set {key}: {part} holds a value, not a table; shorten it"
                )
        table[parts[-1]] = _value(text.strip(), f"--set {key}")
    return changed


def _value(text: str, where: str) -> Any:
    try:
        value = _tables(f"value = {text}", where)["value"]
    except tomllib.TOMLDecodeError:
        return text
    if wrong := fault(value):
        raise DeclarationError(f"{where}: {wrong}")
    return value
