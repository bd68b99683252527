"""Cells that keep their gradients by a pump: what they settle at, and what happens without it."""
