"""The command line: argument parsing and words, no logic."""

from leakscape.cli.entry import main

__all__ = ["main"]
