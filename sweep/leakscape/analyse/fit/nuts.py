"""The posterior by the No-U-Turn sampler: for many unknowns, and for hierarchies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from leakscape.analyse.fit.chains import (
    ACCEPTANCE,
    ACCEPTANCE_HIERARCHY,
    DEEPEST,
    Chains,
    refuse_without_numpyro,
)
from leakscape.analyse.fit.convergence import (
    FEWEST_DRAWS,
    FEWEST_EFFECTIVE,
    LARGEST_RHAT,
    convergence,
)
from leakscape.analyse.fit.many import log_likelihood, mapped
from leakscape.analyse.fit.problem import Problem
from leakscape.analyse.sensitivity.tally import Progress
from leakscape.bar import Bar
from leakscape.errors import DeclarationError
from leakscape.shown import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

CHAINS, DRAWS, WARMUP = 4, 1000, 1000
"""Chains, draws of each that are kept, and transitions before them that are not."""
FARTHEST = 4.0
"""Normal score that no start lies beyond: at the bound of a flat prior it is infinite, and near it
the likelihood has no slope to leave by."""
SHARE_AT_DEEPEST = 0.01
"""Of trajectories that were cut off at their greatest length: more of them are said."""


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Draws from the posterior.

    Args:
        method: nuts, or scan for draws that are independent.
        values: of the unknowns, shape (chains, draws, D) [their units].
        log_likelihood: of every datum, shape (chains, draws, rows, outputs) [ln of 1/unit].
        stats: name -> numbers of every draw, shape (chains, draws).
        rhat: of every unknown; None where draws are independent and there is nothing to converge.
        ess_bulk: effective number of draws for the middle of each unknown.
        ess_tail: the same for its 5 and 95 % quantiles.
        remarks: what a reader has to know of them, a sentence each.
    """

    method: str
    values: NDArray[np.float64]
    log_likelihood: NDArray[np.float64]
    stats: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    rhat: NDArray[np.float64] | None = None
    ess_bulk: NDArray[np.float64]
    ess_tail: NDArray[np.float64]
    remarks: tuple[str, ...] = ()

    @property
    def divergences(self) -> int:
        """How many trajectories diverged."""
        return int(np.sum(self.stats["diverging"])) if "diverging" in self.stats else 0


def nuts(
    problem: Problem,
    starts: NDArray[np.float64],
    *,
    seed: int,
    chains: int = CHAINS,
    draws: int = DRAWS,
    warmup: int = WARMUP,
    bar: Progress | None = None,
) -> Draws:
    """Draw from the posterior with the No-U-Turn sampler of numpyro.

    The chains run side by side in the normal scores of the priors, in float64 and one compiled
    function; chain c begins at start c, and where there are fewer starts they are taken in turn.

    Args:
        problem: what is fitted.
        starts: values of the unknowns to begin from, shape (k, D) [their units], best first.
        seed: of all that is random; equal seeds give equal draws on one machine.
        chains: how many.
        draws: of each chain that are kept.
        warmup: transitions of each that adapt the sampler before.
        bar: is told how far they are.

    Returns:
        The draws, with rank-normalised R-hat and effective sizes (as ArviZ computes them).

    Raises:
        DeclarationError: numpyro is missing, a number is too small, or the model has no value at
            any start.
        KeyboardInterrupt: Ctrl-C, also while it compiles.

    References:
        As `leakscape.analyse.fit.chains` and `leakscape.analyse.fit.convergence`.
    """
    refuse_without_numpyro()
    for name, given, fewest in (
        ("chains", chains, 1),
        ("draws", draws, FEWEST_DRAWS),
        ("warmup", warmup, 1),
    ):
        if isinstance(given, bool) or not isinstance(given, int) or given < fewest:
            raise DeclarationError(
                f"fit, nuts: {name} must be a whole number of at least {fewest}, got {shown(given)}"
            )
    bar = bar or Bar(None)
    scores = _scores(problem, np.atleast_2d(np.asarray(starts, np.float64)))
    sampler = Chains(
        lambda _: problem,
        chains,
        len(problem.unknowns),
        warmup,
        acceptance=ACCEPTANCE_HIERARCHY if problem.hierarchical else ACCEPTANCE,
    )
    found = sampler.run(scores[np.arange(chains) % len(scores)], draws, seed, bar)
    told = convergence(found.values)
    stats = {
        "lp": found.lp,
        "diverging": found.diverging,
        "acceptance_rate": found.acceptance_rate,
        "n_steps": found.n_steps,
        "step_size": found.step_size,
    }
    made = Draws(
        method="nuts",
        values=found.values,
        log_likelihood=found.log_likelihood,
        stats=stats,
        rhat=told.rhat,
        ess_bulk=told.ess_bulk,
        ess_tail=told.ess_tail,
    )
    return remarked(made, [unknown.flat_name for unknown in problem.unknowns])


def _scores(problem: Problem, starts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the normal scores of those starts where the model has a value.

    Raises:
        DeclarationError: it has none at any.
    """

    z = np.clip(problem.scores_of(starts), -FARTHEST, FARTHEST)
    total = mapped(problem, log_likelihood, problem.values_of(z)).reshape(len(z), -1).sum(axis=1)
    usable = np.isfinite(total) & np.isfinite(z).all(axis=1)
    if not usable.any():
        raise DeclarationError(
            f"fit, nuts: the model has no value at any of the {len(starts)} points to start from; "
            "start from points of a scan (--method scan), or change the priors"
        )
    kept: NDArray[np.float64] = z[usable]
    return kept


def remarked(draws: Draws, names: Sequence[str]) -> Draws:
    """Add what a reader has to know of chains.

    Args:
        draws: of the sampler.
        names: of the unknowns.

    Returns:
        The same, with a sentence for each of: divergences; trajectories cut off; R-hat above
        `LARGEST_RHAT`; an effective size below `FEWEST_EFFECTIVE`.
    """
    assert draws.rhat is not None
    remarks, total = [], draws.values.shape[0] * draws.values.shape[1]
    if draws.divergences:
        remarks.append(
            f"{draws.divergences} of {total} trajectories diverged, so that the posterior may be "
            "biased where the model is steep or has no value; change the priors or the model's form"
        )
    cut = int(np.sum(draws.stats["n_steps"] >= 2**DEEPEST - 1))
    if cut > SHARE_AT_DEEPEST * total:
        remarks.append(
            f"{cut} of {total} trajectories were cut off at {2**DEEPEST - 1} steps: the posterior "
            "is long and narrow, as along a ridge"
        )
    worst = int(np.argmax(draws.rhat))
    if draws.rhat[worst] > LARGEST_RHAT:
        remarks.append(
            f"the chains have not converged: R-hat of {names[worst]} is {draws.rhat[worst]:.3f}, "
            f"and {LARGEST_RHAT} is the limit; draw more"
        )
    fewest = np.minimum(draws.ess_bulk, draws.ess_tail)
    worst = int(np.argmin(fewest))
    if fewest[worst] < FEWEST_EFFECTIVE:
        remarks.append(
            f"the effective number of draws of {names[worst]} is {fewest[worst]:.0f}, and "
            f"{FEWEST_EFFECTIVE:.0f} is needed for a safe interval; draw more"
        )
    return Draws(**{**vars(draws), "remarks": tuple(remarks)})
