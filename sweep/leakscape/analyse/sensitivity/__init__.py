"""Sensitivity analyses: which parameters decide an output, and how sure that is.

The points of a design are made by index, evaluated by the study's own model and summed in one
compiled chunk, so that no sample and no output matrix is ever held.
"""
