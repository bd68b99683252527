"""The one zero between two points: a start from the Hermite polynomial, then guarded steps.

The number of steps is fixed. That they suffice is not assumed: the caller checks the result.
"""

from __future__ import annotations

from typing import Any

from leakscape_kernels.on_demand import Array, Bool, Float, jax, jitted, jnp
from leakscape_kernels.zeros.hermite_cells import Curve, Point, Polygon, at_both, polygon

_START_STEPS = 3
"""Steps on the polynomial itself, which need no evaluation of the curve."""


def zero(
    curve: Curve,
    a: Float[Array, ""],
    b: Float[Array, ""],
    rising: Bool[Array, ""],
    steps: int,
    *,
    unrolled: bool = False,
    ends: tuple[Point, Point] | None = None,
) -> Float[Array, ""]:
    """Return the zero of a curve that changes sign once between two points.

    A step goes to the zero of the parabola that has the value and the slope of the curve at the
    present point and its value at the end of the bracket beyond the zero. It converges as fast as
    Newton's, cannot leave the bracket, and is exact for the two zeros beside an extremum, where
    Newton's is not. A step onto an exact zero stays there.

    Args:
        curve: value [uA/cm2] and slope [mS/cm2] at a potential [mV].
        a: lower end [mV].
        b: upper end [mV].
        rising: whether the curve is negative at the lower end.
        steps: evaluations after the two at the ends.
        unrolled: whether the steps stand one after the other, which runs faster in a small kernel
            and compiles slower in a large one.
        ends: value and slope at both ends, where they are known.

    Returns:
        V [mV].
    """
    sign = jnp.where(rising, 1.0, -1.0).astype(a.dtype)
    (low_a, slope_a), (low_b, slope_b) = at_both(curve, a, b) if ends is None else ends
    left, right = (sign * low_a, sign * slope_a), (sign * low_b, sign * slope_b)
    V = a + _start(polygon(b - a, left, right)) * (b - a)

    def step(_: Any, state: Any) -> Any:
        V, a, value_a, b, value_b = state
        value, slope = (sign * part for part in curve(V))
        below = value <= 0
        following = _parabola(
            V, value, slope, jnp.where(below, b, a), jnp.where(below, value_b, value_a)
        )
        a, value_a = jnp.where(below, V, a), jnp.where(below, value, value_a)
        b, value_b = jnp.where(below, b, V), jnp.where(below, value_b, value)
        return following, a, value_a, b, value_b

    state = (V, a, left[0], b, right[0])
    found: Float[Array, ""] = jax.lax.fori_loop(0, steps, step, state, unroll=unrolled)[0]
    return found


@jitted
def _parabola(
    x: Float[Array, ""],
    value: Float[Array, ""],
    slope: Float[Array, ""],
    end: Float[Array, ""],
    beyond: Float[Array, ""],
) -> Float[Array, ""]:
    """Return the zero, between x and an end, of the parabola through both.

    Args:
        x: present point.
        value: of a rising function there.
        slope: likewise.
        end: the end of the bracket beyond the zero.
        beyond: value there, of the other sign.
    """
    depth, span = jnp.abs(value), jnp.abs(end - x)
    rise = depth + jnp.abs(beyond) - slope * span
    # 2 d/(s + sqrt(s^2 + 4 d c)) loses no digits and holds for c = 0, a straight line.
    curvature = rise / jnp.where(span > 0, span * span, 1.0)
    root = jnp.sqrt(jnp.maximum(slope * slope + 4 * depth * curvature, 0.0))
    there = 2 * depth / (slope + root)
    there = jnp.where((there >= 0) & (there <= span), there, 0.5 * span)
    return jnp.where(value == 0, x, x + jnp.copysign(there, -value))


@jitted
def _start(c: Polygon) -> Float[Array, ""]:
    """Return the zero of a cell's polynomial that rises through it, as a place from 0 to 1."""
    b0, b1, b2 = c.c1 - c.c0, c.c2 - c.c1, c.c3 - c.c2
    across = b0 - 2 * b1 + b2
    inflection = jnp.clip((b0 - b1) / jnp.where(across == 0, 1.0, across), 0.0, 1.0)
    # The steps go from the steepest point: an end, or the inflection between two flat ends.
    steepest = jnp.where(b0 >= b2, 0.0, 1.0).astype(b0.dtype)
    x = jnp.where(b1 > jnp.maximum(b0, b2), inflection, steepest)
    a, b = jnp.zeros_like(x), jnp.ones_like(x)
    value_a, value_b = c.c0, c.c3
    for _ in range(_START_STEPS):
        y = 1 - x
        value = y * y * (y * c.c0 + 3 * x * c.c1) + x * x * (3 * y * c.c2 + x * c.c3)
        slope = 3 * (y * y * (c.c1 - c.c0) + 2 * x * y * (c.c2 - c.c1) + x * x * (c.c3 - c.c2))
        below = value <= 0
        following = _parabola(
            x, value, slope, jnp.where(below, b, a), jnp.where(below, value_b, value_a)
        )
        a, value_a = jnp.where(below, x, a), jnp.where(below, value, value_a)
        b, value_b = jnp.where(below, b, x), jnp.where(below, value_b, value)
        x = following
    return x
