"""A scan of a fit's prior against NUTS, to equal error of the marginals' means and deviations.

Twelve resting potentials at twelve [K]o give P_Na/P_K, P_Cl/P_K and [K]i by the voltage equation of
Goldman, Hodgkin and Katz. Errors are relative to the posterior's standard deviations, in natural
scale: of the scan, what it is off from quadrature, over seeds; of NUTS (numpyro, 4 vectorised
chains of 1000 after 1000), the Monte Carlo error by its effective sample sizes. Both are compiled
before. As errors of NUTS fall with the root of its time, it needs (error / error)^2 times its own
time to be as exact as the scan.

Run: python tests/benchmarks/fit.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from pairing import machine, measure, report

import leakscape as ls
from leakscape.analyse.fit.posing import pose
from leakscape.analyse.fit.problem import Problem
from leakscape.analyse.fit.scan import Scan, scan
from leakscape.analyse.fit.scan_chunk import Scanner
from leakscape.analyse.fit.scan_pilot import pilot
from leakscape.analyse.fit.scan_sums import Shape
from leakscape.analyse.fit.scan_totals import Totals
from leakscape.declare.fit import Fit

GOAL, GOAL_KIR = 20.0, 1.3
POINTS, FEW = 2**24, 2**18  # no fewer than 10^7; and as few as give about the error of NUTS
SEEDS = (1, 2, 3)
NODES = 224  # with 160 deviations differ by 1e-4, with 96 by 2e-2: the ridge is narrow
LOW, HIGH = np.array([1e-3, 1e-2, 80.0]), np.array([1.0, 10.0, 200.0])
LOGARITHMIC = np.array([True, True, False])
K_OUT = np.array([1.0, 1.5, 2.5, 4.0, 6.0, 8.0, 10.0, 15.0, 20.0, 40.0, 70.0, 120.0])  # mmol/L
NA_OUT, CL_OUT, NA_IN, CL_IN = 145.0, 120.0, 10.0, 10.0  # mmol/L
SLOPE, ERROR = 26.73, 1.0  # RT/F at 37 degC, and the standard error of a recording [mV]
Errors = tuple[np.ndarray, np.ndarray]


def potential(values: Any, xp: Any) -> Any:
    """Return the resting potential at each [K]o [mV], inside minus outside."""
    na, cl, k_in = (values[..., place, None] for place in range(3))
    out = K_OUT + na * NA_OUT + cl * CL_IN
    return SLOPE * xp.log(out / (k_in + na * NA_IN + cl * CL_OUT))


@dataclass(frozen=True)
class Unknown:
    """An unknown, as far as a scan asks for it."""

    name: str
    low: float
    high: float
    logarithmic: bool


class Ghk:
    """The problem: flat priors, in the logarithm of the permeabilities."""

    name, hierarchical = "ghk", False
    unknowns = tuple(
        Unknown(*one) for one in zip(("P_Na", "P_Cl", "K_in"), LOW, HIGH, LOGARITHMIC, strict=True)
    )

    def __init__(self) -> None:
        truth = np.array([0.02, 0.3, 140.0])
        noise = np.random.default_rng(1).normal(size=len(K_OUT))
        self.recorded = potential(truth, np) + ERROR * noise

    def natural(self, u: Any) -> Any:
        """Return values in natural scale."""
        first = np.where(LOGARITHMIC, np.log(LOW), LOW)
        return first + u * (np.where(LOGARITHMIC, np.log(HIGH), HIGH) - first)

    def from_uniform(self, u: Any) -> Any:
        """Return values."""
        natural = self.natural(u)
        return jnp.where(LOGARITHMIC, jnp.exp(natural), natural)

    def log_likelihood(self, values: Any, xp: Any = jnp) -> Any:
        """Return one for each recording."""
        score = (self.recorded - potential(values, xp)) / ERROR
        return -0.5 * score**2 - np.log(ERROR * np.sqrt(2.0 * np.pi))


def quadrature(problem: Ghk) -> Errors:
    """Return means and standard deviations in natural scale, by Gauss-Legendre in each unknown."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    nodes, weights = 0.5 * (nodes + 1.0), 0.5 * weights
    sums = np.zeros((3, 3))
    for first, own in zip(nodes, weights, strict=True):
        u = np.stack(np.meshgrid([first], nodes, nodes, indexing="ij"), axis=-1).reshape(-1, 3)
        natural = problem.natural(u)
        values = np.where(LOGARITHMIC, np.exp(natural), natural)
        share = np.exp(problem.log_likelihood(values, np).sum(axis=-1))
        share = share * own * np.outer(weights, weights).ravel()
        sums += np.stack([share @ natural**power for power in range(3)])
    mean = sums[1] / sums[0]
    return mean, np.sqrt(sums[2] / sums[0] - mean**2)


def sampler(problem: Ghk) -> Callable[[int], np.ndarray]:
    """Return what draws by NUTS: seed -> natural values (chain, draw, unknown)."""
    import numpyro
    from numpyro.distributions import Normal
    from numpyro.infer import MCMC, NUTS

    def model() -> None:
        score = numpyro.sample("z", Normal(0.0, 1.0).expand([3]).to_event(1))
        share = jax.scipy.special.ndtr(score)
        numpyro.factor("data", problem.log_likelihood(problem.from_uniform(share)).sum())
        numpyro.deterministic("x", problem.natural(share))

    mcmc = MCMC(
        NUTS(model),
        num_warmup=1000,
        num_samples=1000,
        num_chains=4,
        chain_method="vectorized",
        progress_bar=False,
    )

    def draw(seed: int) -> np.ndarray:
        with jax.enable_x64(True):
            mcmc.run(jax.random.PRNGKey(seed))
            return np.asarray(mcmc.get_samples(group_by_chain=True)["x"])

    return draw


