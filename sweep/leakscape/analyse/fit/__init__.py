"""Fits: from a table of recordings to parameters, and how sure they are.

A declared fit and its table become a problem, a function of one vector. The prior is scanned by
index, the best points are refined by least squares, and the posterior is drawn.
"""
