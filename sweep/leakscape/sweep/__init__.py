"""Sweep: what every reader of a result asks of it, finished or not, ours or another program's."""

from leakscape.sweep.noun import Sweep
from leakscape.sweep.place import Place

__all__ = ["Place", "Sweep"]
