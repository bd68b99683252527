"""Picture: one output of one or several sweeps as a figure that explains itself."""

from leakscape.picture.plot import Drawn, figure_of, plot
from leakscape.picture.request import Wish

__all__ = ["Drawn", "Wish", "figure_of", "plot"]
