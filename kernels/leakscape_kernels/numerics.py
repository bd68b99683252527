"""Functions with a removable singularity or an edge, made exact there together with their slope."""

from __future__ import annotations

import functools
from typing import Any

from leakscape_kernels.on_demand import Array, Bool, Float, jax, jitted, jnp

Scalar = Float[Array, ""] | float | int
"""A real number: traced, an array without axes, or plain."""

_EVEN_TERMS = (
    1 / 12,
    -1 / 720,
    1 / 30_240,
    -1 / 1_209_600,
    1 / 47_900_160,
    -691 / 1_307_674_368_000,
    1 / 74_724_249_600,
)
"""Coefficients of u^2, u^4, ... u^14 in the series of u/(e^u - 1): Bernoulli numbers over n!."""

_REACH = 0.5
"""Up to here the series is exact to rounding in value and slope; beyond, the closed form loses no
digits to cancellation."""

_TERMS = {4: 4, 8: 7}
"""Terms that this takes by the size of a number: 4 bytes for float32."""


def bernoulli(u: Scalar) -> Float[Array, ""]:
    r"""Return B(u) = u/(e^u - 1), the Bernoulli function of the constant-field equation.

    $B(0) = 1$, $B(-u) = u + B(u)$, $B \to u e^{-u}$ for large u and $B \to -u$ for large -u.
    Near 0 the quotient is replaced by its series, and each branch sees only arguments that it can
    take, so that the value and every derivative are finite and exact at 0, and neither side
    overflows, in float32 as in float64.

    Args:
        u: reduced potential z F V/(R T) [1].

    Returns:
        B(u) [1].
    """
    return bernoulli_pair(u)[1]


def bernoulli_pair(u: Scalar) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return B(-u) and B(u) from one exponential, each to full precision.

    Of |u| both are sums or products of positive terms. At u = 0 either choice of the sign gives
    the right slope.

    Args:
        u: reduced potential z F V/(R T) [1].

    Returns:
        B(-u) and B(u) [1].
    """
    # A plain number takes the precision of the session.
    u = jnp.asarray(u, jnp.result_type(float) if isinstance(u, int) else None)
    return _pair(u)


@jitted
def _pair(u: Float[Array, ""]) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return B(-u) and B(u), traced once for all who ask."""
    up = u > 0
    size = jnp.where(up, u, -u)
    smaller = _with_slope()(size)
    larger = smaller + size
    return jnp.where(up, larger, smaller), jnp.where(up, smaller, larger)


def bernoulli_slope(u: Scalar) -> Float[Array, ""]:
    r"""Return B'(u), the slope of the Bernoulli function.

    $B'(u) = B(u)(1 - B(-u))/u$, with $B'(0) = -1/2$, $B'(u) + B'(-u) = -1$, and the limits 0 for
    large u and -1 for large -u.

    Args:
        u: reduced potential z F V/(R T) [1].

    Returns:
        dB/du [1].
    """
    slope: Float[Array, ""]
    _, slope = jax.jvp(bernoulli, (jnp.asarray(u, float),), (jnp.ones((), float),))
    return slope


@functools.cache
def _with_slope() -> Any:
    """Return the function B(u) for u >= 0 with the rule of its slope."""
    function = jax.custom_jvp(_of_positive)
    function.defjvp(_slope_of_positive)
    return function


def _of_positive(u: Float[Array, ""]) -> Float[Array, ""]:
    """Return B(u) for u >= 0, where only e^-u is ever formed, which cannot overflow."""
    near, series_u, closed_u = _branches(u)
    series = 1.0 + series_u * (-0.5 + series_u * _horner(_terms(u), series_u * series_u))
    growth = jnp.exp(-closed_u)
    closed = closed_u * growth / (1.0 - growth)
    return jnp.where(near, series, closed)


def _slope_of_positive(
    primals: tuple[Float[Array, ""]], tangents: tuple[Float[Array, ""]]
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return B(u) and its slope from the same exponential."""
    (u,), (tangent,) = primals, tangents
    value = _with_slope()(u)
    near, series_u, closed_u = _branches(u)
    terms = tuple(2 * (k + 1) * c for k, c in enumerate(_terms(u)))
    series = -0.5 + series_u * _horner(terms, series_u * series_u)
    closed = jnp.where(near, 0.0, value) * (1.0 - closed_u - value) / closed_u
    return value, jnp.where(near, series, closed) * tangent


def _terms(u: Float[Array, ""]) -> tuple[float, ...]:
    """Return the terms of the series that u's precision needs."""
    return _EVEN_TERMS[: _TERMS[u.dtype.itemsize]]


def log_ratio(numerator: Scalar, denominator: Scalar) -> Float[Array, ""]:
    """Return ln(numerator/denominator), NaN where either is not positive or the ratio overflows.

    Args:
        numerator: any unit.
        denominator: the same unit.

    Returns:
        the logarithm [1].
    """
    # The quotient first: the difference of two logarithms would lose digits in float32.
    ratio = jnp.divide(numerator, denominator)
    return nan_unless(has_log_ratio(numerator, denominator), jnp.log(ratio))


def has_log_ratio(numerator: Scalar, denominator: Scalar) -> Bool[Array, ""]:
    """Return whether `log_ratio` of the same two is a number.

    Asked of the quotient: asked of the logarithm, XLA would compute that twice, once for the value
    and once for the question.

    Args:
        numerator: any unit.
        denominator: the same unit.

    Returns:
        whether it is.
    """
    ratio = jnp.divide(numerator, denominator)
    return (denominator > 0) & (ratio > 0) & (ratio < jnp.inf)


def nan_unless(condition: Bool[Array, ""], value: Scalar) -> Float[Array, ""]:
    """Return the value where the condition holds, else NaN.

    Args:
        condition: whether the value exists.
        value: any unit.

    Returns:
        the value [its unit].
    """
    return jnp.where(condition, value, jnp.nan)


def _branches(u: Scalar) -> tuple[Bool[Array, ""], Float[Array, ""], Float[Array, ""]]:
    """Return whether u is near 0, and u for either branch with a harmless value in the other's.

    Without the replacement a NaN or infinity of the branch not taken would enter the gradient.
    """
    near = jnp.abs(u) < _REACH
    return near, jnp.where(near, u, 0.0), jnp.where(near, 1.0, u)


def _horner(coefficients: tuple[float, ...], x: Float[Array, ""]) -> Float[Array, ""]:
    """Return the polynomial c0 + c1 x + c2 x^2 + ..."""
    total = jnp.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total
