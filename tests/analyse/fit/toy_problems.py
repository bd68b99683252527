"""Small problems with known answers, for the tests of fits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr, ndtri


@lru_cache(maxsize=16)
def mapping(function):
    return jax.jit(jax.vmap(function))


def many(function, rows):
    """Apply a toy's function of one vector to many."""
    with jax.enable_x64(True):
        return np.asarray(mapping(function)(np.asarray(rows, float)))


@dataclass(frozen=True, eq=False)
class Unknown:
    """An unknown with a flat prior from low to high, or a normal one of that mean and sd."""

    name: str
    first: float
    second: float
    kind: str = "uniform"
    unit: str = "1"
    label: str = ""
    dimension: str = ""
    role: str = "parameter"

    @property
    def flat_name(self):
        return f"{self.name}[{self.label}]" if self.label else self.name

    @property
    def logarithmic(self):
        return self.kind in ("loguniform", "lognormal")

    @property
    def informative(self):
        return self.kind in ("normal", "lognormal")

    @property
    def low(self):
        return -np.inf if self.kind == "normal" else 0.0 if self.informative else self.first

    @property
    def high(self):
        return np.inf if self.informative else self.second

    def value(self, z):
        if self.kind == "uniform":
            return self.first + (self.second - self.first) * ndtr(z)
        if self.kind == "loguniform":
            low, high = np.log(self.first), np.log(self.second)
            return jnp.exp(low + (high - low) * ndtr(z))
        if self.kind == "normal":
            return self.first + self.second * z
        return self.first * jnp.exp(self.second * z)

    def score(self, value):
        if self.kind == "uniform":
            return ndtri((value - self.first) / (self.second - self.first))
        if self.kind == "loguniform":
            low, high = np.log(self.first), np.log(self.second)
            return ndtri((jnp.log(value) - low) / (high - low))
        if self.kind == "normal":
            return (value - self.first) / self.second
        return jnp.log(value / self.first) / self.second


class Toy:
    """Recordings with normal errors around a function of the unknowns.

    With `free_noise`, the last unknown is the standard deviation of every recording.
    """

    hierarchical = False
    outputs = ("V",)

    def __init__(self, unknowns, model, observed, error=1.0, *, free_noise=False):
        self.unknowns = tuple(unknowns)
        self.model = model
        self.observed = np.asarray(observed, float).reshape(-1, 1)
        self.linear_noise = not free_noise
        self.error = np.broadcast_to(
            np.reshape(error, (-1, 1)) if np.ndim(error) else float(error), self.observed.shape
        )
        self.rows = self.n_data = len(self.observed)
        self.informative = [i for i, unknown in enumerate(self.unknowns) if unknown.informative]

    def from_normal(self, z):
        return jnp.stack([u.value(z[i]) for i, u in enumerate(self.unknowns)])

    def values_of(self, z):
        return many(self.from_normal, z)

    def scores_of(self, values):
        return many(self.to_normal, values)

    def to_normal(self, values):
        return jnp.stack([u.score(values[i]) for i, u in enumerate(self.unknowns)])

    def predict(self, values):
        predicted = self.model(values)[:, None]
        return predicted, jnp.where(jnp.isfinite(predicted[:, 0]), 1, 10).astype(jnp.uint8)

    def log_likelihood(self, values):
        sd = self.error if self.linear_noise else values[-1]
        found = jax.scipy.stats.norm.logpdf(jnp.asarray(self.observed), self.predict(values)[0], sd)
        return jnp.where(jnp.isfinite(found), found, -jnp.inf)

    def chi2(self, values):
        sd = self.error if self.linear_noise else values[-1]
        return jnp.sum(((self.observed - self.predict(values)[0]) / sd) ** 2)

    def residuals(self, z):
        predicted = self.predict(self.from_normal(z))[0]
        data = ((predicted - self.observed) / self.error).ravel()
        return jnp.concatenate([data, z[jnp.array(self.informative, int)]])