def monte_carlo(drawn: np.ndarray) -> Errors:
    """Return the standard errors of the means and of the deviations, in deviations."""
    from numpyro.diagnostics import effective_sample_size

    flat = drawn.reshape(-1, 3)
    scale = flat.std(axis=0)
    square = ((drawn - flat.mean(axis=0)) / scale) ** 2
    of_mean = 1.0 / np.sqrt(effective_sample_size(drawn))
    of_scale = 0.5 * square.reshape(-1, 3).std(axis=0) / np.sqrt(effective_sample_size(square))
    return of_mean, of_scale


def off(found: list[Scan], truth: Errors) -> Errors:
    """Return the root mean square of what scans are off in means and deviations, in deviations."""
    mean = np.array([one.natural_mean for one in found])
    scale = np.sqrt([np.diag(one.natural_covariance) for one in found])
    of_mean = np.sqrt(np.mean(((mean - truth[0]) / truth[1]) ** 2, axis=0))
    return of_mean, np.sqrt(np.mean((scale / truth[1] - 1.0) ** 2, axis=0))


def kir() -> Problem:
    """Return a fit of a membrane with Kir and a leak to potentials at eight [K]o."""
    table = pd.DataFrame({"K_out [mM]": K_OUT[1:9], "V [mV]": np.linspace(-95.0, -55.0, 8)})
    recorded = {"V": {"output": "V_rest", "sd": "2 mV"}}
    fit = Fit(
        name="kir",
        kernel=ls.load("what_sets_bistability").kernel,
        data={"conditions": ["K_out"], "outputs": recorded},
        free={
            "g_leak": {"loguniform": [0.005, 0.1], "unit": "mS/cm2"},
            "g_Kir": {"uniform": [0.5, 1.5], "unit": "mS/cm2"},
            "E_leak": {"uniform": [-35.0, -5.0], "unit": "mV"},
        },
    )
    return pose(fit, table)


def beside_evaluation(problem: Problem) -> None:
    """Print what a scan takes beside the evaluation of its points, of one chunk, in turn."""
    scanner = Scanner(problem, 1, Shape(len(problem.unknowns), 4, 2**14))
    bins = pilot(scanner, 16, 2**18)
    totals = Totals(scanner, 16, 4000)
    parts = [(scramble, 0) for scramble in range(4)]
    rivals = {
        "evaluation": lambda: scanner.evaluate(parts),
        "scan": lambda: totals.add(parts, scanner.sums(parts, bins)),
    }
    seconds = measure(rivals, repeats=5, warm=1)
    print(f"goal {GOAL_KIR:g} for the scan")
    report("Kir and leak, 8 rows", seconds, points=2**16, ours="evaluation")


def scanned(problem: Ghk, most: int, seed: int) -> Scan:
    """Scan so many points."""
    return scan(problem, seed=seed, until=np.inf, most=most)


def timed(work: Callable[[int], Any]) -> tuple[float, list[Any]]:
    """Do something for each seed, and tell the median time; it was compiled before."""
    seconds, found = [], []
    for seed in SEEDS:
        began = time.perf_counter()
        found.append(work(seed))
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds)), found


def told(errors: Errors) -> str:
    """Write errors, of P_Na/P_K, P_Cl/P_K and [K]i."""
    means, scales = (", ".join(f"{value:.1e}" for value in one) for one in errors)
    return f"off by {means} in the means and {scales} in the deviations"


def main() -> None:
    """Print what was measured."""
    print(machine())
    beside_evaluation(kir())
    problem = Ghk()
    truth = quadrature(problem)
    print(f"quadrature, natural scale: means {truth[0]}, deviations {truth[1]}")
    draw = sampler(problem)
    draw(0)
    took, drawn = timed(draw)
    errors = monte_carlo(drawn[0])
    print(f"NUTS, 4 chains of 1000: {took:.2f} s, {told(errors)}")
    real = np.array([one.reshape(-1, 3).mean(axis=0) for one in drawn])
    print(f"    truly off in the means: {np.abs((real - truth[0]) / truth[1]).max(axis=0)}")
    for most in (FEW, POINTS):
        scanned(problem, FEW, 0)
        seconds, found = timed(partial(scanned, problem, most))
        own = off(found, truth)
        print(f"scan, {found[0].points:.2e} points: {seconds:.2f} s, {told(own)}")
        ratios = [
            took / seconds * np.mean(theirs**2) / np.mean(ours**2)
            for theirs, ours in zip(errors, own, strict=True)
        ]
        print(f"    effective size {found[0].ess:.3g}, {found[0].unique} of 4000 draws differ")
        print(
            f"    NUTS to equal error: {ratios[0]:.3g} times the scan's time for means, "
            f"{ratios[1]:.3g} for deviations (goal {GOAL:g})"
        )


if __name__ == "__main__":
    main()
