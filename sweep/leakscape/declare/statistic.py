"""Statistics: what can be asked of an output over many points, and how a study writes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from leakscape.declare import names, units
from leakscape.errors import DeclarationError
from leakscape.shown import shown

MOST_BINS = 10_000
"""Of a histogram: every kept point holds as many counters."""
MOST_LEVELS = 1000
MOST_QUANTILES = 100


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of statistic.

    Args:
        holds: what its entry holds: nothing, levels, range or shares.
        example: how it is written.
        whole: whether it is of whole-number outputs alone.
    """

    holds: str
    example: str
    whole: bool = False


KINDS: Mapping[str, Kind] = {
    "mean": Kind(holds="nothing", example='"mean"'),
    "sd": Kind(holds="nothing", example='"sd"'),
    "variance": Kind(holds="nothing", example='"variance"'),
    "min": Kind(holds="nothing", example='"min"'),
    "max": Kind(holds="nothing", example='"max"'),
    "argmin": Kind(holds="nothing", example='"argmin"'),
    "argmax": Kind(holds="nothing", example='"argmax"'),
    "above": Kind(holds="levels", example='{ above = ["-60 mV"] }'),
    "below": Kind(holds="levels", example='{ below = ["-80 mV"] }'),
    "between": Kind(holds="range", example='{ between = ["-75 mV", "-60 mV"] }'),
    "histogram": Kind(holds="range", example='{ histogram = ["-100 mV", "0 mV"], bins = 200 }'),
    "quantile": Kind(holds="shares", example="{ quantile = [0.05, 0.5, 0.95] }"),
    "share": Kind(holds="nothing", example='"share"', whole=True),
}
"""Every kind of statistic; what a kind makes stands in `evaluation.results`."""
_ELSEWHERE = {
    "median": "write { quantile = [0.5] }",
    "percentile": "write { quantile = [0.05, 0.95] }",
    "std": 'write "sd"',
    "var": 'write "variance"',
    "average": 'write "mean"',
    "count": "how many points are valid is always told, as <output>_n_valid",
}
"""What other programs call them."""


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """One statistic of an output.

    Args:
        kind: which, of `KINDS`.
        numbers: levels or ends as texts with units, in a `Space` as numbers [the output's unit];
            of a quantile, the shares below it [1].
        bins: of a histogram, how many.
    """

    kind: str
    numbers: tuple[Any, ...] = ()
    bins: int = 0

    def entry(self) -> Any:
        """Return it as TOML has it."""
        if KINDS[self.kind].holds == "nothing":
            return self.kind
        return {self.kind: list(self.numbers)} | ({"bins": self.bins} if self.bins else {})


def read(where: str, entry: object) -> Statistic:
    """Read one entry of an output's list.

    Args:
        where: how messages call the list.
        entry: the name of a statistic, or a table of one with its numbers.

    Returns:
        The statistic, its levels as they were written.

    Raises:
        DeclarationError: whatever is wrong with it, in one sentence.
    """
    table = {entry: None} if isinstance(entry, str) else entry
    if not isinstance(table, Mapping):
        raise DeclarationError(
            f'{where}: expected a statistic, got {shown(entry)}; write "mean", or '
            f"{KINDS['above'].example}"
        )
    kinds = [key for key in table if key != "bins"]
    if "histogram" in kinds and (wrong := [key for key in kinds if key not in KINDS]):
        raise DeclarationError(
            f"{where}.histogram: unknown key, got {shown(wrong[0])}; write bins = 200"
        )
    if len(kinds) != 1:
        raise DeclarationError(
            f"{where}: one statistic an entry, got {shown([*table])}; write each in braces of "
            "its own"
        )
    kind = kinds[0]
    if kind not in KINDS:
        raise DeclarationError(
            f"{where}: no such statistic, got {shown(kind)}; "
            f"{_ELSEWHERE.get(str(kind).lower()) or names.nearest(kind, KINDS)}"
        )
    where, wanted, held = f"{where}.{kind}", KINDS[kind], table[kind]
    if "bins" in table and kind != "histogram":
        raise DeclarationError(f"{where}: has no bins; remove them, or write histogram")
    if (wanted.holds == "nothing") != (held is None):
        got = "nothing" if held is None else shown(held)
        raise DeclarationError(f"{where}: got {got}; write {wanted.example}")
    if held is None:
        return Statistic(kind=kind)
    numbers = tuple(held) if isinstance(held, list | tuple) else (held,)
    _CHECKS[wanted.holds](where, numbers, wanted.example)
    bins = _bins(where, table.get("bins")) if kind == "histogram" else 0
    return Statistic(kind=kind, numbers=numbers, bins=bins)


