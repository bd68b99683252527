"""Declare: units, axes, populations, kernels and studies; nothing here computes."""
