"""Problems whose posterior has a closed form, or is an integral over one unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtri
from numpy.typing import NDArray
from scipy import integrate, stats

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Toy:
    """An unknown, as far as a scan asks for it."""

    name: str
    low: float = -np.inf
    high: float = np.inf
    logarithmic: bool = False


class Straight:
    """y = X theta + noise of sd 0.8, with normal priors: everything is normal."""

    name, hierarchical, sd = "straight", False, 0.8

    def __init__(self, unknowns: int = 2) -> None:
        random = np.random.default_rng(3)
        self.design = random.normal(size=(6, unknowns))
        self.y = self.design @ random.normal(size=unknowns) + self.sd * random.normal(size=6)
        self.centre, self.spread = np.linspace(-0.3, 0.4, unknowns), np.linspace(1, 1.5, unknowns)
        self.unknowns = tuple(Toy(f"theta_{i}") for i in range(unknowns))

    def from_uniform(self, u: Any) -> Any:
        """Return values."""
        return self.centre + self.spread * ndtri(u)

    def log_likelihood(self, values: Any) -> Any:
        """Return one for each recording."""
        score = (self.y - self.design @ values) / self.sd
        return (-0.5 * score**2 - np.log(self.sd * np.sqrt(2 * np.pi)))[:, None]

    def covariance(self) -> Floats:
        """Return that of the posterior."""
        precision = self.design.T @ self.design / self.sd**2 + np.diag(self.spread**-2.0)
        return np.asarray(np.linalg.inv(precision))

    def mean(self) -> Floats:
        """Return that of the posterior."""
        weighed = self.design.T @ self.y / self.sd**2 + self.centre / self.spread**2
        return np.asarray(self.covariance() @ weighed)

    def log_evidence(self) -> float:
        """Return the log density of the recordings."""
        spread = self.design @ np.diag(self.spread**2) @ self.design.T + self.sd**2 * np.eye(6)
        return float(stats.multivariate_normal(self.design @ self.centre, spread).logpdf(self.y))

    def profile(self, place: int, at: Floats) -> Floats:
        """Return the largest log-likelihood at values of one unknown."""
        best, rest, *_ = np.linalg.lstsq(self.design, self.y, rcond=None)
        spread = np.linalg.inv(self.design.T @ self.design / self.sd**2)[place, place]
        top = -0.5 * rest[0] / self.sd**2 - 6 * np.log(self.sd * np.sqrt(2 * np.pi))
        return np.asarray(top - 0.5 * (at - best[place]) ** 2 / spread)


class Decay:
    """y = exp(-k t), k loguniform over 0.1 to 10 and too fast for the model above 6.

    Below 0.12 it gives NaN, above 6 minus infinity: neither is a likelihood.
    """

    name, hierarchical, sd = "decay", False, 0.1
    low, high, slowest, fastest = 0.1, 10.0, 0.12, 6.0
    unknowns = (Toy("k", low, high, logarithmic=True),)
    t = np.array([0.1, 0.3, 1.0])
    y = np.array([0.85, 0.72, 0.25])

    def from_uniform(self, u: Any) -> Any:
        """Return values."""
        return self.low * (self.high / self.low) ** u

    def log_likelihood(self, values: Any) -> Any:
        """Return one for each recording."""
        score = (self.y - jnp.exp(-values[0] * self.t)) / self.sd
        found = -0.5 * score**2 - np.log(self.sd * np.sqrt(2 * np.pi))
        found = jnp.where(values[0] > self.fastest, -jnp.inf, found)
        return jnp.where(values[0] < self.slowest, jnp.nan, found)[:, None]

    def log_density(self, k: Floats) -> Floats:
        """Return the log-likelihood, by NumPy."""
        score = (self.y - np.exp(-np.multiply.outer(k, self.t))) / self.sd
        return np.asarray(-0.5 * np.sum(score**2 + np.log(2 * np.pi * self.sd**2), axis=-1))

    def integral(self, low: float, high: float, power: float = 0.0) -> float:
        """Integrate likelihood, prior and a power of k, by QUADPACK."""
        ends = max(low, self.slowest), min(high, self.fastest)

        def integrand(x: float) -> float:
            k = np.exp(x)
            return float(np.exp(self.log_density(k)) * k**power / np.log(self.high / self.low))

        if ends[0] >= ends[1]:
            return 0.0
        return float(integrate.quad(integrand, *np.log(ends), epsabs=0, epsrel=1e-11)[0])
