"""The No-U-Turn sampler gives posteriors that are known in closed form or by quadrature."""

from __future__ import annotations

import os
import signal
import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from normal_toys import Cells, Linear, Toy, straight_line
from scipy import stats

from leakscape import interrupt
from leakscape.analyse.fit import chains as chains_module
from leakscape.analyse.fit import nuts as nuts_module
from leakscape.analyse.fit.chains import Chains
from leakscape.analyse.fit.nuts import nuts, remarked
from leakscape.bar import Bar
from leakscape.errors import DeclarationError

ERRORS = 4.5
"""Monte Carlo errors that a mean may be off: 1 of 100 000 is by chance."""


class Told(Bar):
    """What a bar was told."""

    def __init__(self):
        super().__init__(None)
        self.total, self.steps = 0, []

    def started(self, total, done, points_per_task):
        self.total = total

    def advanced(self, done):
        self.steps.append(done)


@pytest.fixture(scope="module")
def run():
    """One run of a straight line, its compiled chains, and what the bar was told."""
    made = []

    def kept(*given, **named):
        made.append(Chains(*given, **named))
        return made[-1]

    problem, bar = straight_line(), Told()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nuts_module, "Chains", kept)
        starts = np.array([[0.0, 0.0], [3.0, -2.0]])
        draws = nuts(problem, starts, seed=7, draws=400, warmup=300, bar=bar)
    return problem, draws, made[0], bar


def held(found, exact, spread, effective):
    """Whether a mean of draws is within its Monte Carlo errors."""
    return np.abs(found - exact) < ERRORS * spread / np.sqrt(effective)


def test_mean_and_covariance_of_a_normal_posterior(run):
    problem, draws, _, _ = run
    flat = draws.values.reshape(-1, 2)
    sd = np.sqrt(np.diag(problem.covariance()))
    assert held(flat.mean(axis=0), problem.mean(), sd, draws.ess_bulk).all()
    # The variance of a squared normal is 2 sd^4; its effective size is that of the tails.
    squares = (flat - problem.mean()) ** 2
    assert held(squares.mean(axis=0), sd**2, np.sqrt(2) * sd**2, draws.ess_tail).all()
    product = np.prod((flat - problem.mean()) / sd, axis=1).mean()
    exact = problem.covariance()[0, 1] / sd.prod()
    assert held(product, exact, np.sqrt(1 + exact**2), draws.ess_tail.min())
    assert stats.kstest(flat[::5, 0], stats.norm(problem.mean()[0], sd[0]).cdf).pvalue > 1e-3


def test_chains_converge_and_say_nothing(run):
    _, draws, _, _ = run
    assert draws.values.shape == (4, 400, 2)
    assert draws.values.dtype == np.float64
    assert draws.rhat.max() < 1.01
    assert draws.ess_bulk.min() > 400
    assert draws.divergences == 0
    assert draws.remarks == ()
    assert draws.stats["acceptance_rate"].mean() == pytest.approx(0.8, abs=0.15)
    assert not jax.config.jax_enable_x64


def test_likelihood_of_every_datum_is_kept(run):
    problem, draws, _, _ = run
    assert draws.log_likelihood.shape == (4, 400, 12, 1)
    predicted = draws.values[2, 17] @ problem.design.T
    expected = stats.norm(predicted, problem.sd).logpdf(problem.y)
    assert draws.log_likelihood[2, 17, :, 0] == pytest.approx(expected, rel=1e-12)
    z = draws.values[2, 17] / problem.spread
    assert draws.stats["lp"][2, 17] == pytest.approx(expected.sum() - z @ z / 2, rel=1e-12)


def test_bar_moves_to_the_end(run):
    bar = run[3]
    assert bar.total == 700
    assert bar.steps == sorted(set(bar.steps))
    assert bar.steps[-1] == 700
    assert 300 in bar.steps
    assert len(bar.steps) > 7


def test_draws_repeat_bit_for_bit_however_long_the_blocks_are(run, monkeypatch):
    chains, starts = run[2], np.zeros((4, 2))
    first = chains.run(starts, 8, 3, Bar(None))
    monkeypatch.setattr(chains_module, "BLOCK", 7)
    again = chains.run(starts, 8, 3, Bar(None))
    other = chains.run(starts, 8, 4, Bar(None))
    assert np.array_equal(first.values, again.values)
    assert not np.array_equal(first.values, other.values)


def test_ctrl_c_ends_a_run(run):
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))

    def watched():
        with interrupt.noticed():
            timer.start()
            run[2].run(np.zeros((4, 2)), 10_000_000, 1, Bar(None))

    with pytest.raises(KeyboardInterrupt):
        watched()
    timer.join()


def test_troubles_are_said(run):
    draws = run[1]
    stats_ = dict(draws.stats)
    stats_["diverging"] = np.arange(1600).reshape(4, 400) < 3
    stats_["n_steps"] = np.full((4, 400), 1023)
    bad = {**vars(draws), "stats": stats_, "rhat": np.array([1.0, 1.2])}
    bad |= {"ess_tail": np.array([50.0, 500.0])}
    told = remarked(type(draws)(**bad), ["offset", "slope"]).remarks
    assert told[0].startswith("3 of 1600 trajectories diverged")
    assert told[1].startswith("1600 of 1600 trajectories were cut off at 1023 steps")
    assert told[2].startswith("the chains have not converged: R-hat of slope is 1.200")
    assert told[3].startswith("the effective number of draws of offset is 50")


def test_bad_input_is_one_sentence(monkeypatch):
    problem, start = straight_line(), np.zeros((1, 2))
    with pytest.raises(DeclarationError, match="draws must be a whole number of at least 8, got 2"):
        nuts(problem, start, seed=1, draws=2)
    with pytest.raises(DeclarationError, match="warmup must be a whole number of at least 1"):
        nuts(problem, start, seed=1, warmup=0)

    class Nowhere(Linear):
        def log_likelihood(self, values):
            return jnp.full((12, 1), -jnp.inf) + 0 * values[0]

    nowhere = Nowhere(problem.design, problem.y, 0.5, [Toy("a"), Toy("b")])
    with pytest.raises(DeclarationError, match="no value at any of the 1 points to start from"):
        nuts(nowhere, start, seed=1)
    monkeypatch.setattr(chains_module, "find_spec", lambda name: None)
    with pytest.raises(DeclarationError, match=r"pip install 'leakscape\[bayes\]'"):
        nuts(problem, start, seed=1)


@pytest.mark.slow
def test_hierarchy_has_the_marginals_of_quadrature():
    problem = Cells()
    truth = np.array([1.0, 1.0, *np.ones(10)])
    draws = nuts(problem, truth[None], seed=3, draws=1000, warmup=600)
    assert draws.rhat.max() < 1.01
    columns = draws.values[..., 0], np.log(draws.values[..., 1])
    for place, (column, (mean, sd)) in enumerate(
        zip(columns, problem.hyperparameters(), strict=True)
    ):
        assert held(column.mean(), mean, sd, draws.ess_bulk[place])
        kurtosis = stats.kurtosis(column.ravel(), fisher=False)
        spread = sd**2 * np.sqrt(kurtosis - 1)
        assert held(((column - mean) ** 2).mean(), sd**2, spread, draws.ess_tail[place])
