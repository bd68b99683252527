"""The options `block` and `q10` of every kernel with channels: tables in, modifiers out.

A further kind of block is one class in `channel`, one reader here and one row in `_BLOCKS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leakscape_kernels.modifiers import BlockedFraction, HillBlock, Modifier, Q10Growth
from leakscape_kernels.nomenclature import is_owner

OPTIONS = {
    "block": "dose-dependent block by channel: "
    '{ K = { type = "hill", blocker = "Ba", IC50 = "0.1 mmol/L", hill = 1 } }',
    "q10": 'growth with temperature by channel: { K = { Q10 = 3, T_ref = "25 degC" } }',
}
"""The options that every kernel with channels takes."""


def modifiers(
    kernel: str,
    channels: Sequence[str],
    block: Any,
    q10: Any,
) -> dict[str, tuple[Modifier, ...]]:
    """Return what changes each channel, from the options of a kernel.

    Args:
        kernel: the kernel's name, for errors.
        channels: the channels that it has.
        block: a table by channel: type, blocker, IC50 (a text with its unit, a concentration
            [mmol/L]), hill [1]; None is no block.
        q10: a table by channel: Q10 [1], T_ref (a text, a temperature [degC]); None is no growth.

    Returns:
        the modifiers by channel, each a factor [1]; each channel has at least its blocked fraction.

    Raises:
        ValueError: a channel, key or value is not one that the option takes.
    """
    changes: dict[str, tuple[Modifier, ...]] = {name: (BlockedFraction(name),) for name in channels}
    for option, tables, read in (("block", block, _block), ("q10", q10, _q10)):
        if tables is None:
            continue
        if not isinstance(tables, Mapping):
            raise ValueError(f"{kernel} {option}: needs one table per channel, got {tables!r}")
        for channel, table in tables.items():
            if channel not in changes:
                raise ValueError(
                    f"{kernel} {option}: no channel named {channel}; it has {', '.join(channels)}"
                )
            where = f"{kernel} {option}.{channel}"
            if not isinstance(table, Mapping):
                raise ValueError(f"{where}: needs a table, got {table!r}; {OPTIONS[option]}")
            changes[channel] += (read(where, channel, table),)
    return changes


def _hill_block(where: str, channel: str, table: Mapping[str, Any]) -> HillBlock:
    """Return the Hill block that a table describes."""
    _known_keys(where, table, ("type", "blocker", "IC50", "hill"))
    blocker = table.get("blocker")
    if not isinstance(blocker, str) or not is_owner(blocker):
        raise ValueError(
            f'{where}: blocker must be a name such as "Ba" (letters and digits), got {blocker!r}'
        )
    return HillBlock(
        channel,
        blocker,
        _quantity(where, table, "IC50", "0.1 mmol/L"),
        _positive(where, table, "hill", 1.0),
    )


_BLOCKS: dict[str, Callable[[str, str, Mapping[str, Any]], Modifier]] = {"hill": _hill_block}
"""The kinds of block by `type`."""


def _block(where: str, channel: str, table: Mapping[str, Any]) -> Modifier:
    """Return the block that a table describes."""
    kind = table.get("type")
    if not isinstance(kind, str) or kind not in _BLOCKS:
        raise ValueError(f"{where}: type must be one of {', '.join(_BLOCKS)}, got {kind!r}")
    return _BLOCKS[kind](where, channel, table)


def _q10(where: str, channel: str, table: Mapping[str, Any]) -> Modifier:
    """Return the Q10 law that a table describes."""
    _known_keys(where, table, ("Q10", "T_ref"))
    Q10 = _positive(where, table, "Q10", None)
    return Q10Growth(channel, Q10, _quantity(where, table, "T_ref", "25 degC"))


def _known_keys(where: str, table: Mapping[str, Any], keys: Sequence[str]) -> None:
    unknown = [str(key) for key in table if key not in keys]
    if unknown:
        raise ValueError(f"{where}: no key named {', '.join(unknown)}; it has {', '.join(keys)}")


def _quantity(where: str, table: Mapping[str, Any], key: str, example: str) -> str | None:
    """Return a quantity as its text; None leaves the parameter without a default."""
    text = table.get(key)
    if text is not None and (not isinstance(text, str) or not text.strip()):
        raise ValueError(
            f'{where}: {key} must be a quantity with its unit such as "{example}", got {text!r}'
        )
    return text


def _positive(where: str, table: Mapping[str, Any], key: str, default: float | None) -> float:
    """Return a positive plain number."""
    number = table.get(key, default)
    real = isinstance(number, (int, float)) and not isinstance(number, bool)
    if not real or not 0 < number < math.inf:
        raise ValueError(f"{where}: {key} must be a positive number, got {number!r}")
    return float(number)
