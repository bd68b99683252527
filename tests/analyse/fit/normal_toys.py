"""Problems of normal data whose posterior, evidence and leave-one-out scores are closed forms."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
from scipy import stats
from toy_problems import many

from leakscape.analyse.fit.independent import independent
from leakscape.analyse.fit.tree import Parts, Rows, tree_of


@dataclass(frozen=True)
class Toy:
    """An unknown, with the sd of its normal prior, whose mean is 0."""

    name: str
    spread: float = 1.0
    label: str = ""
    dimension: str = ""
    unit: str = "1"
    role: str = "parameter"
    logarithmic: bool = False

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

    def values_of(self, z):
        return many(self.from_normal, z)

    def scores_of(self, values):
        return many(self.to_normal, values)

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

    def log_evidence(self):
        """log p(y) = log p(y | t) + log p(t) - log p(t | y), at t the posterior mean."""
        mean = self.mean()
        likelihood = stats.norm.logpdf(self.y, self.design @ mean, self.sd).sum()
        prior = stats.norm.logpdf(mean, 0.0, self.spread).sum()
        return likelihood + prior + 0.5 * np.linalg.slogdet(2 * np.pi * self.covariance())[1]

    def leave_one_out(self):
        """log p(y_i | all others), exactly: a normal conditional."""
        response = self.design @ self.covariance() @ self.design.T / self.sd**2
        precision = (np.eye(len(self.y)) - response) / self.sd**2  # of the data, by Woodbury
        variance = 1.0 / np.diag(precision)
        mean = self.y - (precision @ self.y) * variance  # Sundararajan & Keerthi 2001, eq. 5
        return stats.norm(mean, np.sqrt(variance)).logpdf(self.y)

    def draws(self, number, seed):
        """Independent draws from the posterior, shape (number, D)."""
        random = np.random.default_rng(seed)
        return random.multivariate_normal(self.mean(), self.covariance(), number)


def straight_line(slope=True, rows=12, true=0.9, spread=1.5):
    """Recordings at x from -1 to 1, noise of sd 0.5; without slope a nested model."""
    x = np.linspace(-1.0, 1.0, rows)
    y = 1.0 + true * x + 0.5 * np.random.default_rng(5).normal(size=rows)
    unknowns = [Toy("offset", 2.0, unit="mV"), Toy("slope", spread, unit="mV")][: 1 + slope]
    design = np.stack([np.ones(rows), x], axis=1)[:, : 1 + slope]
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

    def values_of(self, z):
        return many(self.from_normal, z)

    def scores_of(self, values):
        return many(self.to_normal, values)

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


@dataclass(frozen=True)
class Scanned:
    """What a scan of a linear problem finds, exactly; with draws."""

    draws: np.ndarray | None
    log_evidence: float
    log_evidence_error: float = 0.01
    ess: float = 1e5
    unique: int = 4000
    points: int = 2**20
    failed: int = 3
    edges: np.ndarray | None = None
    marginal: np.ndarray | None = None
    pair: np.ndarray | None = None
    profile: np.ndarray | None = None


def scanned(problem, seed=0, number=4000):
    unknowns = len(problem.unknowns)
    return Scanned(
        draws=problem.draws(number, seed),
        log_evidence=problem.log_evidence(),
        edges=np.linspace(-1, 1, 9) * np.ones((unknowns, 1)),
        marginal=np.full((unknowns, 8), 1 / 8),
        pair=np.full((unknowns, unknowns, 4, 4), 1 / 16),
        profile=np.zeros((unknowns, 8)),
    )


@dataclass(frozen=True)
class BestOfLinear:
    """The best fit of a linear problem, in closed form, and profiles of it."""

    problem: Linear

    def __getattr__(self, name):
        values, covariance = self.problem.mean(), self.problem.covariance()
        error = np.sqrt(np.diag(covariance))
        predicted = self.problem.design @ values
        residual = (self.problem.y - predicted) / self.problem.sd
        eigenvalue, eigenvector = np.linalg.eigh(np.linalg.inv(covariance))
        told = {
            "values": values,
            "error": error,
            "covariance": covariance,
            "correlation": covariance / np.outer(error, error),
            "determined": np.ones(len(values), bool),
            "at_bound": np.zeros(len(values), np.int8),
            "eigenvalue": eigenvalue,
            "eigenvector": eigenvector.T,
            "chi2": residual @ residual,
            "chi2_with_priors": residual @ residual,
            "degrees_of_freedom": len(residual) - len(values),
            "predicted": predicted[:, None],
        }
        if name in told:
            return told[name]
        raise AttributeError(name)

    def profiles(self):
        error, steps = self.error, np.linspace(-2, 2, 5)
        return SimpleNamespace(
            values=self.values[:, None] + error[:, None] * steps,
            chi2=self.chi2 + steps**2 * np.ones((len(error), 1)),
            lower_68=self.values - error,
            upper_68=self.values + error,
            lower_95=self.values - 1.96 * error,
            upper_95=np.full(len(error), np.inf),
        )


def packed(problem, name="straight"):
    """A whole tree of a linear problem, from closed forms alone."""
    scan, best = scanned(problem), BestOfLinear(problem)
    draws = independent(problem, scan)
    predicted = (draws.values @ problem.design.T)[..., None]
    noise = problem.sd * np.random.default_rng(9).normal(size=predicted.shape)
    random = np.random.default_rng(8)
    parts = Parts(
        draws=draws,
        prior=problem.spread * random.normal(size=(4000, len(problem.unknowns))),
        predicted=predicted,
        simulated=predicted + noise,
        scan=scan,
        best=best,
        best_errors=problem.error,
        profiles=best.profiles(),
    )
    rows = len(problem.y)
    texts = np.where(np.arange(rows) < rows // 2, "a", "ammonium")
    labelled = Rows(
        units={"V": "mV"},
        conditions={"K_out": ("mmol/L", np.arange(rows))},
        labels={"medium": list(texts)},
    )
    told = {"name": name, "fit": "{}", "method": "scan", "seed": 1, "remarks": ["one", "two"]}
    return tree_of(problem, labelled, told, parts)
