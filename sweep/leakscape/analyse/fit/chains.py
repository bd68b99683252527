"""Chains of the No-U-Turn sampler in normal scores, all at once, in blocks that Ctrl-C can end.

The sampler is numpyro's. What an unknown is drawn from, z ~ N(0, I), is its prior whatever its
distribution: a problem makes values of scores. So one potential does for all priors,

    U(z) = z.z / 2 - sum log L(values(z)),

and a hierarchy is not centred, which its funnel asks for.

References:
    Hoffman & Gelman 2014, J. Mach. Learn. Res. 15:1593-1623 (the sampler and its warm-up). Phan,
    Pradhan & Jankowiak 2019, doi:10.48550/arXiv.1912.11554 (numpyro). Betancourt & Girolami 2013,
    doi:10.48550/arXiv.1312.0906 (hierarchies that are not centred).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import NDArray

from leakscape.analyse.sensitivity.tally import Progress
from leakscape.errors import DeclarationError
from leakscape.evaluation.compiling import compiled
from leakscape.interrupt import beside, checkpoint

if TYPE_CHECKING:
    from numpyro.infer.hmc import HMCState

MOST_DENSE = 50
"""Unknowns up to which the whole covariance is adapted; beyond, only its diagonal is."""
ACCEPTANCE, ACCEPTANCE_HIERARCHY = 0.8, 0.9
"""Mean acceptance that the steps are made for: smaller steps get into the neck of a funnel."""
DEEPEST = 10
"""Doublings of a trajectory at most: 1023 steps."""
BLOCK = 64
"""Transitions of a block at most: what one call of the compiled function does."""
BLOCK_SECONDS = 0.25
"""What a block shall take, so that the bar moves and Ctrl-C ends no more than that [s]."""


class Likelihood(Protocol):
    """What chains need of a problem: pure functions of one vector of D numbers."""

    def from_normal(self, z: Any) -> Any:
        """Return the values of normal scores."""

    def log_likelihood(self, values: Any) -> Any:
        """Return the natural log of the density of every datum, shape (rows, outputs)."""


@dataclass(frozen=True)
class Transitions:
    """What was drawn after the warm-up, shape (lanes, draws, ...).

    Args:
        values: of the unknowns (..., D).
        log_likelihood: of every datum (..., rows, outputs).
        lp: -U, the log density of the scores up to a constant.
        diverging: whether the trajectory left the level of its energy, or met a point where the
            model has no value.
        acceptance_rate: of the trajectory.
        n_steps: of the trajectory.
        step_size: of the trajectory.
    """

    values: NDArray[np.float64]
    log_likelihood: NDArray[np.float64]
    lp: NDArray[np.float64]
    diverging: NDArray[np.bool_]
    acceptance_rate: NDArray[np.float64]
    n_steps: NDArray[np.int64]
    step_size: NDArray[np.float64]


@dataclass
class Chains:
    """Compiled chains; they may run many times, from other starts and for other data.

    Args:
        problem_of: makes the problem of its data, arrays that every lane has its own of.
        lanes: chains that run side by side.
        unknowns: D.
        warmup: transitions that adapt steps and covariance, and are not kept.
        data: an example of the data of all lanes, arrays of shape (lanes, ...).
        acceptance: that the steps are made for.
    """

    problem_of: Callable[[Any], Likelihood]
    lanes: int
    unknowns: int
    warmup: int
    data: Any = ()
    acceptance: float = ACCEPTANCE
    _block: Any = field(default=None, repr=False)
    _state: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        refuse_without_numpyro()
        with jax.enable_x64(True):
            starts = jax.ShapeDtypeStruct((self.lanes, self.unknowns), jnp.float64)
            keys = jax.eval_shape(lambda: jax.random.split(jax.random.key(0), self.lanes))
            data = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), self.data)
            init, block = self._functions()
            self._state = jax.eval_shape(init, starts, keys, data)
            flag = jax.ShapeDtypeStruct((), jnp.bool_)
            count = jax.ShapeDtypeStruct((), jnp.int64)
            given = self._state, starts, keys, data, flag, count
        self._block = compiled(block, *given, double=True)

    def run(
        self, starts: NDArray[np.float64], draws: int, seed: int, bar: Progress, data: Any = ()
    ) -> Transitions:
        """Run the chains.

        Args:
            starts: normal scores, shape (lanes, D).
            draws: of each lane.
            seed: of all that is random.
            bar: is told how far they are.
            data: of the lanes, arrays of shape (lanes, ...).

        Returns:
            What was drawn; the same, bit for bit, however long the blocks were.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        total, done, block = self.warmup + draws, 0, 1
        bar.started(total, 0, self.lanes)
        with jax.enable_x64(True):
            keys = jax.random.split(jax.random.key(seed), self.lanes)
            state = jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), self._state)
        kept: list[dict[str, NDArray[Any]]] = []
        while done < total:
            checkpoint()
            end = self.warmup if done < self.warmup else total
            number = min(block, end - done)
            began = time.monotonic()
            given = state, starts, keys, data, done == 0, number
            # Bound now, not when it is called; mypy cannot type such a lambda.
            state, found = beside(lambda given=given: self._called(*given))  # type: ignore[misc]
            if done >= self.warmup:
                kept.append({name: np.asarray(v)[:number] for name, v in found.items()})
            done += number
            bar.says("warm-up" if done < self.warmup else "draws")
            bar.advanced(done)
            passed = time.monotonic() - began
            block = max(1, min(BLOCK, 2 * number, int(number * BLOCK_SECONDS / max(passed, 1e-9))))
        whole = {name: np.concatenate([part[name] for part in kept]) for name in kept[0]}
        return Transitions(**{name: np.swapaxes(values, 0, 1) for name, values in whole.items()})

    def _called(self, state: Any, starts: Any, keys: Any, data: Any, fresh: bool, n: int) -> Any:
        with jax.enable_x64(True):
            flag, count = jnp.asarray(fresh), jnp.asarray(n, jnp.int64)
            return jax.block_until_ready(self._block(state, starts, keys, data, flag, count))

    def _functions(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """Return what begins chains, and what takes up to `BLOCK` transitions."""
        from numpyro.infer.hmc import hmc

        problem_of = self.problem_of

        def potential_of(data: Any) -> Callable[[Any], Any]:
            problem = problem_of(data)

            def potential(z: Any) -> Any:
                total = problem.log_likelihood(problem.from_normal(z)).sum()
                return 0.5 * z @ z - jnp.where(jnp.isfinite(total), total, -jnp.inf)

            return potential

        begin, go_on = hmc(potential_fn_gen=potential_of, algo="NUTS")

        def init(starts: Any, keys: Any, data: Any) -> Any:
            def one(start: Any, key: Any, own: Any) -> HMCState:
                return begin(
                    start,
                    self.warmup,
                    dense_mass=self.unknowns <= MOST_DENSE,
                    target_accept_prob=self.acceptance,
                    trajectory_length=None,
                    max_tree_depth=DEEPEST,
                    model_args=(own,),
                    rng_key=key,
                )

            return jax.vmap(one)(starts, keys, data)

        def report(state: HMCState, data: Any) -> dict[str, Any]:
            problem = problem_of(data)
            values = problem.from_normal(state.z)
            return {
                "values": values,
                "log_likelihood": problem.log_likelihood(values),
                "lp": -state.potential_energy,
                "diverging": state.diverging,
                "acceptance_rate": state.accept_prob,
                "n_steps": state.num_steps,
                "step_size": state.adapt_state.step_size,
            }

        def step(state: HMCState, data: Any) -> tuple[HMCState, dict[str, Any]]:
            state = go_on(state, model_args=(data,))
            return state, report(state, data)

        def block(state: Any, starts: Any, keys: Any, data: Any, fresh: Any, n: Any) -> Any:
            state = lax.cond(fresh, lambda: init(starts, keys, data), lambda: state)
            many = jax.vmap(step)
            told = jax.eval_shape(jax.vmap(report), state, data)
            room = jax.tree.map(lambda a: jnp.zeros((BLOCK, *a.shape), a.dtype), told)

            def body(i: Any, carry: Any) -> Any:
                state, kept = carry
                state, found = many(state, data)
                put = lax.dynamic_update_index_in_dim
                return state, jax.tree.map(lambda k, f: put(k, f, i, 0), kept, found)

            return lax.fori_loop(0, n, body, (state, room))

        return init, block


def refuse_without_numpyro() -> None:
    """Refuse where numpyro is not installed.

    Raises:
        DeclarationError: it is not.
    """
    if find_spec("numpyro") is None:
        raise DeclarationError(
            "fit, nuts: needs the package numpyro, which is not installed; "
            "pip install 'leakscape[bayes]', or use --method scan"
        )
