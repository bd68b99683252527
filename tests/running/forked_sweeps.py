"""Runs a sweep in a fork for each line of standard input, a path and a scheduler.

Prints the fork's process, and its exit status when it has ended. All is imported and nothing
computed before the forks, so that one costs a second less than a fresh process.
"""

import os
import sys
from pathlib import Path

from leakscape.declare.study import Study
from leakscape.evaluation import plan
from leakscape.running import sweep

plan.CHUNK_BYTES = 1000
AXES = {
    "x": {"log": [0.1, 10.0], "size": 50, "unit": "1"},
    "t": {"values": [5.0, 25.0, 37.0], "unit": "degC"},
    "y": {"linear": [0.1, 3.0], "size": 10, "unit": "1"},
}


def main() -> None:
    """Fork until standard input ends."""
    study = Study(name="slow", kernel="slow_kernel.py:kernel", axes=AXES, folder=Path(sys.argv[1]))
    print("imported", flush=True)
    for line in sys.stdin:
        path, scheduler = line.split()
        child = os.fork()
        if child == 0:
            report = sweep(study, path, scheduler=scheduler)
            os._exit(0 if report.complete else 1)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
