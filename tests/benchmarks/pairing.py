"""Times rivals in turn in one process, so that a machine's moods fall on all of them alike."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass


def measure(
    rivals: Mapping[str, Callable[[], object]], *, repeats: int = 15, warm: int = 2
) -> dict[str, list[float]]:
    """Run every rival `repeats` times, A B C A B C ..., after `warm` uncounted rounds.

    Args:
        rivals: name -> the work.
        repeats: counted rounds.
        warm: rounds that compile and fill caches.

    Returns:
        name -> seconds of each counted round.
    """
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for turn in range(warm + repeats):
        for name, work in rivals.items():
            start = time.perf_counter()
            work()
            if turn >= warm:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def report(title: str, seconds: Mapping[str, list[float]], *, points: int, ours: str) -> None:
    """Print medians and how many times longer each rival takes than ours, as Markdown.

    Args:
        title: what was timed.
        seconds: name -> seconds of each round; rounds are paired.
        points: how many points one round evaluates.
        ours: the name that ratios are taken against.
    """
    print(f"\n### {title}\n")
    print("| | median s | ns a point | rival / ours, median (min to max) |\n|---|---|---|---|")
    for name, times in seconds.items():
        ratios = [rival / own for rival, own in zip(times, seconds[ours], strict=True)]
        middle = statistics.median(times)
        print(
            f"| {name} | {middle:.4g} | {1e9 * middle / points:.3g} | "
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |"
        )


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table: ours against one rival.

    Args:
        what: what was timed.
        points: how many points one round evaluates.
        rival: what does the same.
        seconds: median of ours [s].
        rival_seconds: median of the rival's [s].
        ratio: median of the rival's time / ours over the pairs.
        low: least ratio of a pair.
        high: greatest ratio of a pair.
        goal: the ratio aimed at; None without one.
        pairs: how many there were.
    """

    what: str
    points: int
    rival: str
    seconds: float
    rival_seconds: float
    ratio: float
    low: float
    high: float
    goal: float | None
    pairs: int


def rows(
    what: str,
    seconds: Mapping[str, list[float]],
    *,
    points: int,
    ours: str,
    goals: Mapping[str, float | None],
) -> list[Row]:
    """Make a row for each rival.

    Args:
        what: what was timed.
        seconds: name -> seconds of each round; rounds are paired.
        points: how many points one round evaluates.
        ours: the name that ratios are taken against.
        goals: rival -> the ratio aimed at.
    """
    made = []
    for rival, goal in goals.items():
        pairs = zip(seconds[rival], seconds[ours], strict=True)
        ratios = [theirs / own for theirs, own in pairs]
        made.append(
            Row(
                what=what,
                points=points,
                rival=rival,
                seconds=statistics.median(seconds[ours]),
                rival_seconds=statistics.median(seconds[rival]),
                ratio=statistics.median(ratios),
                low=min(ratios),
                high=max(ratios),
                goal=goal,
                pairs=len(ratios),
            )
        )
    return made


def table(made: Iterable[Row]) -> str:
    """Write rows as Markdown."""
    lines = [
        "| what | points | ns a point | rival | rival / ours, median (min to max) | goal |",
        "|---|---|---|---|---|---|",
    ]
    for row in made:
        goal = "" if row.goal is None else f"{row.goal:g}"
        lines.append(
            f"| {row.what} | {row.points:.0e} | {1e9 * row.seconds / row.points:.3g} | {row.rival} "
            f"| {row.ratio:.2f} ({row.low:.2f} to {row.high:.2f}) | {goal} |"
        )
    return "\n".join(lines)


def as_json(made: Iterable[Row]) -> str:
    """Write rows, and what they were measured on, as one line of JSON."""
    return json.dumps({"machine": machine(), "rows": [asdict(row) for row in made]})


def machine() -> str:
    """Describe the machine in a line."""
    import jax

    devices = ", ".join(sorted({device.device_kind for device in jax.devices()}))
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"jax {jax.__version__} on {devices}"
    )
