"""What every search for a zero of a current shares: its bracket, its precision, its verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from leakscape_kernels.codes import NEAR_FOLD, NO_ROOT, NOT_CONVERGED, NOT_FINITE, OK
from leakscape_kernels.numerics import Scalar
from leakscape_kernels.on_demand import Array, Bool, Float, Int, jax, jex, jnp
from leakscape_kernels.zeros.hermite_cells import Curve, at_both

NEAR = 1.0
"""How far from a zero the extremum of the current lies, at most, for the zero to be near a fold, by
the parabola with the slope and the curvature that the current has at the zero [mV]."""

_CURVATURE_STEP = 0.05
"""Over which the curvature is taken: a hundredth of the smallest k that 64 cells resolve [mV]."""

Current = Callable[[Float[Array, ""]], Float[Array, ""]]
"""Total ionic current density [uA/cm2], outward positive, at a potential [mV]."""

Parameters = Sequence[Any]
"""What a current closes over: scalars."""


def bracket(
    current: Current, low: Scalar, high: Scalar
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return the ends of the bracket in the precision of the current, without derivatives [mV]."""
    # A plain number gives way to the precision of the parameters.
    probe = jax.eval_shape(current, jax.eval_shape(jnp.asarray, low))
    dtype = jnp.result_type(low, high, probe.dtype)
    return (
        jax.lax.stop_gradient(jnp.asarray(low, dtype)),
        jax.lax.stop_gradient(jnp.asarray(high, dtype)),
    )


def opened(
    current: Current, V: Float[Array, ""]
) -> tuple[Callable[[Parameters], Current], Parameters]:
    """Return a current as a function of what it closes over, and that, without derivatives.

    No derivative goes through a search; and what closes over nothing can be moved.

    Args:
        current: closes over its parameters.
        V: any potential, for its precision [mV].

    Returns:
        what takes the parameters and returns the current; the parameters.
    """
    traced = jax.make_jaxpr(current)(V)

    def current_of(parameters: Parameters) -> Current:
        function = jex.jaxpr_as_fun(jex.ClosedJaxpr(traced.jaxpr, list(parameters)))
        return lambda potential: function(potential)[0]

    return current_of, [jax.lax.stop_gradient(jnp.asarray(value)) for value in traced.consts]


def slope_of(current: Current, V: Float[Array, ""]) -> Curve:
    """Return value and slope of the current as one function, which share their exponentials.

    Args:
        current: closes over its parameters.
        V: any potential, for its precision [mV].
    """
    return once(lambda at: jax.jvp(current, (at,), (jnp.ones_like(at),)), V)


def once(function: Callable[..., Any], *given: Float[Array, ""]) -> Callable[..., Any]:
    """Return a function that is traced once and stands once in the code, however often called.

    Args:
        function: of scalars; it may close over what is traced.
        given: any arguments, for their precision.
    """
    traced, shapes = jax.make_jaxpr(function, return_shape=True)(*given)
    structure = jax.tree.structure(shapes)

    @jax.jit
    def called(held: Sequence[Any], *given: Any) -> Any:
        results = jex.jaxpr_as_fun(jex.ClosedJaxpr(traced.jaxpr, list(held)))(*given)
        return jax.tree.unflatten(structure, results)

    return lambda *given: called(traced.consts, *given)


def implicit(current: Current, V: Float[Array, ...]) -> Float[Array, ...]:
    """Return zeros of the current with the derivatives of the implicit function.

    Args:
        current: closes over the parameters to differentiate by [uA/cm2].
        V: its zeros [mV].

    Returns:
        V [mV].
    """

    def balance(potential: Any) -> Any:
        return jax.vmap(current)(potential) if potential.ndim else current(potential)

    def known(_: Any, potential: Any) -> Any:
        return potential

    def divided(linear: Any, right: Any) -> Any:
        return right / linear(jnp.ones_like(right))

    found: Float[Array, ...] = jax.lax.custom_root(
        balance, jax.lax.stop_gradient(V), known, divided
    )
    return found


def size(
    curve: Curve, low: Float[Array, ""], high: Float[Array, ""], width: Float[Array, ""]
) -> Float[Array, ""]:
    """Return the size of the current: at the ends of the bracket, and a cell's width inside."""
    (I_low, g_low), (I_high, g_high) = at_both(curve, low, high)
    return jnp.abs(I_low) + jnp.abs(I_high) + width * (jnp.abs(g_low) + jnp.abs(g_high))


def settles(
    V: Float[Array, ...],
    value: Float[Array, ...],
    slope: Float[Array, ...],
    scale: Float[Array, ""],
    reach: Float[Array, ""],
) -> Bool[Array, ...]:
    """Return whether Newton's next step is rounding: of the potential, or of the current."""
    eps = float(np.finfo(V.dtype).eps)
    return jnp.abs(value) <= jnp.abs(slope) * (16 * eps * reach) + 4 * eps * scale


def near_fold(curve: Curve, V: Float[Array, ""], slope: Float[Array, ""]) -> Bool[Array, ""]:
    """Return whether the current has an extremum within `NEAR` of its zero.

    A perturbation by twice that distance takes a cell past the zero beyond the extremum.
    """
    change = jnp.abs(curve(V + _CURVATURE_STEP)[1] - slope)
    return change * (NEAR / _CURVATURE_STEP) > jnp.abs(slope)


def verdict(
    finite: Bool[Array, ""],
    settled: Bool[Array, ""],
    exists: Bool[Array, ""],
    fold: Bool[Array, ""],
) -> Int[Array, ""]:
    """Return the status of a point."""
    code = jnp.where(exists, jnp.where(fold, NEAR_FOLD, OK), NO_ROOT)
    return jnp.where(finite, jnp.where(settled, code, NOT_CONVERGED), NOT_FINITE)
