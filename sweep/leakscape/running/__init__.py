"""Run: the driver, its schedulers, retries and progress."""

from leakscape.running.report import Interrupted, Observer, Report
from leakscape.running.run import run, sweep

__all__ = ["Interrupted", "Observer", "Report", "run", "sweep"]
