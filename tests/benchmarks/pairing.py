"""Times rivals in turn in one process, so that a machine's moods fall on all of them alike."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping


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


def machine() -> str:
    """Describe the machine in a line."""
    import jax

    devices = ", ".join(sorted({device.device_kind for device in jax.devices()}))
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"jax {jax.__version__} on {devices}"
    )
