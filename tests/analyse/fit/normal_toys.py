"""Problems of normal data whose posterior, evidence and leave-one-out scores are closed forms."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Toy:
    """An unknown, with the sd of its normal prior, whose mean is 0."""

    name: str
    spread: float = 1.0
    label: str = ""
    dimension: str = ""
    unit: str = "1"
    role: str = "parameter"

    @property
    def flat_name(self):
        return f"{self.name}[{self.label}]" if self.label else self.name


class Linear:
    """y = X theta + noise of known sd, theta ~ N(0, spread^2)."""

    hierarchical, outputs = False, ("V",)

    def __init__(self, design, y, sd, unknowns):
        self.design, self.y, self.sd, self.unknowns = design, y, sd, tuple(unknowns)
        self.spread = np.array([unknown.spread for unknown in unknowns])

    @property
    def observed(self):
        return np.asarray(self.y)[:, None]

    @property
    def error(self):
        return np.full((len(self.design), 1), self.sd)

    def from_normal(self, z):
        return self.spread * z

    def to_normal(self, values):
        return values / self.spread

    def log_likelihood(self, values):
        score = (self.y - self.design @ values) / self.sd
        return (-0.5 * score**2 - np.log(self.sd * np.sqrt(2 * np.pi)))[:, None]

    def covariance(self):
        precision = self.design.T @ self.design / self.sd**2 + np.diag(self.spread**-2.0)
        return np.linalg.inv(precision)

    def mean(self):
        return self.covariance() @ self.design.T @ self.y / self.sd**2

    def marginal(self):
        """Covariance of the data, the parameters integrated out."""
        prior = np.diag(self.spread**2)
        return self.design @ prior @ self.design.T + self.sd**2 * np.eye(len(self.design))

    def log_evidence(self):
        zero = np.zeros(len(self.y))
        return stats.multivariate_normal(zero, self.marginal()).logpdf(self.y)

    def leave_one_out(self):
        """log p(y_i | all others), exactly: a normal conditional."""
        told = []
        precision = np.linalg.inv(self.marginal())
        for i in range(len(self.y)):  # Sundararajan & Keerthi 2001, eq. 5
            variance = 1.0 / precision[i, i]
            mean = self.y[i] - (precision @ self.y)[i] * variance
            told.append(stats.norm(mean, np.sqrt(variance)).logpdf(self.y[i]))
        return np.array(told)

    def draws(self, number, seed):
        """Independent draws from the posterior, shape (number, D)."""
        random = np.random.default_rng(seed)
        return random.multivariate_normal(self.mean(), self.covariance(), number)


def straight_line(slope=True, seed=5, labels=False):
    """Twelve recordings at x from -1 to 1, noise of sd 0.5; without slope a nested model."""
    x = np.linspace(-1.0, 1.0, 12)
    y = 1.0 + 0.9 * x + 0.5 * np.random.default_rng(seed).normal(size=12)
    unknowns = [Toy("offset", 2.0, unit="mV"), Toy("slope", 1.5, unit="mV")][: 1 + slope]
    design = np.stack([np.ones(12), x], axis=1)[:, : 1 + slope]
    return Linear(design, y, 0.5, unknowns)


class Cells:
    """Ten cells of mean m and spread s, both free: y_ij ~ N(c_i, sd), c_i ~ N(m, s), not centred.

    m ~ N(0, 3), s = exp(0.7 z): lognormal. Unknowns: m, s, c_1 ... c_10.
    """

    hierarchical, outputs, sd, wide, log_sd = True, ("V",), 1.0, 3.0, 0.7

    def __init__(self, cells=10, repeats=4, seed=2):
        random = np.random.default_rng(seed)
        self.cell = np.repeat(np.arange(cells), repeats)
        self.y = (1.5 + 1.2 * random.normal(size=cells))[self.cell]
        self.y = self.y + self.sd * random.normal(size=cells * repeats)
        labelled = [Toy("c", label=f"cell {i}", dimension="cell", unit="mV") for i in range(cells)]
        self.unknowns = (Toy("m", unit="mV"), Toy("s", unit="mV"), *labelled)

    def from_normal(self, z):
        m, s = self.wide * z[0], jnp.exp(self.log_sd * z[1])
        return jnp.concatenate([jnp.stack([m, s]), m + s * z[2:]])

    def to_normal(self, values):
        m, s = values[0], values[1]
        top = jnp.stack([m / self.wide, jnp.log(s) / self.log_sd])
        return jnp.concatenate([top, (values[2:] - m) / s])

    def log_likelihood(self, values):
        score = (self.y - values[2:][self.cell]) / self.sd
        return (-0.5 * score**2 - np.log(self.sd * np.sqrt(2 * np.pi)))[:, None]

    def hyperparameters(self):
        """Mean and sd of m and of ln s by quadrature, the cells integrated out in closed form."""
        means = np.array([self.y[self.cell == i].mean() for i in range(self.cell[-1] + 1)])
        repeats = len(self.y) // len(means)
        m, t = np.meshgrid(np.linspace(-4, 6, 801), np.linspace(-3, 3, 801), indexing="ij")
        spread = np.sqrt(np.exp(2 * t) + self.sd**2 / repeats)
        log = stats.norm.logpdf(m, 0, self.wide) + stats.norm.logpdf(t, 0, self.log_sd)
        log += sum(stats.norm.logpdf(mean, m, spread) for mean in means)
        weight = np.exp(log - log.max())
        weight /= weight.sum()
        found = []
        for what in (m, t):
            mean = (weight * what).sum()
            found.append((mean, np.sqrt((weight * (what - mean) ** 2).sum())))
        return found
