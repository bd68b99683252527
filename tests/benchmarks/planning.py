"""Planning of 10^12 points against planning of 10^6: time and memory beyond it.

Each plan is made in a process of its own, so that its peak is its own; the first study of a process
loads JAX and traces the kernel, and is left out.

Run: python tests/benchmarks/planning.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys

from pairing import Row

CODE = """
import sys, time
from pathlib import Path
import leakscape as ls
from leakscape.evaluation.plan import make_plan

def study(length):
    axes = {
        "blocked_K": ls.Axis.linear(0, 0.99, size=length),
        "P_Na_over_P_K": ls.Axis.log(1e-3, 1, size=length),
        "temperature": ls.Axis.linear(5, 40, size=length, unit="degC"),
        "K_out": ls.Axis.log(1, 100, size=length, unit="mmol/L"),
    }
    return ls.Study(name="planned", kernel="ghk_voltage", axes=axes)

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024

make_plan(study(2))
began = time.perf_counter()
make_plan(study(int(sys.argv[1])))
print(time.perf_counter() - began, peak())
"""
LENGTHS = {10**6: 32, 10**12: 1000}
"""Points, about, and the length of each of the four axes."""


def planned(points: int) -> tuple[float, float]:
    """Return the time [s] and the process's peak memory [bytes]."""
    command = [sys.executable, "-c", CODE, str(LENGTHS[points])]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), float(told[1])


def rows(pairs: int = 7) -> tuple[list[Row], str]:
    """Return the row, and what planning 10^12 points takes beyond 10^6, in words."""
    small, large = zip(*((planned(10**6), planned(10**12)) for _ in range(pairs)), strict=True)
    seconds = [big[0] - little[0] for little, big in zip(small, large, strict=True)]
    nbytes = [big[1] - little[1] for little, big in zip(small, large, strict=True)]
    ratios = [little[0] / big[0] for little, big in zip(small, large, strict=True)]
    row = Row(
        what="planning",
        points=10**12,
        rival="planning of 10^6",
        seconds=statistics.median(big[0] for big in large),
        rival_seconds=statistics.median(little[0] for little in small),
        ratio=statistics.median(ratios),
        low=min(ratios),
        high=max(ratios),
        goal=None,
        pairs=pairs,
    )
    words = (
        f"planning 10^12 points takes {statistics.median(seconds):.4f} s (goal: 0.1) and "
        f"{statistics.median(nbytes) / 1e6:.1f} MB (goal: 20) beyond 10^6"
    )
    return [row], words


if __name__ == "__main__":
    print(rows()[1])
