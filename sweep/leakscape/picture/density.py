"""Densities of draws: smoothed histograms of one unknown or two, on their natural scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d

Numbers = NDArray[np.float64]

_BINS, _SQUARE = 256, 96
"""Bins along one axis, and along each of two."""
_ROOM, _THIN = 1.15, 1e-12
"""Room around draws, in which contours close, and the least width of their ellipse [its length]."""
_REACH = 4.0
"""How far a kernel reaches [its widths]."""
_STEEP = 0.015
"""Share of the draws within a kernel's width of an end from which on the law ends steeply there."""


def natural(values: Numbers, logarithmic: bool) -> Numbers:
    """Return values on the scale that they are drawn on."""
    return np.log10(values) if logarithmic else values


def back(values: Numbers, logarithmic: bool) -> Numbers:
    """Return what `natural` was given."""
    return np.power(10.0, values) if logarithmic else values


def curve(draws: Numbers) -> tuple[Numbers, Numbers]:
    """Return places and the density there [1 / unit of the draws].

    The kernel is Silverman's (1986, Density Estimation, eq. 3.31). At an end where draws are dense
    the law ends steeply, and so does the curve: the kernel is reflected there.

    Args:
        draws: numbers, two of them different at least.
    """
    low, high = float(draws.min()), float(draws.max())
    counts = np.histogram(draws, _BINS, (low, high))[0].astype(float)
    step = (high - low) / _BINS
    quarter = float(np.subtract(*np.quantile(draws, (0.75, 0.25)))) / 1.349
    scatter = min(float(draws.std()), quarter) or float(draws.std())
    wide = 0.9 * scatter * len(np.unique(draws)) ** -0.2  # a draw that is there twice tells once
    reach = min(_BINS, int(np.ceil(_REACH * wide / step)))
    near = max(1, int(wide / step))
    steep = [part.sum() > _STEEP * counts.sum() for part in (counts[:near], counts[-near:])]
    ends = [
        mirrored if sharp else np.zeros(reach)
        for mirrored, sharp in zip(
            (counts[reach - 1 :: -1], counts[: -reach - 1 : -1]), steep, strict=True
        )
    ]
    whole = np.concatenate([ends[0], counts, ends[1]])
    smooth = np.asarray(gaussian_filter1d(whole, wide / step), np.float64)
    first, last = (reach if sharp else 0 for sharp in steep)
    at: Numbers = low + step * (np.arange(-reach, _BINS + reach, dtype=np.float64) + 0.5)
    kept = slice(first, len(at) - last)
    return at[kept], smooth[kept] / (counts.sum() * step)


@dataclass(frozen=True, kw_only=True)
class Surface:
    """The density of pairs of draws.

    Args:
        x: places of its even bins along one unknown (n, n); the bins may lie aslant.
        y: along the other.
        height: the density there, up to a factor.
        counts: how many draws each bin holds.
    """

    x: Numbers
    y: Numbers
    height: Numbers
    counts: Numbers

    def level(self, share: float) -> float:
        """Return the height above which a share of the draws lies, such as 0.95."""
        order = np.argsort(-self.height, axis=None, kind="stable")
        total = np.cumsum(self.counts.ravel()[order]) / self.counts.sum()
        return float(self.height.ravel()[order][np.searchsorted(total, share)])


def surface(x: Numbers, y: Numbers) -> Surface:
    """Smooth pairs of draws.

    The bins lie along the axes of the draws' ellipse, so that a narrow ridge is not blurred.

    Args:
        x: draws of one unknown.
        y: of another.
    """
    pair = np.stack([x, y])
    mean = pair.mean(axis=1, keepdims=True)
    spread, axes = np.linalg.eigh(np.cov(pair))
    stretch = axes * np.sqrt(np.maximum(spread, _THIN * max(spread.max(), _THIN)))
    flat = np.linalg.solve(stretch, pair - mean)
    room = _ROOM * np.abs(flat).max(axis=1)
    ends = [(-float(half), float(half)) for half in room]
    counts, edges = np.histogramdd(flat.T, _SQUARE, ends)
    distinct = np.unique(pair, axis=1).shape[1]
    wide = distinct ** (-1.0 / 6.0) * _SQUARE / (2.0 * room)
    height = np.asarray(gaussian_filter(counts, wide, mode="constant"), np.float64)
    middle = np.meshgrid(*(0.5 * (edge[:-1] + edge[1:]) for edge in edges), indexing="ij")
    places = np.einsum("ij,jkl->ikl", stretch, np.stack(middle)) + mean[:, :, None]
    return Surface(x=places[0], y=places[1], height=height, counts=counts)
