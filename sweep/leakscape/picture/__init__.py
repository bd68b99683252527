"""Picture: one output of one or several sweeps as a figure that explains itself."""

from leakscape.picture.figure import figure_of
from leakscape.picture.plot import Drawn, draw, plot
from leakscape.picture.request import Wish

__all__ = ["Drawn", "Wish", "draw", "figure_of", "plot"]
