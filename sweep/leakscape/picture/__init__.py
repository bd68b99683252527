"""Picture: one output of one or several sweeps as a figure that explains itself."""

from leakscape.picture.figure import figure_of
from leakscape.picture.look import Look
from leakscape.picture.plot import Drawn, draw, each, plot
from leakscape.picture.request import Wish

__all__ = ["Drawn", "Look", "Wish", "draw", "each", "figure_of", "plot"]