def _bins(where: str, bins: object) -> int:
    if isinstance(bins, bool) or not isinstance(bins, int) or not 1 <= bins <= MOST_BINS:
        got = "none" if bins is None else shown(bins)
        raise DeclarationError(
            f"{where}: bins must be a whole number from 1 to {MOST_BINS}, got {got}; "
            "write bins = 200"
        )
    return bins


def _levels(where: str, numbers: tuple[Any, ...], example: str) -> None:
    if not 1 <= len(numbers) <= MOST_LEVELS:
        raise DeclarationError(
            f"{where}: 1 to {MOST_LEVELS} levels, got {len(numbers)}; write {example}"
        )


def _range(where: str, numbers: tuple[Any, ...], example: str) -> None:
    if len(numbers) != 2:
        raise DeclarationError(
            f"{where}: needs the lower and the upper end, got {len(numbers)} values; "
            f"write {example}"
        )


def _shares(where: str, numbers: tuple[Any, ...], example: str) -> None:
    if not 1 <= len(numbers) <= MOST_QUANTILES:
        raise DeclarationError(
            f"{where}: 1 to {MOST_QUANTILES} of them, got {len(numbers)}; write {example}"
        )
    for share in numbers:
        number = isinstance(share, int | float) and not isinstance(share, bool)
        if not number or not 0.0 <= share <= 1.0:
            raise DeclarationError(
                f"{where}: must be numbers from 0 to 1, got {shown(share)}; write {example}"
            )
    _distinct(where, numbers)


_CHECKS: Mapping[str, Callable[[str, tuple[Any, ...], str], None]] = {
    "levels": _levels,
    "range": _range,
    "shares": _shares,
}


def _distinct(where: str, numbers: tuple[Any, ...]) -> None:
    if len(set(numbers)) != len(numbers):
        raise DeclarationError(f"{where}: expected distinct values, got {shown([*numbers])}")


def in_unit(statistic: Statistic, unit: str, where: str) -> Statistic:
    """Turn levels and ends into the unit of an output.

    Args:
        statistic: with quantities as they were written.
        unit: the output's unit.
        where: how messages call the statistic.

    Returns:
        The statistic with numbers [unit].

    Raises:
        DeclarationError: a quantity of another unit, ends that do not rise, or a level twice.
    """
    holds = KINDS[statistic.kind].holds
    if holds == "nothing" or holds == "shares":
        return replace(statistic, numbers=tuple(map(float, statistic.numbers)))
    numbers = []
    for value in statistic.numbers:
        try:
            if isinstance(value, str):
                given = units.split_quantity(value)[1]
                if given and not units.same_dimension(given, unit):
                    raise DeclarationError(
                        f"is in {unit or '1'}, got {shown(value)}; use {unit or '1'} or alike"
                    )
            numbers.append(units.to_unit(value, unit))
        except DeclarationError as error:
            raise DeclarationError(f"{where}: {error}") from error
    if holds == "range" and not numbers[0] < numbers[1]:
        raise DeclarationError(
            f"{where}: the ends must rise, got {shown([*statistic.numbers])}; exchange them"
        )
    if holds == "range" and not math.isfinite(numbers[1] - numbers[0]):
        raise DeclarationError(f"{where}: too wide, got {shown([*statistic.numbers])}; narrow it")
    _distinct(where, tuple(numbers))
    return replace(statistic, numbers=tuple(numbers))
