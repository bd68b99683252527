"""Analyse: read a stored sweep and say what is in it."""
