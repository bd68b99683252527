"""Run: the driver, its schedulers, retries and progress."""

from leakscape.running.driver import run, sweep
from leakscape.running.report import Interrupted, Observer, Report

__all__ = ["Interrupted", "Observer", "Report", "run", "sweep"]
