"""Reductions: which dimensions a study reduces away, and what it asks of each output.

In TOML `[reduce]` has `over`, the dimensions, and a list of statistics for each output.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leakscape.declare import names
from leakscape.declare.kernel import Described
from leakscape.declare.statistic import Statistic, in_unit, read
from leakscape.errors import DeclarationError
from leakscape.plain import fault
from leakscape.shown import shown

OVER = "over"


@dataclass(frozen=True, kw_only=True)
class Reduction:
    """What a study reduces, and to what.

    Args:
        over: the swept dimensions that are reduced away.
        statistics: output -> its statistics.
    """

    over: tuple[str, ...]
    statistics: Mapping[str, tuple[Statistic, ...]]

    @classmethod
    def of(cls, table: object) -> Reduction:
        """Read the table `[reduce]`.

        Args:
            table: `over`, and a list of statistics for each output.

        Returns:
            The reduction.

        Raises:
            DeclarationError: whatever is wrong with it, in one sentence.
        """
        if isinstance(table, Reduction):
            return table
        if not isinstance(table, Mapping):
            raise DeclarationError(f"reduce: expected a table, got {shown(table)}; write [reduce]")
        if wrong := fault(table):
            raise DeclarationError(f"reduce.{wrong}")
        over = _over(table.get(OVER))
        statistics = {}
        for output, entries in table.items():
            if output != OVER:
                names.check(output, "reduce")
                statistics[output] = _statistics(output, entries)
        if not statistics:
            raise DeclarationError(
                'reduce: names no output, so that nothing would be kept; add V_rest = ["mean"]'
            )
        return cls(over=over, statistics=statistics)

    def table(self) -> dict[str, Any]:
        """Return the reduction as its TOML table."""
        found: dict[str, Any] = {OVER: list(self.over)}
        return found | {
            output: [statistic.entry() for statistic in statistics]
            for output, statistics in self.statistics.items()
        }


def settled(
    reduction: Reduction, kernel: Described, swept: Iterable[str], kept: tuple[str, ...]
) -> Reduction:
    """Meet a reduction with the kernel and the dimensions of its study.

    Args:
        reduction: as it was declared.
        kernel: the kernel.
        swept: the study's dimensions, in order.
        kept: `outputs.keep`, empty where the study names none.

    Returns:
        The reduction with numbers in the units of the outputs, outputs in the kernel's order and
        dimensions in the study's.

    Raises:
        DeclarationError: an unknown dimension or output, one with a dimension of its own, a
            quantity of another unit, or ends that do not rise.
    """
    dimensions = tuple(swept)
    for name in reduction.over:
        if name not in dimensions:
            raise DeclarationError(
                f"reduce.over: the study sweeps no {name!r}; {names.nearest(name, dimensions)}"
            )
    for output in reduction.statistics:
        if output not in kernel.outputs:
            raise DeclarationError(f"reduce: {kernel.lacks(output)}")
        own = kernel.outputs[output].dimension
        if own is not None:
            raise DeclarationError(
                f"reduce.{output}: only scalar outputs can be reduced, got one along {own!r}; "
                "name another"
            )
    if kept and set(kept) != set(reduction.statistics):
        raise DeclarationError(
            "outputs.keep: with [reduce] the outputs that it names are kept, "
            f"{', '.join(reduction.statistics)}, got {', '.join(kept)}; leave keep out"
        )
    return Reduction(
        over=tuple(name for name in dimensions if name in reduction.over),
        statistics={
            output: tuple(
                in_unit(statistic, declared.unit, f"reduce.{output}.{statistic.kind}")
                for statistic in reduction.statistics[output]
            )
            for output, declared in kernel.outputs.items()
            if output in reduction.statistics
        },
    )


def _over(over: object) -> tuple[str, ...]:
    if not isinstance(over, list | tuple) or not all(isinstance(name, str) for name in over):
        raise DeclarationError(
            f'reduce.over: expected a list of dimensions, got {shown(over)}; write over = ["cell"]'
        )
    if not over:
        raise DeclarationError('reduce.over: names no dimension, got []; write over = ["cell"]')
    if len(set(over)) != len(over):
        raise DeclarationError(f"reduce.over: expected distinct names, got {shown([*over])}")
    return tuple(over)


def _statistics(output: str, entries: object) -> tuple[Statistic, ...]:
    where = f"reduce.{output}"
    if not isinstance(entries, list | tuple):
        raise DeclarationError(
            f'{where}: expected a list of statistics, got {shown(entries)}; write ["mean", "sd"]'
        )
    if not entries:
        raise DeclarationError(f'{where}: names no statistic, got []; write ["mean", "sd"]')
    found: dict[str, Statistic] = {}
    for entry in entries:
        statistic = read(where, entry)
        if statistic.kind in found:
            raise DeclarationError(f"{where}: {statistic.kind} is there twice; keep one")
        found[statistic.kind] = statistic
    return tuple(found.values())
