"""Every zero of a current in a bracket of potentials, with its stability."""

from __future__ import annotations

from typing import Any

from leakscape_kernels.batching import where_needed
from leakscape_kernels.numerics import Scalar
from leakscape_kernels.on_demand import Array, Int, jax, jnp
from leakscape_kernels.zeros.every_zero import STEPS, every
from leakscape_kernels.zeros.hermite_cells import CELLS, RISING, UNCLEAR, listed, scan
from leakscape_kernels.zeros.refine import zero
from leakscape_kernels.zeros.tolerance import (
    Current,
    bracket,
    near_fold,
    opened,
    settles,
    size,
    slope_of,
    verdict,
)
from leakscape_kernels.zeros.zero_list import Roots, alone, differentiable


def all_zeros(
    current: Current,
    low: Scalar,
    high: Scalar,
    *,
    slots: int = 7,
    cells: int = 64,
    windows: Int[Array, ""] | int = 1,
) -> Roots:
    r"""Return every zero of a current between two potentials.

    The bracket is divided into cells; values and slopes at their ends tell which are empty, which
    hold one zero and which have to be divided again, down to the extremum between two zeros. All
    zeros are found as long as a cubic describes the current within a cell to a few per cent of its
    curvature, which it does where a cell is no wider than the smallest k of a gate.

    Two zeros closer than rounding can tell apart come back as one, not stable, with status 2 (as
    two at one potential where they lie exactly on the border of two cells).
    Derivatives are those of the implicit function, $dV/d\theta = -(dI/d\theta)/(dI/dV)$, for each
    zero; they diverge at a fold.

    Args:
        current: outward positive, smooth, a closure over its parameters [uA/cm2].
        low: lower end of the bracket, part of it [mV].
        high: upper end, likewise [mV].
        slots: most zeros kept.
        cells: cells of a window of the bracket, a multiple of 16.
        windows: how many equal windows the bracket is divided into, gone through from below.

    Returns:
        the zeros and the status; all NaN if the status is `NOT_FINITE` or `NOT_CONVERGED`.

    Raises:
        ValueError: `cells` is not a multiple of 16.
    """
    if cells < CELLS or cells % CELLS:
        raise ValueError(f"all_zeros: cells must be a multiple of {CELLS}, got {cells}")
    bottom, top = bracket(current, low, high)
    current_of, parameters = opened(current, bottom)
    parts = jax.lax.stop_gradient(jnp.asarray(windows, jnp.int32))
    curve, width = slope_of(current_of(parameters), bottom), (top - bottom) / (cells * parts)
    scale = size(curve, bottom, top, width)
    words = scan(curve, bottom, width, cells // CELLS, parts == 1)

    # Most membranes have one equilibrium, which is found here; whatever else there is, elsewhere.
    index, code, more = (part[0] if part.ndim else part for part in listed(words, 1))
    a, rising = bottom + index * width, code == RISING
    V = zero(curve, a, a + width, rising, STEPS[a.dtype.itemsize])
    value, slope = curve(V)
    fold = near_fold(curve, V, slope)
    reach = jnp.maximum(jnp.abs(bottom), jnp.abs(top))
    single = (parts == 1) & ~more & (index >= 0) & (code != UNCLEAR)
    single &= settles(V, value, slope, scale, reach)
    status = verdict(jnp.isfinite(scale), single, single, fold).astype(jnp.uint8)
    one = alone(V, rising, fold, status, slots)

    def several(given: Any) -> Roots:
        parameters, bottom, width, parts, scale, words = given
        curve = slope_of(current_of(parameters), bottom)
        return every(curve, bottom, width, parts, scale, cells, slots, words)

    needed = ~single | ~jnp.isfinite(scale) | (scale == 0)
    roots = where_needed(several, needed, (parameters, bottom, width, parts, scale, words), one)
    return differentiable(current, roots)
