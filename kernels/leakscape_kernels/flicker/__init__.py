"""Cells whose few channels open and close at random: moments of the potential, and traces."""
