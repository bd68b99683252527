"""The two searches of a fit, from optimistix, made to end where rounding begins.

Near an optimum a step changes the misfit by less than its rounding, so that whether it rises is
chance. A search that refuses such a step shortens it twenty times before it can end; ours takes it.
A start whose model has no value ends at once instead of being tried until the last step. No step is
longer than two scores: beyond the edges of a flat prior nothing changes, and nothing leads back.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any

import jax.numpy as jnp
import numpy as np

ROUNDING = 16.0
"""Changes of the misfit by so many units in the last place count as none."""
LONGEST_STEP = 2.0
"""Of any unknown, in normal scores."""


def levenberg_marquardt(tolerance: float) -> Any:
    """Return Levenberg and Marquardt's search for least squares.

    Args:
        tolerance: of scores and residuals, relative and absolute [1].

    References:
        Levenberg K (1944) Q Appl Math 2:164. doi:10.1090/qam/10666
        Marquardt DW (1963) J Soc Ind Appl Math 11:431. doi:10.1137/0111030
        Rader J, Lyons T, Kidger P (2024) Optimistix. arXiv:2402.09983
    """
    lineax, optimistix = (import_module(name) for name in ("lineax", "optimistix"))

    return _classes()[0](
        rtol=tolerance,
        atol=tolerance,
        norm=optimistix.max_norm,
        descent=_classes()[4](linear_solver=lineax.QR()),
        search=_classes()[2](),
        verbose=_silent,
    )


def quasi_newton(tolerance: float) -> Any:
    """Return Broyden, Fletcher, Goldfarb and Shanno's search for any function.

    Args:
        tolerance: of scores and function, relative and absolute [1].

    References:
        Nocedal J, Wright SJ (2006) Numerical optimization, chapter 6.
        doi:10.1007/978-0-387-40065-5
    """
    lineax, optimistix = (import_module(name) for name in ("lineax", "optimistix"))

    return _classes()[1](
        rtol=tolerance,
        atol=tolerance,
        norm=optimistix.max_norm,
        use_inverse=True,
        descent=_classes()[5](linear_solver=lineax.Cholesky()),
        search=_classes()[3](),
        verbose=_silent,
    )


def _silent(**_: Any) -> None:
    """Print nothing of a step."""


@lru_cache(maxsize=1)
def _classes() -> tuple[Any, ...]:
    """Return the classes, made at first use because optimistix is asked for only then."""
    # An extra, imported late, is Any to mypy, and so is what is derived from it: hence `misc`.
    optimistix: Any = import_module("optimistix")
    RESULTS = optimistix.RESULTS

    def judged(found: Any, first: Any, before: Any, after: Any, kept: Any, type_: Any) -> Any:
        """Accept what is rounding, its step left as long as it was; end where nothing began."""
        size, accept, result = found[:3]
        last, new = before.as_min(), after.as_min()
        noise = jnp.abs(new - last) <= ROUNDING * np.finfo(last.dtype).eps * jnp.abs(last)
        size = jnp.where(noise & ~accept, kept, size)
        result = RESULTS.where(first & ~jnp.isfinite(new), RESULTS.nonlinear_divergence, result)
        return size, accept | noise, result, type_(step_size=size)

    class TrustRegion(optimistix.ClassicalTrustRegion):  # type: ignore[misc]
        def step(
            self, first: Any, y: Any, y_eval: Any, info: Any, eval_info: Any, state: Any
        ) -> Any:
            found = super().step(first, y, y_eval, info, eval_info, state)
            return judged(found, first, info, eval_info, state.step_size, type(state))

    class Backtracking(optimistix.BacktrackingArmijo):  # type: ignore[misc]
        def step(
            self, first: Any, y: Any, y_eval: Any, info: Any, eval_info: Any, state: Any
        ) -> Any:
            found = super().step(first, y, y_eval, info, eval_info, state)
            return judged(found, first, info, eval_info, self.step_init, type(state))

    def bounded(found: Any) -> Any:
        step, result = found
        longest = jnp.max(jnp.abs(step))
        return step * jnp.where(longest > LONGEST_STEP, LONGEST_STEP / longest, 1.0), result

    class Damped(optimistix.DampedNewtonDescent):  # type: ignore[misc]
        def step(self, step_size: Any, state: Any) -> Any:
            return bounded(super().step(step_size, state))

    class Newton(optimistix.NewtonDescent):  # type: ignore[misc]
        def step(self, step_size: Any, state: Any) -> Any:
            return bounded(super().step(step_size, state))

    class LeastSquares(optimistix.AbstractGaussNewton):  # type: ignore[misc]
        rtol: float
        atol: float
        norm: Any
        descent: Any
        search: Any
        verbose: Any

    class QuasiNewton(optimistix.AbstractBFGS):  # type: ignore[misc]
        rtol: float
        atol: float
        norm: Any
        use_inverse: bool
        descent: Any
        search: Any
        verbose: Any

    return LeastSquares, QuasiNewton, TrustRegion, Backtracking, Damped, Newton
