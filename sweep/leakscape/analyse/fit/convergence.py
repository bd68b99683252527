"""Whether chains have converged: rank-normalised R-hat, effective sizes of bulk and tails.

The numbers are those of ArviZ (`az.rhat`, `az.ess`), without its import, which takes seconds.

References:
    Vehtari, Gelman, Simpson, Carpenter & Buerkner 2021, Bayesian Anal. 16:667-718,
    doi:10.1214/20-BA1221 (R-hat and effective sizes from ranks of split chains). Geyer 1992,
    Stat. Sci. 7:473-483, doi:10.1214/ss/1177011137 (where the sum of autocorrelations ends).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri

Floats = NDArray[np.float64]

LARGEST_RHAT = 1.01
"""Above it chains are not yet of one distribution [1] (Vehtari et al. 2021, section 4)."""
FEWEST_EFFECTIVE = 400.0
"""Below it R-hat and the effective sizes are themselves not sure [1] (the same, section 4)."""
TAILS = (0.05, 0.95)
"""The quantiles whose effective sizes are that of the tails: the smaller counts."""
FEWEST_DRAWS = 8
"""Of a chain, so that a half of it has autocorrelations to sum."""
_BLOM = 3.0 / 8.0
"""Offset of ranks before they become normal scores (Blom 1958)."""


@dataclass(frozen=True)
class Convergence:
    """What chains say of themselves, one number for each unknown.

    Args:
        rhat: ratio of the spread of all chains to that within one, 1 where they agree [1].
        ess_bulk: draws that, were they independent, would tell as much of the middle [1].
        ess_tail: the same of the 5 and 95 % quantiles [1].
    """

    rhat: Floats
    ess_bulk: Floats
    ess_tail: Floats


def convergence(values: Floats) -> Convergence:
    """Say how well chains agree and how many independent draws they are worth.

    Args:
        values: shape (chains, draws, D), all finite; at least `FEWEST_DRAWS` draws.

    Returns:
        R-hat and effective sizes, shape (D,) each. A column that is constant has R-hat 1 and as
        many effective draws as there are draws.
    """
    columns = [values[:, :, d] for d in range(values.shape[2])]
    return Convergence(
        rhat=np.array([_rhat(column) for column in columns]),
        ess_bulk=np.array([_effective(_scores(_split(column))) for column in columns]),
        ess_tail=np.array([_tail(column) for column in columns]),
    )


def _split(draws: Floats) -> Floats:
    """Cut every chain in two: a drift shows as two halves that differ."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _scores(draws: Floats) -> Floats:
    """Replace draws by the normal scores of their ranks, so that heavy tails do no harm."""
    from scipy.stats import rankdata  # takes a second to import

    ranks = rankdata(draws, method="average").reshape(draws.shape)
    scores: Floats = ndtri((ranks - _BLOM) / (draws.size - 2.0 * _BLOM + 1.0))
    return scores


def _rhat(draws: Floats) -> float:
    """Return the larger of the bulk's and of that of the distances from the median."""
    halves = _split(draws)
    folded = np.abs(halves - np.median(halves))
    return max(_ratio(_scores(halves)), _ratio(_scores(folded)))


def _ratio(chains: Floats) -> float:
    length = chains.shape[1]
    within = float(chains.var(axis=1, ddof=1).mean())
    between = float(chains.mean(axis=1).var(ddof=1))
    if within <= 0.0:
        return 1.0 if between <= 0.0 else math.inf
    return math.sqrt((length - 1) / length + between / within)


def _tail(draws: Floats) -> float:
    below = [draws <= np.quantile(draws, level) for level in TAILS]
    return min(_effective(_split(b.astype(np.float64))) for b in below)


def _effective(chains: Floats) -> float:
    """Return the effective size, with Geyer's initial monotone sequence of autocorrelations."""
    number, length = chains.shape
    total = number * length
    if np.ptp(chains) == 0.0:
        return float(total)
    covariance = _autocovariance(chains).mean(axis=0)
    within = covariance[0] * length / (length - 1)
    spread = within * (length - 1) / length + float(chains.mean(axis=1).var(ddof=1))
    rho = 1.0 - (within - covariance) / spread
    rho[0] = 1.0
    pairs = rho[: length // 2 * 2].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs <= 0.0)
    last = int(negative[0]) if len(negative) else len(pairs)
    kept = np.minimum.accumulate(pairs[:last])
    # The even term after the last positive pair counts once: it lowers the variance for chains
    # whose autocorrelation alternates.
    rest = max(0.0, float(rho[2 * last])) if 2 * last < length else 0.0
    tau = max(-1.0 + 2.0 * float(kept.sum()) + rest, 1.0 / math.log10(total))
    return float(total / tau)


def _autocovariance(chains: Floats) -> Floats:
    """Return it for every chain and lag, divided by the length of the chain."""
    length = chains.shape[1]
    padded = next_fast_len(2 * length)
    spectrum = rfft(chains - chains.mean(axis=1, keepdims=True), padded, axis=1)
    found: Floats = irfft(np.abs(spectrum) ** 2, padded, axis=1)[:, :length] / length
    return found
